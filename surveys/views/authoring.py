"""Pages on which surveys are written and published."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from csp.constants import SELF
from csp.decorators import csp_replace, csp_update
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from common.paging import newest_first
from customers.models import Customer
from organisations.models import LANGUAGES
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest
from surveys.catalogue import TEMPLATES
from surveys.documents import Document
from surveys.domain import authoring, checks, questions
from surveys.domain.answering import greeting
from surveys.forms_authoring import SCALE_FIELDS, NewSurveyForm, QuestionForm, SettingsForm, SurveyFilterForm, TextsForm
from surveys.models import Question, Survey, localised
from surveys.views.answering import survey_context


@dataclass(frozen=True)
class LanguageTab:
    code: str
    name: str
    url: str
    is_current: bool
    missing: int


@requires(Permission.DESIGN)
@require_safe
def survey_list(request: OrganisationRequest) -> HttpResponse:
    form = SurveyFilterForm(request.GET)
    surveys = Survey.objects.for_list()
    if form.is_valid():
        if state := form.cleaned_data["state"]:
            surveys = surveys.filter(state=state)
        if search := form.cleaned_data["search"]:
            surveys = surveys.filter(name__icontains=search)
    is_filtered = any(request.GET.get(name) for name in form.fields)
    context = {"page": newest_first(surveys, request.GET), "form": form, "is_filtered": is_filtered}
    return render(request, "surveys/list.html", context)


@requires(Permission.DESIGN)
@require_safe
def new(request: OrganisationRequest) -> HttpResponse:
    """Choose a template."""
    language = get_language()
    templates = [
        (template, [localised(question.text, language, "en") for question in template.questions])
        for template in TEMPLATES.values()
    ]
    return render(request, "surveys/new.html", {"templates": templates})


@requires(Permission.DESIGN)
def create(request: OrganisationRequest, template: str) -> HttpResponse:
    if template not in TEMPLATES:
        raise Http404
    chosen = TEMPLATES[template]
    initial = {
        "name": chosen.name,
        "languages": [code for code, _name in LANGUAGES],
        "default_language": request.organisation.language,
    }
    form = NewSurveyForm(request.POST or None, initial=initial)
    if form.is_valid():
        survey = authoring.create_from_template(organisation=request.organisation, template=chosen, **form.cleaned_data)
        return redirect("surveys:edit", request.organisation.slug, survey.pk)
    return render(request, "surveys/create.html", {"form": form, "template": chosen})


@csp_update({"frame-src": [SELF]})
@requires(Permission.DESIGN)
@require_safe
def edit(request: OrganisationRequest, survey: int) -> HttpResponse:
    found = get_object_or_404(Survey, pk=survey)
    return _builder(request, found, _language(request, found))


@csp_update({"frame-src": [SELF]})
@requires(Permission.DESIGN)
def texts(request: OrganisationRequest, survey: int) -> HttpResponse:
    """The survey's page with greeting, thank-you and mail open for editing."""
    found = get_object_or_404(Survey, pk=survey)
    language = _language(request, found)
    form = TextsForm(request.POST or None, survey=found, language=language)
    if form.is_valid():
        authoring.update_texts(survey=found, language=language, texts=form.cleaned_data)
        return _back(request, found, language)
    return _builder(request, found, language, texts_form=form)


@csp_update({"frame-src": [SELF]})
@requires(Permission.DESIGN)
def question(request: OrganisationRequest, survey: int, question: int) -> HttpResponse:
    """The survey's page with one question open for editing."""
    found = get_object_or_404(Survey, pk=survey)
    asked = get_object_or_404(found.questions.filter(matrix=None, archived_at=None), pk=question)
    language = _language(request, found)
    form = QuestionForm(request.POST or None, instance=asked, language=language)
    if form.is_valid():
        questions.update_question(question=asked, language=language, wording=form.wording(), values=form.values())
        return _back(request, found, language, at=asked.pk)
    return _builder(request, found, language, question_form=form)


@requires(Permission.DESIGN)
@require_POST
def add_question(request: OrganisationRequest, survey: int) -> HttpResponse:
    found = get_object_or_404(Survey, pk=survey)
    kind = request.POST.get("kind", "")
    if kind not in SCALE_FIELDS:
        raise Http404
    added = questions.add_question(survey=found, kind=kind)
    url = reverse("surveys:question", args=[request.organisation.slug, found.pk, added.pk])
    return redirect(f"{url}?language={_language(request, found)}")


@requires(Permission.DESIGN)
@require_POST
def move_question(request: OrganisationRequest, survey: int, question: int) -> HttpResponse:
    found = get_object_or_404(Survey, pk=survey)
    asked = get_object_or_404(found.questions.filter(matrix=None, archived_at=None), pk=question)
    questions.move_question(question=asked, by=-1 if request.POST.get("to") == "up" else 1)
    return _back(request, found, _language(request, found))


@requires(Permission.DESIGN)
@require_POST
def archive_question(request: OrganisationRequest, survey: int, question: int) -> HttpResponse:
    found = get_object_or_404(Survey, pk=survey)
    questions.archive_question(question=get_object_or_404(found.questions.filter(matrix=None), pk=question))
    return _back(request, found, _language(request, found))


@requires(Permission.DESIGN)
@require_POST
def restore_question(request: OrganisationRequest, survey: int, question: int) -> HttpResponse:
    found = get_object_or_404(Survey, pk=survey)
    removed = found.questions.filter(matrix=None).exclude(archived_at=None)
    questions.restore_question(question=get_object_or_404(removed, pk=question))
    return _back(request, found, _language(request, found))


@requires(Permission.DESIGN)
def settings(request: OrganisationRequest, survey: int) -> HttpResponse:
    found = get_object_or_404(Survey, pk=survey)
    form = SettingsForm(request.POST or None, instance=found)
    if form.is_valid():
        authoring.update_settings(survey=found, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("surveys:settings", request.organisation.slug, found.pk)
    # The form has written what was typed into the survey; the page's head shows what is stored.
    return render(request, "surveys/settings.html", {"form": form, **_head(get_object_or_404(Survey, pk=survey))})


@requires(Permission.DESIGN)
def publish(request: OrganisationRequest, survey: int) -> HttpResponse:
    """What is to be mended before publishing, the button, and all versions so far."""
    found = get_object_or_404(Survey, pk=survey)
    slug = request.organisation.slug
    if request.method == "POST":
        try:
            version = authoring.publish(survey=found, user=request.user)
        except authoring.NotPublishable:
            pass  # the page below says why
        else:
            messages.success(
                request, _("Version %(number)s is published and takes answers.") % {"number": version.number}
            )
            return redirect("surveys:publish", slug, found.pk)
    problems = [(problem, _place(slug, found, problem)) for problem in checks.problems(found)]
    versions = found.versions.select_related("published_by")
    return render(request, "surveys/publish.html", {"problems": problems, "versions": versions, **_head(found)})


@requires(Permission.DESIGN)
@require_POST
def close(request: OrganisationRequest, survey: int) -> HttpResponse:
    found = get_object_or_404(Survey, pk=survey)
    authoring.close(survey=found)
    messages.success(request, _("“%(name)s” takes no more answers. You can reopen it at any time.") % {"name": found})
    return redirect("surveys:publish", request.organisation.slug, found.pk)


@requires(Permission.DESIGN)
@require_POST
def reopen(request: OrganisationRequest, survey: int) -> HttpResponse:
    found = get_object_or_404(Survey, pk=survey)
    authoring.reopen(survey=found)
    messages.success(request, _("“%(name)s” takes answers again.") % {"name": found})
    return redirect("surveys:publish", request.organisation.slug, found.pk)


@requires(Permission.DESIGN)
@require_POST
def duplicate(request: OrganisationRequest, survey: int) -> HttpResponse:
    copy = authoring.duplicate(survey=get_object_or_404(Survey, pk=survey))
    messages.success(request, _("This is the copy: a draft with questions of its own."))
    return redirect("surveys:edit", request.organisation.slug, copy.pk)


@xframe_options_sameorigin
@csp_replace({"frame-ancestors": [SELF], "img-src": [SELF, "data:"]})
@requires(Permission.DESIGN)
@require_safe
def preview(request: OrganisationRequest, survey: int) -> HttpResponse:
    """The page a customer would see: the draft, or ``?version=`` one that was published."""
    found = get_object_or_404(Survey, pk=survey)
    if number := request.GET.get("version"):
        if not (number.isascii() and number.isdigit() and len(number) < 6):
            raise Http404
        document = Document.of_version(get_object_or_404(found.versions, number=int(number)))
    else:
        document = Document.of_draft(found)
    page = document.localised(_language(request, found))
    with translation.override(page.language):
        customer = Customer(salutation=Customer.Salutation.MS, last_name=_("Sample"))
        context = survey_context(
            document=page,
            organisation_name=request.organisation.name,
            greeting=greeting(customer),
            is_preview=True,
        )
        return render(request, "respond/survey.html", context)


def _builder(
    request: OrganisationRequest,
    survey: Survey,
    language: str,
    texts_form: TextsForm | None = None,
    question_form: QuestionForm | None = None,
) -> HttpResponse:
    listed = list(survey.questions.filter(matrix=None).select_related("touchpoint"))
    problems = checks.problems(survey)
    tabs = [
        LanguageTab(
            code=code,
            name=str(name),
            url=f"?language={code}",
            is_current=code == language,
            missing=sum(problem.language == code for problem in problems),
        )
        for code, name in LANGUAGES
        if code in survey.languages
    ]
    context: dict[str, Any] = {
        **_head(survey),
        "language": language,
        "language_tabs": tabs,
        "questions": [question for question in listed if question.archived_at is None],
        "archived": [question for question in listed if question.archived_at],
        "kinds": [(kind, Question.Kind(kind).label) for kind in SCALE_FIELDS],
        "texts_form": texts_form,
        "question_form": question_form,
        "at": int(at) if (at := request.GET.get("at", "")).isdecimal() and len(at) < 19 else None,
        "open_question": question_form.instance.pk if question_form else None,
    }
    return render(request, "surveys/edit.html", context)


def _head(survey: Survey) -> dict[str, Any]:
    """What the head of each page of one survey shows."""
    version = authoring.latest_version(survey)
    return {"survey": survey, "version": version, "differs": authoring.differs(survey, version)}


def _language(request: HttpRequest, survey: Survey) -> str:
    """The survey's language that is being worked on."""
    asked = request.GET.get("language", "")
    return asked if asked in survey.languages else survey.default_language


def _back(request: OrganisationRequest, survey: Survey, language: str, at: int | None = None) -> HttpResponse:
    """To the survey's page; the keyboard's focus goes to the question that was worked on."""
    query = urlencode({"language": language, **({"at": at} if at else {})})
    return redirect(f"{reverse('surveys:edit', args=[request.organisation.slug, survey.pk])}?{query}")


def _place(slug: str, survey: Survey, problem: checks.Problem) -> str:
    """Where a problem is mended."""
    url_name = f"surveys:{problem.part}" if problem.part in {"question", "texts", "settings", "reminders"} else "surveys:edit"
    opened = [problem.question.pk] if problem.question is not None and problem.part == "question" else []
    url = reverse(url_name, args=[slug, survey.pk, *opened])
    return f"{url}?language={problem.language}" if problem.language else url
