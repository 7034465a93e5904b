from collections.abc import Iterable
from contextlib import ExitStack
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from journeys.domain.changes import recorded
from journeys.models import Channel, Journey, Touchpoint
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
    record(
        organisation=organisation, actor=actor, action="touchpoint.created", subject=touchpoint, name=touchpoint.name
    )
    return touchpoint


def update_touchpoint(
    *, touchpoint: Touchpoint, actor: User | None, channels: Iterable[Channel] | None = None, **fields: Any
) -> None:
    """Change the given fields; ``channels`` replaces all channels. Raises ValidationError as for a new one."""
    for name, value in fields.items():
        setattr(touchpoint, name, value)
    touchpoint.full_clean()
    known = None if channels is None else _visible(channels)
    with recorded(touchpoint, actor=actor, action="touchpoint.changed", subject=touchpoint):
        touchpoint.save(update_fields=list(fields))
        if known is not None:
            _set_channels(touchpoint, known)


def archive_touchpoint(*, touchpoint: Touchpoint, actor: User | None) -> None:
    """Off the lists and journeys; what was measured stays."""
    journeys = Journey.objects.filter(stages__placements__touchpoint=touchpoint).distinct().order_by("pk")
    with ExitStack() as changes:
        # One change on each map and one of the touchpoint, locked in this order by everybody.
        for journey in journeys:
            changes.enter_context(recorded(journey, actor=actor, action="touchpoint.removed", subject=touchpoint))
        changes.enter_context(recorded(touchpoint, actor=actor, action="touchpoint.archived", subject=touchpoint))
        touchpoint.archived_at = timezone.now()
        touchpoint.save(update_fields=["archived_at"])
        touchpoint.placements.all().delete()


def restore_touchpoint(*, touchpoint: Touchpoint, actor: User | None) -> None:
    """Back on the list, in no journey yet. Raises ValidationError where its name was taken meanwhile."""
    if Touchpoint.objects.current().named(touchpoint.name).exists():
        raise ValidationError(
            _("There is another touchpoint called “%(name)s” by now. Rename one of the two first."),
            params={"name": touchpoint.name},
        )
    with recorded(touchpoint, actor=actor, action="touchpoint.restored", subject=touchpoint):
        touchpoint.archived_at = None
        touchpoint.save(update_fields=["archived_at"])


def _visible(channels: Iterable[Channel]) -> list[Channel]:
    wanted = {channel.pk for channel in channels}
    visible = list(Channel.objects.filter(pk__in=wanted))
    if len(visible) != len(wanted):
        raise ValidationError({"channels": _("Some of these channels do not exist.")})
    return visible


def _set_channels(touchpoint: Touchpoint, channels: list[Channel]) -> None:
    touchpoint.channels.set(channels, through_defaults={"organisation": touchpoint.organisation})
