"""Personality traits: pairs of opposites between which a persona stands."""

from dataclasses import dataclass
from typing import Final

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

FURTHEST: Final = 2
"""Steps from the middle to either end."""

TRAITS: Final[dict[str, tuple[str | Promise, str | Promise]]] = {
    "planning": (gettext_lazy("spontaneous"), gettext_lazy("plans ahead")),
    "worth": (gettext_lazy("looks at the price"), gettext_lazy("looks at quality")),
    "trust": (gettext_lazy("sceptical"), gettext_lazy("trusting")),
    "novelty": (gettext_lazy("likes the familiar"), gettext_lazy("likes the new")),
    "contact": (gettext_lazy("personal contact"), gettext_lazy("digital")),
    "decision": (gettext_lazy("goes by feeling"), gettext_lazy("goes by facts")),
}
"""What stands at the low and the high end, by the key it is stored under."""


@dataclass(frozen=True)
class Trait:
    """Where a persona stands between two opposites."""

    low: str
    high: str
    place: int
    """From -2 (low) to 2 (high)."""

    @property
    def words(self) -> str:
        if self.place == 0:
            return _("between “%(low)s” and “%(high)s”") % {"low": self.low, "high": self.high}
        end = self.low if self.place < 0 else self.high
        return _("very much: %(trait)s") % {"trait": end} if abs(self.place) == FURTHEST else str(end)


def known(traits: dict[str, int | None]) -> list[Trait]:
    """Those of which something is said, in their order."""
    return [
        Trait(str(low), str(high), place)
        for key, (low, high) in TRAITS.items()
        if (place := traits.get(key)) is not None
    ]


def validate_traits(value: object) -> None:
    """A place from -2 to 2, or null for not said, under known keys only."""
    places = {None, *range(-FURTHEST, FURTHEST + 1)}
    is_fine = isinstance(value, dict) and all(
        key in TRAITS and not isinstance(place, bool | float) and place in places for key, place in value.items()
    )
    if not is_fine:
        raise ValidationError(_("Traits are whole numbers from -2 to 2, under their own names."))
