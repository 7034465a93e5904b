from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from actions.domain import cases as domain
from actions.forms import ActionFilter, CaseForm, NewCaseForm, NoteForm, OutcomeForm
from actions.models import Case
from actions.views.listing import chosen
from common.form_pages import render_form
from common.keys import read_key
from common.paging import newest_first
from common.searching import asked_for, at_its_address
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest
from surveys.models import Comment


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.VIEW)
def index(request: OrganisationRequest) -> HttpResponse:
    if request.method == "POST":
        return at_its_address(request, ActionFilter, *ActionFilter.more)
    form = ActionFilter(asked_for(request, ActionFilter), membership=request.membership)
    context = {
        "form": form,
        "page": newest_first(chosen(Case.objects.all(), form, request.membership), request.GET),
        "is_filtered": any(form.data.get(name) for name in form.fields),
        "may_act": request.membership.may(Permission.ACT),
    }
    return render(request, "actions/cases.html", context)


@requires(Permission.ACT)
def new(request: OrganisationRequest) -> HttpResponse:
    """With ``?comment=`` about what a customer wrote; one who has a case already is led there."""
    comment = _pointed_at(request)
    if comment and (existing := Case.objects.visible_to(request.membership).filter(comment=comment).first()):
        return redirect("actions:case", request.organisation.slug, existing.pk)
    initial = {"touchpoint": comment.touchpoint_id if comment else request.GET.get("touchpoint")}
    form = NewCaseForm(request.POST or None, membership=request.membership, initial=initial)
    if request.method == "POST" and form.is_valid():
        case = domain.open_case(
            organisation=request.organisation, actor=request.user, comment=comment, **form.cleaned_data
        )
        messages.success(request, _("“%(name)s” was added.") % {"name": case.title})
        return redirect("actions:case", request.organisation.slug, case.pk)
    return render_form(request, "actions/case_form.html", {"form": form, "comment": comment})


@require_safe
@requires(Permission.VIEW)
def page(request: OrganisationRequest, case: int) -> HttpResponse:
    return _page(request, _visible(request, case))


@requires(Permission.VIEW)
def edit(request: OrganisationRequest, case: int) -> HttpResponse:
    found = _visible(request, case)
    form = CaseForm(request.POST or None, membership=request.membership, instance=found)
    if request.method == "POST" and form.is_valid():
        changes = {name: form.cleaned_data[name] for name in form.changed_data}
        if changes:
            domain.update_case(case=found, actor=request.user, **changes)
        messages.success(request, _("“%(name)s” was saved.") % {"name": found.title})
        return _back(request, found)
    return render_form(request, "actions/case_form.html", {"form": form, "case": found})


@requires(Permission.VIEW)
@require_POST
def note(request: OrganisationRequest, case: int) -> HttpResponse:
    found = _visible(request, case)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _page(request, found, note=form)
    domain.add_note(case=found, author=request.user, text=form.cleaned_data["text"])
    return _back(request, found)


@requires(Permission.VIEW)
@require_POST
def close(request: OrganisationRequest, case: int) -> HttpResponse:
    found = _visible(request, case)
    form = OutcomeForm(request.POST)
    if not form.is_valid():
        return _page(request, found, outcome=form)
    try:
        domain.close_case(case=found, actor=request.user, outcome=form.cleaned_data["outcome"])
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        # What this person wrote may still become a note.
        note = NoteForm(initial={"text": form.cleaned_data["outcome"]}, auto_id="note_%s")
        return _page(request, _visible(request, case), note=note)
    messages.success(request, _("The case is closed."))
    return _back(request, found)


@requires(Permission.VIEW)
@require_POST
def reopen(request: OrganisationRequest, case: int) -> HttpResponse:
    found = _visible(request, case)
    domain.reopen_case(case=found, actor=request.user)
    messages.success(request, _("The case is open again."))
    return _back(request, found)


def _visible(request: OrganisationRequest, pk: int) -> Case:
    """Of who may act there, or is responsible: those may also write to it."""
    rows = Case.objects.visible_to(request.membership).for_list().select_related("comment", "customer", "created_by")
    return get_object_or_404(rows, pk=pk)


def _pointed_at(request: OrganisationRequest) -> Comment | None:
    key = read_key(request.GET.get("comment"))
    if key is None:
        return None
    if not request.membership.may(Permission.READ_COMMENTS):
        raise PermissionDenied
    found = get_object_or_404(Comment.objects.read_by(request.membership).select_related("customer"), pk=key)
    # Others read the sheets themselves; to a lead, no report shows comments where few have answered.
    if not (
        request.membership.may(Permission.READ_CUSTOMERS) or found.is_one_of(request.organisation.comment_minimum_n)
    ):
        raise Http404
    return found


def _page(
    request: OrganisationRequest, case: Case, *, note: NoteForm | None = None, outcome: OutcomeForm | None = None
) -> HttpResponse:
    context = {
        "case": case,
        "notes": case.notes.select_related("author"),
        "note_form": note or NoteForm(auto_id="note_%s"),
        "outcome_form": outcome or OutcomeForm(auto_id="close_%s"),
        "may_read_customer": request.membership.may(Permission.READ_CUSTOMERS),
    }
    return render_form(request, "actions/case.html", context)


def _back(request: OrganisationRequest, case: Case) -> HttpResponse:
    """To the case; to the list, where it was handed over to somebody else."""
    if not Case.objects.visible_to(request.membership).filter(pk=case.pk).exists():
        return redirect("actions:cases", request.organisation.slug)
    return redirect("actions:case", request.organisation.slug, case.pk)
