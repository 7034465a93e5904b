"""Several workers take up and decide the same contacts at once."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.utils import timezone

from journeys.domain.interactions import Contact, record_interactions
from journeys.models import NewInteractions
from organisations.models import Organisation
from organisations.tenancy import organisation_scope
from surveys.domain import triggers
from surveys.models import Invitation, MailQueue, TriggerQueue
from tests.makers import make_customer, make_organisation, make_survey, make_touchpoint, make_trigger

pytestmark = pytest.mark.django_db(transaction=True)
CONTACTS = 120
CAP = 70
WORKERS = 4


def contacts_of(number: int) -> Organisation:
    """Contacts at a touchpoint of two triggers, one of which has a limit; each noted by itself, and all once more."""
    organisation = make_organisation()
    with organisation_scope(organisation.pk):
        survey, touchpoint = make_survey(organisation), make_touchpoint(organisation)
        make_trigger(survey, touchpoint)
        make_trigger(survey, touchpoint, daily_cap=CAP)
        for _ in range(number):
            contact = Contact(make_customer(organisation).pk, touchpoint.pk, None, timezone.now())
            record_interactions(organisation=organisation, contacts=[contact])
        notes = NewInteractions.objects.filter(organisation=organisation)
        first, last = notes.earliest("pk").first, notes.latest("pk").last
        NewInteractions.objects.create(organisation=organisation, first=first, last=last)
    return organisation


def test_nothing_is_decided_twice_and_nothing_forgotten(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(triggers, "BATCH", 10)
    organisation, stranger = contacts_of(CONTACTS), contacts_of(1)
    start = threading.Barrier(WORKERS)

    def work() -> None:
        try:
            start.wait()
            while triggers.take_up_next_contacts() or triggers.decide_next_batch():
                pass
        finally:
            connection.close()

    with ThreadPoolExecutor(WORKERS) as pool:
        for done in [pool.submit(work) for _ in range(WORKERS)]:
            done.result(timeout=120)
    while triggers.take_up_next_contacts() or triggers.decide_next_batch():
        pass  # what waited for another worker's turn when its own ended
    assert not NewInteractions.objects.exists()
    assert not TriggerQueue.objects.exists()
    with organisation_scope(organisation.pk):
        pairs = Counter(Invitation.objects.values_list("trigger", "interaction"))
        assert len(pairs) == 2 * CONTACTS
        assert set(pairs.values()) == {1}
        by_reason = Counter(Invitation.objects.values_list("trigger__daily_cap", "reason"))
        assert by_reason == {(None, ""): CONTACTS, (CAP, ""): CAP, (CAP, "cap_reached"): CONTACTS - CAP}
    assert MailQueue.objects.filter(organisation=organisation).count() == CONTACTS + CAP
    with organisation_scope(stranger.pk):
        assert Invitation.objects.count() == 2
