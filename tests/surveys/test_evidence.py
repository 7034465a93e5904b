"""On what each mail rested stays on record, whatever happens to the consent afterwards."""

import csv
import io
from collections.abc import Callable
from contextlib import closing

import pytest
from django.core.mail import get_connection
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from customers.domain.consent import record_basis, withdraw
from customers.domain.customer import erase_customer
from customers.models import Consent, Customer
from organisations.models import AuditEntry, Membership, Organisation
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from surveys.domain import evidence
from surveys.domain.campaigns import create_campaign, prepare_next_batch, start_campaign
from surveys.domain.sending import send_next_batch
from surveys.models import Campaign, Invitation, MailNotice
from tests.makers import make_customer, make_member, make_survey


@pytest.fixture
def browser(organisation: Organisation, sign_in: Callable[[Membership], Client]) -> Client:
    return sign_in(make_member(organisation, Role.CX_MANAGER))


@pytest.fixture(autouse=True)
def stranger(other_organisation: Organisation) -> Campaign:
    """Another organisation that has sent the same campaign."""
    with organisation_scope(other_organisation.pk):
        make_customer(other_organisation, last_name="Stranger")
        return send_campaign(other_organisation)


def send_campaign(organisation: Organisation) -> Campaign:
    campaign = create_campaign(survey=make_survey(organisation), name="Autumn", selection="everyone")
    start_campaign(campaign=campaign)
    while prepare_next_batch():
        pass
    with closing(get_connection()) as mail_server:
        while send_next_batch(mail_server):
            pass
    return campaign


def existing_customer(organisation: Organisation, **fields: object) -> Customer:
    customer = make_customer(organisation, may_be_asked=False, **fields)
    record_basis(
        customer=customer,
        basis=Consent.Basis.EXISTING_CUSTOMER,
        source="contract",
        given_at=timezone.now(),
        proof="contract 4711",
    )
    return customer


def rows(browser: Client, campaign: Campaign) -> list[dict[str, str]]:
    response = browser.get(reverse("surveys:campaign_evidence", args=["nordlicht", campaign.pk]))
    content = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]  # it streams
    return list(csv.DictReader(io.StringIO(content)))


def test_it_names_the_consent_and_what_stood_in_the_mail(organisation: Organisation) -> None:
    """The consent before the exemption, and the newest of them."""
    both = existing_customer(organisation)
    record_basis(customer=both, basis="consent", source="old form", given_at=timezone.now().replace(year=2020))
    newest = record_basis(customer=both, basis="consent", source="new form", given_at=timezone.now())
    exempt = existing_customer(organisation, language="en")
    campaign = send_campaign(organisation)
    mails = {mail.customer: mail for mail in campaign.invitations.select_related("customer", "consent", "notice")}
    assert mails[both].consent == newest
    assert mails[exempt].consent == exempt.consents.get()
    notice = mails[exempt].notice
    assert notice
    assert notice.text.startswith("You get this mail because you are a customer of Nordlicht. You can object")
    assert MailNotice.objects.count() == 2
    send_campaign(organisation)
    assert MailNotice.objects.count() == 2, "the same sentences"


def test_it_stays_when_the_consent_is_withdrawn(organisation: Organisation, browser: Client) -> None:
    customer = make_customer(organisation)
    consent = customer.consents.get()
    campaign = send_campaign(organisation)
    withdraw(consent=consent)
    record_basis(customer=customer, basis="consent", source="call", wording="Something else.", given_at=timezone.now())
    (row,) = rows(browser, campaign)
    assert row["Wording"] == "You may ask me how it was."
    assert row["Withdrawn on"]
    page = browser.get(reverse("customers:customer", args=["nordlicht", customer.pk])).content.decode()
    assert "Legal evidence" in page
    assert escape(MailNotice.objects.get().text) in page


@pytest.mark.parametrize(
    "values", [{"wording": "Other"}, {"source": "x"}, {"given_at": timezone.now()}, {"basis": "existing_customer"}]
)
def test_the_database_keeps_a_consent_as_it_was_given(organisation: Organisation, values: dict[str, object]) -> None:
    make_customer(organisation)
    with pytest.raises(IntegrityError, match="stays as it was given"), transaction.atomic():
        Consent.objects.update(**values)


def test_the_export_streams_and_holds_no_formulas(
    organisation: Organisation, browser: Client, stranger: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence, "ROWS", 2)
    customers = [make_customer(organisation, external_id=f"=C{number}") for number in range(5)]
    make_customer(organisation, may_be_asked=False)
    campaign = send_campaign(organisation)
    found = rows(browser, campaign)
    assert [row["Customer number"] for row in found] == [f"'=C{number}" for number in range(5)]
    assert [row["E-mail address"] for row in found] == [customer.email for customer in customers]
    assert {row["Legal basis"] for row in found} == {"Consent"}
    assert AuditEntry.objects.latest("pk").action == "campaign.evidence_exported"
    assert browser.get(reverse("surveys:campaign_evidence", args=["nordlicht", stranger.pk])).status_code == 404


def test_an_erased_customer_leaves_no_evidence_of_the_person(organisation: Organisation, browser: Client) -> None:
    customer = make_customer(organisation)
    campaign = send_campaign(organisation)
    erase_customer(customer=customer, actor=make_member(organisation).user)
    (row,) = rows(browser, campaign)
    assert (row["Customer number"], row["E-mail address"], row["Wording"]) == ("erased", "", "")
    assert row["What stood in the mail"]
    assert Invitation.objects.get(campaign=campaign).legal_basis == "consent"
