from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

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


def move_persona(*, persona: Persona, actor: User | None, step: int) -> None:
    """Change the rank; it decides to which persona a customer belongs who fits several."""
    order.store(order.shift(order.locked(Persona.objects.all()), persona, step))
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
