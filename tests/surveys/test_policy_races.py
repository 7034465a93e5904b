"""Two workers send two campaigns to the same customers at once."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.mail import get_connection
from django.db import connection

from organisations.models import Organisation
from organisations.tenancy import organisation_scope, tenant_transaction
from surveys.domain.campaigns import create_campaign, prepare_next_batch, start_campaign
from surveys.domain.claiming import claim
from surveys.domain.policy import change_policy
from surveys.domain.sending import send_next_batch
from surveys.models import Invitation, MailQueue
from tests.makers import make_customer, make_organisation, make_survey

pytestmark = pytest.mark.django_db(transaction=True)
CUSTOMERS = 250
"""Several batches of each worker."""
WORKERS = 4


def two_campaigns(customers: int) -> Organisation:
    """Both prepared before the first mail of either went out; and a stranger that is the same, but without a pause."""
    for pause_days in (0, 30):
        organisation = make_organisation()
        with organisation_scope(organisation.pk):
            change_policy(organisation=organisation, actor=None, pause_days=pause_days)
            for _ in range(customers if pause_days else 1):
                make_customer(organisation)
            for _ in range(2):
                campaign = create_campaign(survey=make_survey(organisation), name="Autumn", selection="everyone")
                start_campaign(campaign=campaign)
    while prepare_next_batch():
        pass
    return organisation


def sent(organisation: Organisation) -> Counter[int | None]:
    with organisation_scope(organisation.pk):
        return Counter(Invitation.objects.filter(state="sent").values_list("customer", flat=True))


def test_no_customer_gets_two_mails(transactional_db: None) -> None:
    organisation = two_campaigns(CUSTOMERS)
    start = threading.Barrier(WORKERS)

    def work() -> None:
        try:
            mail_server = get_connection()
            start.wait()
            while send_next_batch(mail_server):
                pass
        finally:
            connection.close()

    with ThreadPoolExecutor(WORKERS) as pool:
        for done in [pool.submit(work) for _ in range(WORKERS)]:
            done.result(timeout=120)
    work_left = get_connection()
    while send_next_batch(work_left):  # what waited for the turn of another worker when its own ended
        pass
    mails = sent(organisation)
    assert len(mails) == CUSTOMERS
    assert set(mails.values()) == {1}
    with organisation_scope(organisation.pk):
        states = Counter(Invitation.objects.values_list("state", "reason"))
    assert states == {("sent", ""): CUSTOMERS, ("not_sent", "recently_asked"): CUSTOMERS}
    assert not MailQueue.objects.exists()


def test_a_worker_does_not_wait_for_one_that_is_deciding_on_the_same_customer(transactional_db: None) -> None:
    """It leaves that mail in the queue; afterwards it sees what the other has sent."""
    organisation = two_campaigns(1)
    MailQueue.objects.exclude(organisation=organisation).delete()
    second = MailQueue.objects.latest("pk")
    MailQueue.objects.filter(pk=second.pk).update(due_at=second.due_at + timedelta(days=1))

    def claimed_elsewhere() -> int:
        def work() -> int:
            try:
                MailQueue.objects.filter(pk=second.pk).update(due_at=second.due_at)
                batch = claim()
                return len(batch.letters) if batch else 0
            finally:
                connection.close()

        with ThreadPoolExecutor(1) as pool:
            return pool.submit(work).result(timeout=10)

    with tenant_transaction():
        ours = claim()
        assert ours is not None
        assert len(ours.letters) == 1
        assert claimed_elsewhere() == 0
    assert MailQueue.objects.filter(pk=second.pk).exists()
    assert claimed_elsewhere() == 0
    with organisation_scope(organisation.pk):
        assert Invitation.objects.get(pk=second.invitation_id).reason == "recently_asked"
    assert not MailQueue.objects.filter(pk=second.pk).exists()
