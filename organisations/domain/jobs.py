"""Long work: a saved job that any worker can run, with progress, faults at their place, and no half-stored result.

An app names its kinds of job in its ``apps.py`` as ``jobs = [JobKind(…)]``.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Event, Thread
from typing import Any

from django.apps import apps
from django.db import Error, connection, models, transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext, gettext_noop

from common.background import wake
from common.numbers import count
from organisations.models import Job, JobError, JobQueue, Membership, Organisation, User
from organisations.permissions import Permission
from organisations.tenancy import enter_organisation, organisation_scope, tenant_transaction

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class JobKind:
    key: str
    title: str | Promise
    run: str
    """Dotted path of ``run(job, progress) -> Outcome``, called outside any transaction."""
    permission: Permission
    """Who may watch the job."""


@dataclass(frozen=True)
class Fault:
    """One fault in a file, at its place; ``row`` counts as a spreadsheet does (the header is 1)."""

    row: int
    column: str
    message: str


@dataclass(frozen=True)
class Outcome:
    """What to tell people at the end: an English message marked with ``gettext_noop``, and its values."""

    message: str
    values: dict[str, Any] = field(default_factory=dict)
    faults: Sequence[Fault] = ()
    """What was left out, and why."""
    fault_count: int = 0


class JobFailed(Exception):
    """The job cannot be done; nothing of it was stored. ``faults`` say where the file is wrong."""

    def __init__(
        self, message: str, values: dict[str, Any] | None = None, faults: Iterable[Fault] = (), fault_count: int = 0
    ) -> None:
        super().__init__(message)
        self.message = message
        self.values = values or {}
        self.faults = list(faults)
        self.fault_count = fault_count or len(self.faults)


MOST_STARTS = 3
"""A job that has cost so many workers their lives, perhaps for want of memory, would cost the next one its own."""
SIGN_OF_LIFE = JobQueue.LEASE / 4
"""So often a worker says that it is still at its job, whatever the job is doing."""

Progress = Callable[[int, int | None], None]
"""``progress(done, total)``: rows done so far, of so many (None: not known yet). Call it outside transactions."""


def kinds() -> dict[str, JobKind]:
    return {kind.key: kind for config in apps.get_app_configs() for kind in getattr(config, "jobs", [])}


def visible_to(membership: Membership) -> "models.QuerySet[Job]":
    """Jobs that the member started, and those of kinds that their role may watch; without the uploaded files."""
    watched = [kind.key for kind in kinds().values() if membership.may(kind.permission)]
    return Job.objects.filter(
        models.Q(created_by=membership.user_id) | models.Q(kind__in=watched), organisation=membership.organisation_id
    ).defer("file", "parameters")


def title(job: Job) -> str:
    kind = kinds().get(job.kind)
    return str(kind.title) if kind else job.kind


def said(message: str, values: dict[str, Any] | None = None) -> str:
    """A stored message (of a job, of a fault) in the reader's language."""
    text = gettext(message) if message else ""
    shown = {name: count(value) if isinstance(value, int) else value for name, value in (values or {}).items()}
    return text % shown if shown else text


def seconds_left(job: Job) -> int | None:
    """Estimate from the pace so far; None: no telling yet."""
    if not (job.state == Job.State.RUNNING and job.started_at and job.rows_total and job.rows_done):
        return None
    elapsed = (timezone.now() - job.started_at).total_seconds()
    return round(elapsed / job.rows_done * max(job.rows_total - job.rows_done, 0))


def start_job(
    *,
    organisation: Organisation,
    kind: str,
    user: User | None,
    parameters: dict[str, Any] | None = None,
    file: bytes | None = None,
    file_name: str = "",
) -> Job:
    """Save the job; a worker finds it within seconds."""
    job = Job.objects.create(
        organisation=organisation,
        kind=kinds()[kind].key,
        created_by=user,
        parameters=parameters or {},
        file=file,
        file_name=file_name[:200],
    )
    JobQueue.objects.create(organisation=organisation, job=job)
    wake("organisations.run_due_jobs")
    return job


def start_again(*, job: Job) -> None:
    """Begin a job anew that was given up; nothing happens where somebody has done that, or its file is gone."""
    with transaction.atomic():
        row = JobQueue.objects.select_for_update().filter(job=job).first()
        given_up = Job.objects.filter(pk=job.pk, state=Job.State.FAILED)
        if row and given_up.update(state=Job.State.WAITING, starts=0, message="", started_at=None, finished_at=None):
            row.postpone(timedelta())
            wake("organisations.run_due_jobs")


def run_next_job() -> bool:
    """Claim the job that has waited longest and run it; False: none is due."""
    with tenant_transaction():
        row = JobQueue.objects.taken(1).first()
        if row is None:
            return False
        enter_organisation(row.organisation_id)
        job = Job.objects.get(pk=row.job_id)
        if job.state == Job.State.FAILED:  # given up, and nobody has started it again
            Job.objects.filter(pk=job.pk).update(file=None)
            row.delete()
            return True
        if job.starts == MOST_STARTS:
            message = gettext_noop(
                "It was begun three times, and each time the worker was stopped before the end, perhaps for want of "
                "memory. It is not begun again by itself."
            )
            Job.objects.filter(pk=job.pk).update(state=Job.State.FAILED, message=message, finished_at=timezone.now())
            row.postpone(JobQueue.KEPT_FOR)
            return True
        row.postpone(JobQueue.LEASE)
        job.state = Job.State.RUNNING
        job.starts += 1
        job.started_at = job.started_at or timezone.now()
        job.rows_done = 0
        job.save(update_fields=["state", "starts", "started_at", "rows_done"])

    def progress(done: int, total: int | None) -> None:
        with organisation_scope(row.organisation_id):
            Job.objects.filter(pk=job.pk, starts=job.starts).update(rows_done=done, rows_total=total)

    try:
        with _signs_of_life(row):
            outcome = import_string(kinds()[job.kind].run)(job, progress)
    except JobFailed as failure:
        outcome = Outcome(failure.message, failure.values, failure.faults, failure.fault_count)
        _finish(row, job, Job.State.FAILED, outcome)
    except Exception:
        message = gettext_noop("Something went wrong on our side; nothing was stored. Please try again.")
        _finish(row, job, Job.State.FAILED, Outcome(message))
        raise
    else:
        _finish(row, job, Job.State.DONE, outcome)
    return True


@contextmanager
def _signs_of_life(row: JobQueue) -> Iterator[None]:
    """Until it is left, a thread keeps the row from falling due, so that no other worker begins the job, too.

    A lock would need a transaction as long as the job, and outlive for hours a machine that is cut off.
    """
    is_over = Event()

    def give() -> None:
        while not is_over.wait(SIGN_OF_LIFE.total_seconds()):
            try:
                JobQueue.objects.filter(pk=row.pk).update(due_at=timezone.now() + JobQueue.LEASE)
            except Error:
                logger.warning("Could not say that job %s is still being worked on.", row.job_id, exc_info=True)
            finally:
                connection.close()  # the thread's own

    thread = Thread(target=give, daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def _finish(row: JobQueue, job: Job, state: Job.State, outcome: Outcome) -> None:
    with organisation_scope(row.organisation_id):
        is_own = Job.objects.filter(pk=job.pk, starts=job.starts).update(
            state=state,
            message=outcome.message,
            message_values=outcome.values,
            error_count=outcome.fault_count,
            file=None,
            finished_at=timezone.now(),
        )
        if not is_own:  # this worker stood still for so long that another has begun the job anew
            return
        JobError.objects.bulk_create(
            JobError(
                organisation_id=row.organisation_id,
                job=job,
                row=fault.row,
                column=fault.column[:200],
                message=fault.message,
            )
            for fault in outcome.faults
        )
        row.delete()
