from typing import Any

from django.core.management.base import BaseCommand

from organisations.models import Organisation
from reports.domain.rollups import rebuild


class Command(BaseCommand):
    help = "Count every figure anew from the stored scores."

    def handle(self, *args: Any, **options: Any) -> None:
        for organisation in Organisation.objects.order_by("pk"):
            self.stdout.write(f"{organisation.slug}: {rebuild(organisation)} surveys counted anew")
