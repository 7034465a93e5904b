"""What stands on the picture of a journey map: the same as on the page, as plain texts, and no more than that."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from common import numbers
from common.charts import Form, Point
from journeys.models import Placement
from organisations.requests import OrganisationRequest
from reports import wording
from reports.domain.journeys import MeasuredTouchpoint
from reports.maps import Card, JourneyMap

Said = list[tuple[str, str]]
"""Texts with the name of their touchpoint, or with none."""


@dataclass(frozen=True)
class SheetCard:
    name: str
    owner: str
    figure: str
    tone: str
    trend: str
    """Arrow and size of a clear change; empty where there is none."""
    trend_tone: str
    n: str
    evidence: str
    grade: str
    gap: str
    gap_tone: str
    todo: str
    is_moment_of_truth: bool
    emotion: int | None
    feeling: str
    point: Point
    beside: Point | None
    """Of what the map is compared with."""


@dataclass(frozen=True)
class SheetStage:
    name: str
    goal: str
    cards: list[SheetCard]
    is_continued: bool = False
    """Its first touchpoints stand on another sheet."""


@dataclass(frozen=True)
class Sheet:
    """All texts of the picture, in the reader's language."""

    title: str
    subtitle: str
    made: str
    metric: str
    form: Form
    stages: list[SheetStage]
    rows: list[tuple[str, list[Said]]]
    """Name of each row of texts, and what it says for each stage."""
    compared: tuple[str, str] | None
    """Names of the two curves, where there are two."""
    footnote: str
    language: str

    @property
    def summary(self) -> str:
        """The picture in words: every touchpoint with its figure."""
        cards = (f"{card.name}: {card.figure} ({card.n})" for stage in self.stages for card in stage.cards)
        return f"{self.subtitle}. {'; '.join(cards)}"


def sheet_of(shown: JourneyMap, request: OrganisationRequest) -> Sheet:
    scale, compared = shown.scale, shown.comparison
    stages = [
        SheetStage(
            stage.stage.name,
            stage.stage.customer_goal,
            [_card(card, one, shown) for card, one in zip(stage.cards, measured.touchpoints, strict=True)],
        )
        for stage, measured in zip(shown.stages, shown.measured.stages, strict=True)
    ]
    rows: list[tuple[str, list[Said]]] = [
        (_("Goals"), [stage.goals for stage in shown.stages]),
        (_("Promise"), [stage.promises for stage in shown.stages]),
        (_("Pain points"), [stage.pain_points for stage in shown.stages]),
        (_("Ideas"), [stage.ideas for stage in shown.stages]),
        *((lane.name, [[("", text)] if text else [] for text in lane.texts]) for lane in shown.measured.lanes),
    ]
    return Sheet(
        title=shown.journey.name,
        subtitle=" · ".join(_looked_at(shown, request)),
        made=date_format(request.organisation.today(), "DATE_FORMAT"),
        metric=wording.metric_name(scale) if scale else "",
        form=wording.form(scale.measure) if scale else numbers.decimal,
        stages=stages,
        rows=[(name, said) for name, said in rows if any(said)],
        compared=(compared.mine, compared.other) if compared else None,
        footnote=_footnote(stages, request.organisation.minimum_n),
        language=get_language() or "",
    )


def _looked_at(shown: JourneyMap, request: OrganisationRequest) -> list[str]:
    filters = shown.filters
    return [
        request.organisation.name,
        *([wording.metric_name(shown.scale)] if shown.scale else []),
        wording.days(filters.period),
        _("Persona: %(name)s") % {"name": filters.persona.name} if filters.persona else _("all personas"),
        _("Channel: %(name)s") % {"name": filters.channel.name} if filters.channel else _("all channels"),
        *([_("compared with: %(name)s") % {"name": shown.comparison.other}] if shown.comparison else []),
    ]


def _card(card: Card, one: MeasuredTouchpoint, shown: JourneyMap) -> SheetCard:
    touchpoint, emotion, scale = card.touchpoint, card.placement.emotion, shown.scale
    arrow = {"up": "▲", "down": "▼"}.get(card.trend_way, "")
    reading, beside = (found.get(scale) if scale else None for found in (one.readings, one.beside))
    return SheetCard(
        name=touchpoint.name,
        owner=" · ".join(filter(None, (touchpoint.department.name, card.channels))),
        figure=f"{card.figure} {card.metric}".strip(),
        tone=card.tone,
        trend=f"{arrow} {card.trend}" if card.trend else "",
        trend_tone=card.trend_tone,
        n=f"n {numbers.count(card.n)}" if card.n else "",
        evidence=card.evidence,
        grade=card.grade,
        gap=card.gap,
        gap_tone=card.gap_tone,
        todo=card.todo,
        is_moment_of_truth=touchpoint.is_moment_of_truth,
        emotion=emotion,
        feeling="" if emotion is None else str(Placement.Emotion(emotion).label),
        point=wording.point(touchpoint.name, reading, one.expected(scale) if scale else None),
        beside=wording.point(touchpoint.name, beside) if shown.comparison else None,
    )


def _footnote(stages: Sequence[SheetStage], minimum: int) -> str:
    points = {card.name: card.point for stage in stages for card in stage.cards}
    answers = sum(point.n or 0 for point in points.values())
    measured = sum(point.value is not None for point in points.values())
    words = ngettext(
        "n %(answers)s, %(measured)s of %(count)s touchpoint with a figure; nothing is shown below n %(minimum)s.",
        "n %(answers)s, %(measured)s of %(count)s touchpoints with a figure; nothing is shown below n %(minimum)s.",
        len(points),
    )
    return words % {
        "answers": numbers.count(answers),
        "measured": numbers.count(measured),
        "count": numbers.count(len(points)),
        "minimum": numbers.count(minimum),
    }
