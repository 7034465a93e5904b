from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from customers.domain.changes import note_everyone
from customers.models import Customer
from journeys import rules
from journeys.domain import order
from journeys.domain.usage import is_used
from journeys.models import Persona
from organisations.domain.audit import record
from organisations.models import Organisation, User


def create_persona(*, organisation: Organisation, actor: User | None, **fields: Any) -> Persona:
    """A new persona, ranked last. Raises ValidationError where a field is wrong."""
    persona = Persona(organisation=organisation, position=order.last(Persona.objects.all()), **fields)
    persona.full_clean()
    persona.save()
    record(organisation=organisation, actor=actor, action="persona.created", subject=persona, name=persona.name)
    return persona


def update_persona(*, persona: Persona, actor: User | None, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(persona, name, value)
    persona.full_clean()
    persona.save(update_fields=list(fields))
    record(organisation=persona.organisation, actor=actor, action="persona.changed", subject=persona, name=persona.name)


def change_rule(*, persona: Persona, actor: User | None, rule: rules.Document) -> None:
    """Which customers match; a worker then assigns them. Raises ValidationError with all that is wrong with it."""
    conditions = rules.load(rule)
    if unknown := unknown_attributes(conditions):
        raise ValidationError([not_found(name) for name in sorted(unknown)])
    persona.rule = rules.dump(conditions)
    persona.save(update_fields=["rule"])
    record(organisation=persona.organisation, actor=actor, action="persona.changed", subject=persona, name=persona.name)
    note_everyone(persona.organisation)


def unknown_attributes(rule: rules.Group) -> set[str]:
    """Those that no customer has, or no longer; none is unknown while there are no customers at all."""
    named = {condition.attribute for condition in rule.conditions()}
    unknown = {name for name in named if not Customer.objects.filter(attributes__has_key=name).exists()}
    return unknown if unknown and Customer.objects.exists() else set()


def not_found(attribute: str) -> str:
    return _("No customer has an attribute “%(name)s”.") % {"name": attribute}


def move_persona(*, persona: Persona, actor: User | None, step: int) -> None:
    """Change the rank; it decides to which persona a customer belongs who fits several."""
    order.store(order.shift(order.locked(Persona.objects.all()), persona, step))
    note_everyone(persona.organisation)
    record(organisation=persona.organisation, actor=actor, action="persona.ranked", subject=persona, name=persona.name)


def delete_persona(*, persona: Persona, actor: User | None) -> None:
    """Raises ValidationError where answers or campaigns name it."""
    if is_used(persona):
        raise ValidationError(
            _("“%(name)s” is named by answers or campaigns, so it stays. You can empty its rule."),
            params={"name": persona.name},
        )
    record(organisation=persona.organisation, actor=actor, action="persona.deleted", subject=persona, name=persona.name)
    persona.delete()
    note_everyone(persona.organisation)
