"""Workers and people at the same time: nobody waits for long, and in the end all is as the rules say."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from django.db import connection

from customers.domain.changes import note_change, note_everyone
from customers.domain.customer import erase_customer
from customers.models import ChangedCustomer, Customer
from journeys.domain.assignment import assign_everyone, settle, settle_next
from journeys.models import Persona, PersonaAssignment
from organisations.models import Organisation, User
from organisations.tenancy import organisation_scope
from tests.makers import make_customer, make_member, make_organisation, make_persona, one_of

pytestmark = pytest.mark.django_db(transaction=True)
Result = TypeVar("Result")


@pytest.fixture
def shop() -> Organisation:
    """An organisation with three families, and a stranger that is the same."""
    for organisation in (make_organisation(), make_organisation()):
        with organisation_scope(organisation.pk):
            make_persona(organisation, rule=one_of("segment", "Family"))
            for _ in range(3):
                make_customer(organisation, attributes={"segment": "Family"})
            assign_everyone(organisation)
    return organisation


def elsewhere(work: Callable[[], Result]) -> Result:
    """The result of the work on another connection, while this one's transaction is open."""

    def run() -> Result:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result(timeout=30)


def assigned(organisation: Organisation) -> set[int]:
    with organisation_scope(organisation.pk):
        return set(PersonaAssignment.objects.values_list("customer", flat=True))


def families(organisation: Organisation) -> list[Customer]:
    with organisation_scope(organisation.pk):
        return list(Customer.objects.order_by("pk"))


def settle_all() -> None:
    while settle_next():
        pass


def test_a_change_that_comes_while_a_worker_assigns_is_not_lost(shop: Organisation) -> None:
    first, second, third = families(shop)

    def leave() -> None:
        with organisation_scope(shop.pk):
            Customer.objects.filter(pk=second.pk).update(attributes={})
            note_change(second)

    with organisation_scope(shop.pk):
        Customer.objects.filter(pk=first.pk).update(attributes={})
        note_everyone(shop)
        settle(shop)
        elsewhere(leave)
        assert elsewhere(settle_next) is False, "another worker does not wait for this one"
    assert assigned(shop) == {second.pk, third.pk}
    settle_all()
    assert assigned(shop) == {third.pk}
    assert not ChangedCustomer.objects.exists()


def test_a_customer_erased_while_a_worker_assigns_leaves_nothing_behind(shop: Organisation) -> None:
    first, second, third = families(shop)
    with organisation_scope(shop.pk):
        user: User = make_member(shop).user
        PersonaAssignment.objects.all().delete()

    def erase() -> None:
        with organisation_scope(shop.pk):
            erase_customer(customer=first, actor=user)

    with organisation_scope(shop.pk):
        note_everyone(shop)
        settle(shop)
        elsewhere(erase)
    settle_all()
    assert assigned(shop) == {second.pk, third.pk}


def test_a_persona_deleted_while_a_worker_assigns_has_no_customers(shop: Organisation) -> None:
    def delete() -> None:
        with organisation_scope(shop.pk):
            Persona.objects.get().delete()
            note_everyone(shop)

    with organisation_scope(shop.pk):
        PersonaAssignment.objects.all().delete()
    with organisation_scope(shop.pk):
        note_everyone(shop)
        settle(shop)
        elsewhere(delete)
    settle_all()
    assert assigned(shop) == set()


def test_several_workers_at_once_come_to_the_same(shop: Organisation) -> None:
    customers = families(shop)
    for customer in customers[:2]:
        with organisation_scope(shop.pk):
            Customer.objects.filter(pk=customer.pk).update(attributes={"segment": "Single"})
            note_change(customer)
            note_everyone(shop)

    def work(_number: int) -> None:
        try:
            settle_all()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    settle_all()
    assert assigned(shop) == {customers[2].pk}
    assert not ChangedCustomer.objects.exists()
    for stranger in Organisation.objects.exclude(pk=shop.pk):
        assert len(assigned(stranger)) == 3
