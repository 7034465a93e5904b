"""Public ways into a survey: making them, changing them, switching them off and on."""

from django.db import transaction
from django.utils import timezone

from organisations.domain.audit import record
from organisations.models import User
from surveys.models import Entrance


def save_entrance(*, entrance: Entrance, user: User | None) -> Entrance:
    """Store a new or changed entrance. Raises ValueError where its parts are not of one organisation."""
    survey = entrance.survey
    for row in (entrance.channel, entrance.touchpoint):
        if row is not None and row.organisation_id != survey.organisation_id:
            raise ValueError("survey, channel and touchpoint must be of one organisation")
    is_new = entrance.pk is None
    entrance.organisation_id = survey.organisation_id
    if is_new:
        entrance.created_by = user
    with transaction.atomic():
        entrance.save()
        _record(entrance, user, "entrance.created" if is_new else "entrance.changed")
    return entrance


def switch_off(*, entrance: Entrance, user: User | None) -> None:
    """From now on its address takes no answers. Harmless twice."""
    if Entrance.objects.filter(pk=entrance.pk, switched_off_at=None).update(switched_off_at=timezone.now()):
        _record(entrance, user, "entrance.switched_off")


def switch_on(*, entrance: Entrance, user: User | None) -> None:
    """The same address takes answers again. Harmless twice."""
    if Entrance.objects.filter(pk=entrance.pk, switched_off_at__isnull=False).update(switched_off_at=None):
        _record(entrance, user, "entrance.switched_on")


def _record(entrance: Entrance, user: User | None, action: str) -> None:
    record(organisation=entrance.organisation, actor=user, action=action, subject=entrance, name=entrance.name)
