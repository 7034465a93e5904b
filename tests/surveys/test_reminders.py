from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
import time_machine
from django.conf import LazySettings
from django.core.mail import get_connection
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from common.mail_reports import Kind, Report
from customers.domain.suppression import suppress
from customers.models import Customer, Suppression
from organisations.models import AuditEntry, Organisation
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from surveys.domain import reminders
from surveys.domain.answering import Submission, visit
from surveys.domain.authoring import duplicate
from surveys.domain.bounces import take_report
from surveys.domain.campaigns import cancel_campaign, create_campaign, prepare_next_batch, start_campaign
from surveys.domain.checks import problems
from surveys.domain.claiming import claim
from surveys.domain.policy import change_policy
from surveys.domain.sending import send_next_batch, settle_next_batch
from surveys.models import (
    Campaign,
    ChangedDay,
    Invitation,
    MailBatch,
    MailQueue,
    Reminder,
    ReminderMail,
    ReminderQueue,
    Response,
    Survey,
)
from tests.makers import (
    make_customer,
    make_invitation,
    make_member,
    make_reminder,
    make_response,
    make_survey,
    make_user,
)
from tests.services import Mailbox, mailbox

State, Reason = Invitation.State, Invitation.Reason
SignIn = Callable[..., Client]


@pytest.fixture
def box(settings: LazySettings) -> Iterator[Mailbox]:
    """A real SMTP server on this machine that the portal sends to."""
    with mailbox() as box:
        settings.EMAIL_BACKEND = "common.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", int(box.url.rpartition(":")[2])
        yield box


@pytest.fixture(autouse=True)
def stranger(other_organisation: Organisation) -> Survey:
    """Another organisation's survey, asked long ago, that reminds nobody."""
    with organisation_scope(other_organisation.pk):
        survey = make_survey(other_organisation)
        asked(survey, days_ago=5)
    return survey


def asked(survey: Survey, *, days_ago: float, customer: Customer | None = None, **fields: Any) -> Invitation:
    moment = timezone.now() - timedelta(days=days_ago)
    values = {"created_at": moment, "sent_at": moment, "sent_day": survey.organisation.day_of(moment), **fields}
    return make_invitation(survey, customer, expires_at=moment + timedelta(days=survey.answer_days), **values)


def look() -> None:
    """As if the time to look again had come."""
    ReminderQueue.objects.update(due_at=timezone.now())
    while ReminderQueue.objects.due().exists():
        reminders.prepare_next_batch()


def send() -> None:
    with closing(get_connection()) as mail_server:
        while send_next_batch(mail_server):
            pass


def recipients(box: Mailbox) -> list[str]:
    return [mail["To"].addresses[0].addr_spec for mail in box.mails]


def became(invitation: Invitation) -> list[tuple[int, str, str]]:
    return list(invitation.reminder_mails.order_by("number").values_list("number", "state", "reason"))


def plain(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert isinstance(part, EmailMessage)
    return " ".join(str(part.get_content()).split())


def test_who_has_not_answered_gets_the_same_link_in_other_words(organisation: Organisation, box: Mailbox) -> None:
    survey = make_survey(organisation)
    make_reminder(survey, days=4)
    customer = make_customer(organisation, email="kim@example.net", language="en")
    campaign = create_campaign(survey=survey, name="Autumn", selection="everyone")
    start_campaign(campaign=campaign)
    prepare_next_batch()
    send()
    with time_machine.travel(timezone.now() + timedelta(days=4, minutes=1), tick=False):
        for _ in range(2):
            look()
            send()
        first, second = box.mails
        assert second["Subject"] == "Reminder after 4 days"
        assert "Have you got a minute?" in plain(second)
        assert "The link works for 25 days" in plain(second)
        assert second["In-Reply-To"] == second["References"] == first["Message-ID"]
        assert second["Message-ID"] != first["Message-ID"]
        assert second["List-Unsubscribe"] == first["List-Unsubscribe"]
        assert second["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        link = next(word for word in plain(first).split() if "/r/" in word)
        assert link in plain(second)
        invitation = campaign.invitations.get()
        mail = invitation.reminder_mails.get()
        assert (mail.number, mail.state, mail.sent_at, mail.legal_basis) == (1, State.SENT, timezone.now(), "consent")
    assert (invitation.state, invitation.customer) == (State.SENT, customer)
    assert ChangedDay.objects.filter(survey=survey).count() == 1, "a reminder changes no report"
    assert not MailQueue.objects.exists()
    assert not MailBatch.objects.exists()


def test_nobody_is_reminded_who_should_not_be(organisation: Organisation, box: Mailbox) -> None:
    survey, closed = make_survey(organisation), make_survey(organisation, state=Survey.State.CLOSED)
    make_reminder(survey)
    make_reminder(closed)
    asked(closed, days_ago=5)
    late, early = asked(survey, days_ago=11.1), asked(survey, days_ago=3.9)
    expiring = asked(survey, days_ago=5)
    Invitation.objects.filter(pk=expiring.pk).update(expires_at=timezone.now() + timedelta(hours=20))
    answered, partly = asked(survey, days_ago=5), asked(survey, days_ago=5)
    make_response(survey, [9, None], invitation=answered)
    make_response(survey, [None, "So so"], invitation=partly)
    begun = asked(survey, days_ago=5)
    make_response(survey, [9, None], invitation=begun)
    Response.objects.filter(invitation=begun).update(completed_at=None)
    for state in set(State) - {State.SENT}:
        asked(survey, days_ago=5, state=state)
    for fields in ({"state": Campaign.State.CANCELLED}, {"state": Campaign.State.SENDING, "paused_at": timezone.now()}):
        held = Campaign.objects.create(organisation=organisation, survey=survey, name="Autumn", **fields)
        asked(survey, days_ago=5, campaign=held)
    due = asked(survey, days_ago=5)
    look()
    assert sorted(ReminderMail.objects.values_list("invitation", flat=True)) == [begun.pk, due.pk]
    assert not [became(each) for each in (late, early, expiring, answered, partly) if became(each)]
    send()
    assert recipients(box) == [each.customer.email for each in (begun, due) if each.customer]


def test_what_changed_before_the_mail_leaves_counts(organisation: Organisation, box: Mailbox) -> None:
    survey = make_survey(organisation)
    reminder = make_reminder(survey)
    campaign = Campaign.objects.create(organisation=organisation, survey=survey, name="Autumn", state="sent")
    made = {
        name: asked(survey, days_ago=5, campaign=campaign if name == "cancelled" else None)
        for name in ("fine", "answered", "unsubscribed", "erased", "bounced", "expired", "cancelled")
    }
    look()
    visit_id = made["answered"].pk
    question = survey.questions.get(kind="nps")
    sheet = Submission(form={f"q{question.pk}": ["9"]}, page=1)
    visit(organisation_id=organisation.pk, invitation_id=visit_id, submission=sheet)
    unsubscribing, erased = made["unsubscribed"].customer, made["erased"].customer
    assert unsubscribing
    assert erased
    suppress(organisation=organisation, email=unsubscribing.email, reason="unsubscribed")
    erased.delete()
    Invitation.objects.filter(pk=made["bounced"].pk).update(state=State.BOUNCED)
    Invitation.objects.filter(pk=made["expired"].pk).update(expires_at=timezone.now() + timedelta(hours=2))
    Campaign.objects.filter(pk=campaign.pk).update(state=Campaign.State.SENDING)
    campaign.refresh_from_db()
    cancel_campaign(campaign=campaign)
    send()
    assert {name: became(invitation)[0][1:] for name, invitation in made.items()} == {
        "fine": (State.SENT, ""),
        "answered": (State.NOT_SENT, Reason.ANSWERED),
        "unsubscribed": (State.NOT_SENT, Reason.UNSUBSCRIBED),
        "erased": (State.NOT_SENT, Reason.ERASED),
        "bounced": (State.NOT_SENT, Reason.NOT_ARRIVED),
        "expired": (State.NOT_SENT, Reason.EXPIRED),
        "cancelled": (State.NOT_SENT, Reason.CANCELLED),
    }
    assert len(box.mails) == 1
    asked(survey, days_ago=5)
    look()
    reminders.remove_reminder(reminder=reminder, user=make_user())
    send()
    assert Counter(ReminderMail.objects.values_list("reason", flat=True))[Reason.TAKEN_BACK] == 1


def test_a_survey_closed_in_between_reminds_nobody(organisation: Organisation, box: Mailbox) -> None:
    survey = make_survey(organisation)
    make_reminder(survey)
    invitation, over = asked(survey, days_ago=5), make_survey(organisation)
    make_reminder(over)
    other = asked(over, days_ago=5)
    look()
    Survey.objects.filter(pk=survey.pk).update(state=Survey.State.CLOSED)
    Survey.objects.filter(pk=over.pk).update(closes_on=organisation.today() - timedelta(days=1))
    send()
    assert became(invitation) == became(other) == [(1, State.NOT_SENT, Reason.CLOSED)]
    assert box.mails == []


def test_reminders_come_one_after_the_other_and_none_twice(organisation: Organisation, box: Mailbox) -> None:
    survey = make_survey(organisation)
    invitation = asked(survey, days_ago=0)
    for days in (3, 7):
        make_reminder(survey, days=days)
    begin, seen = timezone.now(), []
    for day in range(20):
        with time_machine.travel(begin + timedelta(days=day, minutes=1), tick=False):
            look()
            look()
            send()
            seen.append(len(box.mails))
    assert [seen.index(n) for n in (1, 2)] == [3, 7]
    assert seen[-1] == 2
    assert [mail["Subject"] for mail in box.mails] == ["Erinnerung nach 3 Tagen", "Erinnerung nach 7 Tagen"]
    assert [number for number, *_rest in became(invitation)] == [1, 2]


def test_reminders_that_are_added_or_changed_later_do_not_pile_up(organisation: Organisation, box: Mailbox) -> None:
    survey = make_survey(organisation)
    asked(survey, days_ago=8)
    for days in (3, 7):
        make_reminder(survey, days=days)
    for _ in range(2):
        look()
        send()
    assert len(box.mails) == 1
    with time_machine.travel(timezone.now() + timedelta(days=1, minutes=1), tick=False):
        survey.reminders.update(days=F("days") + 1)
        for _ in range(2):
            look()
            send()
        reminders.remove_reminder(reminder=survey.reminders.all()[0], user=make_user())
        make_reminder(survey, days=6)
        look()
        send()
    assert len(box.mails) <= 2
    assert len({mail["Subject"] for mail in box.mails}) == len(box.mails), "never the same words twice"


def test_quiet_hours_hold_and_the_pause_between_invitations_does_not(organisation: Organisation, box: Mailbox) -> None:
    change_policy(organisation=organisation, actor=None, pause_days=90, quiet_from="20:00", quiet_until="08:00")
    survey = make_survey(organisation)
    make_reminder(survey)
    late = timezone.localtime(timezone=organisation.zone).replace(hour=22, minute=0) + timedelta(days=1)
    asked(survey, days_ago=3.5)
    with time_machine.travel(late, tick=False):
        look()
        send()
        assert box.mails == []
        due = timezone.localtime(MailQueue.objects.get().due_at, organisation.zone)
    assert (due.hour, due.date()) == (8, late.date() + timedelta(days=1))
    with time_machine.travel(due + timedelta(minutes=1), tick=False):
        send()
    assert len(box.mails) == 1


def test_of_an_abandoned_batch_only_the_mail_begun_last_is_unclear(organisation: Organisation, box: Mailbox) -> None:
    survey = make_survey(organisation)
    make_reminder(survey)
    made = [asked(survey, days_ago=5) for _ in range(4)]
    look()
    assert claim()
    batch = MailBatch.objects.get()
    assert (batch.number, batch.invitations) == (1, [invitation.pk for invitation in made])
    MailBatch.objects.update(last_begun=made[2].pk, due_at=timezone.now())
    assert settle_next_batch()
    states = [became(invitation)[0][1] for invitation in made]
    assert states == [State.SENT, State.SENT, State.SENDING, State.QUEUED]
    send()
    fourth = made[3].customer
    assert fourth
    assert recipients(box) == [fourth.email]
    assert set(Invitation.objects.values_list("state", flat=True)) == {State.SENT}, "what was asked stays as it was"
    mail = made[2].reminder_mails.get()
    assert not reminders.send_again(mail=mail), "its worker may still be at it"
    ReminderMail.objects.filter(pk=mail.pk).update(claimed_at=timezone.now() - timedelta(hours=1))
    assert reminders.send_again(mail=mail)
    assert not reminders.count_as_sent(mail=mail)
    send()
    assert became(made[2]) == [(1, State.SENT, "")]
    assert len(box.mails) == 2


def test_invitations_and_reminders_wait_in_one_queue(organisation: Organisation, box: Mailbox) -> None:
    survey = make_survey(organisation)
    make_reminder(survey)
    old = [asked(survey, days_ago=5) for _ in range(3)]
    look()
    campaign = create_campaign(survey=make_survey(organisation), name="Autumn", selection="everyone")
    start_campaign(campaign=campaign)
    prepare_next_batch()
    MailQueue.objects.update(due_at=timezone.now())
    send()
    assert len(box.mails) == 6
    assert Counter(mail["Subject"] for mail in box.mails) == {"Erinnerung nach 4 Tagen": 3, "Wie war es?": 3}
    assert {became(invitation)[0][1] for invitation in old} == {State.SENT}
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.SENT


def test_statements_per_reminder(organisation: Organisation, box: Mailbox) -> None:
    survey = make_survey(organisation)
    make_reminder(survey)
    for _ in range(30):
        asked(survey, days_ago=5)
    look()
    with CaptureQueriesContext(connection) as queries:
        send()
    assert len(box.mails) == 30
    per_batch = 40
    assert len(queries) <= 30 + per_batch


def test_a_reminder_that_comes_back_suppresses_the_address(organisation: Organisation, box: Mailbox) -> None:
    survey = make_survey(organisation)
    make_reminder(survey)
    invitation = asked(survey, days_ago=5)
    look()
    send()
    (mail,) = box.mails
    token = mail["Message-ID"].strip("<>").partition("@")[0]
    assert take_report(Report(Kind.RETURNED, tokens=(token,), answer="550 5.1.1 no such user"))
    assert became(invitation) == [(1, State.BOUNCED, "")]
    invitation.refresh_from_db()
    assert invitation.state == State.SENT
    assert Suppression.objects.get().reason == Suppression.Reason.BOUNCED


def test_missing_wording_of_a_reminder_keeps_the_survey_from_being_published(organisation: Organisation) -> None:
    survey = make_survey(organisation)
    before = {problem.sentence for problem in problems(survey)}
    reminder = make_reminder(survey)
    assert {problem.sentence for problem in problems(survey)} == before
    reminder.text = {"de": "Haben Sie eine Minute?"}
    reminder.save()
    (new,) = [problem for problem in problems(survey) if problem.sentence not in before]
    assert (new.part, new.language) == ("reminders", "en")
    copy = duplicate(survey=survey)
    assert [(each.days, each.text) for each in copy.reminders.all()] == [(4, reminder.text)]


# Pages


@pytest.fixture
def manager(organisation: Organisation, sign_in: SignIn) -> Client:
    return sign_in(make_member(organisation, Role.CX_MANAGER))


WORDS = {"subject_de": "Noch\r\nein Wort?", "text_de": "Bitte.", "subject_en": "A word?", "text_en": "Please."}


def test_reminders_are_written_in_each_language(organisation: Organisation, manager: Client) -> None:
    survey = make_survey(organisation)
    path = f"/o/nordlicht/surveys/{survey.pk}/reminders/"
    form = manager.get(path + "new/").context["form"]
    assert form["days"].value() == 4
    assert form["subject_de"].value() == "Erinnerung: Wie war es?"
    assert set(manager.post(path + "new/", {"days": 4, **WORDS, "text_en": ""}).context["form"].errors) == {"text_en"}
    assert manager.post(path + "new/", {"days": 4, **WORDS}).status_code == 302
    reminder = Reminder.objects.get()
    assert (reminder.days, reminder.subject) == (4, {"de": "Noch ein Wort?", "en": "A word?"})
    assert ReminderQueue.objects.get().reminder == reminder
    manager.post(f"{path}{reminder.pk}/", {"days": 6, **WORDS})
    reminder.refresh_from_db()
    assert reminder.days == 6
    assert manager.get(path).status_code == 200
    manager.post(f"{path}{reminder.pk}/remove/")
    assert not Reminder.objects.exists()


QUESTION = "past this day and would get it with the next mails."
TOO, FROM_NOW_ON = ({"past_3": choice} for choice in ("too", "from_now_on"))


@pytest.mark.parametrize(("decision", "reminded"), [(TOO, 2), (FROM_NOW_ON, 0)])
def test_who_is_past_the_day_already_is_decided_on(
    organisation: Organisation, manager: Client, box: Mailbox, decision: dict[str, str], reminded: int
) -> None:
    survey = make_survey(organisation)
    past, reaching = [asked(survey, days_ago=5) for _ in range(2)], asked(survey, days_ago=2)
    page = f"/o/nordlicht/surveys/{survey.pk}/reminders/new/"
    assert "past_" not in manager.get(page).content.decode()
    answer = manager.post(page, {"days": 3, **WORDS}).content.decode()
    assert f"2 customers are {QUESTION}" in answer
    assert answer.count('name="past_3"') == 2
    assert "checked" not in answer
    assert not Reminder.objects.exists()
    assert not ReminderQueue.objects.exists()
    again = manager.post(page, {"days": 1, **WORDS, **decision}).content.decode()
    assert f"3 customers are {QUESTION}" in again, "what was decided for another day does not hold"
    assert "checked" not in again
    assert manager.post(page, {"days": 3, **WORDS, "past_3": "all"}).status_code == 422
    assert not Reminder.objects.exists()
    for _click in range(2):
        assert manager.post(page, {"days": 3, **WORDS, **decision}).status_code == 302
    decided = AuditEntry.objects.get(action=f"reminder.past_{decision['past_3']}")
    assert decided.details == {"name": survey.name, "days": 3, "customers": 2}
    look()
    send()
    assert len(box.mails) == reminded
    assert sum(bool(became(invitation)) for invitation in past) == reminded
    assert not became(reaching)
    with time_machine.travel(timezone.now() + timedelta(days=1, minutes=1), tick=False):
        look()
        send()
    assert became(reaching) == [(1, State.SENT, "")]
    assert len(box.mails) == reminded + 1


def test_a_changed_day_is_decided_on_where_it_makes_somebody_due(
    organisation: Organisation, manager: Client, box: Mailbox
) -> None:
    survey = make_survey(organisation)
    reminder = make_reminder(survey, days=6)
    got, past, reaching = asked(survey, days_ago=7), asked(survey, days_ago=5), asked(survey, days_ago=2)
    look()
    send()
    due = asked(survey, days_ago=6.1)
    path = f"/o/nordlicht/surveys/{survey.pk}/reminders/{reminder.pk}/"
    assert manager.post(path, {"days": 6, **WORDS}).status_code == 302, "other words make nobody due"
    due.delete()
    assert f"1 customer is {QUESTION}" in manager.post(path, {"days": 3, **WORDS}).content.decode()
    reminder.refresh_from_db()
    assert reminder.days == 6
    assert manager.post(path, {"days": 3, **WORDS, **FROM_NOW_ON}).status_code == 302
    look()
    assert len(became(got)) == 1
    assert not became(past)
    with time_machine.travel(timezone.now() + timedelta(days=1, minutes=1), tick=False):
        look()
        send()
    assert (became(past), became(reaching)) == ([], [(1, State.SENT, "")])
    assert manager.post(path, {"days": 12, **WORDS}).status_code == 302, "nobody is due: nothing to decide"


def test_nothing_is_to_be_decided_where_nobody_would_be_written_to(organisation: Organisation, manager: Client) -> None:
    closed, survey = make_survey(organisation, state=Survey.State.CLOSED), make_survey(organisation)
    asked(closed, days_ago=5)
    asked(survey, days_ago=2)
    for each in (closed, survey):
        page = f"/o/nordlicht/surveys/{each.pk}/reminders/new/"
        assert manager.post(page, {"days": 3, **WORDS}).status_code == 302


@pytest.mark.parametrize(("days", "field"), [(30, "days"), (5, "days"), (0, "days")])
def test_days_that_make_no_sense_are_refused(
    organisation: Organisation, manager: Client, days: int, field: str
) -> None:
    survey = make_survey(organisation)
    make_reminder(survey, days=5)
    page = manager.post(f"/o/nordlicht/surveys/{survey.pk}/reminders/new/", {"days": days, **WORDS})
    assert field in page.context["form"].errors
    assert Reminder.objects.count() == 1


def test_no_more_than_three(organisation: Organisation, manager: Client) -> None:
    survey = make_survey(organisation)
    for days in (3, 6, 9):
        make_reminder(survey, days=days)
    page = manager.post(f"/o/nordlicht/surveys/{survey.pk}/reminders/new/", {"days": 12, **WORDS})
    assert page.context["form"].non_field_errors()


def test_who_was_reminded_and_what_is_unclear(organisation: Organisation, manager: Client, box: Mailbox) -> None:
    survey = make_survey(organisation)
    make_reminder(survey)
    sent, unclear = asked(survey, days_ago=5), asked(survey, days_ago=5)
    look()
    send()
    long_ago: datetime = timezone.now() - timedelta(hours=1)
    unclear.reminder_mails.update(state=State.SENDING, sent_at=None, claimed_at=long_ago)
    make_response(survey, [9, None], invitation=sent)
    path = f"/o/nordlicht/surveys/{survey.pk}/reminders/"
    count = manager.get(path).context["rows"][0][3]
    assert (count.sent, count.waiting, count.unclear) == (1, 0, 1)
    page = manager.get(path + "mails/", {"state": "unclear"})
    assert [mail.invitation_id for mail in page.context["page"].rows] == [unclear.pk]
    manager.post(f"{path}mails/{unclear.reminder_mails.get().pk}/settle/", {"decision": "sent"})
    assert became(unclear) == [(1, State.SENT, "")]


def test_reminders_of_others_are_out_of_reach(organisation: Organisation, manager: Client, stranger: Survey) -> None:
    assert manager.get(f"/o/nordlicht/surveys/{stranger.pk}/reminders/").status_code == 404
