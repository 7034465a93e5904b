"""Jobs that take long, and workers that stop: nobody begins beside a worker that lives, nor undoes what it did."""

import time
from datetime import timedelta

import pytest
from django.apps import apps
from django.utils import timezone

from organisations.domain import jobs
from organisations.domain.jobs import JobKind, Outcome, Progress, run_next_job, start_job
from organisations.models import Job, JobQueue, Organisation
from organisations.permissions import Permission
from organisations.tenancy import organisation_scope
from tests.makers import make_organisation

pytestmark = pytest.mark.django_db(transaction=True)
begun: list[int] = []


def stay_silent(job: Job, progress: Progress) -> Outcome:
    """Takes longer than the lease without a word, while another worker looks for something to do."""
    begun.append(job.pk)
    JobQueue.objects.update(due_at=timezone.now())  # as if the lease had run out
    deadline = time.monotonic() + 20
    while JobQueue.objects.due().exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not run_next_job(), "it was begun beside the worker that is at it"
    return Outcome("Silent.")


def be_overtaken(job: Job, progress: Progress) -> Outcome:
    """Stands still for so long, as on a machine that was halted, that another worker begins it anew."""
    if not begun:
        begun.append(job.pk)
        JobQueue.objects.update(due_at=timezone.now())
        assert run_next_job()
        return Outcome("First.")
    progress(1, 1)
    return Outcome("Second.")


@pytest.fixture
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    begun.clear()
    found = JobKind("tests.long", "Long", f"{__name__}.{request.param}", Permission.VIEW)
    monkeypatch.setattr(apps.get_app_config("organisations"), "jobs", [found], raising=False)
    return found.key


def started(organisation: Organisation, kind: str) -> Job:
    with organisation_scope(organisation.pk):
        return start_job(organisation=organisation, kind=kind, user=None)


@pytest.mark.parametrize("kind", ["stay_silent"], indirect=True)
def test_a_job_that_says_nothing_for_long_is_not_begun_beside_itself(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "SIGN_OF_LIFE", timedelta(milliseconds=20))
    organisation = make_organisation()
    job = started(organisation, kind)
    assert run_next_job()
    with organisation_scope(organisation.pk):
        job.refresh_from_db()
    assert (begun, job.state, job.message, job.starts) == ([job.pk], Job.State.DONE, "Silent.", 1)
    assert not JobQueue.objects.exists()


@pytest.mark.parametrize("kind", ["be_overtaken"], indirect=True)
def test_a_worker_that_was_overtaken_does_not_undo_what_the_other_said(kind: str) -> None:
    organisation, stranger = make_organisation(), make_organisation()
    job = started(organisation, kind)
    assert run_next_job()
    theirs = started(stranger, kind)
    with organisation_scope(organisation.pk):
        job.refresh_from_db()
    assert (job.state, job.message, job.starts) == (Job.State.DONE, "Second.", 2)
    assert [row.job_id for row in JobQueue.objects.all()] == [theirs.pk]
