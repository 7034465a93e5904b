"""Django's SMTP backend, made for many mails over one connection and honest about what it does not know."""

import smtplib
import socket
from contextlib import suppress
from email import message_from_bytes
from email.message import Message

from django.core.mail import EmailMessage
from django.core.mail.backends import smtp

CLOSING = 421
"""The server closes the connection, whatever it was asked (RFC 5321, section 3.8)."""
ACCEPTED = ({250}, {250, 251}, {354})
"""Answers to MAIL, RCPT and DATA with which it goes on."""


class DeliveryUnclearError(smtplib.SMTPException):
    """The connection broke after the mail was handed over and before the server answered."""


class ReadyMail(EmailMessage):
    """A mail to one recipient as it is sent: lines end with CRLF, and none is too long for a mail server."""

    def __init__(self, sender: str, recipient: str, content: bytes) -> None:
        super().__init__(from_email=sender, to=[recipient])
        self.content = content

    def message(self) -> Message:  # type: ignore[override]  # what other backends than ours keep or print
        return message_from_bytes(self.content)


class SMTP(smtplib.SMTP):
    def hand_over(self, sender: str, recipient: str, content: bytes) -> None:
        """Send one mail with less work than ``sendmail``, and in two turns where the server takes commands together.

        Raises SMTPSenderRefused, SMTPRecipientsRefused or SMTPDataError where the server refuses it,
        DeliveryUnclearError, or another OSError where the connection broke before the mail was handed over.
        """
        self.ehlo_or_helo_if_needed()
        size = f" SIZE={len(content)}" if self.has_extn("size") else ""
        commands = (f"MAIL FROM:<{sender}>{size}\r\n", f"RCPT TO:<{recipient}>\r\n", "DATA\r\n")
        together = self.has_extn("pipelining")  # RFC 2920
        if together:
            self.send("".join(commands))
        answers: list[tuple[int, bytes]] = []
        for command, accepted in zip(commands, ACCEPTED, strict=True):
            if not together:
                self.send(command)
            answers.append(self._answer())
            if not together and answers[-1][0] not in accepted:
                break
        for step, ((code, text), accepted) in enumerate(zip(answers, ACCEPTED, strict=False)):
            if code not in accepted:
                self._give_up(answers)
                refusals = (
                    smtplib.SMTPSenderRefused(code, text, sender),
                    smtplib.SMTPRecipientsRefused({recipient: (code, text)}),
                    smtplib.SMTPDataError(code, text),
                )
                raise refusals[step]
        try:
            # Here a regular expression for lines that begin with a dot would cost more than all the rest.
            self.send(content.replace(b"\r\n.", b"\r\n..") + b".\r\n")
            code, text = self.getreply()
        except OSError as error:  # smtplib's own exceptions are OSErrors, too
            raise DeliveryUnclearError("the connection broke while the mail was handed over") from error
        if code != 250:
            if code == CLOSING:
                self.close()
            raise smtplib.SMTPDataError(code, text)

    def _answer(self) -> tuple[int, bytes]:
        code, text = self.getreply()
        if code == CLOSING:
            self.close()
            raise smtplib.SMTPServerDisconnected(f"{code} {text.decode(errors='replace')}")
        return code, text

    def _give_up(self, answers: list[tuple[int, bytes]]) -> None:
        with suppress(smtplib.SMTPServerDisconnected):
            if answers[-1][0] == 354:  # asked for a mail without a sender or recipient; without a text it goes nowhere
                self.send(".\r\n")
                self._answer()
            self.send("RSET\r\n")
            self._answer()


class SMTPWithTLS(SMTP, smtplib.SMTP_SSL):
    pass


class EmailBackend(smtp.EmailBackend):
    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return SMTPWithTLS if self.use_ssl else SMTP

    def open(self) -> bool | None:
        opened = super().open()
        if opened and self.connection is not None and self.connection.sock is not None:
            # Without it the kernel holds back the end of a mail until the server's delayed acknowledgement (40 ms).
            self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return opened

    def _send(self, email_message: EmailMessage) -> bool:
        if isinstance(email_message, ReadyMail) and isinstance(self.connection, SMTP):
            self.connection.hand_over(email_message.from_email, email_message.to[0], email_message.content)
            return True
        return bool(super()._send(email_message))  # type: ignore[misc]  # left out in django-stubs
