"""The mail that asks a customer: rendered once per batch, version, language and legal basis, then filled in."""

import binascii
import html
from dataclasses import dataclass
from email.message import Message
from email.utils import formataddr, formatdate, parseaddr
from functools import cached_property
from typing import Any

import css_inline
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.message import SafeMIMEMultipart
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.encoding import punycode

from common import tokens
from customers.models import Consent, Customer
from organisations.models import Organisation
from surveys.documents import Document
from surveys.domain.answering import greeting
from surveys.links import answer_url, unsubscribe_url
from surveys.models import Invitation, Survey, localised

# Control characters that no wording can hold: names and texts lose theirs before they get here.
GREETING, ANSWER, UNSUBSCRIBE = "\x11", "\x12", "\x13"
PLACES = (GREETING, ANSWER, UNSUBSCRIBE)
_INLINER = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


class InvitationMail(EmailMultiAlternatives):
    """A mail in two forms whose MIME message is put together faster than Django does (about 5 times).

    Django encodes texts as quoted-printable in Python, character by character.
    """

    def message(self) -> SafeMIMEMultipart:  # type: ignore[override]  # django-stubs describe Django 6 here
        message = SafeMIMEMultipart(_subtype="alternative", encoding="utf-8")
        message.attach(_part(str(self.body), "plain"))
        for alternative in self.alternatives:
            message.attach(_part(str(alternative[0]), "html"))
        message["Subject"] = str(self.subject)
        message["From"] = self.from_email
        message["To"] = ", ".join(map(str, self.to))
        if self.reply_to:
            message["Reply-To"] = ", ".join(map(str, self.reply_to))
        message["Date"] = formatdate()
        for name, value in self.extra_headers.items():
            message[name] = value
        return message


def _part(text: str, subtype: str) -> Message:
    part = Message()
    part["Content-Type"] = f'text/{subtype}; charset="utf-8"'
    part["Content-Transfer-Encoding"] = "quoted-printable"
    part.set_payload(binascii.b2a_qp(text.encode(), istext=True).decode("ascii"))
    return part


@dataclass(frozen=True)
class Letterhead:
    """A mail with places for what differs from customer to customer."""

    subject: str
    text: str
    html: str

    def fill(self, greeting: str, answer: str, unsubscribe: str) -> tuple[str, str]:
        """(plain text, HTML)."""
        text, page = self.text, self.html
        for place, value in zip(PLACES, (greeting, answer, unsubscribe), strict=True):
            text = text.replace(place, value)
            page = page.replace(place, html.escape(value))
        return text, page


class Stationery:
    """Writes the mails of one organisation; make a new one for each batch, so that it shows the current settings."""

    def __init__(self, organisation: Organisation) -> None:
        self.organisation = organisation
        self._letterheads: dict[tuple[int, str, str], Letterhead] = {}

    def mail(self, invitation: Invitation, document: Document, customer: Customer) -> InvitationMail:
        """Needs an invitation whose ``survey`` is loaded and a customer that has its ``legal_basis``.

        Raises UnicodeError where no mail can be addressed to the customer.
        """
        key = (invitation.version_id, invitation.language, customer.legal_basis)
        letterhead = self._letterheads.get(key)
        if letterhead is None:
            letterhead = self._letterheads[key] = self._letterhead(invitation, document, customer.legal_basis)
        unsubscribe = unsubscribe_url(self.organisation.pk, invitation.pk)
        with translation.override(invitation.language):
            opening = _clean(greeting(customer))
        text, page = letterhead.fill(opening, answer_url(self.organisation.pk, invitation.pk), unsubscribe)
        mail = InvitationMail(
            letterhead.subject,
            text,
            self._from,
            [_address(f"{customer.first_name} {customer.last_name}", customer.email)],
            reply_to=[self.organisation.reply_to] if self.organisation.reply_to else None,
            headers={
                # The same for every try: where a mail does go out twice, most servers show it once.
                "Message-ID": f"<{tokens.make('message', self.organisation.pk, invitation.pk)}@{self._domain}>",
                "List-Unsubscribe": f"<{unsubscribe}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
                "Auto-Submitted": "auto-generated",
            },
        )
        mail.attach_alternative(page, "text/html")
        return mail

    @cached_property
    def _from(self) -> str:
        name = self.organisation.sender_name or self.organisation.name
        return _address(name, parseaddr(settings.DEFAULT_FROM_EMAIL)[1])

    @cached_property
    def _domain(self) -> str:
        return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]

    def _letterhead(self, invitation: Invitation, document: Document, legal_basis: str) -> Letterhead:
        context = preview_context(
            organisation=self.organisation,
            survey=invitation.survey,
            document=document,
            language=invitation.language,
            legal_basis=legal_basis,
        )
        with translation.override(invitation.language):
            return Letterhead(
                subject=context["subject"],
                text=render_to_string("emails/invitation.txt", context).strip() + "\n",
                html=_INLINER.inline(render_to_string("emails/invitation.html", context)),
            )


def preview_context(
    *, organisation: Organisation, survey: Survey, document: Document, language: str, legal_basis: str
) -> dict[str, Any]:
    """What the templates ``emails/invitation.*`` show, with places for greeting and links."""
    sheet = document.localised(language)

    def wording(texts: dict[str, str]) -> str:
        return localised(texts, language, document.default_language)

    return {
        "organisation": organisation,
        "language": sheet.language,
        "subject": _clean(wording(survey.mail_subject)) or survey.name,
        "paragraphs": [line for line in map(_clean, wording(survey.mail_text).splitlines()) if line],
        # The tap answers the first question, so it is offered only where that one is scored.
        "question": next((question for question in sheet.questions if question.is_scored), None),
        "is_existing_customer": legal_basis == Consent.Basis.EXISTING_CUSTOMER,
        "answer_days": survey.answer_days,
        "greeting": GREETING,
        "answer": ANSWER,
        "unsubscribe": UNSUBSCRIBE,
    }


def _address(name: str, email: str) -> str:
    """For a header; a domain such as münchen.example as mail servers write it. UnicodeError: they cannot."""
    local, _at, domain = email.rpartition("@")
    return formataddr((_clean(name), f"{local}@{punycode(domain)}"))


def _clean(text: str) -> str:
    """On one line and without control characters, as headers and the places in a mail need it."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
