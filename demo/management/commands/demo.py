from typing import Any

from django.core.management.base import BaseCommand

from demo.filling import make_company, unanswered_invitation
from demo.founding import PASSWORD
from demo.nordlicht import NORDLICHT
from demo.suedwind import SUEDWIND
from surveys.links import answer_url


class Command(BaseCommand):
    help = "Fills two organisations to try the portal with, once, and says how to sign in."

    def handle(self, *args: Any, **options: Any) -> None:
        nordlicht = make_company(NORDLICHT)
        make_company(SUEDWIND)
        shown = [person for person in NORDLICHT.people if person.is_shown]
        self.stdout.write(f"\n  Sign in to {NORDLICHT.name} with the password {PASSWORD} as")
        width = max(len(person.email) for person in shown)
        for person in shown:
            self.stdout.write(f"    {person.email:{width}}  {person.role.label}")
        also_there = {person.email for person in SUEDWIND.people}
        for person in shown:
            if person.email in also_there:
                self.stdout.write(f"  {person.name} can switch to {SUEDWIND.name}, too.")
        invitation = unanswered_invitation(nordlicht)
        if invitation:
            self.stdout.write(f"  A survey   {answer_url(nordlicht.pk, invitation.pk)}")
