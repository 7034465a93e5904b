"""Mail providers (Postmark, Mailgun, Brevo …) through django-anymail: sending, and what they report.

Speaks smtplib's words for what goes wrong, so that whoever sends need not know which way a mail goes.
"""

import json
import re
import smtplib
from collections.abc import Iterable, Sequence
from email.header import decode_header, make_header
from functools import cache
from typing import Any, Final

import requests
from anymail.exceptions import (
    AnymailAPIError,
    AnymailConfigurationError,
    AnymailError,
    AnymailRecipientsRefused,
    AnymailWebhookValidationFailure,
)
from anymail.signals import AnymailTrackingEvent, EventType, RejectReason
from anymail.webhooks.base import AnymailCoreWebhookView
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.http import HttpRequest

from common.mail_reports import ENHANCED, MESSAGE_ID, Kind, Report, is_about_the_address
from common.smtp import DeliveryUnclearError, ReadyMail

KEPT: Final = "mail"
"""Name under which a provider keeps what identifies the mail, and says it again in each report."""
WRITTEN_BY_PROVIDER: Final = {"from", "to", "reply-to", "subject", "mime-version", "content-type"}
UNREADABLE: Final = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError, AnymailError)
"""What django-anymail raises on bodies that are none of its provider's."""
NO_SUCH_ADDRESS: Final = {RejectReason.INVALID, RejectReason.BOUNCED}
KIND_FIELDS: Final = {"type", "event", "bounce_type", "bouncetype", "hard_bounce", "bounce_class"}
CODE: Final = re.compile(r"[245]\d\d\b")
"""With which a mail server's answer begins."""


class UnreadableReport(Exception):
    """The body is nothing that this provider sends."""


class EmailBackend(BaseEmailBackend):
    """The one of django-anymail that ``settings.MAIL_PROVIDER`` names."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.provider = get_connection(f"anymail.backends.{settings.MAIL_PROVIDER}.EmailBackend")

    def open(self) -> bool | None:
        return self.provider.open()

    def close(self) -> None:
        self.provider.close()

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Raises SMTPRecipientsRefused, SMTPDataError, DeliveryUnclearError, or another OSError: try again later."""
        for message in email_messages:
            self._send(with_parts(message) if isinstance(message, ReadyMail) else message)
        return len(email_messages)

    def _send(self, message: EmailMessage) -> None:
        try:
            self.provider.send_messages([message])
        except AnymailRecipientsRefused as refusal:
            answer = (550, b"5.1.0 the provider does not send to this address")
            raise smtplib.SMTPRecipientsRefused(dict.fromkeys(message.to, answer)) from refusal
        except AnymailAPIError as problem:
            if isinstance(problem, requests.ReadTimeout):
                raise DeliveryUnclearError("the provider did not answer in time") from problem
            code = problem.status_code
            if code is None or code in {401, 403, 408, 429} or code >= 500:
                # Not this mail's fault: the provider is away, wants fewer mails, or the key is wrong.
                raise smtplib.SMTPServerDisconnected(f"the provider answered {code or 'nothing'}") from problem
            raise smtplib.SMTPDataError(550, f"5.5.0 the provider answered {code}".encode()) from problem


def with_parts(mail: ReadyMail) -> EmailMultiAlternatives:
    """The mail taken apart again, as interfaces of providers want it."""
    parsed = mail.message()
    parts = {part.get_content_subtype(): part.get_payload(decode=True) for part in parsed.walk()}
    texts = {kind: text.decode() for kind, text in parts.items() if isinstance(text, bytes)}
    decoded = EmailMultiAlternatives(
        subject=_decoded(parsed["Subject"]),
        body=texts.get("plain", ""),
        from_email=_decoded(parsed["From"]),
        to=[_decoded(parsed["To"])],
        reply_to=[_decoded(parsed["Reply-To"])] if parsed["Reply-To"] else None,
        headers={name: str(value) for name, value in parsed.items() if name.lower() not in WRITTEN_BY_PROVIDER},
    )
    decoded.attach_alternative(texts.get("html", ""), "text/html")
    decoded.metadata = {KEPT: parsed["Message-ID"]}  # type: ignore[attr-defined]  # read by django-anymail
    # Neither the opening of a mail nor a tap in it is anybody's business but the survey's.
    decoded.track_opens = decoded.track_clicks = False  # type: ignore[attr-defined]
    return decoded


def read_reports(provider: str, request: HttpRequest) -> list[Report]:
    """What a provider's webhook tells, without what is only interesting (delivered, opened).

    Raises LookupError for a provider that is unknown or not set up here, PermissionDenied for a wrong secret or
    signature, UnreadableReport.
    """
    if not settings.ANYMAIL.get("WEBHOOK_SECRET"):
        raise LookupError("without a secret anybody could report")
    try:
        view = _views()[provider]()
    except AnymailConfigurationError as error:
        raise LookupError(provider) from error
    view.setup(request)
    try:
        view.run_validators(request)
        return [report for event in view.parse_events(request) if (report := _report(event))]
    except AnymailWebhookValidationFailure as error:
        raise PermissionDenied from error
    except UNREADABLE as error:
        raise UnreadableReport from error


@cache
def _views() -> dict[str, type[AnymailCoreWebhookView]]:
    from anymail.urls import urlpatterns  # all providers' modules: only where there are webhooks

    end = "_tracking_webhook"
    return {
        route.name.removesuffix(end): route.callback.view_class for route in urlpatterns if route.name.endswith(end)
    }


def _report(event: AnymailTrackingEvent) -> Report | None:
    kind = _kind(event)
    if kind is None:
        return None
    addresses = frozenset([event.recipient.lower()] if isinstance(event.recipient, str) else [])
    return Report(kind, tuple(_tokens(event)), str(event.mta_response or event.description or "")[:500], addresses)


def _kind(event: AnymailTrackingEvent) -> Kind | None:
    match event.event_type:
        case EventType.COMPLAINED:
            return Kind.COMPLAINT
        # The provider refuses since the customer complained before; one that came back was held for spam by a server.
        case EventType.REJECTED if event.reject_reason == RejectReason.SPAM:
            return Kind.COMPLAINT
        case EventType.UNSUBSCRIBED:
            return Kind.UNSUBSCRIBED
        case EventType.BOUNCED | EventType.REJECTED | EventType.FAILED:
            return Kind.RETURNED if _is_about_the_address(event) else Kind.FAILED
        case EventType.DEFERRED:
            return Kind.DELAYED
    return None


def _is_about_the_address(event: AnymailTrackingEvent) -> bool:
    """Providers call a mailbox that is full by the same name as one that is gone, too. In doubt no, as there."""
    answer = str(event.mta_response or "").removeprefix("smtp;").strip()
    says_code = CODE.match(answer) or ENHANCED.search(answer)
    return (
        event.reject_reason in NO_SUCH_ADDRESS
        and not any(map(_is_soft, _kinds_of_bounce(event.esp_event)))
        and (not says_code or is_about_the_address(answer))
    )


def _is_soft(told: tuple[str, str]) -> bool:
    name, word = told
    if name == "bounce_class":  # SparkPost's: no such recipient, and the same in general
        return word not in {"10", "30"}
    return "soft" in word or word in {"false", "transient", "undetermined", "blocked"}


def _kinds_of_bounce(told: Any) -> Iterable[tuple[str, str]]:
    """Each field, however deep, in which some provider says of which kind a bounce is: its name and its value."""
    if isinstance(told, list):
        for each in told:
            yield from _kinds_of_bounce(each)
    elif isinstance(told, dict):
        for name, value in told.items():
            if isinstance(value, dict | list):
                yield from _kinds_of_bounce(value)
            elif name.lower() in KIND_FIELDS:
                yield name.lower(), str(value).lower()


def _tokens(event: AnymailTrackingEvent) -> Iterable[str]:
    """From what we gave the provider to keep, or from the mail's own Message-ID where the report has it."""
    told = [event.metadata, event.message_id, event.esp_event]
    text = json.dumps([f"<{each}>" if isinstance(each, str) else each for each in told], default=str)
    return dict.fromkeys(MESSAGE_ID.findall(text.replace("<<", "<")))


def _decoded(header: str | None) -> str:
    return str(make_header(decode_header(header or "")))
