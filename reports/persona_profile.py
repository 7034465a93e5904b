"""A persona's page, ready for a template: what is believed, and what was measured."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from common import numbers
from common.avatars import avatar
from common.tiles import Tile
from journeys import traits
from journeys.models import Persona, PersonaExpectation, PersonaPicture, Touchpoint
from organisations.permissions import Permission
from organisations.requests import OrganisationRequest
from reports import wording
from reports.domain import measuring, overview
from reports.domain.comments import readable
from reports.domain.covering import GroupTable, cover_trends
from reports.domain.personas import extremes, share_of_answers
from reports.filters import Filters
from reports.models import ScoreRollup
from reports.panels import Group
from reports.statistics import ALL
from surveys.models import Comment

COMMENTS_SHOWN = 4


@dataclass(frozen=True)
class Portrait:
    """What the team believes about a persona."""

    texts: list[tuple[str, str]]
    """Title and text of what is written; what is not, is left out."""
    traits: list[traits.Trait]
    channels: list[str]
    quotes: list[str]
    digest: str
    """Of the uploaded picture; empty: there is none, and one is drawn."""
    drawn: SafeString

    @classmethod
    def of(cls, persona: Persona) -> "Portrait":
        texts = [
            (_("Background"), persona.background),
            (_("Goals and needs"), persona.goals),
            (_("What makes them abandon a purchase"), persona.frustrations),
            (_("Values"), persona.values),
            (_("How they research"), persona.research),
            (_("Preferences and priorities"), persona.priorities),
            (_("Distinguishing marks"), persona.marks),
        ]
        return cls(
            texts=[(title, text) for title, text in texts if text],
            traits=traits.known(persona.traits),
            channels=[channel.name for channel in persona.channels.all()],
            quotes=persona.quotes,
            digest=PersonaPicture.objects.filter(persona=persona).values_list("digest", flat=True).first() or "",
            drawn=avatar(persona.name),
        )


@dataclass(frozen=True)
class Figures:
    """What was measured of a persona, as far as the reader may see it."""

    tiles: list[Tile]
    metric: str
    """In which best and worst are compared."""
    best: list[tuple[Touchpoint, Group]]
    worst: list[tuple[Touchpoint, Group]]
    share_of_answers: str
    answers: int
    comments: list[Comment] | None
    """None: so few answered that a comment could give one of them away."""

    @classmethod
    def of(cls, request: OrganisationRequest, persona: Persona, filters: Filters) -> "Figures":
        """A fixed number of statements, whatever the number of answers."""
        minimum, group = request.organisation.minimum_n, (persona.pk, ALL)
        rollups = ScoreRollup.objects.read_by(request.membership)
        table = GroupTable.read(rollups, filters.period, minimum=minimum)
        readings = table.by_touchpoint(group)
        trends = measuring.trends(rollups.seen(persona), filters.period, minimum=minimum, without=table.left_out.now)
        trends = cover_trends(trends, rollups, filters.period, group, minimum=minimum)
        touchpoints = list(Touchpoint.objects.current().read_in_full_by(request.membership).order_by("name", "pk"))
        found = extremes(touchpoints, readings)
        own, everyone = share_of_answers(table, persona.pk)
        courses = {meaning.scale: course for meaning, course in trends.items() if meaning.is_experience}
        promised = dict(PersonaExpectation.objects.filter(persona=persona).values_list("touchpoint", "expected_value"))
        best, worst = (
            [(one, Group.of(one.name, reading, _expected(one, reading, promised))) for one, reading in rows]
            for rows in ((found.best, found.worst) if found else ((), ()))
        )
        return cls(
            tiles=[
                wording.tile(reading, trend=courses.get(scale, ()))
                for scale, reading in measuring.in_order(measuring.experienced(table.together(group)))
            ],
            metric=wording.metric_name(found.scale) if found else "",
            best=best,
            worst=worst,
            share_of_answers=numbers.percent(100 * own / everyone) if own else "",
            answers=own,
            comments=_newest_comments(request, persona, filters, readings),
        )


def _expected(touchpoint: Touchpoint, reading: measuring.Reading, promised: Mapping[int, Decimal]) -> float | None:
    """What this persona expects there, else what everybody does."""
    if touchpoint.pk in promised and touchpoint.metric == reading.scale.metric:
        return float(promised[touchpoint.pk])
    return overview.Measured(touchpoint, reading).expected


def _newest_comments(
    request: OrganisationRequest,
    persona: Persona,
    filters: Filters,
    readings: dict[int | None, measuring.Readings],
) -> list[Comment] | None:
    if not request.membership.may(Permission.READ_COMMENTS):
        return None
    minimum = request.organisation.comment_minimum_n
    if not any(reading.n >= minimum for each in readings.values() for reading in each.values()):
        return None
    comments = Comment.objects.read_by(request.membership).in_period(filters.period).filter(persona=persona)
    return list(readable(comments, readings, minimum=minimum).for_list()[:COMMENTS_SHOWN])
