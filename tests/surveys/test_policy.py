import re
from collections.abc import Callable
from contextlib import closing
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.core.mail import get_connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from customers.domain.suppression import suppress
from customers.models import Customer
from organisations.models import Membership, Organisation
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from surveys.domain.campaigns import create_campaign, forecast, prepare_next_batch, start_campaign
from surveys.domain.policy import change_policy, german_holidays, next_allowed, pause_ends
from surveys.domain.sending import send_next_batch
from surveys.models import Campaign, ContactPolicy, Invitation, MailQueue, Survey
from tests.makers import make_customer, make_invitation, make_member, make_response, make_survey

State, Reason = Invitation.State, Invitation.Reason
BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York", "Pacific/Auckland", "UTC")]


@pytest.fixture(autouse=True)
def stranger(other_organisation: Organisation) -> Survey:
    """Another organisation with a policy of its own, whose customer was asked just now."""
    with organisation_scope(other_organisation.pk):
        days = [0, 1, 2, 3, 4, 5]
        change_policy(
            organisation=other_organisation,
            actor=None,
            pause_days=700,
            exempt_types=["other"],
            quiet_weekdays=days,
        )
        survey = make_survey(other_organisation, name="Foreign survey", type="complaint")
        make_invitation(make_survey(other_organisation), make_customer(other_organisation))
    return survey


def ask(survey: Survey) -> Campaign:
    campaign = create_campaign(survey=survey, name="Autumn", selection="everyone")
    start_campaign(campaign=campaign)
    while prepare_next_batch():
        pass
    return campaign


def send() -> None:
    with closing(get_connection()) as mail_server:
        while send_next_batch(mail_server):
            pass


def decisions(campaign: Campaign) -> dict[Customer | None, tuple[str, str]]:
    found = campaign.invitations.select_related("customer")
    return {invitation.customer: (invitation.state, invitation.reason) for invitation in found}


def days_ago(survey: Survey, customer: Customer, days: float, **fields: object) -> None:
    make_invitation(survey, customer, sent_at=timezone.now() - timedelta(days=days), **fields)


def test_without_a_pause_the_forecast_tells_who_would_get_a_second_invitation(
    organisation: Organisation, client: Client
) -> None:
    change_policy(organisation=organisation, actor=None, pause_days=0)
    survey, other = make_survey(organisation), make_survey(organisation)
    make_invitation(survey)
    make_invitation(other)
    make_invitation(survey, expires_at=timezone.now() - timedelta(days=1))
    make_response(survey, [9, None], invitation=make_invitation(survey))
    campaign = create_campaign(survey=survey, name="Draft", selection="everyone")
    found = forecast(campaign=campaign)
    assert (found.asked, found.asked_again) == (4, 1)
    client.force_login(make_member(organisation).user)
    page = client.get(f"/o/{organisation.slug}/campaigns/{campaign.pk}/").content.decode()
    assert "1 of them can still answer an earlier invitation" in page


def test_who_was_asked_within_the_pause_is_not_asked(organisation: Organisation) -> None:
    change_policy(organisation=organisation, actor=None, pause_days=14, exempt_types=["complaint"])
    earlier, exempt = make_survey(organisation), make_survey(organisation, type="complaint")
    recent, long_ago, complained_about, refused, unsubscribed, never = (make_customer(organisation) for _ in range(6))
    days_ago(earlier, recent, 13.9)
    days_ago(earlier, long_ago, 14.1)
    days_ago(exempt, complained_about, 1)
    make_invitation(earlier, refused, state=State.FAILED, sent_at=None, claimed_at=timezone.now())
    days_ago(earlier, unsubscribed, 1)
    suppress(organisation=organisation, email=unsubscribed.email, reason="unsubscribed")

    survey = make_survey(organisation)
    found = forecast(campaign=create_campaign(survey=survey, name="Draft", selection="everyone"))
    assert found.hindered == {Reason.RECENTLY_ASKED: 1, Reason.UNSUBSCRIBED: 1}
    assert found.asked == 4
    assert decisions(ask(survey)) == {
        recent: (State.NOT_SENT, Reason.RECENTLY_ASKED),
        long_ago: (State.QUEUED, ""),
        complained_about: (State.QUEUED, ""),
        refused: (State.QUEUED, ""),
        unsubscribed: (State.NOT_SENT, Reason.UNSUBSCRIBED),
        never: (State.QUEUED, ""),
    }
    assert decisions(ask(exempt))[recent] == (State.QUEUED, "")

    ends = pause_ends([recent.pk, long_ago.pk, complained_about.pk, never.pk], policy=ContactPolicy.of(organisation))
    assert list(ends) == [recent.pk]
    assert timedelta(0) < ends[recent.pk] - timezone.now() < timedelta(days=0.11)


@pytest.mark.parametrize("pause_days", [0, 7])
def test_of_two_campaigns_prepared_at_once_one_reaches_the_customer(
    organisation: Organisation, pause_days: int
) -> None:
    change_policy(organisation=organisation, actor=None, pause_days=pause_days, exempt_types=["employees", "complaint"])
    for _ in range(3):
        make_customer(organisation)
    campaigns = [ask(make_survey(organisation)) for _ in range(3)]
    exempt = ask(make_survey(organisation, type="complaint"))
    send()
    sent = [sum(state == State.SENT for state, _reason in decisions(campaign).values()) for campaign in campaigns]
    assert sum(sent) == (3 if pause_days else 9)
    assert set(decisions(exempt).values()) == {(State.SENT, "")}
    left = {decision for campaign in campaigns for decision in decisions(campaign).values()}
    assert left <= {(State.SENT, ""), (State.NOT_SENT, Reason.RECENTLY_ASKED)}
    assert not MailQueue.objects.exists()


@pytest.mark.parametrize(
    ("reason", "shown"),
    [
        ("unsubscribed", Reason.UNSUBSCRIBED),
        ("bounced", Reason.BOUNCED),
        ("complained", Reason.COMPLAINED),
        ("manual", Reason.SUPPRESSED),
    ],
)
def test_it_says_why_an_address_is_suppressed(organisation: Organisation, reason: str, shown: str) -> None:
    customer = make_customer(organisation)
    suppress(organisation=organisation, email=customer.email.upper(), reason=reason)
    assert decisions(ask(make_survey(organisation))) == {customer: (State.NOT_SENT, shown)}


def test_mails_wait_for_the_customers_morning(organisation: Organisation) -> None:
    """Prepared at 21:00 in Berlin: nobody is written to there before 8:00, in New York at once."""
    change_policy(organisation=organisation, actor=None, quiet_from=time(20), quiet_until=time(8))
    here, there = make_customer(organisation), make_customer(organisation, time_zone="America/New_York")
    with time_machine.travel(datetime(2026, 6, 2, 21, tzinfo=BERLIN), tick=False):
        campaign = ask(make_survey(organisation))
        send()
        assert decisions(campaign) == {here: (State.QUEUED, ""), there: (State.SENT, "")}
        assert MailQueue.objects.get().due_at == datetime(2026, 6, 3, 8, tzinfo=BERLIN)
    with time_machine.travel(datetime(2026, 6, 3, 8, tzinfo=BERLIN), tick=False):
        send()
        assert decisions(campaign)[here] == (State.SENT, "")


def test_what_waits_for_the_morning_goes_out_once_the_night_is_no_longer_quiet(organisation: Organisation) -> None:
    change_policy(organisation=organisation, actor=None, quiet_from=time(20), quiet_until=time(8))
    make_customer(organisation)
    at_once, paced = (
        create_campaign(survey=make_survey(organisation), name=name, selection="everyone") for name in ("A", "B")
    )
    with time_machine.travel(datetime(2026, 6, 2, 21, tzinfo=BERLIN), tick=False):
        start_campaign(campaign=at_once)
        start_campaign(campaign=paced, mails_per_hour=10)
        while prepare_next_batch():
            pass
        change_policy(organisation=organisation, actor=None, pause_days=0)
        assert not MailQueue.objects.filter(due_at__lte=timezone.now()).exists()
        change_policy(organisation=organisation, actor=None, quiet_from=time(23))
        due = MailQueue.objects.filter(due_at__lte=timezone.now())
        assert list(due.values_list("invitation__campaign", flat=True)) == [at_once.pk], "a pace is kept as planned"


def test_what_is_due_in_a_quiet_hour_is_put_off_and_not_dropped(organisation: Organisation) -> None:
    """Because there were more mails than could be sent by the evening, or the policy was made stricter meanwhile."""
    customer = make_customer(organisation)
    with time_machine.travel(datetime(2026, 6, 2, 21, tzinfo=BERLIN), tick=False):
        campaign = ask(make_survey(organisation))
        change_policy(organisation=organisation, actor=None, quiet_from=time(20), quiet_until=time(8))
        send()
        assert decisions(campaign) == {customer: (State.QUEUED, "")}
        assert MailQueue.objects.get().due_at == datetime(2026, 6, 3, 8, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-12-18T12:00", "2026-12-18T12:00"),  # a Friday
        ("2026-12-18T07:59", "2026-12-18T08:00"),
        ("2026-12-18T20:00", "2026-12-21T08:00"),  # after the weekend
        ("2026-12-24T12:00", "2026-12-28T08:00"),  # typed in, then Christmas and a Sunday
        ("2027-03-25T23:00", "2027-03-30T08:00"),  # Easter
    ],
)
def test_the_next_allowed_moment(at: str, expected: str) -> None:
    policy = ContactPolicy(
        quiet_from=time(20),
        quiet_until=time(8),
        quiet_weekdays=[5, 6],
        quiet_dates=[date(2026, 12, 24)],
        observes_german_holidays=True,
    )
    moment = datetime.fromisoformat(at).replace(tzinfo=BERLIN)
    assert next_allowed(policy, moment, BERLIN) == datetime.fromisoformat(expected).replace(tzinfo=BERLIN)


@given(
    st.builds(
        ContactPolicy,
        quiet_from=st.times().map(lambda one: one.replace(second=0, microsecond=0)),
        quiet_until=st.times().map(lambda one: one.replace(second=0, microsecond=0)),
        quiet_weekdays=st.lists(st.integers(0, 5), unique=True),
        quiet_dates=st.lists(st.dates(date(2026, 1, 1), date(2027, 12, 31)), max_size=5),
        observes_german_holidays=st.booleans(),
    ),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(ZoneInfo("UTC"))),
    st.sampled_from(ZONES),
)
def test_a_moment_is_never_moved_back_and_stays_once_allowed(
    policy: ContactPolicy, moment: datetime, zone: ZoneInfo
) -> None:
    found = next_allowed(policy, moment, zone)
    assert found >= moment
    assert next_allowed(policy, found, zone) == found
    # Hardly a day and a half, the clock being put forward included, per quiet day in a row.
    assert found - moment < timedelta(days=2 + len(policy.quiet_weekdays) + len(policy.quiet_dates) + 9)


def test_germanys_holidays() -> None:
    assert sorted(german_holidays(2026)) == [
        date(2026, 1, 1),
        date(2026, 4, 3),
        date(2026, 4, 6),
        date(2026, 5, 1),
        date(2026, 5, 14),
        date(2026, 5, 25),
        date(2026, 10, 3),
        date(2026, 12, 25),
        date(2026, 12, 26),
    ]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"quiet_from": time(20)}, "quiet_until"),
        ({"quiet_until": time(20)}, "quiet_from"),
        ({"quiet_from": time(8), "quiet_until": time(8)}, "quiet_until"),
        ({"quiet_weekdays": list(range(7))}, "quiet_weekdays"),
        ({"pause_days": 1000}, "pause_days"),
        ({"exempt_types": ["urgent"]}, "exempt_types"),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(
    organisation: Organisation, values: dict[str, object], field: str
) -> None:
    before = ContactPolicy.objects.values().get()
    with pytest.raises(ValidationError) as refusal:
        change_policy(organisation=organisation, actor=None, **values)
    assert list(refusal.value.error_dict) == [field]
    assert ContactPolicy.objects.values().get() == before


def test_a_new_organisation_writes_to_nobody_at_night(db: None) -> None:
    organisation = Organisation.objects.create(name="Neu", slug="neu")
    with organisation_scope(organisation.pk):
        policy = ContactPolicy.of(organisation)
    tokyo = ZoneInfo("Asia/Tokyo")
    at = {hour: datetime(2026, 6, 2, hour, 17, tzinfo=tokyo) for hour in (3, 12, 20)}
    morning = datetime(2026, 6, 2, 8, tzinfo=tokyo)
    assert next_allowed(policy, at[3], tokyo) == morning
    assert next_allowed(policy, at[12], tokyo) == at[12]
    assert next_allowed(policy, at[20], tokyo) == morning + timedelta(days=1)


def test_the_page(organisation: Organisation, sign_in: Callable[[Membership], Client]) -> None:
    make_survey(organisation, name="After a complaint", type="complaint")
    make_survey(organisation, name="Once a year", type="relationship")
    client = sign_in(make_member(organisation, Role.ADMIN))
    address = reverse("surveys:policy", args=[organisation.slug])
    empty = client.get(address).content.decode()
    assert "Right now mails may go out." in empty
    assert "Exempt at present: none." in " ".join(re.sub("<.*?>", "", empty).split())
    assert "Foreign survey" not in empty
    typed = {
        "pause_days": "14",
        "exempt_types": ["complaint", "employees"],
        "quiet_from": "20:00",
        "quiet_until": "08:00",
        "quiet_weekdays": ["5", "6"],
        "quiet_dates": "24.12.2026\n2026-12-31",
        "observes_german_holidays": "on",
    }
    assert client.post(address, typed).status_code == 302
    stored = ContactPolicy.objects.get()
    assert (stored.pause_days, stored.quiet_from, stored.quiet_until) == (14, time(20), time(8))
    assert stored.exempt_types == ["complaint", "employees"]
    exempt = " ".join(re.sub("<.*?>", "", client.get(address).content.decode()).split())
    assert "Exempt at present: After a complaint." in exempt
    assert stored.quiet_weekdays == [5, 6]
    assert stored.quiet_dates == [date(2026, 12, 24), date(2026, 12, 31)]
    assert stored.observes_german_holidays
    change_policy(organisation=organisation, actor=None, quiet_dates=[organisation.today()])
    assert "Right now mails wait until" in client.get(address).content.decode()

    refused = client.post(address, {**typed, "quiet_dates": "Christmas", "quiet_until": ""})
    assert refused.status_code == 422
    assert "“Christmas” is not a date" in refused.content.decode()
    assert "Say both" in client.post(address, {**typed, "quiet_until": ""}).content.decode()
    for role in (Role.CX_MANAGER, Role.ANALYST):
        assert sign_in(make_member(organisation, role)).get(address).status_code == 403


def test_a_customers_time_zone_is_checked(organisation: Organisation, sign_in: Callable[[Membership], Client]) -> None:
    customer = make_customer(organisation)
    client = sign_in(make_member(organisation, Role.ADMIN))
    address = reverse("customers:edit", args=[organisation.slug, customer.pk])
    values = {"external_id": "C-1", "email": customer.email, "language": "de", "time_zone": "Mars/Base"}
    assert "is not a time zone" in client.post(address, values).content.decode()
    client.post(address, {**values, "time_zone": "Europe/Lisbon"})
    customer.refresh_from_db()
    assert customer.time_zone == "Europe/Lisbon"
