from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from common.form_pages import render_form
from common.searching import asked_for, at_its_address
from organisations.domain.invites import invite_colleague, resend_invite, withdraw_invite
from organisations.domain.members import change_member, remove_member
from organisations.forms import InviteForm, MemberFilterForm, RoleForm
from organisations.models import ColleagueInvite, DataSource, Membership
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.ADMINISTER)
def members(request: OrganisationRequest) -> HttpResponse:
    if request.method == "POST":
        return at_its_address(request, MemberFilterForm)
    form = MemberFilterForm(asked_for(request, MemberFilterForm))
    found = Membership.objects.filter(organisation=request.organisation).for_list()
    context = {
        "members": found.matching(form.cleaned_data["search"]) if form.is_valid() else found,
        "form": form,
        "invites": ColleagueInvite.objects.filter(organisation=request.organisation).order_by("email"),
    }
    return render(request, "organisations/members.html", context)


@requires(Permission.ADMINISTER)
def invite(request: OrganisationRequest) -> HttpResponse:
    form = InviteForm(request.POST or None, organisation=request.organisation)
    if request.method == "POST" and form.is_valid():
        try:
            invite_colleague(organisation=request.organisation, invited_by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            message = _("The invitation to %(email)s is on its way.")
            messages.success(request, message % {"email": form.cleaned_data["email"]})
            return redirect("members", request.organisation.slug)
    return render_form(request, "organisations/invite.html", {"form": form})


@require_POST
@requires(Permission.ADMINISTER)
def resend(request: OrganisationRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(ColleagueInvite, organisation=request.organisation, pk=pk)
    resend_invite(invite=found, actor=request.user)
    messages.success(request, _("The invitation to %(email)s is on its way.") % {"email": found.email})
    return redirect("members", request.organisation.slug)


@require_POST
@requires(Permission.ADMINISTER)
def withdraw(request: OrganisationRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(ColleagueInvite, organisation=request.organisation, pk=pk)
    withdraw_invite(invite=found, actor=request.user)
    messages.success(request, _("The invitation to %(email)s no longer works.") % {"email": found.email})
    return redirect("members", request.organisation.slug)


@requires(Permission.ADMINISTER)
def member(request: OrganisationRequest, pk: int) -> HttpResponse:
    found = _member(request, pk)
    initial = {"role": found.role, "departments": [department.pk for department in found.departments.all()]}
    form = RoleForm(request.POST or None, organisation=request.organisation, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            change_member(membership=found, actor=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Saved."))
            return _back(request, found)
    return render_form(request, "organisations/member.html", {"form": form, "member": found})


@requires(Permission.ADMINISTER)
def remove(request: OrganisationRequest, pk: int) -> HttpResponse:
    found = _member(request, pk)
    if request.method == "POST":
        try:
            remove_member(membership=found, actor=request.user)
        except ValidationError as error:
            messages.error(request, error.message)
            return redirect("member", request.organisation.slug, pk)
        messages.success(request, _("%(name)s is no longer a member.") % {"name": found.user})
        return _back(request, found)
    context = {"member": found, "sources": DataSource.objects.filter(organisation=request.organisation, owner=found)}
    return render(request, "organisations/member_remove.html", context)


def _back(request: OrganisationRequest, changed: Membership) -> HttpResponse:
    """To the list; who took their own role away may no longer see it."""
    if changed.user_id == request.user.pk:
        return redirect("home")
    return redirect("members", request.organisation.slug)


def _member(request: OrganisationRequest, pk: int) -> Membership:
    rows = Membership.objects.filter(organisation=request.organisation).select_related("user", "organisation")
    return get_object_or_404(rows, pk=pk)
