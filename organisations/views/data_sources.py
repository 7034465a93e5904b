from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from common.form_pages import render_form
from organisations.domain.data_sources import change_data_source, create_data_source, mark_refreshed, may_refresh
from organisations.forms import DataSourceForm, RefreshForm
from organisations.models import DataSource, Department, Membership
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest

SHOWN: dict[str, Callable[[DataSource, Membership], bool]] = {
    "": lambda source, membership: True,
    "overdue": lambda source, membership: source.days_overdue is not None,
    "ownerless": lambda source, membership: source.owner is None,
    "mine": lambda source, membership: membership.pk in {source.owner_id, source.deputy_id},
}


@require_safe
@requires(Permission.VIEW)
def data_sources(request: OrganisationRequest) -> HttpResponse:
    """The board: every department with the data it keeps; departments without any are left out."""
    sources = list(DataSource.objects.filter(organisation=request.organisation).for_board())
    show = request.GET.get("show", "")
    shown = [source for source in sources if SHOWN.get(show, SHOWN[""])(source, request.membership)]
    tree = Department.objects.filter(organisation=request.organisation).as_tree()
    board = [
        (
            department,
            [
                (source, may_refresh(source=source, membership=request.membership))
                for source in shown
                if source.department_id == department.pk
            ],
        )
        for department in tree
    ]
    labels = {"": _("All"), "overdue": _("Overdue"), "ownerless": _("Without owner"), "mine": _("Mine")}
    context: dict[str, Any] = {
        "board": [(department, rows) for department, rows in board if rows],
        "has_sources": bool(sources),
        "overdue": sum(source.days_overdue is not None for source in sources),
        "ownerless": sum(source.owner_id is None for source in sources),
        "chips": [
            {
                "label": label,
                "url": f"?show={key}" if key else request.path,
                "is_current": key == show,
                "count": sum(SHOWN[key](source, request.membership) for source in sources),
            }
            for key, label in labels.items()
        ],
        "may_edit": request.membership.may(Permission.ADMINISTER),
    }
    return render(request, "organisations/data_sources.html", context)


@requires(Permission.ADMINISTER)
def add_data_source(request: OrganisationRequest) -> HttpResponse:
    form = DataSourceForm(request.POST or None, organisation=request.organisation)
    if request.method == "POST" and form.is_valid():
        create_data_source(organisation=request.organisation, actor=request.user, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("data_sources", request.organisation.slug)
    return render_form(request, "organisations/data_source.html", {"form": form})


@requires(Permission.ADMINISTER)
def data_source(request: OrganisationRequest, pk: int) -> HttpResponse:
    found = _source(request, pk)
    form = DataSourceForm(request.POST or None, organisation=request.organisation, instance=found)
    if request.method == "POST" and form.is_valid():
        changes = {field: form.cleaned_data[field] for field in form.changed_data}
        if changes:
            change_data_source(source=found, actor=request.user, **changes)
        messages.success(request, _("Saved."))
        return redirect("data_sources", request.organisation.slug)
    return render_form(request, "organisations/data_source.html", {"form": form, "source": found})


@requires(Permission.VIEW)
def refresh(request: OrganisationRequest, pk: int) -> HttpResponse:
    """For its owner, deputy and administrators: the data is here and current."""
    found = _source(request, pk)
    if not may_refresh(source=found, membership=request.membership):
        raise PermissionDenied
    form = RefreshForm(request.POST or None, initial={"rows": found.row_count})
    if request.method == "POST" and form.is_valid():
        mark_refreshed(source=found, rows=form.cleaned_data["rows"], actor=request.user)
        messages.success(request, _("“%(name)s” is marked as refreshed.") % {"name": found.name})
        return redirect("data_sources", request.organisation.slug)
    return render_form(request, "organisations/refresh.html", {"form": form, "source": found})


def _source(request: OrganisationRequest, pk: int) -> DataSource:
    rows = DataSource.objects.select_related("organisation", "department")
    return get_object_or_404(rows, organisation=request.organisation, pk=pk)
