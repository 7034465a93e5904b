"""Who belongs to which persona: after every kind of change, by rank, never twice, and without mixing organisations."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.domain.columns import Column
from customers.domain.customer import add_customer, change_customer, erase_customer
from customers.domain.storing import Record, store
from customers.models import ChangedCustomer, Customer
from journeys.domain import assignment
from journeys.domain.assignment import assign_everyone, forecast, settle_next
from journeys.domain.personas import change_rule, delete_persona, move_persona
from journeys.models import Persona, PersonaAssignment, PersonaCount
from journeys.ranking import ranking
from journeys.rules import load
from organisations.models import Organisation, User
from organisations.tenancy import organisation_scope
from tests.makers import make_customer, make_member, make_organisation, make_persona, one_of


@pytest.fixture(autouse=True)
def stranger(other_organisation: Organisation) -> Iterator[Customer]:
    """Another organisation whose customer fits everything, and whose assignment stays as it is."""
    with organisation_scope(other_organisation.pk):
        customer = make_customer(other_organisation, attributes={"segment": "Family", "region": "North"})
        persona = make_persona(other_organisation, rule=one_of("segment", "Family"))
        assign_everyone(other_organisation)
    yield customer
    with organisation_scope(other_organisation.pk):
        assert list(PersonaAssignment.objects.values_list("customer", "persona")) == [(customer.pk, persona.pk)]
        assert PersonaCount.objects.get().customers == 1


@pytest.fixture
def user(organisation: Organisation) -> User:
    return make_member(organisation).user


def settled() -> dict[int, int]:
    """The assignments once nothing is left to do."""
    while settle_next():
        pass
    return dict(PersonaAssignment.objects.values_list("customer", "persona"))


def test_a_customer_belongs_to_the_first_persona_they_fit(organisation: Organisation, user: User) -> None:
    family, couple, single = (make_customer(organisation, attributes={"segment": s}) for s in ("Family", "Couple", "x"))
    homely = make_persona(organisation, position=0)
    families = make_persona(organisation, position=1)
    assert settled() == {}
    change_rule(persona=homely, actor=user, rule=one_of("segment", "Family", "Couple"))
    change_rule(persona=families, actor=user, rule=one_of("segment", "Family"))
    assert settled() == {family.pk: homely.pk, couple.pk: homely.pk}
    found = ranking(organisation)
    assert [(share.fitting, share.belonging, share.customers) for share in found.shares] == [(2, 2, 3), (1, 0, 3)]
    assert [(both.customers, both.first) for _p, _s, cells in found.overlap for both in cells] == [(1, homely)]
    assert (found.without, found.is_changing) == (1, False)

    move_persona(persona=families, actor=user, step=-1)
    assert ranking(organisation).is_changing
    assert settled() == {family.pk: families.pk, couple.pk: homely.pk}
    assert set(homely.customers()) == {couple}
    change_rule(persona=homely, actor=user, rule={})
    assert settled() == {family.pk: families.pk}
    delete_persona(persona=families, actor=user)
    assert settled() == {}
    assert ranking(organisation).without == 3
    assert single.pk not in settled()


def test_customers_who_are_added_changed_imported_and_erased(organisation: Organisation, user: User) -> None:
    persona = make_persona(organisation, rule=one_of("segment", "Family"))
    added = Customer(organisation=organisation, external_id="A", attributes={"segment": "family"})
    add_customer(customer=added, actor=user)
    assert settled() == {added.pk: persona.pk}
    added.attributes = {}
    change_customer(customer=added, fields=["attributes"], actor=user)
    assert settled() == {}
    records = [Record(2, {Column.NUMBER: "A"}, {"segment": "Family"}), Record(3, {Column.NUMBER: "B"}, {})]
    store(organisation=organisation, records=records, fields={Column.NUMBER}, attributes=["segment"])
    assert settled() == {added.pk: persona.pk}
    store(organisation=organisation, records=records, fields={Column.NUMBER}, attributes=["segment"])
    assert not ChangedCustomer.objects.exists(), "the same file twice gives nothing to do"
    erase_customer(customer=added, actor=user)
    assert settled() == {}
    assert PersonaCount.objects.get().customers == 1


def test_in_a_large_organisation_changed_customers_are_assigned_by_themselves(
    organisation: Organisation, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assignment, "ONE_BY_ONE", 2)
    persona = make_persona(organisation, rule=one_of("segment", "Family"))
    customers = [make_customer(organisation, attributes={"segment": "Family"}) for _ in range(4)]
    erased = customers[3].pk
    assign_everyone(organisation)
    counted_at = PersonaCount.objects.get().counted_at
    Customer.objects.filter(pk=customers[1].pk).update(attributes={})
    Customer.objects.filter(pk=customers[2].pk).update(attributes={})  # not noted: nobody looks at it
    change_customer(customer=Customer.objects.get(pk=customers[1].pk), fields=[], actor=user)
    erase_customer(customer=customers[3], actor=user)
    assert settled() == {customers[0].pk: persona.pk, customers[2].pk: persona.pk}
    assert erased not in settled()
    assert PersonaCount.objects.get().counted_at == counted_at
    later = ChangedCustomer.objects.get()
    assert later.customer_id is None
    assert timedelta(minutes=50) < later.due_at - timezone.now() <= timedelta(hours=1)
    with time_machine.travel(later.due_at + timedelta(seconds=1), tick=False):
        assert settled() == {customers[0].pk: persona.pk}
    assert PersonaCount.objects.get().customers == 3
    for customer in customers[:3]:
        change_customer(customer=customer, fields=[], actor=user)
    settled()
    assert PersonaCount.objects.get().counted_at > counted_at, "so many are better counted together"


def test_doing_it_again_writes_nothing(organisation: Organisation) -> None:
    make_persona(organisation, rule=one_of("segment", "Family"))
    for segment in ("Family", "Family", "Single"):
        make_customer(organisation, attributes={"segment": segment})

    def versions() -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT xmin, ctid, customer_id, persona_id FROM journeys_personaassignment ORDER BY 3")
            return list(cursor.fetchall())

    assert assign_everyone(organisation) == 2
    before = versions()
    assert assign_everyone(organisation) == 0
    assert versions() == before


def test_rules_that_look_at_today_are_looked_at_every_day(organisation: Organisation) -> None:
    organisation.time_zone = "Europe/Berlin"
    organisation.save()
    rule = {"match": "all", "parts": [{"attribute": "ends", "operator": "next_days", "values": ["10"]}]}
    persona = make_persona(organisation, rule=rule)
    customer = make_customer(organisation, attributes={"ends": "15.06.2026"})
    with time_machine.travel(datetime(2026, 6, 4, 12, tzinfo=UTC), tick=False):
        assign_everyone(organisation)
        assign_everyone(organisation)
        assert settled() == {}
        assert [row.due_at for row in ChangedCustomer.objects.all()] == [datetime(2026, 6, 4, 22, tzinfo=UTC)]
    with time_machine.travel(datetime(2026, 6, 4, 22, 0, 1, tzinfo=UTC), tick=False):
        assert settled() == {customer.pk: persona.pk}
        assert [row.due_at for row in ChangedCustomer.objects.all()] == [datetime(2026, 6, 5, 22, tzinfo=UTC)]
    with time_machine.travel(datetime(2026, 6, 15, 22, 0, 1, tzinfo=UTC), tick=False):
        assert settled() == {}


def test_a_rule_that_is_wrong_is_not_stored(organisation: Organisation, user: User) -> None:
    persona = make_persona(organisation, rule=one_of("segment", "Family"))
    change_rule(persona=persona, actor=user, rule=one_of("not there yet", "x"))
    make_customer(organisation, attributes={"segment": "Family"})
    for rule in (one_of("gone", "x"), one_of("region", "North"), one_of("segment")):
        with pytest.raises(ValidationError):
            change_rule(persona=persona, actor=user, rule=rule)
    persona.refresh_from_db()
    assert persona.rule == one_of("not there yet", "x")
    assert settled() == {}, "an attribute that is gone fits nobody"


def test_one_organisation_whose_rule_is_broken_keeps_no_other_waiting(organisation: Organisation, user: User) -> None:
    persona = make_persona(organisation, rule=one_of("segment", "Family"))
    customer = make_customer(organisation, attributes={"segment": "Family"})
    broken = make_organisation()
    with organisation_scope(broken.pk):
        make_persona(broken, rule={"match": "nobody knows", "parts": []})
        ChangedCustomer.objects.create(organisation=broken, due_at=timezone.now() - timedelta(hours=1))
    ChangedCustomer.objects.create(organisation=organisation)
    with pytest.raises(ValidationError):
        settle_next()
    assert settled() == {customer.pk: persona.pk}
    assert ChangedCustomer.objects.get().organisation == broken


def test_the_forecast_knows_the_rank(organisation: Organisation) -> None:
    for segment in ("Family", "Couple", "Single"):
        make_customer(organisation, attributes={"segment": segment})
    make_persona(organisation, rule=one_of("segment", "Family"), position=0)
    make_persona(organisation, position=1)
    second = make_persona(organisation, position=2)
    make_persona(organisation, rule=one_of("segment", "Couple"), position=3)
    found = forecast(persona=second, rule=load(one_of("segment", "Family", "Couple")), today=date(2026, 1, 1))
    assert (found.fitting, found.belonging, found.taken) == (2, 1, 1)


def test_the_figures_cost_three_statements(organisation: Organisation) -> None:
    for position in range(4):
        make_persona(organisation, rule=one_of("segment", "Family", str(position)), position=position)
    make_customer(organisation, attributes={"segment": "Family"})
    assign_everyone(organisation)
    with CaptureQueriesContext(connection) as queries:
        found = ranking(organisation)
    assert len(queries) == 3
    assert [share.belonging for share in found.shares] == [1, 0, 0, 0]
    assert [both.customers for _p, _s, cells in found.overlap for both in cells] == [1] * 6


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    ruled=st.lists(st.sets(st.sampled_from("abcd")), min_size=1, max_size=4),
    segments=st.lists(st.sampled_from("abcde"), max_size=8),
)
def test_counts_and_overlap_are_those_of_the_customers(
    organisation: Organisation, ruled: list[set[str]], segments: list[str]
) -> None:
    Persona.objects.all().delete()
    Customer.objects.all().delete()
    personas = [
        make_persona(organisation, rule=one_of("segment", *values) if values else {}, position=place)
        for place, values in enumerate(ruled)
    ]
    customers = [make_customer(organisation, attributes={"segment": segment}) for segment in segments]
    assign_everyone(organisation)
    first = [next((n for n, values in enumerate(ruled) if segment in values), None) for segment in segments]
    assert dict(PersonaAssignment.objects.values_list("customer", "persona")) == {
        customer.pk: personas[place].pk for customer, place in zip(customers, first, strict=True) if place is not None
    }
    found = ranking(organisation)
    assert [(share.fitting, share.belonging) for share in found.shares] == [
        (sum(segment in values for segment in segments), first.count(place)) for place, values in enumerate(ruled)
    ]
    assert found.without == first.count(None)
    with_rule = [values for values in ruled if values]
    assert [[both.customers for both in cells] for _persona, _share, cells in found.overlap] == [
        [sum(segment in values & before for segment in segments) for before in with_rule[:place]]
        for place, values in enumerate(with_rule)
    ]
