"""Click to write: each text of the map opens as a small form in its place; without htmx, on a page."""

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import modelform_factory
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django_htmx.http import trigger_client_event

from journeys.domain.texts import Overtaken, Row, Text, plain, write_text
from journeys.models import Journey, Lane, LaneText, Placement, Stage
from journeys.views.answers import map_address
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest

FIELDS = {
    "journey": ("name", "description"),
    "stage": ("name", "customer_goal"),
    "placement": ("name", "promise", "customer_goal", "pain_points", "ideas", "emotion"),
    "lane": ("name",),
}
"""What can be written, by what it stands at. Name and promise are the touchpoint's own, wherever it is placed."""

SHOWN_ELSEWHERE = {"name", "promise", "emotion"}
"""Fields that more than one place of the map shows."""


@dataclass(frozen=True)
class Cell:
    """A text as it stands on the map: what ``_cell.html`` shows and ``_writing.html`` lets one write."""

    text: Text
    id: str
    url: str
    name: str
    """Of what the text is about."""

    @property
    def label(self) -> str:
        return capfirst(str(self.text.row._meta.get_field(self.text.field).verbose_name))  # type: ignore[union-attr]  # no relation

    @property
    def shown(self) -> str:
        return self.display(self.text.value)

    def display(self, value: Any) -> str:
        """As a reader sees it: of a choice, its label."""
        choices = dict(self.text.row._meta.get_field(self.text.field).flatchoices)  # type: ignore[union-attr]  # no relation
        return str(choices.get(value, "" if value is None else value))


@requires(Permission.DESIGN)
def write(request: OrganisationRequest, journey_id: int, kind: str, pk: int, field: str) -> HttpResponse:
    journey = get_object_or_404(Journey, pk=journey_id)
    if field not in FIELDS.get(kind, ()):
        raise Http404
    row, name = _row(journey, kind, pk, field)
    url = reverse("journeys:write", args=[request.organisation.slug, journey.pk, kind, pk, field])
    return _write(request, Cell(Text(journey, row, field), f"{kind}-{pk}-{field}", url, name))


@requires(Permission.DESIGN)
def write_lane(request: OrganisationRequest, journey_id: int, lane_id: int, stage_id: int) -> HttpResponse:
    journey = get_object_or_404(Journey, pk=journey_id)
    lane = get_object_or_404(Lane, pk=lane_id, journey=journey)
    stage = get_object_or_404(Stage, pk=stage_id, journey=journey)
    new = LaneText(organisation=request.organisation, lane=lane, stage=stage)
    row = LaneText.objects.filter(lane=lane, stage=stage).select_related("lane").first() or new
    url = reverse("journeys:write_lane", args=[request.organisation.slug, journey.pk, lane.pk, stage.pk])
    name = f"{lane.name}, {stage.name}"
    return _write(request, Cell(Text(journey, row, "text"), f"lane-{lane.pk}-stage-{stage.pk}", url, name))


def _row(journey: Journey, kind: str, pk: int, field: str) -> tuple[Row, str]:
    if kind == "journey":
        if pk != journey.pk:
            raise Http404
        return journey, journey.name
    if kind == "stage":
        stage = get_object_or_404(Stage, pk=pk, journey=journey)
        return stage, stage.name
    if kind == "lane":
        lane = get_object_or_404(Lane, pk=pk, journey=journey)
        return lane, lane.name
    placements = Placement.objects.select_related("touchpoint__organisation")
    placement = get_object_or_404(placements, pk=pk, stage__journey=journey)
    touchpoint = placement.touchpoint
    return (touchpoint if field in ("name", "promise") else placement), touchpoint.name


def _write(request: OrganisationRequest, cell: Cell) -> HttpResponse:
    if request.method != "POST":
        return _form_of(request, cell, _form(cell, None), seen=plain(cell.text.value))
    if "keep" in request.POST:
        return _shown(request, cell, _("“%(name)s” stays as it is.") % {"name": cell.name})
    seen = request.POST.get("seen", "").replace("\0", "")
    form = _form(cell, request.POST)
    if not form.is_valid():
        return _form_of(request, cell, form, seen=seen, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    value = form.cleaned_data[cell.text.field]
    try:
        write_text(text=cell.text, actor=request.user, value=value, seen=seen)
    except Overtaken as overtaken:
        theirs = plain(overtaken.theirs)
        context = {"theirs": cell.display(overtaken.theirs), "change": overtaken.change}
        return _form_of(request, cell, form, seen=theirs, status=HTTPStatus.CONFLICT, **context)
    except ValidationError as refusal:
        form.add_error(cell.text.field, refusal.messages)
        return _form_of(request, cell, form, seen=seen, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    name = cell.shown if cell.text.field == "name" else cell.name
    return _shown(request, replace(cell, name=name), _("“%(name)s” was saved.") % {"name": name})


def _form(cell: Cell, data: Any) -> forms.ModelForm:  # type: ignore[type-arg]  # takes none when run
    field, row = cell.text.field, cell.text.row
    attrs = {"rows": 2, "autocomplete": "off"}
    if field == "name":
        widget: Any = forms.TextInput(attrs={"autocomplete": "off"})
    elif field == "customer_goal":
        widget = forms.Textarea(attrs={**attrs, "data-line": "true"})
    else:
        widget = None if field == "emotion" else forms.Textarea(attrs=attrs)
    made = modelform_factory(type(row), fields=[field], widgets={field: widget} if widget else None)
    # The row as it is stays out of the form, which would write into it while it checks what came.
    form: forms.ModelForm = made(data, initial={field: getattr(row, field)}, auto_id=f"{cell.id}-%s")  # type: ignore[type-arg]
    form.fields[field].required = field == "name"
    form.fields[field].label = f"{cell.label} – {cell.name}"
    return form


def _form_of(
    request: OrganisationRequest,
    cell: Cell,
    form: forms.ModelForm,  # type: ignore[type-arg]  # takes none when run
    *,
    seen: str,
    status: int = HTTPStatus.OK,
    **context: object,
) -> HttpResponse:
    back = map_address(request, cell.text.journey, cell.id)
    values = {"cell": cell, "field": form[cell.text.field], "seen": seen, "back_url": back, "stays": status != 200}
    template = "journeys/_writing.html" if request.htmx else "journeys/write.html"
    return render(request, template, {**values, **context}, status=status)


def _shown(request: OrganisationRequest, cell: Cell, done: str) -> HttpResponse:
    if not request.htmx:
        return redirect(map_address(request, cell.text.journey, cell.id))
    context = {"id": cell.id, "url": cell.url, "text": cell.shown, "label": cell.label, "name": cell.name}
    response = render(request, "journeys/_cell.html", context)
    event = "map-changed" if cell.text.field in SHOWN_ELSEWHERE else "map-said"
    return trigger_client_event(response, event, {"said": done, "back": cell.id}, after="settle")
