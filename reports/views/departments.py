from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render

from journeys.models import Touchpoint
from organisations.models import DataSource, Department
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest
from reports.domain import overview
from reports.domain.covering import readings_of
from reports.filters import Filters
from reports.models import ScoreRollup
from reports.panels import Group


@dataclass(frozen=True)
class Row:
    """A touchpoint in a department's ranking."""

    touchpoint: Touchpoint
    group: Group | None
    rank: int | None
    """Place among those that fall short of what was promised."""


@requires(Permission.READ_REPORTS)
def departments(request: OrganisationRequest) -> HttpResponse:
    """The departments one reads, as a tree, with the figures of their touchpoints pooled."""
    tree = [one for one in Department.objects.as_tree() if request.membership.reads_department(one.pk)]
    sources: dict[int, list[DataSource]] = {}
    for source in DataSource.objects.for_board():
        sources.setdefault(source.department_id, []).append(source)
    touchpoints: dict[int, int] = {}
    for touchpoint in Touchpoint.objects.current():
        touchpoints[touchpoint.department_id] = touchpoints.get(touchpoint.department_id, 0) + 1
    rows = [
        {
            "department": one,
            "touchpoints": touchpoints.get(one.pk, 0),
            "sources": len(sources.get(one.pk, [])),
            "attention": sum(source.needs_attention for source in sources.get(one.pk, [])),
        }
        for one in tree
    ]
    context = {"rows": rows, "may_administer": request.membership.may(Permission.ADMINISTER)}
    return render(request, "reports/departments.html", context)


@requires(Permission.READ_REPORTS)
def department(request: OrganisationRequest, department_id: int) -> HttpResponse:
    """All touchpoints of a department and those below it, the most urgent first, and its data."""
    shown = get_object_or_404(Department, pk=department_id)
    if not request.membership.reads_department(shown.pk):
        raise Http404
    ids = Department.objects.ids_below({shown.pk})
    filters = Filters.of(request)
    touchpoints = list(
        Touchpoint.objects.current().filter(department__in=ids).select_related("department").order_by("name", "pk")
    )
    rollups = ScoreRollup.objects.filter(touchpoint__in=touchpoints)
    readings = readings_of(rollups, filters.period, filters.group, minimum=request.organisation.minimum_n)
    things = overview.measured(touchpoints, readings)
    urgent = [item.measured.touchpoint.pk for item in overview.to_work_on(things, most=len(things))]
    rows = [
        Row(
            thing.touchpoint,
            Group.of(thing.touchpoint.name, thing.reading, thing.expected) if thing.reading else None,
            urgent.index(thing.touchpoint.pk) + 1 if thing.touchpoint.pk in urgent else None,
        )
        for thing in things
    ]
    rows.sort(key=lambda row: (row.rank is None, row.rank, row.group is None))
    context = {
        "department": shown,
        "filters": filters,
        "rows": rows,
        "sources": DataSource.objects.for_board().filter(department__in=ids),
    }
    return render(request, "reports/department.html", context)
