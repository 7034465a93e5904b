"""A worker that is killed with a transaction open: what it had done of it is gone, and done once by the next one.

The test holds a row that the worker's statement must wait for, so that it is surely in the middle when it is killed.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from celery import current_app
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from customers.domain.changes import note_everyone
from customers.domain.importing import Plan, keep_upload, start_import
from customers.models import ChangedCustomer, Consent, Customer
from journeys.models import Interaction, NewInteractions, Persona, PersonaAssignment, PersonaCount
from organisations.domain.jobs import MOST_STARTS
from organisations.models import Job, JobQueue, Organisation
from organisations.tenancy import organisation_scope
from reports.domain.rollups import count_changed_days
from reports.models import BegunDay, InvitationRollup, ScoreRollup
from surveys.domain.campaigns import create_campaign, start_campaign
from surveys.models import (
    CampaignQueue,
    Invitation,
    MailQueue,
    ReminderMail,
    ReminderQueue,
    Survey,
    Trigger,
    TriggerQueue,
)
from tests.faults.test_worker_killed import wait_until
from tests.makers import (
    make_customer,
    make_interaction,
    make_invitation,
    make_member,
    make_organisation,
    make_persona,
    make_reminder,
    make_response,
    make_survey,
    make_touchpoint,
    make_trigger,
    make_user,
    one_of,
)
from tests.services import celery_worker, database_url, is_somebody_waiting

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]
ANSWERS = 12


@contextmanager
def in_the_way(organisation: Organisation, write: Callable[[], object]) -> Iterator[None]:
    """A row that is written, but never committed: whoever writes one with the same key waits."""
    with organisation_scope(organisation.pk):
        write()
        yield
        transaction.set_rollback(True)


def killed_in_the_middle(folder: Path, task: str) -> None:
    with celery_worker(folder, CXPORTAL_DATABASE_URL=database_url()) as worker:
        current_app.send_task(task)
        wait_until(is_somebody_waiting)
        worker.kill()
    terminate_those_who_wait()


def terminate_those_who_wait() -> None:
    with connection.cursor() as cursor:  # else the database learns only at the end of the statement that nobody listens
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_stat_activity USING (pid)"
            " WHERE NOT granted AND datname = current_database()"
        )
    wait_until(lambda: not is_somebody_waiting())


def answered_survey(organisation: Organisation) -> Survey:
    with organisation_scope(organisation.pk):
        survey = make_survey(organisation)
        for number in range(ANSWERS):
            make_response(survey, [number % 11, None], invitation=make_invitation(survey))
    return survey


def counted(organisation: Organisation) -> tuple[int, int]:
    with organisation_scope(organisation.pk):
        total = ScoreRollup.Grain.TOTAL
        scores = sum(ScoreRollup.objects.filter(grain=total, is_month=False).values_list("n", flat=True))
        return scores, sum(InvitationRollup.objects.values_list("answered", flat=True))


def test_a_worker_killed_while_counting_leaves_everything_counted_once_and_no_other_waiting(tmp_path: Path) -> None:
    organisation, stranger = make_organisation(), make_organisation()
    surveys = [answered_survey(organisation), answered_survey(organisation)]
    strange = answered_survey(stranger)
    while count_changed_days():
        pass
    yesterday = organisation.today() - timedelta(days=1)
    with organisation_scope(organisation.pk):
        for survey in surveys:
            make_response(survey, [10, None], invitation=make_invitation(survey, sent_day=yesterday))
    with organisation_scope(stranger.pk):
        make_response(strange, [10, None], invitation=make_invitation(strange))
    before = counted(organisation)
    assert before == (2 * ANSWERS, 2 * ANSWERS)

    def mail_count() -> None:
        """What is written last, of the survey that is counted last; all else has been written by then."""
        InvitationRollup.objects.create(
            organisation=organisation, survey=surveys[-1], day=yesterday, sent=0, answered=0
        )

    with in_the_way(organisation, mail_count):
        killed_in_the_middle(tmp_path, "reports.count_changed_days")
        with celery_worker(tmp_path, CXPORTAL_DATABASE_URL=database_url()):
            current_app.send_task("reports.count_changed_days")
            wait_until(lambda: counted(stranger) == (ANSWERS + 1, ANSWERS + 1))
    assert counted(organisation) == before, "nothing of it is there"
    call_command("verify_metrics")

    BegunDay.objects.update(due_at=timezone.now())  # as if it had waited long enough
    wait_until(lambda: not count_changed_days() and not BegunDay.objects.exists())
    assert counted(organisation) == (2 * ANSWERS + 2, 2 * ANSWERS + 2)
    call_command("verify_metrics")


def importing(organisation: Organisation) -> Job:
    """An import of so many customers, waiting for a worker."""
    rows = "".join(f"K-{number};customer{number}@example.net\n" for number in range(ANSWERS))
    with organisation_scope(organisation.pk):
        user = make_user()
        content = f"Nummer;Mail\n{rows}".encode()
        upload = keep_upload(organisation=organisation, name="customers.csv", content=content, user=user)
        plan = Plan(["external_id", "email"], basis="consent", source="order form", given_on="2026-01-01")
        return start_import(upload=upload, plan=plan, user=user)


def last_customer(organisation: Organisation) -> Customer:
    return Customer.objects.create(organisation=organisation, external_id=f"K-{ANSWERS - 1}")


def test_a_worker_killed_while_importing_leaves_every_customer_stored_once(tmp_path: Path) -> None:
    organisation, stranger = make_organisation(), make_organisation()
    with organisation_scope(stranger.pk):
        make_customer(stranger, external_id="K-1", first_name="Fremd")
    job = importing(organisation)

    with in_the_way(organisation, lambda: last_customer(organisation)):
        killed_in_the_middle(tmp_path, "organisations.run_due_jobs")
    with organisation_scope(organisation.pk):
        assert not Customer.objects.exists(), "nothing of it is there"
        assert Job.objects.get(pk=job.pk).state == Job.State.RUNNING

    JobQueue.objects.update(due_at=timezone.now())  # as if the lease had run out
    with celery_worker(tmp_path, CXPORTAL_DATABASE_URL=database_url()):
        current_app.send_task("organisations.run_due_jobs")
        wait_until(lambda: not JobQueue.objects.exists())
    with organisation_scope(organisation.pk):
        done = Job.objects.get(pk=job.pk)
        assert (done.state, done.message_values["added"]) == (Job.State.DONE, ANSWERS)
        assert Customer.objects.count() == Consent.objects.count() == ANSWERS
    with organisation_scope(stranger.pk):
        assert Customer.objects.get().first_name == "Fremd"


def test_a_job_that_kills_its_workers_is_given_up_until_somebody_starts_it_again(
    tmp_path: Path, client: Client
) -> None:
    organisation, stranger = make_organisation(), make_organisation()
    job = importing(organisation)
    for _start in range(MOST_STARTS):
        with in_the_way(organisation, lambda: last_customer(organisation)):
            killed_in_the_middle(tmp_path, "organisations.run_due_jobs")
        JobQueue.objects.update(due_at=timezone.now())  # as if the lease had run out
    page = f"/o/{organisation.slug}/jobs/{job.pk}/"
    with celery_worker(tmp_path, CXPORTAL_DATABASE_URL=database_url()):
        with organisation_scope(stranger.pk):
            client.force_login(make_member(stranger).user)
        assert client.post(f"{page}again/").status_code == 404
        with organisation_scope(organisation.pk):
            client.force_login(make_member(organisation).user)
        current_app.send_task("organisations.run_due_jobs")
        wait_until(lambda: "It was begun three times" in client.get(page).content.decode())
        assert not JobQueue.objects.due().exists(), "no worker touches it any more"
        with organisation_scope(organisation.pk):
            assert not Customer.objects.exists()
        assert "Start again" in client.get(page).content.decode()
        client.post(f"{page}again/")
        wait_until(lambda: not JobQueue.objects.exists())
    shown = client.get(page).content.decode()
    assert ("It was begun three times" in shown, "Start again" in shown) == (False, False)
    with organisation_scope(organisation.pk):
        done = Job.objects.get(pk=job.pk)
        assert (done.state, done.message_values["added"], done.file) == (Job.State.DONE, ANSWERS, None)
        assert Customer.objects.count() == ANSWERS


def test_a_job_that_hangs_is_stopped_and_leaves_its_worker_to_the_next(tmp_path: Path) -> None:
    hanging, other = make_organisation(), make_organisation()
    jobs = {organisation: importing(organisation) for organisation in (hanging, other)}
    current_app.control.purge()  # what has been announced already, without our limit

    def state(organisation: Organisation) -> str:
        with organisation_scope(organisation.pk):
            return Job.objects.get(pk=jobs[organisation].pk).state

    with in_the_way(hanging, lambda: last_customer(hanging)):
        with celery_worker(tmp_path, CXPORTAL_DATABASE_URL=database_url()):  # of one process
            current_app.send_task("organisations.run_due_jobs", time_limit=2)
            wait_until(is_somebody_waiting)
            current_app.send_task("organisations.run_due_jobs")
            wait_until(lambda: state(other) == Job.State.DONE)
        assert state(hanging) == Job.State.RUNNING
        terminate_those_who_wait()
    JobQueue.objects.update(due_at=timezone.now())  # as if the lease had run out
    with celery_worker(tmp_path, CXPORTAL_DATABASE_URL=database_url()):
        current_app.send_task("organisations.run_due_jobs")
        wait_until(lambda: state(hanging) == Job.State.DONE)
    for organisation in (hanging, other):
        with organisation_scope(organisation.pk):
            assert Customer.objects.count() == ANSWERS


def test_a_worker_killed_while_deciding_leaves_every_contact_decided_once(tmp_path: Path) -> None:
    organisation, stranger = make_organisation(), make_organisation()
    for each, contacts in ((organisation, ANSWERS), (stranger, 1)):
        with organisation_scope(each.pk):
            trigger = make_trigger(make_survey(each), make_touchpoint(each))
            for _ in range(contacts):
                contact = make_interaction(trigger.touchpoint, make_customer(each))
    with organisation_scope(organisation.pk):
        trigger, last = Trigger.objects.get(), Interaction.objects.latest("pk")

    def last_decision() -> None:
        make_invitation(trigger.survey, trigger=trigger, interaction=last)

    def decided(each: Organisation) -> Counter[int | None]:
        with organisation_scope(each.pk):
            return Counter(Invitation.objects.values_list("interaction", flat=True))

    with in_the_way(organisation, last_decision):
        killed_in_the_middle(tmp_path, "surveys.pull_triggers")
    assert decided(organisation) == {}, "nothing of it is there"
    assert TriggerQueue.objects.filter(organisation=organisation).count() == ANSWERS

    TriggerQueue.objects.update(due_at=timezone.now())  # as if they had waited long enough
    with celery_worker(tmp_path, CXPORTAL_DATABASE_URL=database_url()):
        current_app.send_task("surveys.pull_triggers")
        wait_until(lambda: not TriggerQueue.objects.exists() and not NewInteractions.objects.exists())
    found = decided(organisation)
    assert (len(found), set(found.values())) == (ANSWERS, {1})
    assert MailQueue.objects.filter(organisation=organisation).count() == ANSWERS
    assert decided(stranger) == {contact.pk: 1}


def test_a_worker_killed_while_assigning_personas_leaves_no_half_and_no_other_waiting(tmp_path: Path) -> None:
    organisation, stranger = make_organisation(), make_organisation()
    for each, customers in ((organisation, ANSWERS), (stranger, 1)):
        with organisation_scope(each.pk):
            persona = make_persona(each, rule=one_of("segment", "Family"))
            for _ in range(customers):
                make_customer(each, attributes={"segment": "Family"})
            note_everyone(each)
    with organisation_scope(organisation.pk):
        persona, last = Persona.objects.get(), Customer.objects.latest("pk")

    def last_assignment() -> None:
        PersonaAssignment.objects.create(organisation=organisation, persona=persona, customer=last)

    def assigned(each: Organisation) -> tuple[int, int]:
        """How many, and how many are counted."""
        with organisation_scope(each.pk):
            counts = PersonaCount.objects.values_list("belonging", flat=True)
            return PersonaAssignment.objects.count(), sum(n for belonging in counts for _persona, n in belonging)

    with in_the_way(organisation, last_assignment):
        killed_in_the_middle(tmp_path, "journeys.assign_personas")
        with celery_worker(tmp_path, CXPORTAL_DATABASE_URL=database_url()):
            current_app.send_task("journeys.assign_personas")
            wait_until(lambda: assigned(stranger) == (1, 1))
    assert assigned(organisation) == (0, 0), "nothing of it is there"

    ChangedCustomer.objects.update(due_at=timezone.now())  # as if they had waited long enough
    with celery_worker(tmp_path, CXPORTAL_DATABASE_URL=database_url()):
        current_app.send_task("journeys.assign_personas")
        wait_until(lambda: not ChangedCustomer.objects.exists())
    assert (assigned(organisation), assigned(stranger)) == ((ANSWERS, ANSWERS), (1, 1))


def a_campaign(organisation: Organisation) -> tuple[Model, type[Model]]:
    make_customer(organisation)
    campaign = create_campaign(survey=make_survey(organisation), name="Autumn", selection="everyone")
    start_campaign(campaign=campaign)
    return campaign, Invitation


def a_reminder(organisation: Organisation) -> tuple[Model, type[Model]]:
    survey = make_survey(organisation)
    make_reminder(survey)
    asked_at = timezone.now() - timedelta(days=5)
    make_invitation(survey, sent_at=asked_at, sent_day=organisation.day_of(asked_at))
    return survey, ReminderMail


def a_trigger(organisation: Organisation) -> tuple[Model, type[Model]]:
    trigger = make_trigger(make_survey(organisation), make_touchpoint(organisation))
    make_interaction(trigger.touchpoint, make_customer(organisation))
    return trigger, Invitation


@pytest.mark.parametrize(
    ("task", "make"),
    [
        ("surveys.prepare_campaigns", a_campaign),
        ("surveys.prepare_reminders", a_reminder),
        ("surveys.pull_triggers", a_trigger),
    ],
)
def test_what_kills_its_worker_keeps_no_other_waiting(
    tmp_path: Path, task: str, make: Callable[[Organisation], tuple[Model, type[Model]]]
) -> None:
    organisation, stranger = make_organisation(), make_organisation()
    with organisation_scope(organisation.pk):
        needed, written = make(organisation)
    with organisation_scope(stranger.pk):
        make(stranger)
        assert not written._default_manager.filter(sent_at=None).exists()

    def is_written(each: Organisation) -> bool:
        with organisation_scope(each.pk):
            return written._default_manager.filter(sent_at=None).exists()

    def lock() -> None:
        type(needed)._default_manager.select_for_update(no_key=True).get(pk=needed.pk)

    with in_the_way(organisation, lock):
        killed_in_the_middle(tmp_path, task)
        with celery_worker(tmp_path, CXPORTAL_DATABASE_URL=database_url()):
            current_app.send_task(task)
            wait_until(lambda: is_written(stranger))
    assert not is_written(organisation), "nothing of it is there"
    for queue in (CampaignQueue, ReminderQueue, TriggerQueue):
        queue.objects.update(due_at=timezone.now())  # as if it had waited long enough
    with celery_worker(tmp_path, CXPORTAL_DATABASE_URL=database_url()):
        current_app.send_task(task)
        wait_until(lambda: is_written(organisation))
