"""What a survey brought in: question by question, and sheet by sheet."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from common import charts, numbers
from common.charts import Part
from common.keys import read_key
from common.paging import newest_first, sorted_by
from organisations.models import LANGUAGES
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest
from reports.domain import results
from reports.domain.results import QuestionResult, Selection, Sheets
from reports.domain.sheets import SECONDS_COUNTED
from reports.filters import Filters
from reports.result_panels import QuestionPanel
from surveys.domain.setting_aside import count_after_all, set_aside
from surveys.domain.single_answers import single_answers
from surveys.models import Comment, Question, Response, Survey

COMMENTS_SHOWN = 5
SHEETS_SHOWN = 20


@requires(Permission.READ_CUSTOMERS)
@require_safe
def survey_list(request: OrganisationRequest) -> HttpResponse:
    """All surveys that were ever published, the newest first, with how many answers came in the period."""
    filters = Filters.of(request)
    surveys = Survey.objects.exclude(state=Survey.State.DRAFT).for_list()
    if words := request.GET.get("search", "").strip().replace("\x00", ""):
        surveys = surveys.filter(name__icontains=words)
    page = newest_first(surveys, request.GET)
    counts = results.sheet_counts(page.rows, filters.period)
    rows = [(survey, *counts.get(survey.pk, (0, 0))) for survey in page.rows]
    return render(request, "reports/survey_list.html", {"filters": filters, "page": page, "rows": rows, "words": words})


@requires(Permission.READ_CUSTOMERS)
@require_safe
def survey_results(request: OrganisationRequest, survey_id: int) -> HttpResponse:
    """Question by question, with what was left empty beside it, and how far those asked came."""
    survey = get_object_or_404(Survey, pk=survey_id)
    filters = Filters.of(request)
    selection = _selection(request, survey, filters)
    sheets = results.sheets(selection)
    found = results.question_results(selection)
    context = {
        **_filter_context(survey, filters, selection),
        "panels": _panels(request, filters, selection, found),
        "sheets": sheets,
        "duration": _duration(sheets.median_seconds),
        **_way_to_the_answer(selection, sheets, request.organisation.minimum_n),
    }
    return render(request, "reports/survey_results.html", context)


@requires(Permission.READ_CUSTOMERS)
@require_safe
def survey_sheets(request: OrganisationRequest, survey_id: int) -> HttpResponse:
    """Single answer sheets, newest first; none where answers are never shown one by one."""
    survey = get_object_or_404(Survey, pk=survey_id, is_anonymous=False)
    filters = Filters.of(request)
    selection = _selection(request, survey, filters)
    rows: QuerySet[Response] = selection.of(Response.objects.filter(set_aside=""))
    rows = rows.select_related("customer", "channel", "persona", "version")
    page = sorted_by("day", rows, request.GET, SHEETS_SHOWN, descending=True)
    context = {
        **_filter_context(survey, filters, selection),
        "page": page,
        "sheets": single_answers(survey, page.rows),
        "may_set_aside": request.membership.may(Permission.DESIGN),
        "aside": _just_set_aside(request, survey),
        "query": _query(request).urlencode(),
    }
    return render(request, "reports/survey_sheets.html", context)


@requires(Permission.DESIGN)
@require_POST
def set_sheet_aside(request: OrganisationRequest, survey_id: int, response_id: int) -> HttpResponse:
    """Take one sheet out of all figures, or back into them; then on with the same filters."""
    survey = get_object_or_404(Survey, pk=survey_id, is_anonymous=False)
    query = _query(request)
    if request.POST.get("to") == "back":
        count_after_all(survey=survey, responses=[response_id], user=request.user)
    elif set_aside(survey=survey, responses=[response_id], user=request.user):
        query["aside"] = str(response_id)
    url = reverse("reports:survey_sheets", args=[request.organisation.slug, survey_id])
    return redirect(f"{url}?{query.urlencode()}")


def _query(request: OrganisationRequest) -> QueryDict:
    """The filters and the page, without what has just been done."""
    query = request.GET.copy()
    query.pop("aside", None)
    return query


def _just_set_aside(request: OrganisationRequest, survey: Survey) -> Response | None:
    key = read_key(request.GET.get("aside"))
    by_hand = Response.objects.filter(survey=survey, set_aside=Response.SetAside.BY_HAND)
    return None if key is None else by_hand.filter(pk=key).first()


def _selection(request: OrganisationRequest, survey: Survey, filters: Filters) -> Selection:
    """Where nobody is to be known: everybody, in steps. What changes from one answer, day or group to the next would
    tell what one person said.
    """
    if survey.is_anonymous:
        return _in_steps(request, survey, filters, request.organisation.minimum_n)
    number, language = request.GET.get("version", ""), request.GET.get("language", "")
    version = next((one for one in survey.versions.all() if str(one.number) == number), None)
    return Selection(
        survey=survey,
        period=filters.period,
        version=version,
        language=language if language in dict(LANGUAGES) else "",
        channel=filters.channel,
        persona=filters.persona,
    )


def _in_steps(request: OrganisationRequest, survey: Survey, filters: Filters, minimum: int) -> Selection:
    today = request.organisation.today()
    return Selection(survey, results.shown_together(survey, filters.period, minimum=minimum, today=today))


def _filter_context(survey: Survey, filters: Filters, selection: Selection) -> dict[str, Any]:
    return {
        "survey": survey,
        "filters": filters,
        "selection": selection,
        "versions": survey.versions.defer("document"),
        "languages": [(code, name) for code, name in LANGUAGES if code in survey.languages],
    }


def _panels(
    request: OrganisationRequest, filters: Filters, selection: Selection, found: list[QuestionResult]
) -> list[QuestionPanel]:
    organisation = request.organisation
    worded = {
        result.question.id: result
        for result in found
        if result.question.kind in Question.WRITTEN or result.question.allows_other
    }
    readable = [pk for pk, result in worded.items() if result.n >= organisation.comment_minimum_n]
    if selection.survey.is_anonymous:
        selection = _in_steps(request, selection.survey, filters, organisation.comment_minimum_n)
    comments = _comments(selection, readable) if request.membership.may(Permission.READ_COMMENTS) else {}
    panels, number = [], 0
    for result in found:
        number += result.is_asked
        is_written = result.question.kind in Question.WRITTEN
        panels.append(
            QuestionPanel.of(
                result,
                number=number if result.is_asked else None,
                language=get_language(),
                fallback=selection.survey.default_language,
                minimum=organisation.comment_minimum_n if is_written else organisation.minimum_n,
                comments=comments.get(result.question.id, []),
            )
        )
    return panels


def _comments(selection: Selection, questions: list[int]) -> dict[int, list[Comment]]:
    """The newest of each question; one statement."""
    if selection.period is None:
        return {}
    rows = Comment.objects.filter(survey=selection.survey).in_period(selection.period)
    wanted = {
        "response__version": selection.version,
        "channel": selection.channel,
        "persona": selection.persona,
        "language": selection.language,
    }
    rows = rows.filter(**{name: value for name, value in wanted.items() if value}).for_list()
    first, *others = [rows.filter(question=question)[:COMMENTS_SHOWN] for question in questions] or [rows.none()]
    found: dict[int, list[Comment]] = {}
    for comment in first.union(*others, all=True) if others else first:
        found.setdefault(comment.question_id, []).append(comment)
    if selection.survey.is_anonymous:  # In an order that says nothing of when, and so of who.
        found = {question: sorted(each, key=lambda comment: comment.text) for question, each in found.items()}
    return found


@dataclass(frozen=True)
class Step:
    """How many invitations or answer sheets came so far."""

    label: str
    n: int
    base: int
    """Of how many."""

    @property
    def text(self) -> str:
        return numbers.count(self.n)

    @property
    def share(self) -> str:
        return numbers.percent(100 * self.n / self.base)

    @property
    def bar(self) -> SafeString:
        rest = Part("", self.base - self.n, tone="none")
        return charts.split([Part(self.label, self.n, self.text, "neutral"), rest], title=self.label)


def _way_to_the_answer(selection: Selection, sheets: Sheets, minimum: int) -> dict[str, Any]:
    """From the mail to the answer. Whole invitations: no filter but the period fits them.

    Where nobody is to be known, of all that were ever sent: else a day on which one mail went out would tell.
    Where nobody has ever got a mail, of the sheets themselves: of other ways no more is known.
    """
    survey = selection.survey
    if not results.has_invited(survey):
        begun = sheets.complete + sheets.partial
        steps = {_("Begun"): begun, _("Answered to the end"): sheets.complete}
        return {"has_invited": False, "steps": _steps(steps, begun)}
    found = results.funnel(survey, None if survey.is_anonymous else selection.period)
    if survey.is_anonymous and found.delivered < minimum:
        return {"has_invited": True, "steps": []}
    steps = {
        _("Delivered"): found.delivered,
        _("Opened the link"): found.opened,
        _("Begun"): found.begun,
        _("Answered to the end"): found.answered,
    }
    return {"has_invited": True, "steps": _steps(steps, found.delivered)}


def _steps(counts: dict[str, int], base: int) -> list[Step]:
    return [Step(label, n, base) for label, n in counts.items()] if base else []


def _duration(seconds: int | None) -> str:
    if seconds is None:
        return ""
    minutes, rest = divmod(seconds, 60)
    if seconds < SECONDS_COUNTED:
        return _("less than %(seconds)s s") % {"seconds": SECONDS_COUNTED}
    if not minutes:
        return _("%(seconds)s s") % {"seconds": rest}
    return _("%(minutes)s min %(seconds)s s") % {"minutes": minutes, "seconds": rest}
