"""Public ways into a survey: making them, changing them, switching them off and on."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from organisations.domain.audit import record
from organisations.models import User
from surveys.domain.making import made_once
from surveys.models import Entrance


def save_entrance(*, entrance: Entrance, user: User | None, form_key: UUID | None = None) -> Entrance:
    """Store a new or changed entrance; of a new one the one that was made with the same ``form_key``, if there is one.

    Raises ValueError where its parts are not of one organisation.
    """
    survey = entrance.survey
    for row in (entrance.channel, entrance.touchpoint):
        if row is not None and row.organisation_id != survey.organisation_id:
            raise ValueError("survey, channel and touchpoint must be of one organisation")
    entrance.organisation_id = survey.organisation_id
    is_new = entrance.pk is None
    with transaction.atomic():
        if not is_new:
            entrance.save()
            _record(entrance, user, "entrance.changed")
            return entrance
        entrance.created_by = user
        made, is_first = made_once(entrance, form_key)
        if is_first:
            _record(made, user, "entrance.created")
    return made


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
