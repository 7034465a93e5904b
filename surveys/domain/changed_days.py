"""The note for the counters that invitations or answers of a day changed."""

from collections.abc import Iterable
from datetime import date

from surveys.models import ChangedDay


def note_changed_days(*, organisation_id: int, days: Iterable[tuple[int, date]]) -> None:
    """Have reports count these days anew, each with its survey's key; their sweep comes by within seconds."""
    ChangedDay.objects.bulk_create(
        ChangedDay(organisation_id=organisation_id, survey_id=survey, day=day) for survey, day in sorted(set(days))
    )
