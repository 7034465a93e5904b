import hashlib
from collections.abc import Iterable
from typing import Any, Literal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from customers.domain.changes import note_everyone
from customers.models import Customer
from journeys import rules
from journeys.domain import order
from journeys.domain.usage import is_used
from journeys.models import Channel, Persona, PersonaPicture
from organisations.domain.audit import record
from organisations.domain.boundary import refuse_strangers
from organisations.models import Organisation, User


def create_persona(
    *,
    organisation: Organisation,
    actor: User | None,
    channels: Iterable[Channel] = (),
    picture: bytes | None = None,
    **fields: Any,
) -> Persona:
    """A new persona, ranked last. Raises ValidationError where a field is wrong."""
    persona = Persona(organisation=organisation, position=order.last(Persona.objects.all()), **fields)
    persona.full_clean()
    refuse_strangers(organisation, *channels)
    persona.save()
    _set_channels(persona, channels)
    if picture:
        set_picture(persona=persona, content=picture)
    record(organisation=organisation, actor=actor, action="persona.created", subject=persona, name=persona.name)
    return persona


def update_persona(
    *,
    persona: Persona,
    actor: User | None,
    channels: Iterable[Channel] | None = None,
    picture: bytes | Literal[False] | None = None,
    **fields: Any,
) -> None:
    """Change the given fields; ``channels`` replaces all, ``picture`` the portrait (False: there is none any more)."""
    for name, value in fields.items():
        setattr(persona, name, value)
    persona.full_clean()
    persona.save(update_fields=list(fields))
    if channels is not None:
        refuse_strangers(persona.organisation, *channels)
        _set_channels(persona, channels)
    if picture is False:
        PersonaPicture.objects.filter(persona=persona).delete()
    elif picture:
        set_picture(persona=persona, content=picture)
    record(organisation=persona.organisation, actor=actor, action="persona.changed", subject=persona, name=persona.name)


def set_picture(*, persona: Persona, content: bytes) -> None:
    """``content`` as ``common.pictures.square`` gives it, never as somebody uploaded it."""
    PersonaPicture.objects.update_or_create(
        persona=persona,
        defaults={
            "organisation": persona.organisation,
            "content": content,
            "digest": hashlib.sha256(content).hexdigest(),
        },
    )


def _set_channels(persona: Persona, channels: Iterable[Channel]) -> None:
    persona.channels.set(channels, through_defaults={"organisation": persona.organisation})


def change_rule(*, persona: Persona, actor: User | None, rule: rules.Document) -> None:
    """Which customers match; a worker then assigns them. Raises ValidationError with all that is wrong with it."""
    conditions = rules.load(rule)
    if unknown := unknown_attributes(conditions):
        raise ValidationError([not_found(name) for name in sorted(unknown)])
    persona.rule = rules.dump(conditions)
    persona.save(update_fields=["rule"])
    record(organisation=persona.organisation, actor=actor, action="persona.changed", subject=persona, name=persona.name)
    note_everyone(persona.organisation)


def unknown_attributes(rule: rules.Group, known: Iterable[str] = ()) -> set[str]:
    """Those that no customer has, or no longer; none is unknown while there are no customers at all.

    Those ``known`` are not looked for; for each other one there is a statement.
    """
    named = {condition.attribute for condition in rule.conditions()}.difference(known)
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
