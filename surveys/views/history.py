"""Pages that bring earlier answers: the file, what its columns mean, what that gives, and taking it back."""

from dataclasses import dataclass
from pathlib import PurePath

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from common.csv_file import CsvError, CsvFile
from common.form_pages import render_form
from customers.forms.importing import FaultyRowsForm
from journeys.models import Touchpoint
from organisations.domain.jobs import said
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest
from surveys.answers import NOT_APPLICABLE
from surveys.domain.guessing import guesses, seen
from surveys.domain.history import Trial, keep_file, sheet_reader, start_import, start_removal, try_out
from surveys.domain.mapping import Asked, Mapping
from surveys.domain.mapping_tables import MappingFaults
from surveys.forms.history import (
    HistoryUploadForm,
    MappingTextForm,
    RemovalForm,
    mapping_form,
    shows_all_of,
)
from surveys.models import HistoryImport, Question, Survey

FAULTS_SHOWN = 20


@requires(Permission.DESIGN)
def history(request: OrganisationRequest) -> HttpResponse:
    """What was brought so far, and the next file."""
    form = HistoryUploadForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        uploaded = form.cleaned_data["file"]
        kept = keep_file(
            organisation=request.organisation,
            name=form.file_name,
            content=uploaded.content,
            mapping=form.cleaned_data["mapping"],
            user=request.user,
        )
        page = "surveys:history_check" if kept.mapping else "surveys:history_mapping"
        return redirect(page, request.organisation.slug, kept.pk)
    imports = HistoryImport.objects.select_related("created_by")
    context = {"form": form, "waiting": imports.waiting(), "imports": imports.done()}
    return render_form(request, "surveys/history.html", context)


@requires(Permission.DESIGN)
def mapping(request: OrganisationRequest, pk: int) -> HttpResponse:
    kept = _waiting(pk)
    file = CsvFile(bytes(kept.content or b""))
    columns = seen(file)
    stored = _mapping(kept)
    if stored and not request.POST and not shows_all_of(stored, columns):
        return redirect("surveys:history_text", request.organisation.slug, pk)
    form = mapping_form(
        columns,
        list(guesses(columns)),
        data=request.POST or None,
        mapping=stored,
        name=PurePath(kept.file_name).stem.replace("_", " ")[:100],
    )
    if request.POST and form.is_valid():
        assert form.mapping
        kept.mapping = form.mapping.to_toml()
        kept.save(update_fields=["mapping"])
        return redirect("surveys:history_check", request.organisation.slug, pk)
    context = {"form": form, "kept": kept, "touchpoints": Touchpoint.objects.current().order_by("name")}
    return render_form(request, "surveys/history_mapping.html", context)


@requires(Permission.DESIGN)
def mapping_text(request: OrganisationRequest, pk: int) -> HttpResponse:
    """For what the form can't say: words that stand for scores, texts in both languages …"""
    kept = _waiting(pk)
    form = MappingTextForm(request.POST or None, initial={"mapping": kept.mapping})
    if form.is_valid():
        kept.mapping = form.cleaned_data["mapping"].replace("\r\n", "\n")
        kept.save(update_fields=["mapping"])
        return redirect("surveys:history_check", request.organisation.slug, pk)
    return render_form(request, "surveys/history_text.html", {"form": form, "kept": kept})


@dataclass(frozen=True)
class Column:
    """What one question would get."""

    asked: Asked
    kind: str
    answered: int
    not_applicable: int
    lowest: object
    highest: object

    @classmethod
    def of(cls, asked: Asked, trial: Trial, number: int) -> "Column":
        counts = trial.answers[number]
        scores = [answer for answer in counts if isinstance(answer, int)]
        not_applicable = counts[NOT_APPLICABLE]
        return cls(
            asked=asked,
            kind=str(Question.Kind(asked.kind).label),
            answered=counts.total() - not_applicable,
            not_applicable=not_applicable,
            lowest=min(scores, default=None),
            highest=max(scores, default=None),
        )


@requires(Permission.DESIGN)
def check(request: OrganisationRequest, pk: int) -> HttpResponse:
    """What the import would give, from the first rows; and its start."""
    kept = _waiting(pk)
    if not kept.mapping:
        return redirect("surveys:history_mapping", request.organisation.slug, pk)
    form = FaultyRowsForm(request.POST or None)
    context = {"kept": kept, "form": form}
    try:
        chosen = Mapping.from_toml(kept.mapping)
        reader = sheet_reader(
            file=CsvFile(bytes(kept.content or b"")), mapping=chosen, organisation=request.organisation
        )
        if Survey.objects.filter(name__iexact=chosen.name).exists():
            context["refused"] = [_("There is a survey “%(name)s” already.") % {"name": chosen.name}]
        elif form.is_valid():
            job = start_import(history=kept, skips_faulty=form.cleaned_data["faulty"] == "skip", user=request.user)
            return redirect("job", request.organisation.slug, job.pk)
        trial = try_out(reader)
    except MappingFaults as error:
        context["refused"] = error.faults
    except CsvError as error:
        context["refused"] = [str(error)]
    else:
        context |= {
            "mapping": chosen,
            "trial": trial,
            "columns": [Column.of(asked, trial, number) for number, asked in enumerate(chosen.questions)],
            "faults": [(fault, said(fault.message)) for fault in trial.faults.found[:FAULTS_SHOWN]],
        }
    return render_form(request, "surveys/history_check.html", context, is_refused=request.method == "POST")


@require_safe
@requires(Permission.DESIGN)
def download(request: OrganisationRequest, pk: int) -> HttpResponse:
    kept = get_object_or_404(HistoryImport.objects.defer("content").exclude(mapping=""), pk=pk)
    response = HttpResponse(kept.mapping, content_type="application/toml; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="mapping-{kept.pk}.toml"'
    return response


@require_POST
@requires(Permission.DESIGN)
def discard(request: OrganisationRequest, pk: int) -> HttpResponse:
    HistoryImport.objects.waiting().filter(pk=pk).delete()
    messages.success(request, _("The file has been discarded; nothing has been imported."))
    return redirect("surveys:history", request.organisation.slug)


@requires(Permission.DESIGN)
def remove(request: OrganisationRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(HistoryImport.objects.done(), pk=pk)
    assert found.survey
    form = RemovalForm(found.survey.name, request.POST or None)
    if form.is_valid():
        job = start_removal(history=found, user=request.user)
        return redirect("job", request.organisation.slug, job.pk)
    return render_form(request, "surveys/history_remove.html", {"form": form, "history": found})


def _waiting(pk: int) -> HistoryImport:
    return get_object_or_404(HistoryImport.objects.waiting().defer(None).select_related("organisation"), pk=pk)


def _mapping(kept: HistoryImport) -> Mapping | None:
    """As it was stored; what is no mapping (any more) is asked anew."""
    try:
        return Mapping.from_toml(kept.mapping) if kept.mapping else None
    except MappingFaults:
        return None
