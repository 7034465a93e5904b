"""Writing the questions of a survey, one at a time."""

from csp.constants import SELF
from csp.decorators import csp_update
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest
from surveys.catalogue import QUESTIONS
from surveys.domain import questions as domain
from surveys.forms_questions import QuestionForm
from surveys.models import Question, Survey
from surveys.views.builder import back, builder_page, language_of


@csp_update({"frame-src": [SELF]})
@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.DESIGN)
def question(request: OrganisationRequest, survey: int, question: int) -> HttpResponse:
    """The survey's page with one question open for editing."""
    found = get_object_or_404(Survey, pk=survey)
    asked = asked_question(found, question)
    language = language_of(request, found)
    pressed = request.POST.get("do", "")
    form = QuestionForm(request.POST or None, instance=asked, language=language, pressed=pressed)
    if form.is_valid():
        domain.update_question(question=asked, **form.changes())
        return back(request, found, language, at=asked.pk)
    return builder_page(request, found, language, question_form=form)


@requires(Permission.DESIGN)
@require_POST
def add_question(request: OrganisationRequest, survey: int) -> HttpResponse:
    found = get_object_or_404(Survey, pk=survey)
    kind = request.POST.get("kind", "")
    if kind not in QUESTIONS:
        raise Http404
    if found.questions.filter(archived_at=None).count() >= domain.MOST_QUESTIONS:
        messages.error(request, _("A survey has at most %(limit)d questions.") % {"limit": domain.MOST_QUESTIONS})
        return back(request, found, language_of(request, found))
    added = domain.add_question(survey=found, kind=kind)
    return _open(request, found, added)


@requires(Permission.DESIGN)
@require_POST
def move_question(request: OrganisationRequest, survey: int, question: int) -> HttpResponse:
    found = get_object_or_404(Survey, pk=survey)
    domain.move_question(question=asked_question(found, question), by=-1 if request.POST.get("to") == "up" else 1)
    return back(request, found, language_of(request, found))


@requires(Permission.DESIGN)
@require_POST
def archive_question(request: OrganisationRequest, survey: int, question: int) -> HttpResponse:
    found = get_object_or_404(Survey, pk=survey)
    domain.archive_question(question=get_object_or_404(found.questions.filter(matrix=None), pk=question))
    return back(request, found, language_of(request, found))


@requires(Permission.DESIGN)
@require_POST
def restore_question(request: OrganisationRequest, survey: int, question: int) -> HttpResponse:
    found = get_object_or_404(Survey, pk=survey)
    removed = found.questions.filter(matrix=None).exclude(archived_at=None)
    domain.restore_question(question=get_object_or_404(removed, pk=question))
    return back(request, found, language_of(request, found))


@requires(Permission.DESIGN)
@require_POST
def replace_question(request: OrganisationRequest, survey: int, question: int) -> HttpResponse:
    found = get_object_or_404(Survey, pk=survey)
    new = domain.replace_question(question=asked_question(found, question))
    messages.success(
        request, _("This is the new question. The answers to the one before stay its own; reports show the break.")
    )
    return _open(request, found, new)


def asked_question(survey: Survey, pk: int) -> Question:
    """One that is asked and is no row. Raises Http404."""
    return get_object_or_404(survey.questions.filter(matrix=None, archived_at=None), pk=pk)


def _open(request: OrganisationRequest, survey: Survey, question: Question) -> HttpResponse:
    url = reverse("surveys:question", args=[request.organisation.slug, survey.pk, question.pk])
    return redirect(f"{url}?language={language_of(request, survey)}#question-{question.pk}")
