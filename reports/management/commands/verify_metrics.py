from typing import Any

from django.core.management.base import BaseCommand, CommandError

from organisations.models import Organisation
from reports.domain.verification import verify


class Command(BaseCommand):
    help = "Recount every figure from the stored responses and report where the rollups differ; changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        found = 0
        for organisation in Organisation.objects.order_by("pk"):
            result = verify(organisation)
            found += len(result.differences)
            self.stdout.write(
                f"{organisation.slug}: {result.responses} responses recounted, "
                f"{result.pending_days} survey days still queued, {len(result.differences)} differences"
            )
            for difference in result.differences[:20]:
                self.stdout.write(
                    f"  survey {difference.survey_id}, {difference.day}, {difference.what}: "
                    f"recounted {difference.recounted}, stored {difference.stored}"
                )
        if found:
            raise CommandError(f"{found} differences. `manage.py rebuild_metrics` counts everything anew.")
