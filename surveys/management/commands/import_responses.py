from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from organisations.domain.jobs import JobFailed, said
from organisations.models import Organisation
from organisations.tenancy import organisation_scope
from surveys.domain.history import import_history, keep_file

FAULTS_SHOWN = 20


class Command(BaseCommand):
    help = "Imports earlier answers from a CSV file; docs/import-mapping.md says how a mapping is written."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--mapping", type=Path, required=True, help="what the columns mean (TOML)")
        parser.add_argument("--organisation", help="its address in the portal; may be left out where there is only one")
        parser.add_argument("--skip-faulty", action="store_true", help="leave faulty rows out, import the others")

    def handle(
        self, *, file: Path, mapping: Path, organisation: str | None, skip_faulty: bool, **options: object
    ) -> None:
        chosen = _organisation(organisation)
        try:
            content, text = file.read_bytes(), mapping.read_text("utf-8")
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise CommandError(f"{mapping} is not UTF-8.") from error
        with organisation_scope(chosen.pk):
            history = keep_file(organisation=chosen, name=file.name, content=content, mapping=text, user=None)
        try:
            done = import_history(history=history, skips_faulty=skip_faulty)
        except JobFailed as failure:
            with organisation_scope(chosen.pk):
                history.delete()
            for fault in failure.faults[:FAULTS_SHOWN]:
                self.stderr.write(f"row {fault.row}, {fault.column or 'whole row'}: {said(fault.message)}")
            if failure.fault_count > FAULTS_SHOWN:
                self.stderr.write(f"… {failure.fault_count} faults in all")
            raise CommandError(said(failure.message, failure.values)) from failure
        self.stdout.write(
            f"{done.survey.name}: {done.responses} answer sheets imported, "
            f"{done.empty} rows without any answer, {done.skipped} faulty rows left out."
        )


def _organisation(slug: str | None) -> Organisation:
    found = list(Organisation.objects.filter(slug=slug) if slug else Organisation.objects.all()[:2])
    if len(found) == 1:
        return found[0]
    if slug:
        raise CommandError(f"There is no organisation {slug!r}.")
    raise CommandError("Which organisation? Say so with --organisation.")
