from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString

from common import journey_curve
from common.charts import Axis, ticks_for
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest
from reports.journey_sheet import Said, Sheet, SheetStage, sheet_of
from reports.maps import JourneyMap


@dataclass(frozen=True)
class Slide:
    """One stage on the screen."""

    stage: SheetStage
    across: SafeString | None
    down: SafeString | None
    rows: list[tuple[str, Said]]


@requires(Permission.READ_REPORTS)
def journey_presentation(request: OrganisationRequest, journey_id: int) -> HttpResponse:
    """The map as the address shows it, to be read from across a meeting room: all of it, then stage by stage."""
    shown = JourneyMap.of(request, journey_id)
    sheet = sheet_of(shown, request)
    context = {
        "journey": shown.journey,
        "map": shown,
        "sheet": sheet,
        "across": _across(sheet, sheet.stages) if _has_curve(sheet.stages) else None,
        "down": _down(sheet, sheet.stages) if _has_curve(sheet.stages) else None,
        "slides": [_slide(sheet, i) for i in range(len(sheet.stages))],
    }
    return render(request, "reports/presentation.html", context)


def _slide(sheet: Sheet, i: int) -> Slide:
    own = sheet.stages[i : i + 1]
    return Slide(
        stage=own[0],
        across=_across(sheet, own) if _has_curve(own) else None,
        down=_down(sheet, own) if _has_curve(own) else None,
        rows=[(name, said[i]) for name, said in sheet.rows if said[i]],
    )


def _has_curve(stages: Sequence[SheetStage]) -> bool:
    points = [card.point for stage in stages for card in stage.cards]
    return any(point.value is not None or point.expected is not None for point in points)


def _across(sheet: Sheet, stages: Sequence[SheetStage]) -> SafeString:
    return journey_curve.across(
        _drawn(stages),
        title=sheet.title,
        form=sheet.form,
        axis=_axis(sheet),
        beside=[card.beside for stage in stages for card in stage.cards if card.beside],
    )


def _down(sheet: Sheet, stages: Sequence[SheetStage]) -> SafeString:
    return journey_curve.down(_drawn(stages), title=sheet.title, form=sheet.form, axis=_axis(sheet))


def _drawn(stages: Sequence[SheetStage]) -> list[journey_curve.Stage]:
    """A single stage has its name above it."""
    return [
        journey_curve.Stage(stage.name if len(stages) > 1 else "", [card.point for card in stage.cards])
        for stage in stages
    ]


def _axis(sheet: Sheet) -> Axis:
    """That of the whole journey, so that heights compare from stage to stage."""
    cards = [card for stage in sheet.stages for card in stage.cards]
    ticks = ticks_for(
        [*(card.point for card in cards), *(card.beside for card in cards if card.beside)], None, sheet.form
    )
    return ticks[0], ticks[-1]
