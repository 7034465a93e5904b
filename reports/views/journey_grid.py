from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from common import numbers
from common.svg import WORD, softened
from journeys.models import Stage, Touchpoint
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest
from reports import wording
from reports.domain.covering import GroupTable
from reports.domain.grid import Break, Cell, Column, Grid, expectations_of, grid
from reports.filters import Filters
from reports.maps import chosen_scale, drawn_or_404, metric_choices, metric_key


@requires(Permission.READ_REPORTS)
def journey_grid(request: OrganisationRequest, journey_id: int) -> HttpResponse:
    """Where the journey breaks, for whom, over which channel; a lead sees other departments' figures without links."""
    filters = Filters.of(request)
    drawn = drawn_or_404(journey_id)
    table = GroupTable.read(drawn.rollups, filters.period, minimum=request.organisation.minimum_n)
    measured = drawn.measured(table.by_touchpoint(filters.group))
    scale = chosen_scale(measured, request.GET.get("metric", ""))
    found = scale and grid(
        measured,
        table,
        scale,
        filters.group,
        channels=filters.channels,
        personas=filters.personas,
        expectations=expectations_of(drawn.journey),
    )
    context = {
        "journey": drawn.journey,
        "filters": filters,
        "metrics": metric_choices(measured),
        "metric": wording.metric_name(scale) if scale else "",
        "metric_key": metric_key(scale) if scale else "",
        "grid": GridTable.of(found, filters, request) if found else None,
        "sentence": _sentence(found.clearest) if found and found.clearest else "",
        "summary": _summary(found) if found else "",
    }
    return render(request, "reports/journey_grid.html", context)


@dataclass(frozen=True)
class GridCell:
    """A cell in words and signs; its colour only repeats them."""

    figure: str
    n: int
    tone: str
    sign: str
    off: str
    """How far off, without sign, where that is clear."""
    words: str
    note: str
    """Why there is no figure."""
    url: str

    @classmethod
    def of(cls, cell: Cell, url: str) -> "GridCell":
        reading, off = cell.reading, cell.departure
        figure = reading.figure if reading else None
        if reading is None or figure is None:
            return cls(numbers.NOTHING, reading.n if reading else 0, "", "", "", "", _note(cell), "")
        write = wording.form(figure.measure)
        if off is None or not cell.step:
            words = _("not clearly different") if off else ""
            return cls(write(figure.value), reading.n, "", "", "", words, "", url)
        worse = not off.is_better
        words = _("clearly worse") if worse else _("clearly better")
        return cls(
            write(figure.value),
            reading.n,
            f"{'bad' if worse else 'good'}-{cell.step}",
            "▼" if worse else "▲",
            numbers.decimal(abs(off.difference), 1 if figure.measure.unit == "score" else 0),
            words,
            "",
            url,
        )


@dataclass(frozen=True)
class GridTable:
    """Heads and rows of the page's table."""

    kinds: list[tuple[str, int]]
    names: list[tuple[str, bool]]
    """Of the columns, and whether a new kind begins with it."""
    stages: list[tuple[Stage, list["GridRow"]]]
    width: int

    @classmethod
    def of(cls, found: Grid, filters: Filters, request: OrganisationRequest) -> "GridTable":
        kinds = {"channel": _("Channel"), "persona": _("Persona")}
        counts = {kind: sum(column.kind == kind for column in found.columns) for kind in kinds}
        starts = {next((i for i, column in enumerate(found.columns) if column.kind == kind), None) for kind in kinds}
        queries = [_query(filters, None), *(_query(filters, column) for column in found.columns)]
        stages = []
        for stage, rows in found.stages:
            shown = []
            for row in rows:
                touchpoint = row.measured.touchpoint
                url = ""
                if request.membership.reads_department(touchpoint.department_id):
                    url = reverse("reports:touchpoint", args=[request.organisation.slug, touchpoint.pk])
                cells = [
                    GridCell.of(cell, f"{url}?{query}" if url and query else "")
                    for cell, query in zip(row.cells, queries, strict=True)
                ]
                shown.append(GridRow(touchpoint, f"{url}?{queries[0]}" if url else "", cells))
            stages.append((stage.stage, shown))
        return cls(
            [(name, counts[kind]) for kind, name in kinds.items() if counts[kind]],
            [
                (softened(column.thing.name, WORD) if column.thing else _("not known"), i in starts)
                for i, column in enumerate(found.columns)
            ],
            stages,
            len(found.columns) + 2,
        )


@dataclass(frozen=True)
class GridRow:
    touchpoint: Touchpoint
    url: str
    cells: list[GridCell]


def _query(filters: Filters, column: Column | None) -> str:
    """Of the touchpoint's page as this column sees it; empty where no filter names the group."""
    chosen: Mapping[str, int | str | None] = dict(zip(("persona", "channel"), filters.group, strict=True))
    if column:
        if column.thing is None:
            return ""
        chosen = {**chosen, column.kind: column.thing.pk}
    named = {name: str(key) for name, key in chosen.items() if isinstance(key, int)}
    return urlencode(filters.period.parameters | named)


def _note(cell: Cell) -> str:
    if cell.reading is None or not cell.reading.n:
        return _("no answers") if cell.is_used else ""
    return _("few answers") if cell.reading.withheld == "too_few" else _("hidden")


def _sentence(found: Break) -> SafeString:
    """The clearest break, as the page's first sentence."""
    figure = found.reading.figure
    assert figure is not None, "a break has been measured"
    assert found.column.thing is not None, "a break names its group"
    words = {
        "touchpoint": found.touchpoint.name,
        "group": found.column.thing.name,
        "value": wording.form(figure.measure)(figure.value),
        "amount": wording.amount(found.change),
        "n": numbers.count(figure.n),
    }
    if found.column.kind == "channel":
        text = _(
            "<em>{touchpoint}</em> breaks over <em>{group}</em>: {value}, {amount} worse than over its other channels, "
            "n {n}."
        )
    else:
        text = _(
            "<em>{touchpoint}</em> breaks for <em>{group}</em>: {value}, {amount} worse than for the other personas, "
            "n {n}."
        )
    return format_html(text, **words)


def _summary(found: Grid) -> str:
    """How many cells are clearly off, the totals among them left out."""
    cells = [cell for cell in found.cells if cell.column and cell.reading and not cell.reading.withheld]
    worse = sum(bool(cell.step) and cell.departure is not None and not cell.departure.is_better for cell in cells)
    better = sum(bool(cell.step) for cell in cells) - worse
    words = _(
        "%(count)s figures by channel or persona: %(worse)s clearly worse, %(better)s clearly better than promised "
        "(or, where nothing was promised, than the touchpoint altogether)."
    )
    return words % {
        "count": numbers.count(len(cells)),
        "worse": numbers.count(worse),
        "better": numbers.count(better),
    }
