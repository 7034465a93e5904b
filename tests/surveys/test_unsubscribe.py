from datetime import timedelta

import pytest
from dateutil.relativedelta import relativedelta
from django.test import Client
from django.utils import timezone, translation
from django.utils.formats import date_format

from customers.domain.suppression import suppress
from customers.models import Consent, Suppression
from organisations.models import AuditEntry, Organisation
from organisations.tenancy import organisation_scope
from surveys.domain.campaigns import create_campaign, forecast
from surveys.links import answer_token, unsubscribe_token
from surveys.models import Invitation
from tests.makers import make_customer, make_invitation, make_survey


@pytest.fixture
def invitation(organisation: Organisation) -> Invitation:
    return make_invitation(make_survey(organisation), make_customer(organisation, email="petersen@example.net"))


@pytest.fixture(autouse=True)
def stranger(other_organisation: Organisation) -> Invitation:
    """The same person at another organisation."""
    with organisation_scope(other_organisation.pk):
        customer = make_customer(other_organisation, email="petersen@example.net")
        return make_invitation(make_survey(other_organisation), customer)


@pytest.fixture
def client() -> Client:
    return Client(enforce_csrf_checks=True)


def link(invitation: Invitation) -> str:
    return "/u/" + unsubscribe_token(invitation.organisation_id, invitation.pk)


def test_a_get_changes_nothing(client: Client, invitation: Invitation) -> None:
    for method in (client.get, client.head):
        response = method(link(invitation))
        assert response.status_code == 200
        assert not response.cookies
        assert response.headers["Cache-Control"] == "no-store"
    page = client.get(link(invitation)).content.decode()
    assert "Keine Umfragen mehr?" in page
    assert "Nordlicht" in page
    assert not Suppression.objects.exists()


@pytest.mark.parametrize("body", [{}, {"List-Unsubscribe": "One-Click"}])
def test_a_post_suppresses_the_address_here_only(
    client: Client, organisation: Organisation, invitation: Invitation, stranger: Invitation, body: dict[str, str]
) -> None:
    for _ in range(2):
        response = client.post(link(invitation), body)
        assert response.status_code == 200
        assert "Sie erhalten keine Umfragen mehr" in response.content.decode()
        assert not response.cookies
    assert Suppression.objects.get().reason == Suppression.Reason.UNSUBSCRIBED
    campaign = create_campaign(survey=invitation.survey, name="Next", selection="everyone")
    assert forecast(campaign=campaign).hindered == {Invitation.Reason.UNSUBSCRIBED: 1}
    with organisation_scope(stranger.organisation_id):
        assert not Suppression.objects.exists()


def test_the_consent_is_withdrawn_as_the_mail_promised(
    client: Client, invitation: Invitation, stranger: Invitation
) -> None:
    assert invitation.customer
    assert invitation.customer.consents.valid().exists()
    client.post(link(invitation), {"List-Unsubscribe": "One-Click"})
    assert not invitation.customer.consents.valid().exists()
    assert invitation.customer.consents.exists()
    with organisation_scope(stranger.organisation_id):
        assert stranger.customer
        assert stranger.customer.consents.valid().exists()


def test_the_page_speaks_the_invitations_language(client: Client, organisation: Organisation) -> None:
    invitation = make_invitation(make_survey(organisation), language="en")
    page = client.get(link(invitation), headers={"accept-language": "de"}).content.decode()
    assert '<html lang="en">' in page
    assert "No more surveys?" in page


def test_the_link_works_after_answer_expiry_and_erasure(client: Client, invitation: Invitation) -> None:
    invitation.expires_at = timezone.now()
    invitation.save()
    assert client.get(link(invitation)).status_code == 200
    assert invitation.customer
    invitation.customer.delete()
    assert client.post(link(invitation)).status_code == 200
    assert not Suppression.objects.exists()


def act(client: Client, invitation: Invitation, **fields: object) -> str:
    for _ in range(2):  # a double tap does no harm
        response = client.post(link(invitation), fields)
        assert response.status_code == 200
        assert not response.cookies
    return response.content.decode()


@pytest.mark.parametrize("months", [3, 6, 12])
def test_a_pause_ends_by_itself(client: Client, invitation: Invitation, months: int) -> None:
    page = act(client, invitation, action="pause", months=months)
    assert "Sie haben eine Pause" in page
    with translation.override("de"):
        assert date_format(invitation.organisation.today() + relativedelta(months=months)) in page
    suppression = Suppression.objects.get()
    assert suppression.reason == Suppression.Reason.PAUSED
    assert invitation.customer
    assert invitation.customer.consents.valid().exists()
    # PostgreSQL's clock says when it is over.
    Suppression.objects.update(until=timezone.now() + timedelta(minutes=1))
    campaign = create_campaign(survey=invitation.survey, name="Next", selection="everyone")
    assert forecast(campaign=campaign).hindered == {Invitation.Reason.PAUSED: 1}
    Suppression.objects.update(until=timezone.now() - timedelta(minutes=1))
    assert forecast(campaign=campaign).asked == 1
    assert "Keine Umfragen mehr?" in client.get(link(invitation)).content.decode()
    assert AuditEntry.objects.filter(action="suppression.paused").count() == 1


def test_who_has_a_pause_can_stop_for_good_but_not_the_other_way_round(client: Client, invitation: Invitation) -> None:
    act(client, invitation, action="pause", months=3)
    act(client, invitation, action="stop")
    act(client, invitation, action="pause", months=3)
    suppression = Suppression.objects.get()
    assert (suppression.reason, suppression.until) == (Suppression.Reason.UNSUBSCRIBED, None)


def test_a_pause_is_ended(client: Client, invitation: Invitation) -> None:
    act(client, invitation, action="pause", months=3)
    assert "Keine Umfragen mehr?" in act(client, invitation, action="return")
    assert not Suppression.objects.exists()
    assert Consent.objects.count() == 1


def test_an_unsubscribing_by_mistake_is_taken_back_as_a_new_consent(
    client: Client, invitation: Invitation, stranger: Invitation
) -> None:
    page = act(client, invitation, action="stop")
    said = "Nordlicht darf mich per E-Mail nach meiner Meinung fragen. Ich kann das jederzeit widerrufen."
    assert said in page
    act(client, invitation, action="return")
    assert not Suppression.objects.exists()
    assert invitation.customer
    consent = invitation.customer.consents.valid().get()
    assert (consent.basis, consent.wording) == (Consent.Basis.CONSENT, said)
    campaign = create_campaign(survey=invitation.survey, name="Next", selection="everyone")
    assert forecast(campaign=campaign).asked == 1
    with organisation_scope(stranger.organisation_id):
        assert Consent.objects.count() == 1


@pytest.mark.parametrize("reason", ["bounced", "complained", "manual"])
def test_what_others_decided_is_not_undone_here(client: Client, invitation: Invitation, reason: str) -> None:
    suppress(organisation=invitation.organisation, email="petersen@example.net", reason=reason)
    assert 'value="return"' not in client.get(link(invitation)).content.decode()
    act(client, invitation, action="return")
    assert Suppression.objects.get().reason == reason


def test_the_language_of_the_mails_is_chosen(client: Client, invitation: Invitation, stranger: Invitation) -> None:
    page = act(client, invitation, action="language", language="en")
    assert '<html lang="en">' in page
    assert "From now on we write to you in this language: English." in page
    assert invitation.customer
    invitation.customer.refresh_from_db()
    assert invitation.customer.language == "en"
    assert not Suppression.objects.exists()
    assert AuditEntry.objects.get(action="customer.changed").details == {"fields": ["language"]}
    with organisation_scope(stranger.organisation_id):
        assert stranger.customer
        assert stranger.customer.language == "de"


def test_the_page_is_there_in_both_languages(client: Client, invitation: Invitation) -> None:
    page = client.get(link(invitation) + "?lang=en").content.decode()
    assert "No more surveys?" in page
    assert 'href="?lang=de"' in page


@pytest.mark.parametrize(
    "fields",
    [
        {"action": "pause", "months": "5"},
        {"action": "pause", "months": "\x00"},
        {"action": "pause"},
        {"action": "language", "language": "xx"},
        {"action": "language"},
        {"action": "return"},
    ],
)
def test_what_the_page_does_not_offer_changes_nothing(
    client: Client, invitation: Invitation, fields: dict[str, str]
) -> None:
    act(client, invitation, **fields)
    assert not Suppression.objects.exists()
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "multipart/form-data", "application/json", "\xff"])
def test_an_unreadable_post_stops_the_mails(client: Client, invitation: Invitation, kind: str) -> None:
    """RFC 8058: programs post here, and what they wish is clear."""
    response = client.generic("POST", link(invitation), b"\xff\x00--x", content_type=kind)
    assert response.status_code == 200
    assert Suppression.objects.get().reason == Suppression.Reason.UNSUBSCRIBED


def test_other_links_lead_nowhere(client: Client, invitation: Invitation) -> None:
    organisation = invitation.organisation_id
    for token in (
        answer_token(organisation, invitation.pk),
        unsubscribe_token(organisation, 2**40),
        unsubscribe_token(2**40, invitation.pk),
        "x",
        link(invitation)[3:-1],
    ):
        for response in (client.get(f"/u/{token}"), client.post(f"/u/{token}")):
            assert response.status_code == 404
            assert not response.cookies
    assert not Suppression.objects.exists()
