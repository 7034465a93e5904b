"""Tries the mail settings step by step, as sending does, and says which step failed and why."""

import errno
import imaplib
import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import get_connection

from common.imap import look_into
from common.mail_reports import without_addresses
from common.smtp import SMTP, DeliveryUnclearError, ReadyMail, SMTPWithTLS

TIMEOUT: Final = 10
"""Seconds that each answer of the server may take."""
EXPIRED, SELF_SIGNED, SELF_SIGNED_IN_CHAIN, UNKNOWN_ISSUER, OTHER_HOST = 10, 18, 19, 20, 62
"""OpenSSL's X509_V_ERR codes."""
CERTIFICATE: Final = {
    EXPIRED: "certificate_expired",
    SELF_SIGNED: "certificate_unknown",
    SELF_SIGNED_IN_CHAIN: "certificate_unknown",
    UNKNOWN_ISSUER: "certificate_unknown",
    OTHER_HOST: "certificate_other_host",
}


@dataclass(frozen=True)
class Finding:
    """What came of one step; ``surveys.mail_findings`` knows what the codes mean."""

    code: str
    values: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {"code": self.code, "values": self.values}


class Stopped(Exception):
    """After this finding there is nothing more to try."""

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code)
        self.finding = Finding(code, values)


def check_sending(mail: ReadyMail) -> Iterator[Finding]:
    """Send the mail over a connection of its own. Ends with the first step that fails; no value holds an address."""
    try:
        yield from _through_provider(mail) if settings.MAIL_PROVIDER else _through_server(mail)
    except Stopped as stop:
        yield stop.finding


def check_mailbox() -> Iterator[Finding]:
    """Whether mails that come back can be read. Silent where only the provider tells."""
    url = settings.BOUNCE_MAILBOX
    if not url:
        if not settings.ANYMAIL.get("WEBHOOK_SECRET"):
            yield Finding("mailbox_missing")
        return
    host = urlsplit(url).hostname
    try:
        look_into(url)
    except (OSError, imaplib.IMAP4.error) as problem:
        said = problem.args[0] if problem.args and isinstance(problem.args[0], bytes) else str(problem).encode()
        answer = without_addresses(said.decode(errors="replace"))
        yield Finding("mailbox_closed", {"host": host, "answer": answer})
    else:
        yield Finding("mailbox_read", {"host": host})


def _through_provider(mail: ReadyMail) -> Iterator[Finding]:
    name = settings.MAIL_PROVIDER
    try:
        with closing(get_connection()) as connection:
            connection.send_messages([mail])
    except smtplib.SMTPRecipientsRefused:
        raise Stopped("recipient_refused", answer=name) from None
    except smtplib.SMTPDataError as refusal:
        raise Stopped("content_refused", answer=_said(refusal.smtp_code, refusal.smtp_error)) from refusal
    except OSError as problem:
        raise Stopped("provider_away", provider=name, answer=without_addresses(str(problem))) from problem
    yield Finding("accepted", {"host": name})


def _through_server(mail: ReadyMail) -> Iterator[Finding]:
    host, port = settings.EMAIL_HOST, settings.EMAIL_PORT
    server = _connected(host, port)
    yield Finding("connected", {"host": host, "port": port})
    with closing(server):
        if settings.EMAIL_USE_TLS:
            _start_tls(server, host)
        if isinstance(server.sock, ssl.SSLSocket):
            yield Finding("encrypted", {"version": server.sock.version()})
        elif not _is_this_machine(server):
            yield Finding("not_encrypted", {"host": host})
        if settings.EMAIL_HOST_USER:
            _log_in(server, host)
            yield Finding("logged_in")
        _hand_over(server, mail)
        yield Finding("accepted", {"host": host})
        with suppress(OSError):
            server.quit()


def _connected(host: str, port: int) -> SMTP:
    try:
        if settings.EMAIL_USE_SSL:
            return SMTPWithTLS(host, port, timeout=TIMEOUT, context=ssl.create_default_context())
        return SMTP(host, port, timeout=TIMEOUT)
    except socket.gaierror as problem:
        raise Stopped("host_unknown", host=host) from problem
    except ConnectionRefusedError as problem:
        raise Stopped("connection_refused", host=host, port=port) from problem
    except ssl.SSLCertVerificationError as problem:
        raise _certificate(problem, host) from problem
    except ssl.SSLError as problem:
        raise Stopped("no_tls_at_port", host=host, port=port) from problem
    except smtplib.SMTPConnectError as problem:
        if problem.smtp_code == -1:  # no number at the beginning
            raise Stopped("no_mail_server", host=host, port=port) from problem
        raise Stopped("turned_away", host=host, answer=_said(problem.smtp_code, problem.smtp_error)) from problem
    except smtplib.SMTPServerDisconnected as problem:
        raise Stopped("no_mail_server", host=host, port=port) from problem
    except TimeoutError as problem:
        raise Stopped("no_answer", host=host, port=port, seconds=TIMEOUT) from problem
    except OSError as problem:
        if problem.errno in {errno.EHOSTUNREACH, errno.ENETUNREACH}:
            raise Stopped("unreachable", host=host, port=port) from problem
        raise Stopped("no_mail_server", host=host, port=port) from problem


def _start_tls(server: SMTP, host: str) -> None:
    try:
        server.ehlo_or_helo_if_needed()
        if not server.has_extn("starttls"):
            raise Stopped("no_starttls", host=host)
        server.starttls(context=ssl.create_default_context())
    except ssl.SSLCertVerificationError as problem:
        raise _certificate(problem, host) from problem
    except OSError as problem:  # smtplib's exceptions, too
        raise Stopped("tls_failed", host=host, answer=without_addresses(str(problem))) from problem


def _certificate(problem: ssl.SSLCertVerificationError, host: str) -> Stopped:
    return Stopped(CERTIFICATE.get(problem.verify_code, "certificate_wrong"), host=host, answer=problem.verify_message)


def _log_in(server: SMTP, host: str) -> None:
    try:
        server.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
    except smtplib.SMTPAuthenticationError as refusal:
        raise Stopped("login_refused", host=host, answer=_said(refusal.smtp_code, refusal.smtp_error)) from refusal
    except smtplib.SMTPNotSupportedError as problem:
        raise Stopped("login_not_offered", host=host) from problem
    except (OSError, ValueError) as problem:  # a password in letters that the server's method does not know
        raise Stopped("login_failed", host=host, answer=without_addresses(str(problem))) from problem


def _hand_over(server: SMTP, mail: ReadyMail) -> None:
    try:
        server.hand_over(mail.from_email, mail.to[0], mail.content)
    except smtplib.SMTPSenderRefused as refusal:
        sender = mail.from_email.rpartition("@")[2]
        answer = _said(refusal.smtp_code, refusal.smtp_error)
        if refusal.smtp_code == 530:  # not about the sender: something has to come before (RFC 3207, RFC 4954)
            wanted = "encryption_wanted" if "starttls" in answer.lower() else "login_wanted"
            raise Stopped(wanted, answer=answer) from refusal
        raise Stopped("sender_refused", domain=sender, answer=answer) from refusal
    except smtplib.SMTPRecipientsRefused as refusal:
        raise Stopped("recipient_refused", answer=_said(*next(iter(refusal.recipients.values())))) from refusal
    except smtplib.SMTPDataError as refusal:
        raise Stopped("content_refused", answer=_said(refusal.smtp_code, refusal.smtp_error)) from refusal
    except DeliveryUnclearError as problem:
        raise Stopped("unclear") from problem
    except OSError as problem:
        raise Stopped("broke_off", answer=without_addresses(str(problem))) from problem


def _said(code: int, text: bytes | str) -> str:
    return without_addresses(f"{code} {text.decode(errors='replace') if isinstance(text, bytes) else text}")


def _is_this_machine(server: SMTP) -> bool:
    assert server.sock is not None
    return str(server.sock.getpeername()[0]).startswith(("127.", "::1"))
