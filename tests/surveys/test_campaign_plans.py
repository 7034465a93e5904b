"""Campaigns that start later, keep a pace, pause, are named in a file, and are settled as a whole."""

from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import LazySettings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.mail import get_connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from organisations.models import AuditEntry, Membership, Organisation
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from surveys.domain.audience import read_file
from surveys.domain.authoring import close
from surveys.domain.campaigns import cancel_campaign, create_campaign, prepare_next_batch, start_campaign
from surveys.domain.pacing import pause_campaign, resume_campaign
from surveys.domain.policy import change_policy
from surveys.domain.sending import send_next_batch
from surveys.domain.settling import settle
from surveys.models import Campaign, CampaignQueue, ChangedDay, Invitation, MailQueue, Response
from tests.makers import make_customer, make_invitation, make_member, make_response, make_survey
from tests.services import mailbox

State, Reason = Invitation.State, Invitation.Reason
BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 6, 2, 12, tzinfo=BERLIN)


@pytest.fixture
def browser(organisation: Organisation, sign_in: Callable[[Membership], Client]) -> Client:
    return sign_in(make_member(organisation, Role.CX_MANAGER))


@pytest.fixture(autouse=True)
def stranger(other_organisation: Organisation) -> Campaign:
    """Another organisation with a customer of the same number, and mails of its own that are unclear."""
    with organisation_scope(other_organisation.pk):
        customer = make_customer(other_organisation, external_id="K-1", email="kim@example.net")
        survey = make_survey(other_organisation)
        campaign = create_campaign(survey=survey, name="Foreign", selection="everyone")
        claimed = timezone.now() - timedelta(hours=1)
        make_invitation(survey, customer, campaign=campaign, state=State.SENDING, claimed_at=claimed, sent_at=None)
    return campaign


def page(name: str, *ids: int) -> str:
    return reverse(f"surveys:{name}", args=["nordlicht", *ids])


def draft(organisation: Organisation, customers: int = 0) -> Campaign:
    for _ in range(customers):
        make_customer(organisation)
    return create_campaign(survey=make_survey(organisation), name="Autumn", selection="everyone")


def prepare() -> None:
    while prepare_next_batch():
        pass


def send() -> None:
    with closing(get_connection()) as mail_server:
        while send_next_batch(mail_server):
            pass


def sent(campaign: Campaign) -> int:
    return campaign.invitations.filter(state=State.SENT).count()


# Later


def test_a_planned_campaign_starts_when_its_time_has_come(organisation: Organisation) -> None:
    campaign = draft(organisation, customers=1)
    with time_machine.travel(NOON, tick=False):
        start_campaign(campaign=campaign, send_at=NOON + timedelta(hours=20))
        prepare()
        campaign.refresh_from_db()
        assert (campaign.state, campaign.started_at) == (Campaign.State.SCHEDULED, None)
        assert not campaign.invitations.exists()
        make_customer(organisation)
    with time_machine.travel(NOON + timedelta(hours=20), tick=False):
        prepare()
        send()
    campaign.refresh_from_db()
    assert (campaign.state, campaign.started_at) == (Campaign.State.SENT, NOON + timedelta(hours=20))
    assert sent(campaign) == 2, "whoever is a customer by then is asked"


def test_a_plan_can_be_changed_and_cancelled(organisation: Organisation) -> None:
    campaign = draft(organisation, customers=1)
    in_a_day = timezone.now() + timedelta(days=1)
    start_campaign(campaign=campaign, send_at=in_a_day)
    start_campaign(campaign=campaign, send_at=in_a_day + timedelta(days=1), mails_per_hour=50)
    campaign.refresh_from_db()
    assert (campaign.send_at, campaign.mails_per_hour) == (in_a_day + timedelta(days=1), 50)
    assert CampaignQueue.objects.get().due_at == in_a_day + timedelta(days=1)
    cancel_campaign(campaign=campaign)
    CampaignQueue.objects.update(due_at=timezone.now())
    prepare()
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.CANCELLED
    assert not campaign.invitations.exists()
    assert not CampaignQueue.objects.exists()
    with pytest.raises(ValidationError):
        start_campaign(campaign=draft(organisation), send_at=timezone.now() - timedelta(minutes=1))
    with pytest.raises(ValidationError):
        start_campaign(campaign=draft(organisation), send_at=timezone.now() + timedelta(days=400))


@time_machine.travel(NOON)
def test_a_plan_whose_survey_was_closed_says_so_before_and_after(organisation: Organisation, browser: Client) -> None:
    said = "The survey takes no answers, so nobody is asked."
    campaign = draft(organisation, customers=2)
    start_campaign(campaign=campaign, send_at=timezone.now() + timedelta(hours=1))
    assert said not in browser.get(page("campaign", campaign.pk)).content.decode()
    close(survey=campaign.survey)
    before = browser.get(page("campaign", campaign.pk)).content.decode()
    assert said in before
    assert "would be asked" not in before
    assert "Change the plan" not in before
    assert "Cancel the campaign" in before
    CampaignQueue.objects.update(due_at=timezone.now())
    prepare()
    after = browser.get(page("campaign", campaign.pk)).content.decode()
    assert "cancelled" in after
    assert said in after


def test_the_page_takes_the_organisations_time(organisation: Organisation, browser: Client) -> None:
    campaign = draft(organisation, customers=1)
    values = {"when": "later", "send_at": "2027-01-15T09:30", "mails_per_hour": "100"}
    browser.post(page("send_campaign", campaign.pk), values)
    campaign.refresh_from_db()
    assert campaign.send_at == datetime(2027, 1, 15, 9, 30, tzinfo=BERLIN)
    shown = browser.get(page("campaign", campaign.pk)).content.decode()
    assert 'value="2027-01-15T09:30"' in shown
    assert "Planned for" in shown
    assert "at most 100 mails an hour" in shown
    browser.post(page("send_campaign", campaign.pk), {"when": "now"})
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.PREPARING
    plan: tuple[object, ...] = (campaign.send_at, campaign.mails_per_hour)
    assert plan == (None, None)


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"when": "later"}, "Say when it is to start."),
        ({"when": "later", "send_at": "2020-01-15T09:30"}, "This moment is past."),
        ({"when": "later", "send_at": "2999-01-15T09:30"}, "Choose a moment to come, within a year."),
        ({"when": "later", "send_at": "tomorrow"}, "Enter a valid date/time."),
        ({"when": "now", "mails_per_hour": "0"}, "greater than or equal to 1"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(
    organisation: Organisation, browser: Client, values: dict[str, str], fault: str
) -> None:
    campaign = draft(organisation, customers=1)
    refused = browser.post(page("send_campaign", campaign.pk), values)
    assert refused.status_code == 422
    assert fault in refused.content.decode()
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.DRAFT


# First to oneself


def test_a_draft_is_tried_out_on_oneself(
    organisation: Organisation, browser: Client, stranger: Campaign, settings: LazySettings
) -> None:
    campaign = draft(organisation, customers=2)
    with mailbox() as box:
        settings.EMAIL_BACKEND = "common.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", int(box.url.rpartition(":")[2])
        answer = browser.post(page("try_campaign", campaign.pk), follow=True)
        assert browser.post(page("try_campaign", stranger.pk)).status_code == 404
    assert "The mail is on its way to" in answer.content.decode()
    assert answer.redirect_chain == [(page("campaign", campaign.pk), 302)]
    (mail,) = box.mails
    text = mail.get_body(("plain",))
    assert text is not None
    preview = f"/o/nordlicht/surveys/{campaign.survey_id}/preview/?version=1"
    assert preview in text.get_content(), "what is published, as customers get it"
    assert not Invitation.objects.filter(organisation=organisation).exists()


# When the mail server is away


def test_the_page_says_what_the_mail_server_said_of_mails_that_wait(
    organisation: Organisation, browser: Client
) -> None:
    campaign = draft(organisation)
    Campaign.objects.filter(pk=campaign.pk).update(state=Campaign.State.SENDING)
    said = "[Errno 111] Connection refused"
    waiting = make_invitation(campaign.survey, campaign=campaign, state=State.QUEUED, sent_at=None, refusal=said)
    assert f"<samp>{said}</samp>" in browser.get(page("campaign", campaign.pk)).content.decode()
    Invitation.objects.filter(pk=waiting.pk).update(refusal="")
    assert "<samp>" not in browser.get(page("campaign", campaign.pk)).content.decode()


# In quiet hours


def test_before_and_after_sending_the_page_says_that_mails_wait_for_the_morning(
    organisation: Organisation, browser: Client
) -> None:
    change_policy(organisation=organisation, actor=None, quiet_from=time(20), quiet_until=time(8))
    said = "Quiet hours: mails wait until 06/03/2026 8 a.m."
    campaign = draft(organisation, customers=2)
    with time_machine.travel(datetime(2026, 6, 2, 21, tzinfo=BERLIN), tick=False):
        assert said in browser.get(page("campaign", campaign.pk)).content.decode()
        start_campaign(campaign=campaign)
        prepare()
        send()
        assert said in browser.get(page("campaign", campaign.pk)).content.decode()
    with time_machine.travel(datetime(2026, 6, 3, 8, 1, tzinfo=BERLIN), tick=False):
        assert "Quiet hours" not in browser.get(page("campaign", campaign.pk)).content.decode()
        send()
    assert sent(campaign) == 2


# At a pace


def test_mails_are_spread_evenly_and_over_the_night(organisation: Organisation) -> None:
    change_policy(organisation=organisation, actor=None, quiet_from=time(20), quiet_until=time(8))
    campaign = draft(organisation, customers=6)
    with time_machine.travel(datetime(2026, 6, 2, 19, tzinfo=BERLIN), tick=False):
        start_campaign(campaign=campaign, mails_per_hour=2)
        prepare()
    due = [
        moment.astimezone(BERLIN) for moment in MailQueue.objects.order_by("due_at").values_list("due_at", flat=True)
    ]
    assert [f"{moment:%d. %H:%M}" for moment in due] == [
        "02. 19:00",
        "02. 19:30",
        "03. 08:00",
        "03. 08:30",
        "03. 09:01",
        "03. 09:31",
    ]


def test_what_has_piled_up_leaves_no_faster(organisation: Organisation) -> None:
    """The worker was down for ten hours; afterwards no hour sees more than it should."""
    campaign = draft(organisation, customers=40)
    with time_machine.travel(NOON, tick=False):
        start_campaign(campaign=campaign, mails_per_hour=6)
        prepare()
    for minute in range(0, 60 * 10, 5):
        with time_machine.travel(NOON + timedelta(hours=10, minutes=minute), tick=False):
            send()
    sent_at = campaign.invitations.filter(state=State.SENT).values_list("sent_at", flat=True)
    moments = [moment for moment in sent_at if moment]
    assert len(moments) == 40
    in_an_hour = max(sum(begin <= other < begin + timedelta(hours=1) for other in moments) for begin in moments)
    assert in_an_hour == 6
    assert not MailQueue.objects.exists()


def test_others_do_not_wait_for_a_paced_campaign(organisation: Organisation) -> None:
    paced = draft(organisation, customers=5)
    start_campaign(campaign=paced, mails_per_hour=1)
    at_once = draft(organisation)
    start_campaign(campaign=at_once)
    prepare()
    MailQueue.objects.update(due_at=timezone.now())
    send()
    assert (sent(paced), sent(at_once)) == (1, 5)


# Pausing


def test_a_paused_campaign_sends_nothing_until_it_is_resumed(organisation: Organisation) -> None:
    campaign = draft(organisation, customers=3)
    start_campaign(campaign=campaign)
    prepare()
    assert pause_campaign(campaign=campaign)
    assert not pause_campaign(campaign=campaign)
    send()
    assert Counter(campaign.invitations.values_list("state", flat=True)) == {State.QUEUED: 3}
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.SENDING
    assert resume_campaign(campaign=campaign)
    assert not resume_campaign(campaign=campaign)
    send()
    assert sent(campaign) == 3
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.SENT
    assert not pause_campaign(campaign=campaign), "there is nothing left to pause"
    actions = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert actions[-2:] == ["campaign.paused", "campaign.resumed"]


def test_one_that_is_paused_while_it_is_prepared_sends_nothing(organisation: Organisation) -> None:
    campaign = draft(organisation, customers=3)
    start_campaign(campaign=campaign, mails_per_hour=60)
    pause_campaign(campaign=campaign)
    prepare()
    send()
    assert sent(campaign) == 0
    with time_machine.travel(timezone.now() + timedelta(hours=5), tick=False):
        resume_campaign(campaign=campaign)
        assert MailQueue.objects.filter(due_at__lte=timezone.now()).count() == 1, "the others at the campaign's pace"
        send()
        assert sent(campaign) == 1


def test_the_page_says_when_the_last_mail_leaves_and_nothing_once_that_is_past(
    organisation: Organisation, browser: Client
) -> None:
    said = "Last mail at this pace: about"
    with time_machine.travel(NOON, tick=False):
        campaign = draft(organisation, customers=61)
        start_campaign(campaign=campaign, mails_per_hour=61)
        prepare()
        assert f"{said} 06/02/2026 1:01 p.m." in browser.get(page("campaign", campaign.pk)).content.decode()
        pause_campaign(campaign=campaign)
    with time_machine.travel(NOON + timedelta(hours=5), tick=False):
        resume_campaign(campaign=campaign)
        assert f"{said} 06/02/2026 6:01 p.m." in browser.get(page("campaign", campaign.pk)).content.decode()
    with time_machine.travel(NOON + timedelta(hours=7), tick=False):
        assert said not in browser.get(page("campaign", campaign.pk)).content.decode(), "mails that wait are not past"


def test_a_paused_campaign_can_be_cancelled(organisation: Organisation, browser: Client) -> None:
    campaign = draft(organisation, customers=3)
    start_campaign(campaign=campaign)
    prepare()
    browser.post(page("hold_campaign", campaign.pk), {"decision": "pause"})
    shown = " ".join(browser.get(page("campaign", campaign.pk)).content.decode().split())
    assert "3 mails wait" in shown
    assert "Resume with 3 mails" in shown
    asked = " ".join(browser.get(page("stop_campaign", campaign.pk)).content.decode().split())
    assert "3 mails still wait and will not be sent. 0 have gone out" in asked
    browser.post(page("stop_campaign", campaign.pk))
    browser.post(page("hold_campaign", campaign.pk), {"decision": "resume"})
    send()
    assert set(campaign.invitations.values_list("state", "reason")) == {(State.NOT_SENT, Reason.CANCELLED)}


# Unclear ones


@pytest.mark.parametrize(("was_sent", "state"), [(True, State.SENT), (False, State.QUEUED)])
def test_all_that_is_unclear_is_settled_at_once(
    organisation: Organisation, other_organisation: Organisation, stranger: Campaign, was_sent: bool, state: str
) -> None:
    campaign = draft(organisation)
    old, recent = timezone.now() - timedelta(hours=1), timezone.now()
    for claimed in (old, old, recent):
        make_invitation(
            campaign.survey, campaign=campaign, state=State.SENDING, claimed_at=claimed, sent_at=None, sent_day=None
        )
    done = settle(organisation=organisation, invitations=campaign.invitations.all(), was_sent=was_sent)
    assert done == 2
    assert Counter(campaign.invitations.values_list("state", flat=True)) == {state: 2, State.SENDING: 1}
    assert MailQueue.objects.count() == (0 if was_sent else 2)
    if was_sent:
        day = organisation.day_of(old)
        assert set(campaign.invitations.filter(state=State.SENT).values_list("sent_at", "sent_day")) == {(old, day)}
        assert ChangedDay.objects.filter(survey=campaign.survey, day=day).exists()
    with organisation_scope(other_organisation.pk):
        assert stranger.invitations.get().state == State.SENDING


def test_the_page_settles_all(organisation: Organisation, browser: Client, stranger: Campaign) -> None:
    campaign = draft(organisation)
    claimed = timezone.now() - timedelta(hours=1)
    for _ in range(2):
        make_invitation(campaign.survey, campaign=campaign, state=State.SENDING, claimed_at=claimed, sent_at=None)
    listed = browser.get(page("invitations", campaign.pk), {"state": "unclear"}).content.decode()
    assert "Send all again" in listed
    assert "Send all again" not in browser.get(page("invitations", campaign.pk)).content.decode()
    browser.post(page("settle_invitations", campaign.pk), {"decision": "sent"})
    assert sent(campaign) == 2
    for name in ("settle_invitations", "hold_campaign"):
        assert browser.post(page(name, stranger.pk)).status_code == 404


# From a file


def test_a_file_names_customers_by_number_and_address(organisation: Organisation) -> None:
    ida, bo, cy = (make_customer(organisation, external_id=f"C-{n}", email=f"c{n}@example.net") for n in range(3))
    by_both = read_file(b"Kundennummer;E-Mail;Ort\nC-0;;Kiel\n;C1@Example.net;Kiel\nC-2;c1@example.net;Kiel\nC-0;;Kiel")
    assert (by_both.customers, by_both.unknown_count) == ({ida.pk, bo.pk, cy.pk}, 0)
    bare = read_file(b"c0@example.net\nC-2\n")
    assert (bare.customers, bare.unknown) == ({ida.pk, cy.pk}, [])
    faulty = read_file(b"number\nC-0\nK-1\n\nkim@example.net\n")
    assert faulty.customers == {ida.pk}
    assert faulty.unknown == [(3, "K-1"), (5, "kim@example.net")], "another organisation's"


def test_a_file_with_unknown_customers_is_not_half_stored(organisation: Organisation, browser: Client) -> None:
    make_customer(organisation, external_id="C-1")
    values = {"survey": make_survey(organisation).pk, "name": "Autumn", "selection": "file"}

    def post(content: bytes, **more: str) -> tuple[int, str]:
        file = SimpleUploadedFile("list.csv", content)
        response = browser.post(page("new_campaign"), {**values, **more, "file": file})
        return response.status_code, response.content.decode()

    lines = b"Kundennummer\nC-1\n" + b"".join(b"K-%d\n" % n for n in range(1030))
    status, shown = post(lines)
    assert status == 422
    assert "Row 3: “K-0” is not among your customers." in shown
    assert "… and 1,010 more rows" in shown
    assert not Campaign.objects.exists()
    assert "The file names none of your customers." in post(b"Kundennummer\nK-1\n")[1]
    assert "No column is called" in post(b"Ort;Land\nKiel;DE\n")[1]
    assert "The file is empty." in post(b"")[1]
    assert "not a text file" in post(b"%PDF-1.7 " + bytes(100))[1]
    assert "Row 4: “K�@x” is not among" in post("Kundennummer\nC-1\nÄÖÜ\n".encode() + b"K\xff@x\n")[1]
    assert not Campaign.objects.exists()
    assert post(lines, skips_unknown="on")[0] == 302
    campaign = Campaign.objects.get()
    assert campaign.file_name == "list.csv"
    assert [customer.external_id for customer in campaign.audience()] == ["C-1"]


# By conditions


def test_conditions_are_built_in_the_form(organisation: Organisation, browser: Client) -> None:
    family = make_customer(organisation, attributes={"segment": "Family"})
    make_customer(organisation, attributes={"segment": "Single"})
    values = {"survey": make_survey(organisation).pk, "name": "Autumn", "selection": "segment", "rule-match": "all"}
    row = {"rule-0-attribute": "segment", "rule-0-operator": "is", "rule-0-value": "family"}
    more = browser.post(page("new_campaign"), {**values, **row, "do": "add-condition"}).content.decode()
    assert 'name="rule-1-attribute"' in more
    assert 'value="Autumn"' in more, "nothing typed is lost"
    faulty = browser.post(page("new_campaign"), {**values, **row, "rule-0-value": ""})
    assert faulty.status_code == 422
    assert "Say which value is meant." in faulty.content.decode()
    browser.post(page("new_campaign"), {**values, **row})
    campaign = Campaign.objects.get()
    assert list(campaign.audience()) == [family]
    assert "“segment” is “family”" in browser.get(page("campaign", campaign.pk)).content.decode()


def test_the_funnel(organisation: Organisation, browser: Client) -> None:
    campaign = draft(organisation)
    for state in (State.SENT, State.SENT, State.SENT, State.SENT, State.BOUNCED):
        make_invitation(campaign.survey, campaign=campaign, state=state)
    answered = make_invitation(campaign.survey, campaign=campaign, opened_at=timezone.now())
    make_response(campaign.survey, [9, None], invitation=answered)
    begun = make_invitation(campaign.survey, campaign=campaign, opened_at=timezone.now())
    make_response(campaign.survey, [9, None], invitation=begun)
    Response.objects.filter(invitation=begun).update(completed_at=None)
    make_invitation(campaign.survey, campaign=campaign, opened_at=timezone.now())
    Campaign.objects.update(state=Campaign.State.SENT)
    progress = browser.get(page("campaign", campaign.pk)).context["progress"]
    assert [(str(step.label), step.n, step.share and round(step.share)) for step in progress.funnel] == [
        ("Sent", 8, None),
        ("Came back", 1, None),
        ("Delivered", 7, None),
        ("Opened the link", 3, 43),
        ("Begun", 2, 29),
        ("Answered to the end", 1, 14),
    ]
    Invitation.objects.filter(pk=begun.pk).update(complained_at=timezone.now())
    complaints = browser.get(page("campaign", campaign.pk)).context["progress"].funnel[-1]
    assert (complaints.label, complaints.n) == ("Marked as spam", 1)
    assert "sent: marked as spam" in browser.get(page("invitations", campaign.pk)).content.decode()
