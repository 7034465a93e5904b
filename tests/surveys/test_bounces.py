"""Mails that come back and complaints: by SMTP at once, as mails, by a provider's webhook."""

import base64
import io
import json
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from common import tokens
from common.mail_reports import Kind, Report, is_about_the_address, read_report
from customers.models import Suppression
from organisations.models import Organisation
from organisations.tenancy import organisation_scope
from reports.domain.rollups import count_changed_days
from reports.models import InvitationRollup
from surveys.domain.bounces import fetch_bounces, take_mail, take_report
from surveys.domain.campaigns import create_campaign, forecast
from surveys.models import Invitation
from tests.makers import make_customer, make_invitation, make_response, make_survey
from tests.services import ImapServer

State = Invitation.State
SECRET = "provider:only-for-tests"


@pytest.fixture
def invitation(organisation: Organisation) -> Invitation:
    return make_invitation(make_survey(organisation), make_customer(organisation, email="petersen@example.net"))


@pytest.fixture(autouse=True)
def stranger(other_organisation: Organisation) -> Iterator[Invitation]:
    """The same person at another organisation; whatever happens here, they stay as they are there."""
    with organisation_scope(other_organisation.pk):
        customer = make_customer(other_organisation, email="petersen@example.net")
        invitation = make_invitation(make_survey(other_organisation), customer)
    yield invitation
    with organisation_scope(other_organisation.pk):
        assert not Suppression.objects.exists()
        assert Invitation.objects.get().state == State.SENT


def message_id(invitation: Invitation) -> str:
    return f"<{tokens.make('message', invitation.organisation_id, invitation.pk)}@example.com>"


def returned(invitation: Invitation, status: str = "5.1.1", diagnosis: str = "", **changes: str) -> bytes:
    """As Postfix sends a mail back."""
    fields = {
        "action": "failed",
        "to": "petersen@example.net",
        "diagnosis": diagnosis or f"550 {status} <petersen@example.net>: Recipient address rejected",
        "third": "message/rfc822",
        **changes,
    }
    return f"""\
From: MAILER-DAEMON@mx.example.net (Mail Delivery System)
To: portal@example.com
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.example.net.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net
Arrival-Date: Sun, 22 Nov 2026 10:00:00 +0100

Final-Recipient: rfc822; {fields["to"]}
Original-Recipient: rfc822;{fields["to"]}
Action: {fields["action"]}
Status: {status}
Remote-MTA: dns; mx.example.net
Diagnostic-Code: smtp; {fields["diagnosis"]}

--b
Content-Type: {fields["third"]}

From: Nordlicht <portal@example.com>
To: Kim Petersen <{fields["to"]}>
Message-ID: {message_id(invitation)}
Subject: Wie war es?

--b--
""".encode()


def complaint(invitation: Invitation, kind: str = "abuse") -> bytes:
    return f"""\
From: <abusedesk@example.net>
Subject: FW: Wie war es?
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain; charset="US-ASCII"

This is an email abuse report.
--b
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: SomeGenerator/1.0
Version: 1
Original-Rcpt-To: <petersen@example.net>
--b
Content-Type: message/rfc822

From: <portal@example.com>
To: <petersen@example.net>
Message-ID: {message_id(invitation)}

text
--b--
""".encode()


def states(invitation: Invitation) -> tuple[str, list[str]]:
    invitation.refresh_from_db()
    return invitation.state, list(Suppression.objects.values_list("reason", flat=True))


@pytest.mark.parametrize("third", ["message/rfc822", "text/rfc822-headers"])
def test_a_mail_that_came_back_is_marked_and_its_address_suppressed(invitation: Invitation, third: str) -> None:
    day = invitation.sent_day
    while count_changed_days():
        pass
    for _ in range(2):
        assert take_mail(returned(invitation, third=third)) is Kind.RETURNED
    assert states(invitation) == (State.BOUNCED, ["bounced"])
    assert invitation.refusal == "550 5.1.1 <…>: Recipient address rejected"
    campaign = create_campaign(survey=invitation.survey, name="Next", selection="everyone")
    assert forecast(campaign=campaign).hindered == {Invitation.Reason.BOUNCED: 1}
    while count_changed_days():
        pass
    assert day
    assert not InvitationRollup.objects.exists(), "rates are of what has arrived"


@pytest.mark.parametrize(
    ("status", "diagnosis"),
    [
        ("4.4.7", "delivery time expired"),
        ("5.2.2", "552 5.2.2 mailbox full"),
        ("5.7.1", "554 5.7.1 Service unavailable; client host blocked"),
        ("5.0.0", "550 relay not permitted"),
    ],
)
def test_what_did_not_arrive_for_another_reason_came_back_and_the_next_mail_may_arrive(
    invitation: Invitation, status: str, diagnosis: str
) -> None:
    assert take_mail(returned(invitation, status, diagnosis)) is Kind.FAILED
    assert states(invitation) == (State.BOUNCED, [])
    assert invitation.refusal.endswith(diagnosis)


def test_what_is_still_on_its_way_is_only_noted(invitation: Invitation) -> None:
    diagnosis = "connect to mx.example.net: Connection timed out"
    assert take_mail(returned(invitation, "4.4.1", diagnosis, action="delayed")) is Kind.DELAYED
    assert states(invitation) == (State.SENT, [])
    assert invitation.refusal.endswith(diagnosis)


def test_a_complaint_suppresses_and_the_mail_counts_as_delivered(invitation: Invitation) -> None:
    for _ in range(2):
        assert take_mail(complaint(invitation)) is Kind.COMPLAINT
    assert states(invitation) == (State.SENT, ["complained"])
    assert invitation.complained_at is not None


def test_that_a_mail_is_no_spam_is_no_complaint(invitation: Invitation) -> None:
    assert take_mail(complaint(invitation, "not-spam")) is None
    assert states(invitation) == (State.SENT, [])


def test_who_has_another_address_by_now_is_not_suppressed(invitation: Invitation) -> None:
    assert invitation.customer
    invitation.customer.email = "new@example.net"
    invitation.customer.save()
    take_mail(returned(invitation))
    assert states(invitation) == (State.BOUNCED, [])


def test_who_has_answered_got_the_mail(invitation: Invitation) -> None:
    make_response(invitation.survey, [9, "Good."], invitation=invitation)
    take_mail(returned(invitation))
    assert states(invitation) == (State.SENT, [])


def test_a_mail_told_to_have_come_back_before_its_batch_is_marked(invitation: Invitation) -> None:
    Invitation.objects.update(state=State.SENDING, sent_at=None, sent_day=None)
    take_mail(returned(invitation))
    assert states(invitation) == (State.BOUNCED, ["bounced"])
    assert invitation.sent_at is not None


def test_of_an_erased_customer_nothing_comes_back(invitation: Invitation) -> None:
    assert invitation.customer
    invitation.customer.delete()
    assert take_mail(returned(invitation)) is Kind.RETURNED
    assert Suppression.objects.count() == 0


def test_what_is_not_ours_changes_nothing(invitation: Invitation) -> None:
    other = EmailMessage()
    other.set_content(f"I am on holiday. You wrote: {message_id(invitation)}")
    forged = returned(invitation).replace(message_id(invitation)[1:-1].encode(), b"A" * 24 + b"@example.com")
    for mail in (other.as_bytes(), forged, b"", b"\x00\xff" * 100):
        assert take_mail(mail) is None
    assert states(invitation) == (State.SENT, [])


def test_a_mail_server_pipes_it_in(
    invitation: Invitation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(returned(invitation))))
    call_command("read_bounces")
    said = capsys.readouterr().out
    assert "suppression list" in said
    assert "petersen" not in said
    assert states(invitation) == (State.BOUNCED, ["bounced"])


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.UNSUBSCRIBED])  # no mail says that
def test_it_is_told_what_came_of_the_mail(
    invitation: Invitation, tmp_path: Path, kind: Kind, capsys: pytest.CaptureFixture[str]
) -> None:
    mail = {
        Kind.RETURNED: returned(invitation),
        Kind.FAILED: returned(invitation, "5.2.2", "552 5.2.2 mailbox full"),
        Kind.DELAYED: returned(invitation, "4.4.1", "timed out", action="delayed"),
        Kind.COMPLAINT: complaint(invitation),
    }[kind]
    (tmp_path / "mail").write_bytes(mail)
    call_command("read_bounces", tmp_path / "mail")
    assert capsys.readouterr().out


def test_a_mailbox_is_read(invitation: Invitation, settings: LazySettings) -> None:
    holiday = EmailMessage()
    holiday.set_content("I am on holiday.")
    box = ImapServer(holiday.as_bytes(), returned(invitation))
    settings.BOUNCE_MAILBOX = box.url
    fetch_bounces()
    assert box.seen == {0, 1}
    assert states(invitation) == (State.BOUNCED, ["bounced"])


def test_a_mail_that_fails_stays_unread_and_keeps_no_other_waiting(
    organisation: Organisation, invitation: Invitation, settings: LazySettings
) -> None:
    refused = make_invitation(make_survey(organisation), make_customer(organisation, email="bad@example.net"))
    box = ImapServer(returned(refused, to="bad@example.net"), returned(invitation))
    settings.BOUNCE_MAILBOX = box.url
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE surveys_invitation ADD CONSTRAINT refused CHECK (id <> %s) NOT VALID", [refused.pk])
    with pytest.raises(ExceptionGroup):
        fetch_bounces()
    assert box.seen == {1}
    assert states(invitation) == (State.BOUNCED, ["bounced"])
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE surveys_invitation DROP CONSTRAINT refused")
    fetch_bounces()
    assert box.seen == {0, 1}
    assert states(refused) == (State.BOUNCED, ["bounced", "bounced"])


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("550 5.1.1 <x@example.net>: no such user", True),
        ("550 no such user", True),
        ("553 5.1.3 bad address syntax", True),
        ("550 5.2.1 mailbox disabled", True),
        ("5.0.0 550 unknown user", False),
        ("550-5.1.1 The email account that you tried to reach does not exist.", True),
        ("554 5.7.1 looks like spam", False),
        ("550 5.1.8 sender's domain does not exist", False),
        ("550 relay not permitted", False),
        ("550 5.7.26 not authenticated, see 192.0.2.5.1.1.", False),
        ("450 4.1.1 try later", False),
        ("552 5.2.2 over quota", False),
        ("", False),
    ],
)
def test_which_answers_speak_of_the_address(answer: str, expected: bool) -> None:
    assert is_about_the_address(answer) is expected


LONG = "a" * 300_000
HIDDEN = base64.b64encode(b"Content-Type: message/rfc822\n\n" * 2000).decode()


@pytest.mark.parametrize(
    "hostile",
    [
        pytest.param({"to": LONG}, id="an address without end"),
        pytest.param({"diagnosis": f"550 {LONG}"}, id="an answer without end"),
        pytest.param({"to": "(" * 5000}, id="comments in comments"),
        pytest.param({"third": "message/rfc822\n\n" * 3000}, id="mails in mails"),
        pytest.param(
            {"third": "".join(f"multipart/x; boundary={n}\n\n--{n}\nContent-Type: " for n in range(3000))},
            id="parts in parts",
        ),
        pytest.param({"third": "multipart/x; boundary=" + '";' * 300_000}, id="a header without end"),
        pytest.param(
            {"third": f"text/rfc822-headers\nContent-Transfer-Encoding: base64\n\n{HIDDEN}"}, id="in disguise"
        ),
    ],
)
def test_a_hostile_mail_keeps_no_other_from_being_read(
    invitation: Invitation, settings: LazySettings, hostile: dict[str, str]
) -> None:
    """Anybody can write to the mailbox. Unless it is read within seconds, this does not end."""
    box = ImapServer(returned(Invitation(pk=0, organisation_id=0), **hostile), returned(invitation))
    settings.BOUNCE_MAILBOX = box.url
    fetch_bounces()
    assert box.seen == {0, 1}
    assert states(invitation) == (State.BOUNCED, ["bounced"])


@given(st.binary(max_size=400), st.integers(0, 900), st.integers(0, 200))
def test_no_mail_is_too_odd_to_be_read(noise: bytes, place: int, cut: int) -> None:
    whole = returned(Invitation(pk=1, organisation_id=1))
    for mail in (whole[:place] + noise + whole[place + cut :], noise, whole[place:] + noise):
        report = read_report(mail)
        assert report is None or isinstance(report, Report)


# Provider's webhooks


@pytest.fixture
def provider(settings: LazySettings) -> None:
    settings.ANYMAIL = {"WEBHOOK_SECRET": [SECRET], "POSTMARK_SERVER_TOKEN": "x"}


def authorised(secret: str = SECRET) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(secret.encode()).decode()}


Post = Callable[..., int]


@pytest.fixture
def post(client: Client, provider: None) -> Post:
    def post(event: Any, provider: str = "postmark", secret: str = SECRET) -> int:
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        address = f"/mail-reports/{provider}/"
        answer = client.post(address, body, content_type="application/json", headers=authorised(secret))
        return answer.status_code

    return post


def bounce(invitation: Invitation, **fields: Any) -> dict[str, Any]:
    """As Postmark reports it."""
    return {
        "RecordType": "Bounce",
        "Type": "HardBounce",
        "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483",
        "Metadata": {"mail": message_id(invitation)},
        "Details": "smtp;550 5.1.1 <petersen@example.net> does not exist",
        "Email": "petersen@example.net",
        "BouncedAt": "2026-11-22T10:00:00Z",
        **fields,
    }


def test_a_provider_reports_what_came_back(invitation: Invitation, post: Post) -> None:
    assert [post(bounce(invitation)) for _ in range(2)] == [200, 200]
    assert states(invitation) == (State.BOUNCED, ["bounced"])
    assert "petersen" not in invitation.refusal


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"RecordType": "SpamComplaint", "Type": "SpamComplaint"}, (State.SENT, ["complained"])),
        ({"RecordType": "SubscriptionChange", "SuppressSending": True}, (State.SENT, ["unsubscribed"])),
        ({"Type": "SoftBounce"}, (State.BOUNCED, [])),
        ({"Type": "Blocked"}, (State.BOUNCED, [])),
        ({"Details": "smtp;552 5.2.2 mailbox full"}, (State.BOUNCED, [])),
        ({"Type": "Transient"}, (State.SENT, [])),
        ({"RecordType": "Delivery"}, (State.SENT, [])),
    ],
)
def test_what_a_provider_reports_is_told_apart(
    invitation: Invitation, post: Post, fields: dict[str, Any], expected: tuple[str, list[str]]
) -> None:
    assert post(bounce(invitation, **fields)) == 200
    assert states(invitation) == expected


@pytest.mark.parametrize(
    ("bounce_class", "reason", "expected"),
    [
        ("10", "550 5.1.1 no such user", ["bounced"]),
        ("30", "", ["bounced"]),
        ("22", "", []),  # mailbox full
        ("40", "550 too much mail", []),
        ("51", "550 5.7.1 looks like spam to us", []),  # a server thinks so, not the customer
    ],
)
def test_of_what_came_back_only_an_address_that_is_gone_is_suppressed(
    invitation: Invitation, post: Post, bounce_class: str, reason: str, expected: list[str]
) -> None:
    """SparkPost calls a full mailbox by the same name as one that is gone, and says which in a number."""
    event = {
        "type": "bounce",
        "bounce_class": bounce_class,
        "raw_reason": reason,
        "raw_rcpt_to": "petersen@example.net",
        "rcpt_meta": {"mail": message_id(invitation)},
        "transmission_id": "65832150921904138",
        "timestamp": "1460989507",
    }
    assert post([{"msys": {"message_event": event}}], provider="sparkpost") == 200
    assert states(invitation) == (State.BOUNCED, expected)


def test_a_full_mailbox_that_resend_reports_is_not_gone(invitation: Invitation, post: Post) -> None:
    bounced = {"type": "Transient", "subType": "MailboxFull", "message": "sent a bounce message: the inbox was full"}
    data = {"email_id": "56761188", "headers": [{"name": "Message-ID", "value": message_id(invitation)}]}
    event = {"type": "email.bounced", "created_at": "2026-11-22T10:00:00Z", "data": {**data, "bounce": bounced}}
    assert post(event, provider="resend") == 200
    assert states(invitation) == (State.BOUNCED, [])


def test_a_mail_sent_through_the_providers_smtp_server_is_known_by_its_message_id(
    invitation: Invitation, post: Post
) -> None:
    event = bounce(invitation, Metadata={}, Headers=[{"Name": "Message-ID", "Value": message_id(invitation)}])
    assert post(event) == 200
    assert states(invitation) == (State.BOUNCED, ["bounced"])


def test_only_the_provider_may_report(invitation: Invitation, post: Post, settings: LazySettings) -> None:
    assert post(bounce(invitation), secret="provider:wrong") == 403
    assert post(bounce(invitation), provider="nobody") == 404
    assert post(bounce(invitation), provider="mailgun") == 404, "is not set up here"
    settings.ANYMAIL = {"WEBHOOK_SECRET": []}
    assert post(bounce(invitation)) == 404
    assert states(invitation) == (State.SENT, [])


def test_who_names_no_secret_is_asked_for_it(client: Client, provider: None) -> None:
    """Amazon's SNS says it only when asked."""
    answer = client.post("/mail-reports/postmark/", b"{}", content_type="application/json")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Basic ")


def test_an_odd_answer_can_be_stored(invitation: Invitation) -> None:
    token = tokens.make("message", invitation.organisation_id, invitation.pk)
    assert take_report(Report(Kind.DELAYED, (token,), "451 \x00\ud800 <petersen@example.net> " + "x" * 500))
    assert states(invitation) == (State.SENT, [])
    assert invitation.refusal.startswith("451 <…> xxx")
