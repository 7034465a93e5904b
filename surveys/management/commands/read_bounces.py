import sys
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand

from common.mail_reports import Kind
from surveys.domain.bounces import take_mail

SAID = {
    Kind.RETURNED: "The address does not exist; it is on the suppression list now.",
    Kind.FAILED: "The mail did not arrive, for another reason than its address; it counts as not delivered.",
    Kind.DELAYED: "The mail has not arrived yet; noted.",
    Kind.COMPLAINT: "Marked as spam; the address is on the suppression list now.",
    None: "This is no report about one of our mails.",
}


class Command(BaseCommand):
    help = "Reads a mail that came back, or a complaint, from standard input or a file, as a mail server pipes it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, nargs="?", help="standard input unless given")

    def handle(self, *, file: Path | None, **options: object) -> None:
        """A failure of the database ends with an error, and the mail server tries again."""
        content = file.read_bytes() if file else sys.stdin.buffer.read()
        self.stdout.write(SAID[take_mail(content)])
