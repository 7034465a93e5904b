"""Writing the questions of a survey, one at a time."""

import re

from csp.constants import SELF
from csp.decorators import csp_update
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from common.keys import read_key
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest
from surveys.catalogue import QUESTIONS
from surveys.domain import questions as domain
from surveys.forms.making import ButtonForm
from surveys.forms.questions import QuestionForm
from surveys.models import Question, Survey
from surveys.views.builder import GoneQuestion, back, builder_page, language_of

_TYPED = re.compile(r"text|low_label|high_label|item-[0-9]{1,3}-text|wording")
"""Fields of a question and of its rules with words of one's own."""


@csp_update({"frame-src": [SELF]})
@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.DESIGN)
def question(request: OrganisationRequest, survey: int, question: int) -> HttpResponse:
    """The survey's page with one question open for editing."""
    found = get_object_or_404(Survey, pk=survey)
    asked = asked_question(found, question)
    if asked.archived_at:
        return gone_page(request, found, asked)
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
    form = ButtonForm(request.POST)
    if not form.is_valid():
        messages.error(request, form.fault)
        return back(request, found, language_of(request, found))
    added = domain.add_question(survey=found, kind=kind, form_key=form.cleaned_data["form_key"])
    return _open(request, found, added)


@csp_update({"frame-src": [SELF]})
@requires(Permission.DESIGN)
@require_POST
def move_question(request: OrganisationRequest, survey: int, question: int) -> HttpResponse:
    found = get_object_or_404(Survey, pk=survey)
    asked = asked_question(found, question)
    if asked.archived_at:
        return gone_page(request, found, asked)
    if "before" in request.POST:
        domain.place_question(question=asked, before=read_key(request.POST["before"]))
    else:
        domain.move_question(question=asked, by=-1 if request.POST.get("to") == "up" else 1)
    return back(request, found, language_of(request, found))


@requires(Permission.DESIGN)
@require_POST
def archive_question(request: OrganisationRequest, survey: int, question: int) -> HttpResponse:
    found = get_object_or_404(Survey, pk=survey)
    domain.archive_question(
        question=get_object_or_404(found.questions.filter(matrix=None), pk=question), user=request.user
    )
    return back(request, found, language_of(request, found))


@requires(Permission.DESIGN)
@require_POST
def restore_question(request: OrganisationRequest, survey: int, question: int) -> HttpResponse:
    found = get_object_or_404(Survey, pk=survey)
    removed = found.questions.filter(matrix=None).exclude(archived_at=None)
    domain.restore_question(question=get_object_or_404(removed, pk=question))
    return back(request, found, language_of(request, found))


@csp_update({"frame-src": [SELF]})
@requires(Permission.DESIGN)
@require_POST
def replace_question(request: OrganisationRequest, survey: int, question: int) -> HttpResponse:
    found = get_object_or_404(Survey, pk=survey)
    asked = asked_question(found, question)
    if asked.archived_at:
        replacement = asked.replacements.filter(archived_at=None).first()
        return _open(request, found, replacement) if replacement else gone_page(request, found, asked)
    new = domain.replace_question(question=asked, user=request.user)
    messages.success(
        request, _("This is the new question. The answers to the one before stay its own; reports show the break.")
    )
    return _open(request, found, new)


def asked_question(survey: Survey, pk: int) -> Question:
    """One that is asked, or was until somebody removed it, and is no row. Raises Http404."""
    return get_object_or_404(survey.questions.filter(matrix=None).select_related("archived_by"), pk=pk)


def gone_page(request: OrganisationRequest, survey: Survey, question: Question) -> HttpResponse:
    """The survey's page, saying that somebody removed the question meanwhile, with what was typed for it."""
    typed = [value for name in request.POST if _TYPED.fullmatch(name) for value in request.POST.getlist(name)]
    gone = GoneQuestion(question, "\n".join(text for text in map(str.strip, typed) if text))
    return builder_page(request, survey, language_of(request, survey), gone=gone)


def _open(request: OrganisationRequest, survey: Survey, question: Question) -> HttpResponse:
    url = reverse("surveys:question", args=[request.organisation.slug, survey.pk, question.pk])
    return redirect(f"{url}?language={language_of(request, survey)}#question-{question.pk}")
