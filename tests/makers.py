"""Plain functions that make one valid thing each; call them inside the organisation's scope."""

from itertools import count
from typing import Any

from django.utils import timezone

from customers.models import Consent, Customer
from journeys.models import Channel, Journey, Persona, Placement, Stage, Touchpoint
from organisations.models import Department, Membership, Organisation, User
from organisations.permissions import Role

_numbers = count(1)
PASSWORD = "correct horse battery"


def make_organisation(**fields: Any) -> Organisation:
    number = next(_numbers)
    return Organisation.objects.create(**{"name": f"Organisation {number}", "slug": f"organisation-{number}", **fields})


def make_user(**fields: Any) -> User:
    number = next(_numbers)
    values = {"email": f"person{number}@example.org", "name": f"Person {number}", "language": "en", **fields}
    return User.objects.create_user(password=PASSWORD, **values)


def make_department(organisation: Organisation, **fields: Any) -> Department:
    return Department.objects.create(**{"organisation": organisation, "name": f"Department {next(_numbers)}", **fields})


def make_member(organisation: Organisation, role: Role = Role.ADMIN, *departments: Department) -> Membership:
    membership = Membership.objects.create(organisation=organisation, user=make_user(), role=role)
    membership.departments.set(departments, through_defaults={"organisation": organisation})
    return membership


def make_customer(organisation: Organisation, *, may_be_asked: bool = True, **fields: Any) -> Customer:
    number = next(_numbers)
    values = {
        "external_id": f"C{number}",
        "email": f"customer{number}@example.net",
        "first_name": "Kim",
        "last_name": f"Customer {number}",
        "language": "de",
        **fields,
    }
    customer = Customer.objects.create(organisation=organisation, **values)
    if may_be_asked:
        Consent.objects.create(
            organisation=organisation,
            customer=customer,
            basis=Consent.Basis.CONSENT,
            source="order form",
            wording="You may ask me how it was.",
            given_at=timezone.now(),
        )
    return customer


def make_channel(organisation: Organisation, **fields: Any) -> Channel:
    return Channel.objects.create(organisation=organisation, **{"name": f"Channel {next(_numbers)}", **fields})


def make_persona(organisation: Organisation, **fields: Any) -> Persona:
    return Persona.objects.create(organisation=organisation, **{"name": f"Persona {next(_numbers)}", **fields})


def make_touchpoint(organisation: Organisation, department: Department | None = None, **fields: Any) -> Touchpoint:
    return Touchpoint.objects.create(
        organisation=organisation,
        department=department or make_department(organisation),
        **{"name": f"Touchpoint {next(_numbers)}", **fields},
    )


def make_journey(organisation: Organisation, *stages: list[Touchpoint], **fields: Any) -> Journey:
    """A journey with one stage per list of touchpoints."""
    journey = Journey.objects.create(organisation=organisation, **{"name": f"Journey {next(_numbers)}", **fields})
    for position, touchpoints in enumerate(stages):
        stage = Stage.objects.create(
            organisation=organisation, journey=journey, name=f"Stage {position + 1}", position=position
        )
        for place, touchpoint in enumerate(touchpoints):
            Placement.objects.create(organisation=organisation, stage=stage, touchpoint=touchpoint, position=place)
    return journey
