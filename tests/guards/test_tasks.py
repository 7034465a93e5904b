"""Every Celery task is safe to run twice. A new task needs a line in TASKS."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from celery import current_app
from django.apps import apps
from django.conf import LazySettings, settings
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core import mail
from django.utils import timezone

from customers.domain.changes import note_everyone
from customers.domain.importing import keep_upload
from customers.models import ChangedCustomer, Suppression, UploadedFile, UploadQueue
from journeys.models import NewInteractions, PersonaAssignment, PersonaCount
from organisations.domain.invites import invite_colleague
from organisations.domain.jobs import JobKind, Outcome, start_job
from organisations.models import ColleagueInvite, ColleagueInviteQueue, Department, Job, JobQueue, Organisation
from organisations.permissions import Permission, Role
from organisations.tenancy import organisation_scope
from reports.models import InvitationRollup, ScoreRollup
from surveys.domain.campaigns import create_campaign, prepare_next_batch, start_campaign
from surveys.domain.flooding import arrive
from surveys.domain.history import keep_file
from surveys.domain.mail_checks import ask_for_check
from surveys.models import (
    Arrival,
    CampaignQueue,
    ChangedDay,
    HistoryImport,
    HistoryQueue,
    Invitation,
    MailCheck,
    MailCheckQueue,
    MailQueue,
    ReminderMail,
    TriggerQueue,
)
from tests.makers import (
    make_customer,
    make_department,
    make_entrance,
    make_interaction,
    make_invitation,
    make_persona,
    make_reminder,
    make_response,
    make_survey,
    make_touchpoint,
    make_trigger,
    make_user,
    one_of,
)
from tests.services import ImapServer
from tests.surveys.test_bounces import returned

Seen = Callable[[], Any]
"""What the task is to have done, in a form that can be compared: rows, counts, subjects of mails."""


def run_due_jobs(organisation: Organisation) -> Seen:
    start_job(organisation=organisation, kind="tests.make_department", user=None)
    return lambda: (Department.objects.count(), list(Job.objects.values("state", "message")), JobQueue.objects.count())


def make_one_department(job: Job, progress: object) -> Outcome:
    with organisation_scope(job.organisation_id):
        make_department(job.organisation)
    return Outcome("made")


def forget_sessions(organisation: Organisation) -> Seen:
    """Signed in too long ago, or still signed in."""
    for age in (timedelta(days=-1), timedelta(days=1)):
        session = SessionStore()
        session["searches"] = {"key": {"search": "petersen"}}
        session.set_expiry(timezone.now() + age)
        session.save()
    return lambda: list(Session.objects.values("session_key"))


def send_invites(organisation: Organisation) -> Seen:
    invite_colleague(organisation=organisation, email="j@example.org", role=Role.MEMBER, invited_by=None)
    return lambda: (
        len(mail.outbox),
        list(ColleagueInvite.objects.values("email", "sent_at")),
        ColleagueInviteQueue.objects.count(),
    )


def count_changed_days(organisation: Organisation) -> Seen:
    make_response(make_survey(organisation), [9, "Good."])
    return lambda: (
        list(ScoreRollup.objects.order_by("grain", "question", "touchpoint").values("grain", "question", "n", "total")),
        list(InvitationRollup.objects.values("day", "sent", "answered")),
        ChangedDay.objects.count(),
    )


def prepare_campaigns(organisation: Organisation) -> Seen:
    make_customer(organisation)
    campaign = create_campaign(survey=make_survey(organisation), name="Autumn", selection="everyone")
    start_campaign(campaign=campaign)
    return lambda: (
        list(Invitation.objects.values("customer", "state", "reason")),
        MailQueue.objects.count(),
        CampaignQueue.objects.count(),
    )


def prepare_reminders(organisation: Organisation) -> Seen:
    survey = make_survey(organisation)
    make_reminder(survey)
    asked = timezone.now() - timedelta(days=4, hours=1)
    make_invitation(survey, sent_at=asked, sent_day=organisation.day_of(asked))
    return lambda: (list(ReminderMail.objects.values("invitation", "number", "state")), MailQueue.objects.count())


def pull_triggers(organisation: Organisation) -> Seen:
    trigger = make_trigger(make_survey(organisation), make_touchpoint(organisation))
    make_interaction(trigger.touchpoint, make_customer(organisation))
    return lambda: (
        list(Invitation.objects.values("customer", "state", "reason")),
        MailQueue.objects.count(),
        NewInteractions.objects.filter(organisation=organisation).count(),
        TriggerQueue.objects.count(),
    )


def send_mails(organisation: Organisation) -> Seen:
    prepare_campaigns(organisation)
    while prepare_next_batch():
        pass
    return lambda: (
        len(mail.outbox),
        list(Invitation.objects.values("customer", "state", "sent_at")),
        MailQueue.objects.count(),
    )


def discard_uploads(organisation: Organisation) -> Seen:
    user = make_user()
    for name in ("old.csv", "new.csv"):
        keep_upload(organisation=organisation, name=name, content=b"name\n", user=user)
    UploadQueue.objects.filter(upload__name="old.csv").update(due_at=timezone.now())
    return lambda: (list(UploadedFile.objects.values_list("name")), UploadQueue.objects.count())


def discard_files(organisation: Organisation) -> Seen:
    for name in ("old.csv", "imported.csv", "new.csv"):
        keep_file(organisation=organisation, name=name, content=b"score\n", user=None)
    HistoryImport.objects.filter(file_name="imported.csv").update(survey=make_survey(organisation))
    HistoryQueue.objects.exclude(history__file_name="new.csv").update(due_at=timezone.now())
    return lambda: (list(HistoryImport.objects.order_by("pk").values_list("file_name")), HistoryQueue.objects.count())


def forget_arrivals(organisation: Organisation) -> Seen:
    entrance = make_entrance(make_survey(organisation))
    for network in (b"1", b"2"):
        arrive(entrance=entrance, network=network, now=timezone.now())
    Arrival.objects.filter(pk=Arrival.objects.earliest("pk").pk).update(due_at=timezone.now())
    return lambda: list(Arrival.objects.values("entrance", "source"))


def assign_personas(organisation: Organisation) -> Seen:
    make_persona(organisation, rule=one_of("segment", "Family"))
    make_customer(organisation, attributes={"segment": "Family"})
    note_everyone(organisation)
    return lambda: (
        list(PersonaAssignment.objects.values("customer", "persona")),
        list(PersonaCount.objects.values("customers", "belonging", "fitting_both")),
        ChangedCustomer.objects.count(),
    )


# Name of the task → a function that prepares, inside an organisation, something for it to do.
def fetch_bounces(organisation: Organisation) -> Seen:
    invitation = make_invitation(make_survey(organisation))
    assert invitation.customer
    settings.BOUNCE_MAILBOX = ImapServer(returned(invitation, to=invitation.customer.email)).url
    return lambda: (
        list(Invitation.objects.values_list("state", flat=True)),
        list(Suppression.objects.values_list("reason", "created_at")),
        ChangedDay.objects.count(),
    )


def make_mail_checks(organisation: Organisation) -> Seen:
    ask_for_check(organisation=organisation, user=make_user())
    return lambda: (list(MailCheck.objects.values("findings", "finished_at")), MailCheckQueue.objects.count())


TASKS: dict[str, Callable[[Organisation], Seen]] = {
    "customers.discard_uploads": discard_uploads,
    "journeys.assign_personas": assign_personas,
    "organisations.forget_sessions": forget_sessions,
    "organisations.run_due_jobs": run_due_jobs,
    "organisations.send_invites": send_invites,
    "reports.count_changed_days": count_changed_days,
    "surveys.discard_files": discard_files,
    "surveys.forget_arrivals": forget_arrivals,
    "surveys.fetch_bounces": fetch_bounces,
    "surveys.make_mail_checks": make_mail_checks,
    "surveys.prepare_campaigns": prepare_campaigns,
    "surveys.prepare_reminders": prepare_reminders,
    "surveys.pull_triggers": pull_triggers,
    "surveys.send_mails": send_mails,
}


current_app.loader.import_default_modules()
FOUND = {name for name in current_app.tasks if not name.startswith("celery.")}


def test_each_task_is_listed() -> None:
    missing, gone = FOUND - TASKS.keys(), TASKS.keys() - FOUND
    assert not missing, f"add to TASKS in {__name__} what gives them something to do: {missing}"
    assert not gone, f"take off TASKS in {__name__}: {gone}"


@pytest.mark.parametrize("name", TASKS)
def test_none_keeps_its_worker_for_ever_and_none_is_stopped_in_its_shift(name: str) -> None:
    limit = current_app.tasks[name].time_limit or current_app.conf.task_time_limit
    assert limit
    assert limit >= 60 * 60


@pytest.mark.parametrize("name", TASKS)
def test_a_second_run_changes_nothing(
    name: str,
    organisation: Organisation,
    other_organisation: Organisation,
    monkeypatch: pytest.MonkeyPatch,
    settings: LazySettings,
) -> None:
    settings.BOUNCE_MAILBOX = ""  # from here on, what a function in TASKS sets is undone afterwards
    kind = JobKind("tests.make_department", "Test", f"{__name__}.make_one_department", Permission.VIEW)
    monkeypatch.setattr(apps.get_app_config("organisations"), "jobs", [kind], raising=False)
    seen = TASKS[name](organisation)
    before = seen()
    task = current_app.tasks[name]
    task()
    after = seen()
    assert after != before, f"the function in TASKS of {__name__} gives {name} nothing to do"
    task()
    assert seen() == after
    with organisation_scope(other_organisation.pk):
        assert not Department.objects.exists()
        assert not Invitation.objects.exists()
