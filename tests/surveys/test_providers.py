"""Sending through a mail provider's interface instead of a mail server."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import get_connection

from common import tokens
from customers.models import Suppression
from cxportal import environment
from organisations.models import Organisation
from organisations.tenancy import organisation_scope
from surveys.domain.campaigns import create_campaign, prepare_next_batch, start_campaign
from surveys.domain.sending import send_next_batch
from surveys.models import Campaign, Invitation
from tests.makers import make_customer, make_survey

State = Invitation.State
ACCEPTED = {"ErrorCode": 0, "Message": "OK", "MessageID": "b7bc2f4a-e38e-4336-af7d-e6c392c2f817"}
INACTIVE = {
    "ErrorCode": 406,
    "Message": "You tried to send to recipient(s) that have been marked as inactive. Found inactive addresses: "
    "gone@example.net. Inactive recipients are ones that have generated a hard bounce, a spam complaint, or a manual "
    "suppression.",
}


class Provider(ThreadingHTTPServer):
    """Answers as Postmark does, and keeps what it was sent."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.received: list[dict[str, Any]] = []
        self.answers: dict[str, tuple[int, dict[str, Any]]] = {}
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(BaseHTTPRequestHandler):
    server: Provider
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        mail = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        address = mail["To"].rpartition("<")[2].strip(">")
        status, answer = self.server.answers.get(address, (200, {**ACCEPTED, "To": address}))
        if status == 200:
            self.server.received.append(mail)
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def provider(settings: LazySettings) -> Iterator[Provider]:
    provider = Provider()
    settings.EMAIL_BACKEND = "common.providers.EmailBackend"
    settings.MAIL_PROVIDER = "postmark"
    settings.ANYMAIL = {
        "POSTMARK_SERVER_TOKEN": "only-for-tests",
        "POSTMARK_API_URL": f"http://127.0.0.1:{provider.server_address[1]}/",
        "IGNORE_UNSUPPORTED_FEATURES": True,
    }
    yield provider
    provider.shutdown()


@pytest.fixture
def ask(organisation: Organisation, other_organisation: Organisation) -> Callable[..., Campaign]:
    """A campaign to people of these names; the stranger's customer is not among them."""
    with organisation_scope(other_organisation.pk):
        make_customer(other_organisation)

    def ask(*names: str) -> Campaign:
        for name in names:
            make_customer(organisation, email=f"{name}@example.net", first_name="Ärne", last_name=name)
        campaign = create_campaign(survey=make_survey(organisation), name="Autumn", selection="everyone")
        start_campaign(campaign=campaign)
        while prepare_next_batch():
            pass
        with closing(get_connection()) as connection:
            while send_next_batch(connection):
                pass
        return campaign

    return ask


def states(campaign: Campaign) -> dict[str, str]:
    return dict(campaign.invitations.values_list("customer__last_name", "state"))


def test_a_mail_arrives_as_it_was_written(ask: Callable[..., Campaign], provider: Provider) -> None:
    campaign = ask("petersen")
    (mail,) = provider.received
    invitation = campaign.invitations.get()
    headers = {header["Name"]: header["Value"] for header in mail["Headers"]}
    own = f"<{tokens.make('message', invitation.organisation_id, invitation.pk)}@example.com>"
    assert states(campaign) == {"petersen": State.SENT}
    assert "Ärne petersen" in mail["To"] or "petersen@example.net" in mail["To"]
    assert mail["Subject"] == "Wie war es?"
    assert "Guten Tag Ärne petersen," in mail["TextBody"]
    assert "Guten Tag Ärne petersen," in mail["HtmlBody"]
    assert mail["Metadata"] == {"mail": own}
    assert headers["Message-ID"] == own
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail.get("TrackOpens") is False
    assert mail.get("TrackLinks") in {None, "None"}


def test_what_a_provider_refuses(ask: Callable[..., Campaign], provider: Provider) -> None:
    provider.answers["gone@example.net"] = (422, INACTIVE)
    provider.answers["odd@example.net"] = (422, {"ErrorCode": 300, "Message": "Invalid e-mail request"})
    campaign = ask("fine", "gone", "odd")
    assert states(campaign) == {"fine": State.SENT, "gone": State.FAILED, "odd": State.FAILED}
    assert Suppression.objects.values_list("reason", flat=True).get() == "bounced"


@pytest.mark.parametrize("status", [401, 429, 500])
def test_a_provider_that_is_not_well_is_tried_again(
    ask: Callable[..., Campaign], provider: Provider, status: int
) -> None:
    provider.answers["later@example.net"] = (status, {"ErrorCode": 10, "Message": "later"})
    assert states(ask("later")) == {"later": State.QUEUED}


def test_a_provider_that_is_away_loses_nothing(
    ask: Callable[..., Campaign], provider: Provider, settings: LazySettings
) -> None:
    settings.ANYMAIL = {**settings.ANYMAIL, "POSTMARK_API_URL": "http://127.0.0.1:9/"}
    assert states(ask("later")) == {"later": State.QUEUED}


class TestSettings:
    def test_a_provider_is_named_in_the_address(self) -> None:
        found = environment.email("postmark://?server_token=abc%2F1")
        assert found["EMAIL_BACKEND"] == "common.providers.EmailBackend"
        assert (found["MAIL_PROVIDER"], found["ANYMAIL"]) == ("postmark", {"POSTMARK_SERVER_TOKEN": "abc/1"})
        assert environment.email("unisender-go://?api_key=x")["ANYMAIL"] == {"UNISENDER_GO_API_KEY": "x"}

    def test_a_server_is_what_it_was(self) -> None:
        found = environment.email("smtp+tls://user:p%40ss@mail.example.com?mailgun_webhook_signing_key=k")
        assert (found["EMAIL_HOST"], found["EMAIL_PORT"], found["EMAIL_HOST_PASSWORD"]) == (
            "mail.example.com",
            587,
            "p@ss",
        )
        assert (found["MAIL_PROVIDER"], found["ANYMAIL"]) == ("", {"MAILGUN_WEBHOOK_SIGNING_KEY": "k"})

    @pytest.mark.parametrize("url", ["", "mail.example.com", "pigeon://x", "http://mail.example.com", "os.path://"])
    def test_what_is_neither_is_said(self, url: str) -> None:
        with pytest.raises(ImproperlyConfigured, match="CXPORTAL_EMAIL_URL"):
            environment.email(url)

    def test_domains(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CXPORTAL_FROM_DOMAINS", "shared.example, nordlicht=Nordlicht.example,nordlicht=n.example")
        assert environment.domains("CXPORTAL_FROM_DOMAINS") == {
            "": {"shared.example"},
            "nordlicht": {"nordlicht.example", "n.example"},
        }
