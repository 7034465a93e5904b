"""The real page of a survey before anybody gets it: a walk through all its pages, of which nothing is stored."""

import re
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from common.keys import read_key
from customers.models import Customer
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest
from surveys.answersheets import Page, Place
from surveys.documents import Document, Mood
from surveys.domain import trial_mails
from surveys.domain.answering import greeting
from surveys.forms.questions import QuestionForm
from surveys.logic import Facts
from surveys.mail_findings import Verdict, explained
from surveys.models import Campaign, Survey, SurveyVersion
from surveys.pages import as_response, brand_context, survey_context
from surveys.placeholders import Name, Values, fill
from surveys.previews import Carried, Step, walk
from surveys.views.builder import back, language_of
from surveys.views.questions import asked_question

SETTINGS = ("language", "version", "persona", "channel", "attributes")
_FIELD = re.compile(r"q[0-9]{1,18}(?:\.(?:[0-9]{1,9}|other))?")
LONGEST_VALUE = 5000


@xframe_options_sameorigin
@requires(Permission.DESIGN)
@require_safe
def preview(request: OrganisationRequest, survey: int) -> HttpResponse:
    """The draft, or ``?version=`` one that was published; answers so far and who answers stand in the address."""
    found = get_object_or_404(Survey, pk=survey)
    language = language_of(request, found)
    document = _document(request, found)
    if language not in document.languages:
        language = document.default_language
    form = {name: request.GET.getlist(name) for name in request.GET if _FIELD.fullmatch(name)}
    tapped, tap = document.tapped, request.GET.get("s", "")
    if tapped and tap in map(str, tapped.scores):
        form.setdefault(tapped.field, [tap])
    settings = {name: request.GET[name] for name in SETTINGS if request.GET.get(name)}
    carried = Carried(settings, form, _number(request, "sent"))
    with translation.override(language):
        step = walk(document, _facts(request, language), form, sent=carried.sent, wanted=_number(request, "page"))
        if step.page is None:
            return _end(request, document, step, language)
        return _page(request, document, step, step.page, language, carried)


@xframe_options_sameorigin
@requires(Permission.DESIGN)
@require_POST
def try_question(request: OrganisationRequest, survey: int, question: int) -> HttpResponse:
    """One question as it would look with what is typed into its form, saved or not."""
    found = get_object_or_404(Survey, pk=survey)
    asked = asked_question(found, question)
    language = language_of(request, found)
    form = QuestionForm(request.POST, instance=asked, language=language)
    document = Document.of_draft(found, form.tried())
    page = Page(1, list(document.questions))
    with translation.override(language):
        return _page(request, document, walk(document, Facts(language), {}), page, language, Carried({}))


@requires(Permission.DESIGN)
@require_POST
def send_test(request: OrganisationRequest, survey: int) -> HttpResponse:
    """The survey's mail to whoever asks for it."""
    found = get_object_or_404(Survey, pk=survey)
    language = language_of(request, found)
    _send_test(request, found, None, language)
    return back(request, found, language)


@requires(Permission.DESIGN)
@require_POST
def try_campaign(request: OrganisationRequest, pk: int) -> HttpResponse:
    """What a campaign sends, to whoever asks for it."""
    survey = get_object_or_404(Campaign.objects.select_related("survey"), pk=pk).survey
    own = get_language() or ""
    language = own if own in survey.languages else survey.default_language
    _send_test(request, survey, survey.versions.latest("number"), language)
    return redirect("surveys:campaign", request.organisation.slug, pk)


def _send_test(request: OrganisationRequest, survey: Survey, version: SurveyVersion | None, language: str) -> None:
    try:
        findings = trial_mails.send_test_mail(
            organisation=request.organisation, survey=survey, version=version, user=request.user, language=language
        )
    except UnicodeError:
        messages.error(request, _("No mail can be sent to %(address)s.") % {"address": request.user.email})
        return
    bad = [each for each in explained(each.to_json() for each in findings) if each.verdict == Verdict.BAD]
    for each in bad:
        messages.error(request, f"{each.says} {each.do} {each.answer}".strip())
    if not bad:
        sent = _("The mail is on its way to %(address)s. Its links lead to the preview: nothing you answer counts.")
        messages.success(request, sent % {"address": request.user.email})


def _document(request: OrganisationRequest, survey: Survey) -> Document:
    number = request.GET.get("version")
    if not number:
        return Document.of_draft(survey)
    if not (number.isascii() and number.isdigit() and len(number) < 6):
        raise Http404
    return Document.of_version(get_object_or_404(survey.versions, number=int(number)))


def _facts(request: HttpRequest, language: str) -> Facts:
    """Of whom is tried out; attributes as lines such as "Segment: Gold"."""
    lines = (line.partition(":") for line in request.GET.get("attributes", "")[:LONGEST_VALUE].splitlines())
    attributes = {name.strip(): value.strip() for name, _colon, value in lines if name.strip()}
    return Facts(language, _number(request, "persona") or None, _number(request, "channel") or None, attributes)


def _page(
    request: OrganisationRequest, document: Document, step: Step, page: Page, language: str, carried: Carried
) -> HttpResponse:
    localised = document.localised(
        language, questions=page.questions, facts=step.sheet.facts, answers=step.sheet.values
    )
    customer = Customer(salutation=Customer.Salutation.MS, last_name=_("Sample"))
    known = _known(request, step)
    context: dict[str, Any] = survey_context(
        document=localised.reworded(lambda text: fill(text, known)),
        organisation_name=request.organisation.name,
        greeting=greeting(customer),
        answers=carried.form,
        errors=step.refused.errors if step.refused else None,
        is_empty=step.refused is not None and not step.refused.errors,
        is_preview=True,
        place=step.sheet.place(page) if page in step.sheet.pages else Place(),
        query=carried.query,
    )
    is_anonymous = Survey.objects.filter(pk=document.survey_id, is_anonymous=True).exists()
    context |= {"carried": carried.besides(page), "is_anonymous": is_anonymous, "is_invited": True}
    return _framed(request, "respond/survey.html", context)


def _known(request: OrganisationRequest, step: Step) -> Values:
    """What placeholders stand for: what was said of the customer, and fallbacks for the rest."""
    attributes = {name.casefold(): value for name, value in step.sheet.facts.attributes.items()}
    return attributes | {Name.ORGANISATION.value: request.organisation.name, Name.LAST_NAME.value: _("Sample")}


def _end(request: OrganisationRequest, document: Document, step: Step, language: str) -> HttpResponse:
    localised = document.localised(language, questions=[])
    mood = document.mood(step.sheet.values)
    thanks = {Mood.HIGH: localised.thanks_high, Mood.LOW: localised.thanks_low}.get(mood, localised.thanks)
    context = {
        "language": language,
        "organisation_name": request.organisation.name,
        "is_preview": True,
        "thanks": fill(thanks, _known(request, step)),
        "review_url": document.review_url if mood is Mood.HIGH else "",
        "offers_contact": document.offers_contact and mood is Mood.LOW,
    }
    return _framed(request, "respond/thanks.html", context)


def _framed(request: OrganisationRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """As respondents get it, with the organisation's colours, but that the builder may show it in a frame."""
    response = as_response(render_to_string(template, {**context, **brand_context(request.organisation)}))
    policy = response["Content-Security-Policy"].replace("frame-ancestors 'none'", "frame-ancestors 'self'")
    response["Content-Security-Policy"] = policy
    return response


def _number(request: HttpRequest, name: str) -> int:
    return read_key(request.GET.get(name)) or 0
