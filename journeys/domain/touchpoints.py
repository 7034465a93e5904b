from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from journeys.domain.changes import begun, recorded
from journeys.models import Channel, Journey, Metric, Persona, PersonaExpectation, Touchpoint
from organisations.domain.audit import record
from organisations.domain.boundary import refuse_strangers
from organisations.models import DataSource, Organisation, User


def create_touchpoint(
    *,
    organisation: Organisation,
    actor: User | None,
    channels: Iterable[Channel] = (),
    data_sources: Iterable[DataSource] = (),
    expectations: Mapping[Persona, Decimal | None] | None = None,
    **fields: Any,
) -> Touchpoint:
    """Raises ValidationError where a field is wrong, or names a department or channel of another organisation."""
    touchpoint = Touchpoint(organisation=organisation, **fields)
    touchpoint.full_clean()
    known, sources = _visible(channels), _visible_sources(data_sources)
    touchpoint.save()
    _set_channels(touchpoint, known)
    _set_sources(touchpoint, sources)
    _set_expectations(touchpoint, expectations or {})
    begun(touchpoint, actor=actor, action="touchpoint.created")
    record(
        organisation=organisation, actor=actor, action="touchpoint.created", subject=touchpoint, name=touchpoint.name
    )
    return touchpoint


def update_touchpoint(
    *,
    touchpoint: Touchpoint,
    actor: User | None,
    channels: Iterable[Channel] | None = None,
    data_sources: Iterable[DataSource] | None = None,
    expectations: Mapping[Persona, Decimal | None] | None = None,
    **fields: Any,
) -> None:
    """Change the given fields; ``channels`` and ``data_sources`` replace all there are.

    ``expectations`` sets the expected score of each persona in it; None: as for all. Raises ValidationError as for a
    new one.
    """
    for name, value in fields.items():
        setattr(touchpoint, name, value)
    touchpoint.full_clean()
    known = None if channels is None else _visible(channels)
    sources = None if data_sources is None else _visible_sources(data_sources)
    with recorded(touchpoint, actor=actor, action="touchpoint.changed", subject=touchpoint):
        touchpoint.save(update_fields=list(fields))
        if known is not None:
            _set_channels(touchpoint, known)
        if sources is not None:
            _set_sources(touchpoint, sources)
        _set_expectations(touchpoint, expectations or {})


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


def _visible_sources(sources: Iterable[DataSource]) -> list[DataSource]:
    wanted = {source.pk for source in sources}
    visible = list(DataSource.objects.filter(pk__in=wanted))
    if len(visible) != len(wanted):
        raise ValidationError({"data_sources": _("Some of these data sources do not exist.")})
    return visible


def _set_sources(touchpoint: Touchpoint, sources: list[DataSource]) -> None:
    touchpoint.data_sources.set(sources, through_defaults={"organisation": touchpoint.organisation})


def _set_expectations(touchpoint: Touchpoint, expectations: Mapping[Persona, Decimal | None]) -> None:
    """Raises ValidationError where an expectation, also one from before, does not fit the metric."""
    refuse_strangers(touchpoint.organisation, *expectations)
    for persona, expected in expectations.items():
        if expected is None:
            touchpoint.persona_expectations.filter(persona=persona).delete()
        else:
            PersonaExpectation.objects.update_or_create(
                touchpoint=touchpoint,
                persona=persona,
                defaults={"expected_value": expected},
                create_defaults={"expected_value": expected, "organisation": touchpoint.organisation},
            )
    metric = Metric(touchpoint.metric)
    low, high = metric.range
    outside = touchpoint.persona_expectations.exclude(expected_value__range=(low, high)).select_related("persona")
    if wrong := outside.first():
        raise ValidationError(
            _("For “%(persona)s”: %(metric)s lies between %(low)s and %(high)s."),
            params={"persona": wrong.persona.name, "metric": metric.label, "low": low, "high": high},
        )
