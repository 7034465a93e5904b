import pytest
from django.test import Client
from django.utils import timezone

from customers.models import Suppression
from organisations.models import Organisation
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
