"""What placeholders stand for."""

from collections.abc import Collection
from zoneinfo import ZoneInfo

from django.utils import formats, timezone, translation

from surveys.models import Invitation
from surveys.placeholders import Name, Values

COLUMNS = (
    "pk",
    "language",
    "organisation__name",
    "organisation__time_zone",
    "customer__first_name",
    "customer__last_name",
    "customer__attributes",
    "touchpoint__name",
    "interaction__at",
)


def personal_values(invitations: Collection[int], language: str = "") -> dict[int, Values]:
    """By invitation what is known of its customer and contact: one statement, inside the organisation's scope.

    Dates are written in ``language``, or else in the invitation's.
    """
    found: dict[int, Values] = {}
    rows = Invitation.objects.filter(pk__in=invitations).values_list(*COLUMNS)
    for pk, own, organisation, zone, first, last, attributes, touchpoint, contact in rows:
        values = {name.casefold(): str(value).strip() for name, value in (attributes or {}).items()}
        with translation.override(language or own):
            day = formats.date_format(timezone.localdate(contact, ZoneInfo(zone))) if contact else ""
        values |= {
            Name.FIRST_NAME.value: first or "",
            Name.LAST_NAME.value: last or "",
            Name.ORGANISATION.value: organisation,
            Name.TOUCHPOINT.value: touchpoint or "",
            Name.CONTACT_DATE.value: day,
        }
        found[pk] = values
    return found
