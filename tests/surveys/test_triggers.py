from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.conf import LazySettings
from django.core.exceptions import ValidationError
from django.core.mail import get_connection
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers.domain.changes import note_everyone
from customers.domain.customer import erase_customer
from customers.domain.suppression import suppress
from customers.models import Customer
from journeys.domain.interactions import Contact, record_interactions
from journeys.models import Interaction, NewInteractions
from organisations.models import Organisation
from organisations.tenancy import organisation_scope
from surveys.domain.answering import Submission, visit
from surveys.domain.policy import change_policy
from surveys.domain.sending import send_next_batch
from surveys.domain.triggers import (
    decide_next_batch,
    is_drawn,
    pause,
    remove_trigger,
    save_trigger,
    switch_on,
    take_up_next_contacts,
)
from surveys.models import Invitation, MailQueue, Score, Survey, Trigger, TriggerQueue
from tests.makers import (
    make_channel,
    make_customer,
    make_interaction,
    make_member,
    make_persona,
    make_survey,
    make_touchpoint,
    make_trigger,
    make_user,
    one_of,
)
from tests.services import Mailbox, mailbox

State, Reason = Invitation.State, Invitation.Reason


@pytest.fixture
def box(settings: LazySettings) -> Iterator[Mailbox]:
    """A real SMTP server on this machine that the portal sends to."""
    with mailbox() as box:
        settings.EMAIL_BACKEND = "common.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", int(box.url.rpartition(":")[2])
        yield box


@pytest.fixture(autouse=True)
def stranger(other_organisation: Organisation) -> Iterator[Trigger]:
    """Another organisation's trigger that is on, and a contact that is none of its business."""
    with organisation_scope(other_organisation.pk):
        trigger = make_trigger(make_survey(other_organisation), make_touchpoint(other_organisation))
        make_interaction(make_touchpoint(other_organisation), make_customer(other_organisation))
    yield trigger
    with organisation_scope(other_organisation.pk):
        assert not Invitation.objects.exists()


def work() -> None:
    while take_up_next_contacts() or decide_next_batch():
        pass


def send() -> None:
    with closing(get_connection()) as mail_server:
        while send_next_batch(mail_server):
            pass


def decisions(trigger: Trigger) -> list[tuple[str, str]]:
    return list(trigger.invitations.order_by("interaction").values_list("state", "reason"))


@pytest.fixture
def trigger(organisation: Organisation) -> Trigger:
    return make_trigger(make_survey(organisation), make_touchpoint(organisation))


def test_a_contact_leads_to_a_mail_whose_answer_measures_its_touchpoint_and_channel(
    organisation: Organisation, box: Mailbox
) -> None:
    touchpoint, channel = make_touchpoint(organisation), make_channel(organisation)
    survey = make_survey(organisation, touchpoint=make_touchpoint(organisation))
    trigger = make_trigger(survey, touchpoint, channels=[channel, make_channel(organisation)], delay=120)
    persona = make_persona(organisation, rule=one_of("segment", "Family"))
    customer = make_customer(organisation, language="en", attributes={"segment": "Family"})
    note_everyone(organisation)
    contact = make_interaction(touchpoint, customer, channel=channel)
    make_interaction(touchpoint, customer, channel=make_channel(organisation))
    make_interaction(touchpoint, customer)
    make_interaction(make_touchpoint(organisation), customer, channel=channel)
    work()
    assert TriggerQueue.objects.get().due_at == contact.at + timedelta(hours=2)
    assert not trigger.invitations.exists()
    with time_machine.travel(contact.at + timedelta(hours=2, minutes=1), tick=False):
        work()
        invitation = trigger.invitations.get()
        assert (invitation.state, invitation.interaction, invitation.customer) == (State.QUEUED, contact, customer)
        assert (invitation.touchpoint, invitation.channel, invitation.persona) == (touchpoint, channel, persona)
        assert invitation.language == "en"
        send()
        (mail,) = box.mails
        assert customer.email in mail["To"]
        assert "How was it?" in mail["Subject"]
        question = survey.questions.get(kind="nps")
        sent = Submission(form={f"q{question.pk}": ["9"]}, page=1)
        found = visit(organisation_id=organisation.pk, invitation_id=invitation.pk, submission=sent)
        assert found
        assert found.is_recorded
    score = Score.objects.get()
    assert (score.touchpoint, score.channel, score.persona, score.score) == (touchpoint, channel, persona, 9)
    assert not TriggerQueue.objects.exists()


def test_a_contact_that_cannot_be_decided_on_keeps_no_other_waiting(
    organisation: Organisation, trigger: Trigger, caplog: pytest.LogCaptureFixture
) -> None:
    names = ["Europe/Berlin", "Europe/Atlantis", "", "Europe/Lemuria", "Europe/Athens"]
    customers = [make_customer(organisation, time_zone=name) for name in names]
    contacts = [make_interaction(trigger.touchpoint, customer) for customer in customers]
    work()
    good = [0, 2, 4]
    assert set(trigger.invitations.values_list("customer", flat=True)) == {customers[number].pk for number in good}
    assert MailQueue.objects.filter(organisation=organisation).count() == 3
    left = TriggerQueue.objects.filter(organisation=organisation)
    assert set(left.values_list("interaction", flat=True)) == {contacts[1].pk, contacts[3].pk}
    assert not left.filter(due_at__lte=timezone.now()).exists()
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == [
        f"Trigger {trigger.pk} cannot decide about contact {contacts[number].pk}; it tries again later."
        for number in (1, 3)
    ]
    Customer.objects.filter(pk=customers[1].pk).update(time_zone="Europe/Rome")
    with time_machine.travel(timezone.now() + timedelta(minutes=2), tick=False):
        work()
    assert left.get().interaction == contacts[3]
    assert trigger.invitations.count() == 4


@pytest.mark.parametrize("hour", ["00", "01"])
def test_contacts_of_the_hour_that_the_clock_shows_twice_set_off_a_trigger(
    organisation: Organisation, client: Client, hour: str
) -> None:
    """Half past two in Berlin on 25 October 2026, before and after the clock is put back."""
    now = datetime.fromisoformat(f"2026-10-25T{hour}:30:20+00:00")
    with time_machine.travel(now, tick=False):
        trigger = make_trigger(make_survey(organisation), make_touchpoint(organisation), active_since=None, daily_cap=1)
        member = make_member(organisation)
        switch_on(trigger=trigger, user=member.user)
        client.force_login(member.user)
        page = f"/o/nordlicht/interactions/?touchpoint={trigger.touchpoint.pk}"
        filled = "2026-10-25T02:30"
        assert f'value="{filled}"' in client.get(page).content.decode()
        for _ in range(2):
            customer = make_customer(organisation)
            data = {"customer": customer.external_id, "touchpoint": trigger.touchpoint.pk, "at": filled}
            assert client.post(page, data).status_code == 302
        work()
    assert {contact.at for contact in Interaction.objects.all()} == {now.replace(second=0)}
    assert decisions(trigger) == [(State.QUEUED, ""), (State.NOT_SENT, Reason.CAP_REACHED)]
    assert {invitation.created_at for invitation in trigger.invitations.all()} == {now}


def test_each_decision_is_stored_with_its_reason(organisation: Organisation) -> None:
    trigger = make_trigger(make_survey(organisation), make_touchpoint(organisation), rule=one_of("segment", "Family"))

    def contact(days_ago: float = 0, *, segment: str = "Family", **fields: Any) -> Customer:
        customer = make_customer(organisation, attributes={"segment": segment}, **fields)
        make_interaction(trigger.touchpoint, customer, at=timezone.now() - timedelta(days=days_ago))
        return customer

    contact()
    contact(6.9)
    contact(7.1)
    contact(segment="Single")
    contact(email="")
    contact(may_be_asked=False)
    suppress(organisation=organisation, email=contact().email, reason="unsubscribed")
    erase_customer(customer=contact(), actor=make_user())
    work()
    assert decisions(trigger) == [
        (State.QUEUED, ""),
        (State.QUEUED, ""),
        (State.NOT_SENT, Reason.TOO_LATE),
        (State.NOT_SENT, Reason.CONDITIONS),
        (State.NOT_SENT, Reason.NO_ADDRESS),
        (State.NOT_SENT, Reason.NO_LEGAL_BASIS),
        (State.NOT_SENT, Reason.UNSUBSCRIBED),
        (State.NOT_SENT, Reason.ERASED),
    ]
    assert MailQueue.objects.count() == 2


def test_contacts_before_it_was_switched_on_do_not_set_it_off(organisation: Organisation) -> None:
    trigger = make_trigger(make_survey(organisation), make_touchpoint(organisation), active_since=None)
    customer, user = make_customer(organisation), make_user()
    make_interaction(trigger.touchpoint, customer)
    work()
    hour_ago = timezone.now() - timedelta(hours=1)
    switch_on(trigger=trigger, user=user)
    make_interaction(trigger.touchpoint, customer, at=hour_ago)  # imported late
    work()
    assert decisions(trigger) == []
    make_interaction(trigger.touchpoint, customer)
    work()
    assert decisions(trigger) == [(State.QUEUED, "")]


def test_a_contact_of_the_minute_in_which_it_was_switched_on_sets_it_off(organisation: Organisation) -> None:
    """People record contacts to the minute, and the trigger's page says the minute since when it is on."""
    trigger = make_trigger(make_survey(organisation), make_touchpoint(organisation), active_since=None)
    minute = timezone.now().replace(second=0, microsecond=0)
    with time_machine.travel(minute + timedelta(seconds=50), tick=False):
        switch_on(trigger=trigger, user=make_user())
        make_interaction(trigger.touchpoint, make_customer(organisation), at=minute)
        work()
    assert decisions(trigger) == [(State.QUEUED, "")]


def test_paused_it_asks_nobody_not_even_those_who_are_waiting(organisation: Organisation, trigger: Trigger) -> None:
    customer, user = make_customer(organisation), make_user()
    for delay in (0, 60):
        Trigger.objects.filter(pk=trigger.pk).update(delay=delay)
        make_interaction(trigger.touchpoint, customer)
        work()
    assert (decisions(trigger), TriggerQueue.objects.count()) == ([(State.QUEUED, "")], 1)
    pause(trigger=trigger, user=user)
    make_interaction(trigger.touchpoint, customer)
    work()
    TriggerQueue.objects.update(due_at=timezone.now())
    work()
    assert decisions(trigger) == [(State.NOT_SENT, Reason.TRIGGER_PAUSED)] * 2
    assert not NewInteractions.objects.exclude(organisation=trigger.organisation).filter(organisation=organisation)


def test_a_closed_survey_is_not_sent_and_cannot_be_switched_on(organisation: Organisation, trigger: Trigger) -> None:
    make_interaction(trigger.touchpoint, make_customer(organisation))
    Survey.objects.update(closes_on=organisation.today() - timedelta(days=1))
    work()
    assert decisions(trigger) == [(State.NOT_SENT, Reason.CLOSED)]
    make_interaction(trigger.touchpoint, make_customer(organisation))
    Survey.objects.update(closes_on=None, state=Survey.State.CLOSED)
    work()
    assert decisions(trigger) == [(State.NOT_SENT, Reason.CLOSED)] * 2
    trigger.refresh_from_db()
    with pytest.raises(ValidationError):
        switch_on(trigger=trigger, user=make_user())


def test_no_more_than_its_limit_on_one_day(organisation: Organisation) -> None:
    trigger = make_trigger(make_survey(organisation), make_touchpoint(organisation), daily_cap=3)
    noon = timezone.now().replace(hour=11, minute=0) + timedelta(days=1)
    with time_machine.travel(noon, tick=False):
        for minutes in range(5):
            at = noon - timedelta(minutes=minutes)
            make_interaction(trigger.touchpoint, make_customer(organisation), at=at)
        work()
        make_interaction(trigger.touchpoint, make_customer(organisation))
        work()
        counts = Counter(reason for _state, reason in decisions(trigger))
        assert counts == {"": 3, Reason.CAP_REACHED: 3}
        asked = trigger.invitations.filter(reason="").values_list("interaction__at", flat=True)
        assert min(asked) == noon - timedelta(minutes=4), "who came first is asked first"
    with time_machine.travel(noon + timedelta(days=1), tick=False):
        make_interaction(trigger.touchpoint, make_customer(organisation))
        work()
    assert Counter(reason for _state, reason in decisions(trigger)) == {"": 4, Reason.CAP_REACHED: 3}


def test_the_same_fifth_is_drawn_each_time(organisation: Organisation) -> None:
    trigger = make_trigger(make_survey(organisation), make_touchpoint(organisation), share=20)
    customer = make_customer(organisation)
    contacts = [Contact(customer.pk, trigger.touchpoint_id, None, timezone.now(), f"n{n}") for n in range(2000)]
    record_interactions(organisation=organisation, contacts=contacts)
    drawn = {contact.pk for contact in Interaction.objects.all() if is_drawn(trigger, contact)}
    assert 330 < len(drawn) < 470  # 5 standard deviations either way
    work()
    asked = trigger.invitations.filter(state=State.QUEUED)
    assert set(asked.values_list("interaction", flat=True)) == drawn
    assert trigger.invitations.filter(reason=Reason.SAMPLED_OUT).count() == 2000 - len(drawn)
    trigger.share = 50
    assert drawn < {contact.pk for contact in Interaction.objects.all() if is_drawn(trigger, contact)}


def test_the_contact_policy_holds(organisation: Organisation, trigger: Trigger, box: Mailbox) -> None:
    change_policy(organisation=organisation, actor=None, pause_days=30)
    customer = make_customer(organisation)
    other = make_trigger(make_survey(organisation), trigger.touchpoint)
    make_interaction(trigger.touchpoint, customer)
    work()
    send()
    make_interaction(trigger.touchpoint, customer)
    work()
    send()
    assert len(box.mails) == 1
    found = Counter(Invitation.objects.values_list("trigger", "state", "reason"))
    assert sum(n for (_trigger, state, _reason), n in found.items() if state == State.SENT) == 1
    assert {reason for (_trigger, state, reason) in found if state == State.NOT_SENT} == {Reason.RECENTLY_ASKED}
    assert sum(found.values()) == 4
    assert {pk for (pk, _state, _reason) in found} == {trigger.pk, other.pk}


def test_quiet_hours_hold_the_mail_back(organisation: Organisation, trigger: Trigger) -> None:
    change_policy(organisation=organisation, actor=None, quiet_from="20:00", quiet_until="08:00")
    late = timezone.localtime(timezone=organisation.zone).replace(hour=22, minute=0) + timedelta(days=1)
    with time_machine.travel(late, tick=False):
        make_interaction(trigger.touchpoint, make_customer(organisation))
        work()
        due = timezone.localtime(MailQueue.objects.get().due_at, organisation.zone)
    assert (due.hour, due.date()) == (8, late.date() + timedelta(days=1))


def test_a_second_look_decides_nothing_anew(organisation: Organisation, trigger: Trigger) -> None:
    contact = make_interaction(trigger.touchpoint, make_customer(organisation))
    work()
    for _ in range(2):
        NewInteractions.objects.create(organisation=organisation, first=contact.pk, last=contact.pk)
        work()
    assert decisions(trigger) == [(State.QUEUED, "")]
    assert not TriggerQueue.objects.exists()


def test_many_contacts_cost_as_many_statements_as_one_batch(organisation: Organisation, trigger: Trigger) -> None:
    def statements(number: int) -> int:
        customers = [make_customer(organisation) for _ in range(number)]
        now = timezone.now()
        record_interactions(
            organisation=organisation,
            contacts=[Contact(customer.pk, trigger.touchpoint_id, None, now) for customer in customers],
        )
        with CaptureQueriesContext(connection) as queries:
            work()
        return len(queries)

    statements(1)
    assert statements(3) == statements(30)
    assert trigger.invitations.filter(state=State.QUEUED).count() == 34


def test_what_has_decided_stays(organisation: Organisation, trigger: Trigger) -> None:
    user = make_member(organisation).user
    unused = make_trigger(trigger.survey, trigger.touchpoint, active_since=None)
    make_interaction(trigger.touchpoint, make_customer(organisation))
    work()
    remove_trigger(trigger=unused, user=user)
    with pytest.raises(ValidationError):
        remove_trigger(trigger=trigger, user=user)
    assert list(Trigger.objects.all()) == [trigger]


def test_things_of_another_organisation_are_refused(organisation: Organisation, stranger: Trigger) -> None:
    mixed = Trigger(organisation=organisation, survey=make_survey(organisation), touchpoint=stranger.touchpoint)
    with pytest.raises(Exception, match="does not belong"):
        save_trigger(trigger=mixed, channels=[], rule={}, user=make_user())
