import re
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers.domain.suppression import suppress
from customers.models import Consent, Customer
from organisations.models import Organisation
from organisations.tenancy import organisation_scope
from surveys.domain.campaigns import (
    cancel_campaign,
    count_as_sent,
    create_campaign,
    prepare_next_batch,
    send_again,
    start_campaign,
)
from surveys.domain.sending import ATTEMPTS, send_next_batch
from surveys.models import Campaign, ChangedDay, Invitation, MailQueue, Survey
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
    while send_next_batch():
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
        suppressed.email: (State.NOT_SENT, Reason.SUPPRESSED),
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
    statements = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    # Within the test's own transaction, each inner one also reads and puts back the settings (2 statements more).
    per_batch = 25
    assert len(statements) <= 30 * (3 + 2) + per_batch


def test_running_twice_sends_once(organisation: Organisation, box: Mailbox) -> None:
    make_customer(organisation)
    campaign = ask_everyone(organisation)
    start_campaign(campaign=campaign)
    assert not prepare_next_batch()
    send()
    # As if the row had been left by a worker that was killed after marking the mail as sent:
    ChangedDay.objects.all().delete()
    MailQueue.objects.create(organisation=organisation, invitation=campaign.invitations.get())
    send()
    assert len(box.mails) == 1
    assert ChangedDay.objects.count() == 1
    assert not MailQueue.objects.exists()


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
    assert delays[:4] == [1, 2, 4, 8]
    assert max(delays) == 240
    send()
    assert states(campaign) == {"grey@example.net": (State.FAILED, "")}
    assert not MailQueue.objects.exists()


def test_no_connection_loses_nothing(organisation: Organisation, box: Mailbox, settings: LazySettings) -> None:
    for _ in range(3):
        make_customer(organisation)
    campaign = ask_everyone(organisation)
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 9
    send()
    assert {state for state, _ in states(campaign).values()} == {State.QUEUED}
    assert not MailQueue.objects.due().exists()
    assert set(MailQueue.objects.values_list("attempts", flat=True)) == {0}
    settings.EMAIL_PORT = port
    MailQueue.objects.update(due_at=timezone.now())
    send()
    assert len(box.mails) == 3


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
