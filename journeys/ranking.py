"""The personas in their order, with how many customers each has and how they overlap: as counted last, never here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F
from django.utils import timezone

from customers.models import ChangedCustomer
from journeys.models import Persona, PersonaCount, Share
from organisations.models import Organisation


@dataclass(frozen=True)
class Both:
    """Customers who fit a persona and another one."""

    customers: int
    first: Persona
    """The one ranked before, to which they belong unless they fit a third before it."""


@dataclass(frozen=True)
class Ranking:
    """Three statements, however many customers and personas there are."""

    personas: Sequence[Persona]
    """Each with the ``digest`` of its picture."""
    shares: Sequence[Share]
    overlap: Sequence[tuple[Persona, Share, list[Both]]]
    """Personas with a rule, each with all that rank before it."""
    counted_at: datetime | None
    customers: int
    without: int
    """Customers of no persona."""
    is_changing: bool
    """Whether the figures are about to be made anew."""

    @property
    def rows(self) -> list[tuple[Persona, Share]]:
        return list(zip(self.personas, self.shares, strict=True))

    @property
    def part_without(self) -> float | None:
        """In percent of all customers."""
        return 100 * self.without / self.customers if self.customers else None

    def of(self, persona: Persona) -> Share:
        return next(share for one, share in self.rows if one == persona)


def ranking(organisation: Organisation) -> Ranking:
    personas = list(Persona.objects.annotate(digest=F("picture__digest")))
    count = PersonaCount.objects.first()
    known = count.shares() if count else {}
    customers = count.customers if count else 0
    shares = [known.get(persona.pk, Share(0, 0, customers)) for persona in personas]
    both = count.overlap() if count else {}
    ruled = [(persona, share) for persona, share in zip(personas, shares, strict=True) if persona.rule]
    overlap = [
        (persona, share, [Both(both.get((first.pk, persona.pk), 0), first) for first, _share in ruled[:place]])
        for place, (persona, share) in enumerate(ruled)
    ]
    return Ranking(
        personas,
        shares,
        overlap,
        counted_at=count.counted_at if count else None,
        customers=customers,
        without=count.without if count else 0,
        is_changing=ChangedCustomer.objects.filter(organisation=organisation, due_at__lte=timezone.now()).exists(),
    )
