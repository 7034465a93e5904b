from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers.domain.consent import record_basis, withdraw
from customers.domain.suppression import lift, suppress, suppressed
from customers.models import Consent, Customer, Obstacle, Suppression
from organisations.models import Organisation
from organisations.tenancy import organisation_scope
from tests.makers import make_customer


@pytest.fixture
def stranger(other_organisation: Organisation) -> Customer:
    """A customer of another organisation with the same number and address, suppressed there."""
    with organisation_scope(other_organisation.pk):
        customer = make_customer(other_organisation, external_id="K-1", email="kim@example.org")
        suppress(organisation=other_organisation, email="kim@example.org", reason="unsubscribed")
    return customer


def facts(customer: Customer) -> tuple[str, str]:
    found = Customer.objects.with_obstacle().get(pk=customer.pk)
    return found.legal_basis, found.obstacle


def test_why_a_customer_may_or_may_not_be_asked(organisation: Organisation, stranger: Customer) -> None:
    customer = make_customer(organisation, may_be_asked=False, external_id="K-1", email="Kim@example.org")
    assert facts(customer) == ("", Obstacle.NO_LEGAL_BASIS)

    moment = timezone.now() - timedelta(days=1)
    existing = record_basis(customer=customer, basis="existing_customer", source="order 17", given_at=moment)
    assert facts(customer) == ("existing_customer", "")
    consent = record_basis(customer=customer, basis="consent", source="order form", given_at=moment)
    assert facts(customer) == ("consent", "")

    withdraw(consent=consent)
    assert facts(customer) == ("existing_customer", "")
    withdraw(consent=existing)
    assert facts(customer) == ("", Obstacle.NO_LEGAL_BASIS)

    suppression = suppress(organisation=organisation, email="kim@example.org", reason="bounced")
    assert facts(customer) == ("", Obstacle.SUPPRESSED)
    lift(suppression=suppression)
    assert facts(customer) == ("", Obstacle.NO_LEGAL_BASIS)

    Customer.objects.filter(pk=customer.pk).update(email="")
    assert facts(customer) == ("", Obstacle.NO_ADDRESS)


def test_selections_agree_with_the_annotated_obstacle(organisation: Organisation, stranger: Customer) -> None:
    make_customer(organisation)
    make_customer(organisation, may_be_asked=False)
    make_customer(organisation, email="")
    suppress(organisation=organisation, email=make_customer(organisation).email, reason="manual")

    by_obstacle: dict[str, set[int]] = {value: set() for value in ["", *Obstacle.values]}
    with CaptureQueriesContext(connection) as queries:
        for customer in Customer.objects.with_obstacle():
            by_obstacle[customer.obstacle].add(customer.pk)
    assert len(queries) == 1
    assert all(len(found) == 1 for found in by_obstacle.values())
    assert {customer.pk for customer in Customer.objects.askable()} == by_obstacle[""]
    for obstacle in Obstacle:
        assert {customer.pk for customer in Customer.objects.hindered_by(obstacle)} == by_obstacle[obstacle]


def test_withdrawing_twice_keeps_the_first_date(organisation: Organisation, stranger: Customer) -> None:
    consent = make_customer(organisation).consents.get()
    withdraw(consent=consent)
    first = consent.withdrawn_at
    withdraw(consent=Consent.objects.get(pk=consent.pk))
    assert Consent.objects.get(pk=consent.pk).withdrawn_at == first


def test_suppressed_asks_once_for_all_addresses(organisation: Organisation, stranger: Customer) -> None:
    suppress(organisation=organisation, email=" Pat@Example.org ", reason="complained")
    with CaptureQueriesContext(connection) as queries:
        found = suppressed(["pat@example.org", "PAT@example.org", "kim@example.org", "x@example.org"])
    assert found == {"pat@example.org", "PAT@example.org"}
    assert len(queries) == 1
    assert suppressed([]) == set()


def test_suppressing_twice_keeps_the_first_reason(organisation: Organisation, stranger: Customer) -> None:
    suppress(organisation=organisation, email="pat@example.org", reason="unsubscribed")
    suppress(organisation=organisation, email="PAT@example.org", reason="manual")
    suppression = Suppression.objects.get()
    assert suppression.reason == Suppression.Reason.UNSUBSCRIBED
    assert suppression.hint == "p…@example.org"
    assert "pat" not in suppression.address_hash + suppression.hint


def test_a_suppression_outlives_the_customer(organisation: Organisation, stranger: Customer) -> None:
    customer = make_customer(organisation, email="pat@example.org")
    suppress(organisation=organisation, email=customer.email, reason="unsubscribed")
    customer.delete()
    again = make_customer(organisation, email="pat@example.org")
    assert facts(again)[1] == Obstacle.SUPPRESSED
