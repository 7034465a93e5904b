"""Django's SMTP backend, made for many mails over one connection and honest about what it does not know."""

import smtplib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.core.mail.backends import smtp

if TYPE_CHECKING:
    from typing import TypeAlias

    from _typeshed import ReadableBuffer

    _Data: TypeAlias = "ReadableBuffer | str"


class DeliveryUnclearError(smtplib.SMTPException):
    """The connection broke after the mail was handed over and before the server answered."""


class SMTP(smtplib.SMTP):
    def data(self, msg: "_Data") -> tuple[int, bytes]:
        with _handing_over():
            return super().data(msg)


class SMTPWithTLS(smtplib.SMTP_SSL):
    def data(self, msg: "_Data") -> tuple[int, bytes]:
        with _handing_over():
            return super().data(msg)


@contextmanager
def _handing_over() -> Iterator[None]:
    try:
        yield
    except smtplib.SMTPDataError:
        raise
    except OSError as error:  # smtplib's own exceptions are OSErrors, too
        raise DeliveryUnclearError("the connection broke while the mail was handed over") from error


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
