"""The mail that asks a customer: written once per version, language and legal basis, then filled in for each."""

import binascii
import html
import re
import secrets
from dataclasses import dataclass
from email.header import Header
from email.utils import formataddr, formatdate
from functools import lru_cache

import css_inline
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.encoding import punycode

from common import tokens
from common.smtp import ReadyMail
from customers.models import Consent, Customer
from organisations.branding import LogoLink, Palette, from_address, logo_link, palette
from organisations.models import Organisation
from surveys.documents import Document, LocalisedDocument, LocalisedQuestion
from surveys.domain.answering import greeting
from surveys.links import answer_url, unsubscribe_url
from surveys.models import Invitation, Reminder, ReminderMail, localised
from surveys.placeholders import Values, fill, found_in, replace

# Control characters that no wording can hold: names and texts lose theirs before they get here.
GREETING, ANSWER, UNSUBSCRIBE = "\x11", "\x12", "\x13"
# What they are in quoted-printable, where no other text can become the same.
ENCODED_PLACES = (b"=11", b"=12", b"=13")
# The same for placeholders; whoever writes more different ones into a mail gets the fallbacks of the rest.
MORE_PLACES = [chr(code) for code in (*range(1, 9), *range(14, 17), *range(20, 28))]
ANY_PLACE = re.compile(b"(" + b"|".join((*ENCODED_PLACES, *(b"=%02X" % ord(place) for place in MORE_PLACES))) + b")")
JOINERS = "\u200c\u200d"
"""Say which letters are joined in Persian and Indian scripts, and make one emoji of several."""
PLAIN_PALETTE = Palette("#1b1d22", "#ffffff", "#eceae4", "#14161a")
MOST_TAPS = 11
"""Points of a scale that fit as a row of buttons."""
_INLINER = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


@dataclass(frozen=True)
class Letterhead:
    """A mail as it goes over the wire, but for the headers and places that differ from customer to customer."""

    head: bytes
    text: list[bytes]
    """What stands before the first place, the place, what stands between it and the next …"""
    page: list[bytes]
    subject: str = ""
    """Where it has placeholders; else it stands in the head."""
    placeholders: tuple[str, ...] = ()
    """As they are written, in the order of ``MORE_PLACES``."""

    def filled(self, headers: bytes, values: tuple[str, str, str], known: Values) -> bytes:
        """The whole mail, ``values`` standing for greeting, answer and unsubscribe link."""
        places, subject = dict(zip(ENCODED_PLACES, values, strict=True)), self.subject
        for mark, placeholder in zip(MORE_PLACES, self.placeholders, strict=False):
            value = _clean(fill(placeholder, known))
            subject = subject.replace(mark, value)
            places[b"=%02X" % ord(mark)] = value
        in_text = {place: _on_lines_of_its_own(value) for place, value in places.items()}
        in_page = {place: _on_lines_of_its_own(html.escape(value)) for place, value in places.items()}
        text = [in_text.get(piece, piece) for piece in self.text]
        page = [in_page.get(piece, piece) for piece in self.page]
        return b"".join((headers, _subject(subject) if subject else b"", self.head, *text, *page))


class Stationery:
    """Writes the mails of one organisation; make a new one for each batch, so that it shows the current settings."""

    def __init__(self, organisation: Organisation, logo: LogoLink | None = None) -> None:
        """``logo``: another one than the organisation's own, for a preview."""
        self.organisation = organisation
        self._logo = logo or logo_link(organisation)
        self._letterheads: dict[tuple[int, str, str, int, int], Letterhead] = {}
        sender = _ascii_address(from_address(organisation))
        # Mails that cannot be delivered go where the portal reads them, whoever they are from.
        self._envelope = _ascii_address(settings.BOUNCE_EMAIL) if settings.BOUNCE_EMAIL else sender
        self._domain = sender.rpartition("@")[2]
        self._headers = f"From: {_mailbox(organisation.sender_name or organisation.name, sender)}\r\n"
        if organisation.reply_to:
            self._headers += f"Reply-To: {_ascii_address(organisation.reply_to)}\r\n"

    def mail(
        self,
        invitation: Invitation,
        document: Document,
        customer: Customer,
        reminder: ReminderMail | None = None,
        *,
        known: Values | None = None,
        link: str = "",
    ) -> ReadyMail:
        """Needs an invitation whose ``survey`` is loaded and a customer that has its ``legal_basis``.

        ``known`` is what placeholders stand for.

        A reminder says the same link in other words, and stands below the first mail where mails are shown in threads.

        ``link`` leads elsewhere than to the invitation's page: to try it out.

        Raises UnicodeError where no mail can be addressed to the customer.
        """
        days = (invitation.expires_at - timezone.now()).days if reminder else invitation.survey.answer_days
        words = reminder.reminder if reminder else None
        key = (invitation.version_id, invitation.language, customer.legal_basis, words.pk if words else 0, days)
        letterhead = self._letterheads.get(key)
        if letterhead is None:
            letterhead = self._letterhead(invitation, document, customer.legal_basis, words, days)
            self._letterheads[key] = letterhead
        recipient = _ascii_address(customer.email)
        unsubscribe = unsubscribe_url(self.organisation.pk, invitation.pk)
        headers = (
            f"{self._headers}To: {_mailbox(f'{customer.first_name} {customer.last_name}', recipient)}\r\n"
            f"Date: {formatdate()}\r\n"
            f"{self._identity(invitation, reminder)}"
            f"List-Unsubscribe: <{unsubscribe}>\r\n"
        )
        with translation.override(invitation.language):
            opening = _clean(greeting(customer))
        values = (opening, link or answer_url(self.organisation.pk, invitation.pk), unsubscribe)
        return ReadyMail(self._envelope, recipient, letterhead.filled(headers.encode("ascii"), values, known or {}))

    def _identity(self, invitation: Invitation, reminder: ReminderMail | None) -> str:
        """The same for every try: where a mail does go out twice, most servers show it once."""
        ids = (self.organisation.pk, invitation.pk)
        first = f"<{tokens.make('message', *ids)}@{self._domain}>"
        if reminder is None:
            return f"Message-ID: {first}\r\n"
        own = f"<{tokens.make('message', *ids, reminder.number)}@{self._domain}>"
        return f"Message-ID: {own}\r\nIn-Reply-To: {first}\r\nReferences: {first}\r\n"

    def _letterhead(
        self, invitation: Invitation, document: Document, legal_basis: str, words: Reminder | None, days: int
    ) -> Letterhead:
        survey, language = invitation.survey, invitation.language
        sheet = document.localised(language)
        subjects, texts = (words.subject, words.text) if words else (survey.mail_subject, survey.mail_text)
        subject = _clean(localised(subjects, language, document.default_language))
        text, question = localised(texts, language, document.default_language), _tapped(document, sheet)
        asked = (question.text, question.low_label, question.high_label) if question else ()
        sources = tuple({each.source: 0 for words in (subject, text, *asked) for each in found_in(words)})
        places = dict(zip(sources, MORE_PLACES, strict=False))

        def marked(words: str) -> str:
            return replace(words, lambda each: places.get(each.source) or each.fallback or "")

        return _printed(
            language=language,
            spoken=sheet.language,
            subject=marked(subject or survey.name),
            paragraphs=tuple(line for line in map(marked, map(_clean, text.splitlines())) if line),
            question=question and question.reworded(marked),
            placeholders=sources[: len(MORE_PLACES)],
            is_existing_customer=legal_basis == Consent.Basis.EXISTING_CUSTOMER,
            answer_days=days,
            is_anonymous=survey.is_anonymous,
            organisation_name=self.organisation.name,
            privacy_url=self.organisation.privacy_url,
            brand=palette(self.organisation.brand_colour),
            logo=self._logo,
        )


@lru_cache(maxsize=200)
def notice(organisation_name: str, language: str, legal_basis: str) -> str:
    """The sentence at the foot of a mail that says why the customer gets it, and how to object."""
    context = {
        "organisation": {"name": organisation_name},
        "is_existing_customer": legal_basis == Consent.Basis.EXISTING_CUSTOMER,
    }
    with translation.override(language):
        return " ".join(render_to_string("emails/invitation_reason.txt", context).split())


def _tapped(document: Document, sheet: LocalisedDocument) -> LocalisedQuestion | None:
    """The question that a tap in the mail answers, where there is one and its scores fit."""
    tapped = document.tapped and document.tapped.id
    question = next((question for question in sheet.questions if question.id == tapped), None)
    return question if question and len(question.scores) <= MOST_TAPS else None


@lru_cache(maxsize=200)
def _printed(
    *,
    language: str,
    spoken: str,
    subject: str,
    paragraphs: tuple[str, ...],
    question: LocalisedQuestion | None,
    is_existing_customer: bool,
    answer_days: int,
    is_anonymous: bool,
    organisation_name: str,
    privacy_url: str,
    brand: Palette | None,
    logo: LogoLink | None,
    placeholders: tuple[str, ...],
) -> Letterhead:
    """Kept in the process: rendering and CSS take some hundred times as long as filling in.

    Whatever the templates ``emails/invitation.*`` show is an argument, so that a change is seen at once.
    """
    context = {
        "language": spoken,
        "subject": subject,
        "paragraphs": paragraphs,
        "question": question,
        "is_existing_customer": is_existing_customer,
        "answer_days": answer_days,
        "is_anonymous": is_anonymous,
        "is_invited": True,
        "organisation": {"name": organisation_name, "privacy_url": privacy_url},
        "palette": brand or PLAIN_PALETTE,
        "has_stripe": brand is not None,
        "logo": logo,
        "greeting": GREETING,
        "answer": ANSWER,
        "unsubscribe": UNSUBSCRIBE,
    }
    with translation.override(language):
        text = render_to_string("emails/invitation.txt", context).strip() + "\n"
        page = _INLINER.inline(render_to_string("emails/invitation.html", context))
    boundary = f"=_{secrets.token_hex(12)}"
    head = (
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
        "Auto-Submitted: auto-generated\r\n"
        "MIME-Version: 1.0\r\n"
        f'Content-Type: multipart/alternative; boundary="{boundary}"\r\n'
        "\r\n"
    )
    is_own = any(place in subject for place in MORE_PLACES)
    return Letterhead(
        subject=subject if is_own else "",
        placeholders=placeholders,
        head=(b"" if is_own else _subject(subject)) + head.encode("ascii"),
        text=ANY_PLACE.split(_part(boundary, "plain", text)),
        page=ANY_PLACE.split(_part(boundary, "html", page) + f"--{boundary}--\r\n".encode()),
    )


def _subject(subject: str) -> bytes:
    return f"Subject: {_unstructured('Subject', subject)}\r\n".encode("ascii")


def _part(boundary: str, subtype: str, text: str) -> bytes:
    head = (
        f"--{boundary}\r\n"
        f'Content-Type: text/{subtype}; charset="utf-8"\r\n'
        "Content-Transfer-Encoding: quoted-printable\r\n"
        "\r\n"
    )
    return head.encode() + _quoted_printable(text) + b"\r\n"


def _quoted_printable(text: str) -> bytes:
    return binascii.b2a_qp(text.replace("\r", "").encode(), istext=True).replace(b"\n", b"\r\n")


def _on_lines_of_its_own(value: str) -> bytes:
    """In quoted-printable between soft line breaks, so that no line gets too long whatever stands before and after."""
    place = ENCODED_PLACES[0]
    return b"=\r\n" + _quoted_printable(value + GREETING).removesuffix(place) + b"=\r\n"


def _unstructured(name: str, value: str) -> str:
    return Header(value, None if value.isascii() else "utf-8", header_name=name).encode(linesep="\r\n")


def _mailbox(name: str, address: str) -> str:
    """Name and address as a header holds them."""
    name = _clean(name)
    if name.isascii():
        return formataddr((name, address))
    return _unstructured("Reply-To", name) + f" <{address}>"


def _ascii_address(email: str) -> str:
    """A domain such as münchen.example as mail servers write it. UnicodeError: they cannot."""
    local, _at, domain = email.rpartition("@")
    return f"{local}@{punycode(domain)}".encode("ascii").decode()


def _clean(text: str) -> str:
    """On one line and without control characters, as headers and the places in a mail need it."""
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() or letter in JOINERS else " " for letter in text)
    return " ".join(text.split())
