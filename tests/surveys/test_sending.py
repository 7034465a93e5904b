import re
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from email.header import decode_header, make_header
from email.message import EmailMessage
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

import pytest
from django.conf import LazySettings
from django.core.mail import get_connection
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from common.smtp import EmailBackend
from customers.domain.suppression import suppress
from customers.models import Consent, Customer, Suppression
from organisations.models import Organisation
from organisations.tenancy import organisation_scope
from surveys.domain import sending
from surveys.domain.campaigns import (
    cancel_campaign,
    create_campaign,
    prepare_next_batch,
    start_campaign,
)
from surveys.domain.claiming import BATCH, claim
from surveys.domain.sending import ATTEMPTS, send_next_batch, settle_next_batch
from surveys.domain.settling import count_as_sent, send_again
from surveys.models import Campaign, ChangedDay, Invitation, MailBatch, MailQueue, Survey
from tests.makers import make_customer, make_invitation, make_survey
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
def stranger(other_organisation: Organisation) -> Survey:
    """Another organisation with the same customer and a campaign that nobody has started."""
    with organisation_scope(other_organisation.pk):
        make_customer(other_organisation, email="petersen@example.net")
        survey = make_survey(other_organisation)
        create_campaign(survey=survey, name="Draft", selection="everyone")
    return survey


def ask_everyone(organisation: Organisation, **fields: Any) -> Campaign:
    survey = make_survey(organisation, **fields)
    campaign = create_campaign(survey=survey, name="Autumn", selection="everyone")
    start_campaign(campaign=campaign)
    while prepare_next_batch():
        pass
    return campaign


def send() -> None:
    with closing(get_connection()) as mail_server:
        while send_next_batch(mail_server):
            pass


def states(campaign: Campaign) -> dict[str, tuple[str, str]]:
    return {
        invitation.customer.email: (invitation.state, invitation.reason)
        for invitation in campaign.invitations.select_related("customer")
        if invitation.customer
    }


def body(mail: EmailMessage, subtype: str) -> str:
    part = mail.get_body((subtype,))
    assert isinstance(part, EmailMessage)
    return str(part.get_content()).replace("\r\n", "\n")


def test_a_campaign_is_sent_by_smtp(organisation: Organisation, box: Mailbox) -> None:
    organisation.reply_to = "service@nordlicht.example"
    organisation.privacy_url = "https://nordlicht.example/datenschutz"
    organisation.save()
    make_customer(
        organisation, email="petersen@example.net", salutation="ms", first_name="Ärne", last_name="Petersen & Co"
    )
    campaign = ask_everyone(organisation)
    send()

    (mail,) = box.mails
    invitation = campaign.invitations.get()
    assert mail["To"] == "Ärne Petersen & Co <petersen@example.net>"
    assert mail["From"] == "Nordlicht <portal@example.com>"
    assert mail["Reply-To"] == "service@nordlicht.example"
    assert mail["Subject"] == "Wie war es?"
    assert mail["Message-ID"].endswith("@example.com>")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert re.fullmatch(r"<http://localhost:8000/u/[\w-]{16,40}>", mail["List-Unsubscribe"])
    text, page = body(mail, "plain"), body(mail, "html")
    assert text.startswith("Guten Tag Frau Petersen & Co,\n")
    assert "Guten Tag Frau Petersen &amp; Co," in page
    for part in (text, page):
        assert mail["List-Unsubscribe"].strip("<>") in part
        assert "https://nordlicht.example/datenschutz" in part
        assert "Eine kurze Frage." in part
        assert not set(part) & set("\x11\x12\x13")
    scores = re.findall(r'href="http://localhost:8000/r/[\w-]{16,40}\?s=(\d+)"', page)
    assert scores == [str(score) for score in range(11)]
    assert "<style" in page, "the rules for phones and dark mode stay"

    assert invitation.state == State.SENT
    assert invitation.sent_at is not None
    assert invitation.sent_day == organisation.day_of(invitation.sent_at)
    assert invitation.legal_basis == Consent.Basis.CONSENT
    assert list(ChangedDay.objects.values_list("organisation", "survey", "day")) == [
        (organisation.pk, campaign.survey_id, invitation.sent_day)
    ]
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.SENT
    assert not MailQueue.objects.exists()


@pytest.mark.parametrize(
    ("fields", "greeting"),
    [
        ({"language": "en", "salutation": "mr", "last_name": "Petersen"}, "Hello Mr Petersen,"),
        ({"language": "en", "first_name": "Kim", "last_name": "Customer"}, "Hello Kim Customer,"),
        ({"language": "en", "first_name": "", "last_name": "Petersen"}, "Hello,"),
        ({"language": "de", "first_name": "Kim", "last_name": ""}, "Guten Tag Kim,"),
        ({"language": "de", "first_name": "", "last_name": "", "salutation": "ms"}, "Guten Tag,"),
        ({"language": "de", "salutation": "mr", "last_name": "Ott\r\nBcc: x@example.org"}, "Guten Tag Herr Ott Bcc:"),
    ],
)
def test_the_greeting_fits_what_is_known(
    organisation: Organisation, box: Mailbox, fields: dict[str, Any], greeting: str
) -> None:
    make_customer(organisation, **fields)
    ask_everyone(organisation)
    send()
    (mail,) = box.mails
    assert body(mail, "plain").startswith(greeting)
    assert mail["Bcc"] is None


def test_an_existing_customer_is_told_of_the_right_to_object(organisation: Organisation, box: Mailbox) -> None:
    customer = make_customer(organisation, may_be_asked=False, language="en")
    Consent.objects.create(
        organisation=organisation,
        customer=customer,
        basis=Consent.Basis.EXISTING_CUSTOMER,
        source="order",
        given_at=timezone.now(),
    )
    ask_everyone(organisation)
    send()
    assert "because you are a customer of Nordlicht. You can object" in " ".join(body(box.mails[0], "plain").split())


def test_who_must_not_be_written_to_any_more_is_not(organisation: Organisation, box: Mailbox) -> None:
    """What changed between preparing and sending counts."""
    asked, suppressed, withdrawn, erased, moved = (
        make_customer(organisation, email=f"{name}@example.net")
        for name in ("asked", "suppressed", "withdrawn", "erased", "moved")
    )
    campaign = ask_everyone(organisation)
    suppress(organisation=organisation, email="Suppressed@example.net", reason="unsubscribed")
    withdrawn.consents.update(withdrawn_at=timezone.now())
    erased.delete()
    moved.email = ""
    moved.save()
    send()

    assert [mail["To"].rpartition("<")[2] for mail in box.mails] == ["asked@example.net>"]
    assert states(campaign) == {
        asked.email: (State.SENT, ""),
        suppressed.email: (State.NOT_SENT, Reason.UNSUBSCRIBED),
        withdrawn.email: (State.NOT_SENT, Reason.NO_LEGAL_BASIS),
        "": (State.NOT_SENT, Reason.NO_ADDRESS),
    }
    assert campaign.invitations.get(customer=None).reason == Reason.ERASED
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.SENT


def test_nothing_is_sent_once_the_survey_is_closed_or_the_campaign_cancelled(
    organisation: Organisation, box: Mailbox
) -> None:
    customer = make_customer(organisation)
    closed = ask_everyone(organisation)
    Survey.objects.filter(pk=closed.survey_id).update(state=Survey.State.CLOSED)
    cancelled = ask_everyone(organisation)
    cancel_campaign(campaign=cancelled)
    assert states(cancelled) == {customer.email: (State.NOT_SENT, Reason.CANCELLED)}
    send()
    assert box.mails == []
    assert states(closed) == {customer.email: (State.NOT_SENT, Reason.CLOSED)}
    assert not MailQueue.objects.exists()
    cancelled.refresh_from_db()
    assert cancelled.state == Campaign.State.CANCELLED


def test_statements_per_mail(organisation: Organisation, box: Mailbox) -> None:
    for _ in range(30):
        make_customer(organisation)
    ask_everyone(organisation)
    with CaptureQueriesContext(connection) as queries:
        send()
    assert len(box.mails) == 30
    per_batch = 40
    assert len(queries) <= 30 + per_batch


def test_running_twice_sends_once(organisation: Organisation, box: Mailbox) -> None:
    make_customer(organisation)
    campaign = ask_everyone(organisation)
    start_campaign(campaign=campaign)
    assert not prepare_next_batch()
    send()
    MailQueue.objects.create(organisation=organisation, invitation=campaign.invitations.get())
    send()
    assert len(box.mails) == 1
    assert ChangedDay.objects.count() == 1
    assert not MailQueue.objects.exists()
    assert not MailBatch.objects.exists()


def test_no_address_that_a_mail_server_names_stands_in_the_log(
    organisation: Organisation, box: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    make_customer(organisation, email="grey@example.net")
    box.answers["RCPT grey@example.net"] = "421 4.7.0 <Grey@Example.net>: too many mails, closing"
    ask_everyone(organisation)
    send()
    (said,) = (record.getMessage() for record in caplog.records if record.name == sending.__name__)
    assert "too many mails" in said
    assert "grey@" not in said.lower()


@pytest.fixture
def abandoned(organisation: Organisation, box: Mailbox) -> tuple[Campaign, MailBatch]:
    """Four mails claimed, the third of them begun: so it stands in the database when a worker is killed."""
    for name in ("first", "second", "third", "fourth"):
        make_customer(organisation, email=f"{name}@example.net")
    campaign = ask_everyone(organisation)
    assert claim()
    batch = MailBatch.objects.get()
    assert {state for state, _reason in states(campaign).values()} == {State.SENDING}
    batch.last_begun = campaign.invitations.get(customer__email="third@example.net").pk
    batch.save()
    return campaign, batch


def test_of_an_abandoned_batch_only_the_mail_begun_last_is_unclear(
    organisation: Organisation, box: Mailbox, abandoned: tuple[Campaign, MailBatch]
) -> None:
    campaign, batch = abandoned
    assert not settle_next_batch(), "its worker still has time"
    MailBatch.objects.update(due_at=timezone.now())
    assert settle_next_batch()
    assert not settle_next_batch()
    assert states(campaign) == {
        "first@example.net": (State.SENT, ""),
        "second@example.net": (State.SENT, ""),
        "third@example.net": (State.SENDING, ""),
        "fourth@example.net": (State.QUEUED, ""),
    }
    first = campaign.invitations.get(customer__email="first@example.net")
    assert (first.sent_at, first.sent_day) == (batch.claimed_at, organisation.day_of(batch.claimed_at))
    assert list(ChangedDay.objects.values_list("survey", "day")) == [(campaign.survey_id, first.sent_day)]
    send()
    assert [mail["To"].addresses[0].addr_spec for mail in box.mails] == ["fourth@example.net"]
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.SENDING, "somebody has to decide about the third"


def test_after_a_crash_of_the_database_a_person_decides_about_the_whole_batch(
    organisation: Organisation, box: Mailbox, abandoned: tuple[Campaign, MailBatch]
) -> None:
    campaign, _batch = abandoned
    MailBatch.objects.all().delete()  # as PostgreSQL does
    assert not settle_next_batch()
    send()
    assert box.mails == []
    Invitation.objects.update(claimed_at=timezone.now() - timedelta(minutes=11))
    assert set(Invitation.objects.unclear()) == set(campaign.invitations.all())


def test_the_table_that_says_how_far_a_batch_has_come_is_emptied_by_a_crash(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE oid = 'surveys_mailbatch'::regclass")
        assert cursor.fetchone() == ("u",)


def test_a_worker_whose_batch_was_settled_by_another_sends_no_more_of_it(
    organisation: Organisation, box: Mailbox
) -> None:
    for name in ("first", "second", "third"):
        make_customer(organisation, email=f"{name}@example.net")
    campaign = ask_everyone(organisation)

    class Slow(EmailBackend):
        """Takes so long over the second mail that another worker settles the batch."""

        def _send(self, email_message: Any) -> bool:
            sent = super()._send(email_message)
            if email_message.to == ["second@example.net"]:
                MailBatch.objects.update(due_at=timezone.now())
                assert settle_next_batch()
            return sent

    with closing(Slow()) as mail_server:
        send_next_batch(mail_server)
    assert states(campaign) == {
        "first@example.net": (State.SENT, ""),
        "second@example.net": (State.SENT, ""),
        "third@example.net": (State.QUEUED, ""),
    }
    send()
    assert [mail["To"].addresses[0].addr_spec for mail in box.mails] == [
        "first@example.net",
        "second@example.net",
        "third@example.net",
    ]
    assert not MailBatch.objects.exists()


def test_what_a_server_does_not_take_in_one_turn_is_left_for_the_next(
    organisation: Organisation, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("first", "second"):
        make_customer(organisation, email=f"{name}@example.net")
    campaign = ask_everyone(organisation)
    with closing(get_connection()) as mail_server:
        monkeypatch.setattr(sending, "TURN", 0)  # no server is that quick
        assert send_next_batch(mail_server, 400) == 200, "fewer are claimed the next time"
        assert send_next_batch(mail_server, BATCH) == BATCH
        assert set(states(campaign).values()) == {(State.QUEUED, "")}
        monkeypatch.undo()
        assert send_next_batch(mail_server, 1)
        assert [state for state, _reason in states(campaign).values()].count(State.SENT) == 1
        assert send_next_batch(mail_server)
        assert send_next_batch(mail_server) == 0
    assert set(states(campaign).values()) == {(State.SENT, "")}
    assert len(box.mails) == 2


def test_a_refused_address_fails_with_the_servers_answer(organisation: Organisation, box: Mailbox) -> None:
    box.answers["RCPT gone@example.net"] = "550 5.1.1 <GONE@Example.net>: no such user"
    box.answers["DATA spam@example.net"] = "554 5.7.1 looks like spam"
    for name in ("gone", "spam", "fine"):
        make_customer(organisation, email=f"{name}@example.net")
    campaign = ask_everyone(organisation)
    send()
    assert states(campaign) == {
        "gone@example.net": (State.FAILED, ""),
        "spam@example.net": (State.FAILED, ""),
        "fine@example.net": (State.SENT, ""),
    }
    assert campaign.invitations.get(customer__email="gone@example.net").refusal == "550 5.1.1 <…>: no such user"
    suppression = Suppression.objects.get()
    assert (suppression.hint, suppression.reason) == ("g…@example.net", Suppression.Reason.BOUNCED)
    assert not MailQueue.objects.exists()


def test_a_domain_in_other_letters_is_written_to_and_one_that_cannot_be_fails(
    organisation: Organisation, box: Mailbox
) -> None:
    make_customer(organisation, email="kim@münchen.example")
    make_customer(organisation, email=f"kim@{'ü' * 63}.example")
    campaign = ask_everyone(organisation)
    send()
    assert sorted(state for state, _reason in states(campaign).values()) == [State.FAILED, State.SENT]
    assert [mail["To"].addresses[0].addr_spec for mail in box.mails] == ["kim@xn--mnchen-3ya.example"]
    assert not MailQueue.objects.exists()


def test_a_mail_put_off_is_tried_again_later(organisation: Organisation, box: Mailbox) -> None:
    box.answers["RCPT grey@example.net"] = "451 4.7.1 try again later"
    make_customer(organisation, email="grey@example.net")
    campaign = ask_everyone(organisation)
    delays = []
    for _ in range(ATTEMPTS - 1):
        send()
        row = MailQueue.objects.get()
        assert states(campaign) == {"grey@example.net": (State.QUEUED, "")}
        delays.append(round((row.due_at - timezone.now()) / timedelta(minutes=1)))
        MailQueue.objects.update(due_at=timezone.now())
        assert campaign.invitations.get().refusal == "451 4.7.1 try again later", "so that one sees why it waits"
    assert delays[:4] == [1, 2, 4, 8]
    assert max(delays) == 240
    send()
    assert states(campaign) == {"grey@example.net": (State.FAILED, "")}
    assert not MailQueue.objects.exists()


def test_a_mail_that_was_put_off_and_then_taken_shows_no_refusal(organisation: Organisation, box: Mailbox) -> None:
    box.answers["RCPT grey@example.net"] = "451 4.7.1 try again later"
    make_customer(organisation, email="grey@example.net")
    campaign = ask_everyone(organisation)
    send()
    box.answers.clear()
    MailQueue.objects.update(due_at=timezone.now())
    send()
    assert list(campaign.invitations.values_list("state", "refusal")) == [(State.SENT, "")]


def test_lines_of_a_mail_are_short_and_begin_with_what_was_written(organisation: Organisation, box: Mailbox) -> None:
    """SMTP cuts off a dot at the beginning of a line; quoted-printable allows 76 characters (RFC 2045, 6.7)."""
    long_name = ".Ünöpünktlich-&" * 6
    make_customer(organisation, salutation="ms", first_name="Ärne " * 19, last_name=long_name)
    ask_everyone(
        organisation,
        mail_text={"de": ".. mit Punkten\n.\n" + "ganz lang" * 40},
        mail_subject={"de": "Prüfung " * 30},
    )
    send()
    (mail,) = box.mails
    text, page = body(mail, "plain"), body(mail, "html")
    assert f"Guten Tag Frau {long_name}," in text
    assert f"Guten Tag Frau {long_name.replace('&', '&amp;')}," in page
    for part in (text, page):
        assert ".. mit Punkten" in part
        assert "ganz lang" * 40 in part
    assert mail["Subject"] == ("Prüfung " * 30).strip()
    recipient = str(make_header(decode_header(dict(mail.raw_items())["To"])))
    assert recipient.startswith(f"{'Ärne ' * 19}{long_name} <")
    assert max(map(len, mail.as_bytes().splitlines())) <= 78


def test_names_in_other_scripts_stay_as_they_are_written(organisation: Organisation, box: Mailbox) -> None:
    """Persian and Hindi names, and joined emoji, hold signs that are not printed themselves."""
    first_name, last_name = "علی\u200cرضا", "क्\u200dष 👩\u200d👧"
    make_customer(organisation, salutation="", first_name=first_name, last_name=f"{last_name}\u202e\u0007")
    ask_everyone(organisation, mail_subject={"de": f"Für {last_name}"}, mail_text={"de": f"Liebe {last_name}"})
    send()
    (mail,) = box.mails
    for part in (body(mail, "plain"), body(mail, "html")):
        assert f"Guten Tag {first_name} {last_name}," in part
        assert f"Liebe {last_name}" in part
    assert mail["Subject"] == f"Für {last_name}"
    assert str(make_header(decode_header(dict(mail.raw_items())["To"]))).startswith(f"{first_name} {last_name} <")


def test_commands_go_together_where_the_server_takes_them(organisation: Organisation, box: Mailbox) -> None:
    box.extensions.append("PIPELINING")
    box.answers["RCPT gone@example.net"] = "550 no such user"
    box.answers["DATA spam@example.net"] = "554 looks like spam"
    box.answers["DATA later@example.net"] = "451 later"
    for name in ("gone", "spam", "fine", "later", "last"):
        make_customer(organisation, email=f"{name}@example.net")
    campaign = ask_everyone(organisation)
    send()
    assert states(campaign) == {
        "gone@example.net": (State.FAILED, ""),
        "spam@example.net": (State.FAILED, ""),
        "fine@example.net": (State.SENT, ""),
        "later@example.net": (State.QUEUED, ""),
        "last@example.net": (State.SENT, ""),
    }
    assert [mail["To"].addresses[0].addr_spec for mail in box.mails] == ["fine@example.net", "last@example.net"]


def test_a_server_that_wants_a_new_connection_gets_one_at_once(organisation: Organisation, box: Mailbox) -> None:
    box.mails_per_connection = 2
    for number in range(5):
        make_customer(organisation, email=f"c{number}@example.net")
    campaign = ask_everyone(organisation)
    send()
    assert {state for state, _reason in states(campaign).values()} == {State.SENT}
    assert len({mail["To"] for mail in box.mails}) == len(box.mails) == 5


def test_no_connection_loses_nothing(organisation: Organisation, box: Mailbox, settings: LazySettings) -> None:
    for _ in range(3):
        make_customer(organisation)
    campaign = ask_everyone(organisation)
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 9
    send()
    assert {state for state, _ in states(campaign).values()} == {State.QUEUED}
    assert not MailQueue.objects.due().exists()
    assert set(MailQueue.objects.values_list("attempts", flat=True)) == {0}
    assert all("refused" in said for said in campaign.invitations.values_list("refusal", flat=True)), "one sees why"
    settings.EMAIL_PORT = port
    MailQueue.objects.update(due_at=timezone.now())
    send()
    assert len(box.mails) == 3
    assert set(campaign.invitations.values_list("refusal", flat=True)) == {""}


def test_a_connection_that_breaks_while_a_mail_is_handed_over_leaves_that_one_to_a_person(
    organisation: Organisation, box: Mailbox
) -> None:
    box.answers["DATA broken@example.net"] = ""
    for name in ("first", "broken", "last"):
        make_customer(organisation, email=f"{name}@example.net")
    campaign = ask_everyone(organisation)
    send()
    assert states(campaign) == {
        "first@example.net": (State.SENT, ""),
        "broken@example.net": (State.SENDING, ""),
        "last@example.net": (State.QUEUED, ""),
    }
    MailQueue.objects.update(due_at=timezone.now())
    send()
    assert [mail["To"].rpartition("<")[2] for mail in box.mails] == ["first@example.net>", "last@example.net>"]
    assert states(campaign)["broken@example.net"] == (State.SENDING, "")
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.SENDING


def test_a_person_decides_about_an_unclear_mail(organisation: Organisation, box: Mailbox) -> None:
    campaign = ask_everyone(organisation)
    Campaign.objects.filter(pk=campaign.pk).update(state=Campaign.State.SENDING)

    def left_behind(**ago: int) -> Invitation:
        claimed = timezone.now() - timedelta(**ago)
        return make_invitation(
            campaign.survey, campaign=campaign, state=State.SENDING, claimed_at=claimed, sent_at=None, sent_day=None
        )

    recent, again, counted = left_behind(minutes=1), left_behind(minutes=11), left_behind(minutes=11)
    assert set(Invitation.objects.unclear()) == {again, counted}
    assert not send_again(invitation=recent)
    assert not count_as_sent(invitation=recent)
    assert send_again(invitation=again)
    assert not send_again(invitation=again)
    assert count_as_sent(invitation=counted)
    assert not count_as_sent(invitation=counted)
    send()
    assert len(box.mails) == 1
    counted.refresh_from_db()
    assert (counted.state, counted.sent_at) == (State.SENT, counted.claimed_at)
    assert ChangedDay.objects.filter(survey=campaign.survey).exists()


def test_mails_of_several_organisations(organisation: Organisation, stranger: Survey, box: Mailbox) -> None:
    make_customer(organisation)
    ask_everyone(organisation)
    with organisation_scope(stranger.organisation_id):
        start_campaign(campaign=Campaign.objects.get())
    while prepare_next_batch():
        pass
    send()
    assert {mail["From"] for mail in box.mails} == {
        "Nordlicht <portal@example.com>",
        "Südwind <portal@example.com>",
    }
    assert Customer.objects.count() == 1, "the test is still in its own organisation"


def both_ask(organisation: Organisation, stranger: Survey, *names: str) -> Campaign:
    """Mails to these customers wait, and behind them one of the stranger's."""
    for name in names:
        make_customer(organisation, email=f"{name}@example.net")
    campaign = ask_everyone(organisation)
    with organisation_scope(stranger.organisation_id):
        start_campaign(campaign=Campaign.objects.get())
    while prepare_next_batch():
        pass
    return campaign


def test_a_mail_that_cannot_even_be_claimed_keeps_no_other_waiting(
    organisation: Organisation, stranger: Survey, box: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    campaign = both_ask(organisation, stranger, "first", "bad", "last")
    customer = Customer.objects.filter(email="bad@example.net")
    customer.update(time_zone="Mars/Olympus_Mons")
    send()
    sent = (State.SENT, "")
    assert states(campaign) == {
        "first@example.net": sent,
        "bad@example.net": (State.QUEUED, ""),
        "last@example.net": sent,
    }
    assert len(box.mails) == 3, "the stranger's, too"
    assert not MailQueue.objects.due().exists()
    assert f"invitation {campaign.invitations.get(state=State.QUEUED).pk}" in caplog.text
    customer.update(time_zone="")
    MailQueue.objects.update(due_at=timezone.now())
    send()
    assert states(campaign)["bad@example.net"] == sent


def test_a_batch_that_cannot_be_settled_keeps_no_other_waiting(organisation: Organisation, stranger: Survey) -> None:
    campaign = both_ask(organisation, stranger, "petersen")
    while claim():
        pass
    MailBatch.objects.update(due_at=timezone.now())
    left = MailBatch.objects.filter(organisation=stranger.organisation)
    left.update(due_at=timezone.now() - timedelta(hours=1))
    abroad = Organisation.objects.filter(pk=stranger.organisation_id)
    zone = stranger.organisation.time_zone
    abroad.update(time_zone="Mars/Olympus_Mons")
    with pytest.raises(ZoneInfoNotFoundError):
        settle_next_batch()
    while settle_next_batch():
        pass
    assert states(campaign) == {"petersen@example.net": (State.QUEUED, "")}
    assert left.exists()
    abroad.update(time_zone=zone)
    left.update(due_at=timezone.now())
    assert settle_next_batch()
    assert not left.exists()
