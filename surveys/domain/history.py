"""Bringing earlier answers: a file and its mapping become a closed survey with its answers, all at once or not at all.

The same customer may stand in several rows, as one who answered several times; the last row's attributes stay.
"""

from collections import Counter
from dataclasses import dataclass
from itertools import islice

from django.db import connection, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from common.background import wake
from common.csv_file import CsvError, CsvFile
from customers.domain.importing import Faults
from journeys.models import Channel, Touchpoint
from organisations.domain import audit
from organisations.domain.jobs import JobFailed, Outcome, Progress, start_job
from organisations.models import Department, Job, Organisation, User
from organisations.tenancy import enter_organisation, organisation_scope, tenant_transaction
from surveys.documents import Document
from surveys.domain.history_sql import store_sheets
from surveys.domain.mapping import Mapping
from surveys.domain.mapping_tables import Flaw, MappingFaults
from surveys.domain.sheets import SheetReader
from surveys.models import (
    Comment,
    HistoryImport,
    HistoryQueue,
    Question,
    Response,
    Score,
    Survey,
    SurveyVersion,
)

BATCH = 5000
TRIAL_ROWS = 5000


@dataclass(frozen=True)
class Imported:
    survey: Survey
    responses: int
    empty: int
    """Rows in which nothing was answered; they are no responses."""
    skipped: int
    """Faulty rows that were left out."""
    faults: Faults


def keep_file(
    *, organisation: Organisation, name: str, content: bytes, mapping: str = "", user: User | None
) -> HistoryImport:
    """Keep a file until its import starts, or for a day."""
    with transaction.atomic():
        history = HistoryImport.objects.create(
            organisation=organisation, file_name=name[:200], content=content, mapping=mapping, created_by=user
        )
        HistoryQueue.objects.create(
            organisation=organisation, history=history, due_at=timezone.now() + HistoryImport.KEPT_FOR
        )
    return history


def discard_next_file() -> bool:
    """Throw the file away that nobody has imported for longest; False: none has waited long enough."""
    with tenant_transaction():
        row = HistoryQueue.objects.taken(1).first()
        if row is None:
            return False
        enter_organisation(row.organisation_id)
        # Locked before it is looked at: one that is being imported at this moment stays, as the origin of its answers.
        waiting = HistoryImport.objects.waiting().select_for_update().filter(pk=row.history_id).values_list("pk")
        HistoryImport.objects.filter(pk__in=[pk for (pk,) in waiting]).delete()
        HistoryQueue.objects.filter(pk=row.pk).delete()
    return True


def start_import(*, history: HistoryImport, skips_faulty: bool, user: User) -> Job:
    """Hand it over to a worker, with the mapping it has now."""
    return start_job(
        organisation=history.organisation,
        kind="surveys.import_history",
        user=user,
        parameters={"history": history.pk, "skips_faulty": skips_faulty},
        file_name=history.file_name,
    )


def run_import(job: Job, progress: Progress) -> Outcome:
    organisation = job.organisation
    language = (job.created_by and job.created_by.language) or organisation.language
    with translation.override(language), timezone.override(organisation.zone):
        with organisation_scope(organisation.pk):
            history = HistoryImport.objects.filter(pk=job.parameters["history"]).select_related("survey").first()
        if history is None:
            raise JobFailed(gettext_noop("The file was discarded."))
        if history.survey:
            # A worker stopped between storing the answers and saying so.
            values = {"name": history.survey.name, "responses": history.response_count}
            return Outcome(gettext_noop("Answer sheets of “%(name)s”: %(responses)s."), values)
        done = import_history(
            history=history, skips_faulty=job.parameters["skips_faulty"], user=job.created_by, progress=progress
        )
    values = {"responses": done.responses, "name": done.survey.name, "empty": done.empty, "skipped": done.skipped}
    message = gettext_noop(
        "Answer sheets of “%(name)s”: %(responses)s. Rows without any answer: %(empty)s. Left out: %(skipped)s."
    )
    return Outcome(message, values, done.faults.found, done.faults.count)


def import_history(
    *,
    history: HistoryImport,
    skips_faulty: bool = False,
    user: User | None = None,
    progress: Progress = lambda done, total: None,
) -> Imported:
    """Import a file that was kept; call it outside any transaction.

    Raises JobFailed with what is wrong, and then nothing is stored: faults of mapping or file, a survey of this name.
    """
    organisation = history.organisation
    try:
        mapping = Mapping.from_toml(history.mapping)
        file = CsvFile(bytes(history.content or b""))
        with organisation_scope(organisation.pk):
            reader = sheet_reader(file=file, mapping=mapping, organisation=organisation)
            _refuse_second(mapping.name)
        total, empty, faults = _check(reader, progress)
    except MappingFaults as error:
        raise JobFailed(" ".join(error.faults)) from error
    except CsvError as error:
        raise JobFailed(str(error)) from error
    if faults.count and not skips_faulty:
        message = gettext_noop("Faulty rows: %(rows)s of %(total)s. Nothing has been imported.")
        raise JobFailed(message, {"rows": len(faults.rows), "total": total}, faults.found, faults.count)
    if total == empty + len(faults.rows):
        raise JobFailed(gettext_noop("No row holds an answer. Nothing has been imported."))
    with organisation_scope(organisation.pk):
        _wait_for_same(organisation, mapping.name)
        _refuse_second(mapping.name)
        if not HistoryImport.objects.waiting().select_for_update().filter(pk=history.pk).exists():
            raise JobFailed(gettext_noop("This file has been imported or discarded meanwhile."))
        survey, questions = _survey(organisation, mapping)
        version = SurveyVersion.objects.create(
            organisation=organisation,
            survey=survey,
            number=1,
            document=Document.of_draft(survey).to_json(),
            published_by=user,
        )
        sheets = (sheet for sheet in reader.sheets(Faults()) if not sheet.is_empty)
        responses = store_sheets(
            organisation=organisation, version=version, questions=questions, sheets=sheets, mapping=mapping
        )
        history.survey, history.content, history.response_count = survey, None, responses
        history.save(update_fields=["survey", "content", "response_count"])
        audit.record(
            organisation=organisation, actor=user, action="history.imported", subject=survey, responses=responses
        )
        wake("reports.count_changed_days")
    return Imported(survey, responses, empty, len(faults.rows), faults)


def sheet_reader(*, file: CsvFile, mapping: Mapping, organisation: Organisation) -> SheetReader:
    """Reads the file by the mapping, inside the organisation's scope.

    Raises CsvError where the file lacks columns, MappingFaults where the organisation lacks what the mapping names.
    """
    channels = {name.lower(): pk for pk, name in Channel.objects.values_list("pk", "name")}
    faults = [
        Flaw(_("There is no channel “%(name)s”.") % {"name": name}, "[channel]")
        for name in sorted({mapping.channel.value, *mapping.channel.values.values()} - {""})
        if name.lower() not in channels
    ]
    known = _touchpoints()
    missing = sorted(name for name in mapping.touchpoints if name.lower() not in known)
    if missing and not mapping.creates_touchpoints:
        names = ", ".join(_("“%(name)s”") % {"name": name} for name in missing)
        faults.append(
            Flaw(
                _(
                    "These touchpoints are missing: %(names)s. "
                    "Create them, or let the import do so in a department you choose."
                )
                % {"names": names}
            )
        )
    if mapping.creates_touchpoints and not Department.objects.filter(name__iexact=mapping.department).exists():
        faults.append(
            Flaw(_("There is no department “%(name)s”.") % {"name": mapping.department}, "[survey]", "department")
        )
    if faults:
        raise MappingFaults(faults)
    return SheetReader(file, mapping, organisation, channels)


@dataclass
class Trial:
    """What the first rows of a file would give."""

    rows: int
    empty: int
    is_whole_file: bool
    faults: Faults
    answers: list[Counter[object]]
    """For each question how often each score, ``NOT_APPLICABLE``, and for a comment "" would be stored."""


def try_out(reader: SheetReader, *, most: int = TRIAL_ROWS) -> Trial:
    """Read the first ``most`` rows as the import would; stores nothing. Raises CsvError."""
    first = list(islice(reader.file.rows(), most + 1))
    faults = Faults()
    trial = Trial(
        min(len(first), most), 0, len(first) <= most, faults, [Counter() for _asked in reader.mapping.questions]
    )
    for row in first[:most]:
        sheet = reader.sheet(row, faults)
        if sheet is None:
            continue
        trial.empty += sheet.is_empty
        for number, answer in sheet.scores.items():
            trial.answers[number][answer] += 1
        for number in sheet.comments:
            trial.answers[number][""] += 1
    return trial


def start_removal(*, history: HistoryImport, user: User) -> Job:
    assert history.survey
    return start_job(
        organisation=history.organisation,
        kind="surveys.remove_history",
        user=user,
        parameters={"history": history.pk},
        file_name=history.survey.name,
    )


def run_removal(job: Job, progress: Progress) -> Outcome:
    with organisation_scope(job.organisation_id):
        history = HistoryImport.objects.done().filter(pk=job.parameters["history"]).first()
        if history is None or history.survey is None:
            return Outcome(gettext_noop("It has been removed already."))
        name = history.survey.name
        remove_import(history=history, user=job.created_by)
    return Outcome(gettext_noop("“%(name)s” and all its answers have been removed."), {"name": name})


@transaction.atomic
def remove_import(*, history: HistoryImport, user: User | None) -> None:
    """Delete an imported survey with its answers and figures; its touchpoints and customers stay.

    Raises JobFailed where the survey has been sent since: then it holds more than the file brought.
    """
    survey = history.survey
    assert survey
    Survey.objects.select_for_update().get(pk=survey.pk)
    if survey.campaigns.exists() or survey.invitations.exists():
        raise JobFailed(
            gettext_noop("This survey has been sent since its import. It stays, with the answers it was given.")
        )
    audit.record(
        organisation=history.organisation,
        actor=user,
        action="history.removed",
        subject=survey,
        name=survey.name,
        responses=history.response_count,
    )
    for model in (Score, Comment, Response):
        model._default_manager.filter(survey=survey).delete()
    survey.delete()


def _check(reader: SheetReader, progress: Progress) -> tuple[int, int, Faults]:
    """The number of rows, of those without an answer, and all that is wrong with the others."""
    total = sum(1 for _row in reader.file.rows())
    if not total:
        raise CsvError(_("The file has a header, but no rows."))
    faults = Faults()
    empty = 0
    sheets = reader.sheets(faults)
    progress(0, total)
    while batch := list(islice(sheets, BATCH)):
        empty += sum(sheet.is_empty for sheet in batch)
        progress(min(batch[-1].row - 1, total), total)
    progress(total, total)
    return total, empty, faults


def _wait_for_same(organisation: Organisation, name: str) -> None:
    """Two imports under one name go one after the other, so that the second finds the first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s::int, hashtext(lower(%s)))", [organisation.pk, name])


def _refuse_second(name: str) -> None:
    if Survey.objects.filter(name__iexact=name).exists():
        raise JobFailed(
            gettext_noop(
                "There is a survey “%(name)s” already. If it is an earlier import of this file, remove it first; "
                "else give this one another name. Nothing has been imported."
            ),
            {"name": name},
        )


def _survey(organisation: Organisation, mapping: Mapping) -> tuple[Survey, list[Question]]:
    """The closed survey with its published questions; missing touchpoints are created."""
    touchpoints = _touchpoints()
    for name, metric in mapping.touchpoints.items():
        if name.lower() not in touchpoints:
            touchpoints[name.lower()] = Touchpoint.objects.create(
                organisation=organisation,
                name=name,
                department=Department.objects.get(name__iexact=mapping.department),
                metric=metric,
            ).pk
    survey = Survey.objects.create(
        organisation=organisation,
        name=mapping.name,
        state=Survey.State.CLOSED,
        languages=mapping.languages,
        default_language=mapping.language,
    )
    now = timezone.now()
    questions = [
        Question.objects.create(
            organisation=organisation,
            survey=survey,
            position=position,
            **{name: getattr(asked, name) for name in ("text", *Question.MEANING_FIELDS)},
            touchpoint_id=touchpoints[asked.touchpoint.lower()] if asked.touchpoint else None,
            allows_not_applicable=bool(asked.not_applicable),
            published_at=now,
        )
        for position, asked in enumerate(mapping.questions)
    ]
    return survey, questions


def _touchpoints() -> dict[str, int]:
    return {name.lower(): pk for pk, name in Touchpoint.objects.current().values_list("pk", "name")}
