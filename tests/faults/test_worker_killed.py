"""A worker that is killed in the middle of its work, as by the kernel when memory runs out."""

import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from celery import current_app
from django.utils import timezone

from organisations.models import Organisation
from organisations.tenancy import organisation_scope
from reports.domain.rollups import count_changed_days
from reports.models import InvitationRollup
from surveys.domain.campaigns import create_campaign, prepare_next_batch, start_campaign
from surveys.domain.reminders import prepare_next_batch as prepare_reminders
from surveys.domain.sending import settle_next_batch
from surveys.models import Campaign, Invitation, MailBatch, MailQueue, ReminderMail, ReminderQueue
from tests.makers import make_customer, make_invitation, make_organisation, make_reminder, make_survey
from tests.services import Mailbox, Program, celery_worker, database_url, mailbox

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]
KILLS = 3
MAILS = 60
State = Invitation.State


def wait_until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline, "did not happen within a minute"
        time.sleep(0.02)


def is_at_work() -> bool:
    """Whether mails wait or are being sent: asked in one statement, since they change from the one to the other."""
    return bool(MailQueue.objects.values_list("pk").union(MailBatch.objects.values_list("pk"), all=True))


def campaign_of(organisation: Organisation, customers: int) -> Campaign:
    with organisation_scope(organisation.pk):
        for _ in range(customers):
            make_customer(organisation)
        campaign = create_campaign(survey=make_survey(organisation), name="Autumn", selection="everyone")
        start_campaign(campaign=campaign)
    while prepare_next_batch():
        pass
    return campaign


def states(campaign: Campaign) -> Counter[str]:
    with organisation_scope(campaign.organisation_id):
        return Counter(campaign.invitations.values_list("state", flat=True))


def recipients(box: Mailbox) -> list[str]:
    return [mail["To"].addresses[0].addr_spec for mail in list(box.mails)]


def kill_in_the_next_mail(worker: Program, box: Mailbox) -> None:
    """Once it has sent eight more."""
    enough = box.stalls_at = len(box.mails) + 8
    current_app.send_task("surveys.send_mails")
    wait_until(lambda: len(box.mails) >= enough)
    worker.kill()


def test_a_worker_killed_while_sending_forgets_no_one_and_asks_no_one_twice(tmp_path: Path) -> None:
    campaign = campaign_of(make_organisation(), MAILS)
    stranger = campaign_of(make_organisation(), 1)
    with mailbox() as box:
        services = {"CXPORTAL_DATABASE_URL": database_url(), "CXPORTAL_EMAIL_URL": box.url}
        for kill in range(1, KILLS + 1):
            with celery_worker(tmp_path, **services) as worker:
                kill_in_the_next_mail(worker, box)
            found = states(campaign)
            assert found.total() == MAILS
            assert found[State.SENDING] > kill, "it had taken more mails than it sent"
            MailBatch.objects.update(due_at=timezone.now())  # as if the lease had run out
            while settle_next_batch():
                pass
            found = states(campaign)
            assert found[State.QUEUED] > 0
            assert found[State.SENDING] <= kill, "all but the mail it was killed in is known"
        box.stalls_at = None
        with celery_worker(tmp_path, **services):
            current_app.send_task("surveys.send_mails")
            wait_until(lambda: not is_at_work())

    found = states(campaign)
    assert set(found) <= {State.SENT, State.SENDING}
    assert found[State.SENDING] <= KILLS
    written = recipients(box)
    assert len(set(written)) == len(written), "nobody was written to twice"
    assert len({mail["Message-ID"] for mail in box.mails}) == len(box.mails)
    with organisation_scope(campaign.organisation_id):
        by_state: dict[str, set[str]] = {}
        for invitation in campaign.invitations.select_related("customer"):
            assert invitation.customer
            by_state.setdefault(invitation.state, set()).add(invitation.customer.email)
    assert by_state[State.SENT] <= set(written), "who counts as asked was asked"
    assert states(stranger) == {State.SENT: 1}

    while count_changed_days():
        pass
    with organisation_scope(campaign.organisation_id):
        assert sum(InvitationRollup.objects.values_list("sent", flat=True)) == found[State.SENT]


def test_a_worker_killed_while_reminding_reminds_no_one_twice(tmp_path: Path) -> None:
    organisation, mails = make_organisation(), 60
    with organisation_scope(organisation.pk):
        survey = make_survey(organisation)
        make_reminder(survey)
        asked_at = timezone.now() - timedelta(days=5)
        for _ in range(mails):
            make_invitation(survey, sent_at=asked_at, sent_day=organisation.day_of(asked_at))
    while ReminderQueue.objects.due().exists():
        prepare_reminders()
    with mailbox() as box:
        services = {"CXPORTAL_DATABASE_URL": database_url(), "CXPORTAL_EMAIL_URL": box.url}
        with celery_worker(tmp_path, **services) as worker:
            kill_in_the_next_mail(worker, box)
        box.stalls_at = None
        MailBatch.objects.update(due_at=timezone.now())  # as if the lease had run out
        with celery_worker(tmp_path, **services):
            current_app.send_task("surveys.send_mails")
            wait_until(lambda: not is_at_work())
    with organisation_scope(organisation.pk):
        found = Counter(ReminderMail.objects.values_list("state", flat=True))
        assert set(Invitation.objects.values_list("state", flat=True)) == {State.SENT}
    assert found.total() == mails
    assert found[State.SENDING] <= 1, "all but the mail it was killed in is known"
    assert found[State.SENT] >= mails - 1
    written = recipients(box)
    assert len(set(written)) == len(written) >= mails - 1, "nobody was written to twice"
