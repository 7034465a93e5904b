from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from journeys.models import Channel, Touchpoint
from organisations.domain.audit import record
from organisations.models import Organisation, User


def create_touchpoint(
    *, organisation: Organisation, actor: User | None, channels: Iterable[Channel] = (), **fields: Any
) -> Touchpoint:
    """Raises ValidationError where a field is wrong, or names a department or channel of another organisation."""
    touchpoint = Touchpoint(organisation=organisation, **fields)
    touchpoint.full_clean()
    known = _visible(channels)
    touchpoint.save()
    _set_channels(touchpoint, known)
    _record(touchpoint, actor, "touchpoint.created")
    return touchpoint


def update_touchpoint(
    *, touchpoint: Touchpoint, actor: User | None, channels: Iterable[Channel] | None = None, **fields: Any
) -> None:
    """Change the given fields; ``channels`` replaces all channels. Raises ValidationError as for a new one."""
    for name, value in fields.items():
        setattr(touchpoint, name, value)
    touchpoint.full_clean()
    known = None if channels is None else _visible(channels)
    touchpoint.save(update_fields=list(fields))
    if known is not None:
        _set_channels(touchpoint, known)
    _record(touchpoint, actor, "touchpoint.changed")


def archive_touchpoint(*, touchpoint: Touchpoint, actor: User | None) -> None:
    """Off the lists and journeys; what was measured stays."""
    touchpoint.archived_at = timezone.now()
    touchpoint.save(update_fields=["archived_at"])
    touchpoint.placements.all().delete()
    _record(touchpoint, actor, "touchpoint.archived")


def restore_touchpoint(*, touchpoint: Touchpoint, actor: User | None) -> None:
    """Back on the list, in no journey yet. Raises ValidationError where its name was taken meanwhile."""
    if Touchpoint.objects.current().named(touchpoint.name).exists():
        raise ValidationError(
            _("There is another touchpoint called “%(name)s” by now. Rename one of the two first."),
            params={"name": touchpoint.name},
        )
    touchpoint.archived_at = None
    touchpoint.save(update_fields=["archived_at"])
    _record(touchpoint, actor, "touchpoint.restored")


def _visible(channels: Iterable[Channel]) -> list[Channel]:
    wanted = {channel.pk for channel in channels}
    visible = list(Channel.objects.filter(pk__in=wanted))
    if len(visible) != len(wanted):
        raise ValidationError({"channels": _("Some of these channels do not exist.")})
    return visible


def _set_channels(touchpoint: Touchpoint, channels: list[Channel]) -> None:
    touchpoint.channels.set(channels, through_defaults={"organisation": touchpoint.organisation})


def _record(touchpoint: Touchpoint, actor: User | None, action: str) -> None:
    record(organisation=touchpoint.organisation, actor=actor, action=action, subject=touchpoint, name=touchpoint.name)
