from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from common.form_pages import render_form
from organisations.domain.departments import change_department, create_department, delete_department
from organisations.forms import DepartmentForm
from organisations.models import Department
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest


@require_safe
@requires(Permission.ADMINISTER)
def departments(request: OrganisationRequest) -> HttpResponse:
    rows = Department.objects.filter(organisation=request.organisation).prefetch_related("members__user")
    return render(request, "organisations/departments.html", {"departments": rows.as_tree()})


@requires(Permission.ADMINISTER)
def add_department(request: OrganisationRequest) -> HttpResponse:
    form = DepartmentForm(
        request.POST or None, organisation=request.organisation, initial={"parent": request.GET.get("parent")}
    )
    if request.method == "POST" and form.is_valid():
        create_department(organisation=request.organisation, actor=request.user, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("departments", request.organisation.slug)
    return render_form(request, "organisations/department.html", {"form": form})


@requires(Permission.ADMINISTER)
def department(request: OrganisationRequest, pk: int) -> HttpResponse:
    found = _department(request, pk)
    form = DepartmentForm(request.POST or None, organisation=request.organisation, instance=found)
    if request.method == "POST" and form.is_valid():
        try:
            change_department(department=found, actor=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("departments", request.organisation.slug)
    return render_form(request, "organisations/department.html", {"form": form, "department": found})


@requires(Permission.ADMINISTER)
def remove_department(request: OrganisationRequest, pk: int) -> HttpResponse:
    found = _department(request, pk)
    if request.method == "POST":
        try:
            delete_department(department=found, actor=request.user)
        except ValidationError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, _("“%(name)s” was deleted.") % {"name": found.name})
        return redirect("departments", request.organisation.slug)
    context = {
        "what": found.name,
        "consequence": _("The department is gone for good. It can only be deleted while nothing belongs to it."),
        "back_url": reverse("departments", args=[request.organisation.slug]),
    }
    return render(request, "organisations/department_remove.html", context)


def _department(request: OrganisationRequest, pk: int) -> Department:
    return get_object_or_404(
        Department.objects.select_related("organisation"), organisation=request.organisation, pk=pk
    )
