"""What placeholders stand for."""

from collections.abc import Collection, Mapping
from typing import Any
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
        with translation.override(language or own):
            day = formats.date_format(timezone.localdate(contact, ZoneInfo(zone))) if contact else ""
        found[pk] = _values(organisation, first, last, attributes, touchpoint, day)
    return found


def values_of(invitation: Invitation) -> Values:
    """The same of one that is not stored, that of a caller or of somebody nobody knows, which comes from no contact."""
    customer, touchpoint = invitation.customer, invitation.touchpoint
    return _values(
        invitation.organisation.name,
        customer.first_name if customer else "",
        customer.last_name if customer else "",
        customer.attributes if customer else {},
        touchpoint.name if touchpoint else "",
    )


def _values(
    organisation: str,
    first_name: str | None,
    last_name: str | None,
    attributes: Mapping[str, Any] | None,
    touchpoint: str | None,
    day: str = "",
) -> Values:
    return {
        **{name.casefold(): str(value).strip() for name, value in (attributes or {}).items()},
        Name.FIRST_NAME.value: first_name or "",
        Name.LAST_NAME.value: last_name or "",
        Name.ORGANISATION.value: organisation,
        Name.TOUCHPOINT.value: touchpoint or "",
        Name.CONTACT_DATE.value: day,
    }
