"""Telling very many answers in a short time from the usual ones, without cookies, fingerprints or stored addresses."""

import hmac
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.conf import settings

from common.prepared import Prepared
from surveys.models import Arrival, Entrance

FROM_ONE_NETWORK: Final = {Entrance.Way.LINK: 20, Entrance.Way.EMBED: 20, Entrance.Way.KIOSK: 40}
"""Answer sheets in ``Arrival.KEPT_FOR`` that are nothing special; a whole shop may share one network."""
AT_ONE_ENTRANCE: Final = {Entrance.Way.LINK: 600, Entrance.Way.EMBED: 600, Entrance.Way.KIOSK: 40}
"""A tablet takes one after another, a mailing brings hundreds in its first minutes."""
TOO_MANY: Final = 10
"""Times as many from one network are not even taken, but asked to come back later: or the table would be the target."""


@dataclass(frozen=True)
class Crowd:
    """Arrivals of the last minutes, this one included, in shares of what is usual; above 1 there are very many."""

    share: float
    from_network: float

    @property
    def is_flood(self) -> bool:
        return self.share > 1 or self.from_network > 1

    @property
    def is_too_much(self) -> bool:
        return self.from_network > TOO_MANY


def source_of(*, entrance_id: int, network: bytes, day: date) -> int:
    """A number that stands for a network at one entrance on one day; it cannot be compared with any other's.

    HMAC-SHA256 under a key made from the installation's secret and the day, cut to 63 bits.
    """
    key = hmac.digest(settings.SECRET_KEY.encode(), f"surveys.flooding:{day}".encode(), "sha256")
    digest = hmac.digest(key, entrance_id.to_bytes(8, "big") + network, "sha256")
    return int.from_bytes(digest[:8], "big") >> 1


# Counted no further than matters, with the newcomer added in the same statement. Rows are only added: nobody waits.
_ARRIVE = Prepared("""
WITH arrival AS (
    INSERT INTO surveys_arrival (organisation_id, entrance_id, source, due_at)
    VALUES (%(organisation)s, %(entrance)s, %(source)s, %(now)s::timestamptz + %(kept_for)s::interval)
)
SELECT
    (SELECT COUNT(*) FROM (
        SELECT FROM surveys_arrival WHERE entrance_id = %(entrance)s AND due_at > %(now)s LIMIT %(all)s
    ) AS latest),
    (SELECT COUNT(*) FROM (
        SELECT FROM surveys_arrival
        WHERE entrance_id = %(entrance)s AND source = %(source)s AND due_at > %(now)s LIMIT %(some)s
    ) AS latest)
""")


def arrive(*, entrance: Entrance, network: bytes, now: datetime) -> Crowd:
    """Note that an answer sheet came in, and say how many did lately; one statement, inside the entrance's scope.

    ``network`` as ``common.addresses.network_of`` tells it; where it is unknown, only the entrance's limit holds.
    """
    usual, from_network = (limits[Entrance.Way(entrance.way)] for limits in (AT_ONE_ENTRANCE, FROM_ONE_NETWORK))
    of_entrance, of_network = _ARRIVE(
        organisation=entrance.organisation_id,
        entrance=entrance.pk,
        source=source_of(entrance_id=entrance.pk, network=network, day=now.date()),
        now=now,
        kept_for=Arrival.KEPT_FOR,
        all=usual + 1,
        some=from_network * TOO_MANY + 1,
    )
    # The statement sees the table as it was before its own row.
    return Crowd((of_entrance + 1) / usual, (of_network + 1) / from_network if network else 0)


def forget_arrivals() -> None:
    """Throw away those of more than some minutes ago, of all organisations."""
    Arrival.objects.due().delete()
