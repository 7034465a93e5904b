from argparse import ArgumentParser

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from organisations.domain.invites import link
from organisations.domain.organisation import create_organisation


class Command(BaseCommand):
    help = "Creates an organisation and prints the link with which its first administrator joins."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--name", required=True)
        parser.add_argument("--slug", required=True, help="its address in the portal: /o/<slug>/")
        parser.add_argument("--language", default="de", choices=[code for code, _name in settings.LANGUAGES])
        parser.add_argument("--admin-email", required=True)

    def handle(self, *, name: str, slug: str, language: str, admin_email: str, **options: object) -> None:
        try:
            invite = create_organisation(name=name, slug=slug, language=language, admin_email=admin_email)
        except ValidationError as error:
            raise CommandError("\n".join(error.messages)) from error
        self.stdout.write(f"Organisation {name} is there. {admin_email} joins with this link, valid for 14 days:")
        self.stdout.write(link(invite))
