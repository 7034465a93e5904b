"""Writing one rule of a question: when it is asked, when the survey ends after it, when it is worded otherwise."""

import re

from csp.constants import SELF
from csp.decorators import csp_update
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest
from surveys.domain import questions as domain
from surveys.forms.logic import LogicForm, targets
from surveys.logic import Rule
from surveys.models import Question, Survey
from surveys.views.builder import OpenRule, back, builder_page, language_of, phrases, stored_rules
from surveys.views.questions import asked_question, gone_page

LONGEST = 500
MOST_WORDINGS = 10
_WHICH = re.compile(r"condition|end|wording-(?:new|[0-9])")


@csp_update({"frame-src": [SELF]})
@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.DESIGN)
def rule(request: OrganisationRequest, survey: int, question: int, which: str) -> HttpResponse:
    """The survey's page with one rule open; ``which`` as ``stored_rules`` names it, or ``wording-new``."""
    found = get_object_or_404(Survey, pk=survey)
    asked = asked_question(found, question)
    if asked.archived_at:
        return gone_page(request, found, asked)
    if not _WHICH.fullmatch(which):
        raise Http404
    stored = dict(stored_rules(asked))
    if which not in stored and which not in {"condition", "end", "wording-new"}:
        raise Http404
    language = language_of(request, found)
    data = request.POST if request.method == "POST" else None
    form = _form(found, asked, language, which, stored.get(which), data)
    wording = _wording(asked, language, which, data)
    if data is None:
        return builder_page(request, found, language, open_rule=OpenRule(asked, which, form, wording))
    if button := data.get("do", ""):
        form.press(button)
        return builder_page(request, found, language, open_rule=OpenRule(asked, which, form, wording))
    error = _wording_error(asked, which, wording)
    if not form.is_valid() or error or form.parsed is None:
        return builder_page(request, found, language, open_rule=OpenRule(asked, which, form, wording, error))
    _store(asked, which, form.parsed, language, wording)
    return back(request, found, language, at=asked.pk)


@csp_update({"frame-src": [SELF]})
@requires(Permission.DESIGN)
@require_POST
def remove_rule(request: OrganisationRequest, survey: int, question: int, which: str) -> HttpResponse:
    found = get_object_or_404(Survey, pk=survey)
    asked = asked_question(found, question)
    if asked.archived_at:
        return gone_page(request, found, asked)
    if which not in dict(stored_rules(asked)):
        raise Http404
    _store(asked, which, None, "", "")
    return back(request, found, language_of(request, found), at=asked.pk)


def _form(
    survey: Survey,
    question: Question,
    language: str,
    which: str,
    stored: dict[str, object] | None,
    data: QueryDict | None,
) -> LogicForm:
    questions = list(survey.asked_questions())
    said = phrases(survey, language, questions)
    return LogicForm(targets(survey, questions, question, said, is_end=which == "end"), stored, data)


def _wording(question: Question, language: str, which: str, data: QueryDict | None) -> str:
    if not which.startswith("wording"):
        return ""
    if data is not None:
        return data.get("wording", "").replace("\x00", "").strip()
    at = which.removeprefix("wording-")
    text: str = question.variants[int(at)]["text"].get(language, "") if at != "new" else ""
    return text


def _wording_error(question: Question, which: str, wording: str) -> str:
    if not which.startswith("wording"):
        return ""
    if not wording:
        return _("Say how the question is worded then.")
    if len(wording) > LONGEST:
        return _("Please shorten this to %(limit)d characters.") % {"limit": LONGEST}
    if which == "wording-new" and len(question.variants) >= MOST_WORDINGS:
        return _("At most %(limit)d are possible.") % {"limit": MOST_WORDINGS}
    return ""


def _store(question: Question, which: str, new: Rule | None, language: str, wording: str) -> None:
    """Put one rule in the place of another; None removes it."""
    condition, ends_if = Rule.from_json(question.condition), Rule.from_json(question.ends_if)
    variants = [
        (found, variant["text"]) for variant in question.variants if (found := Rule.from_json(variant["condition"]))
    ]
    if which == "condition":
        condition = new
    elif which == "end":
        ends_if = new
    elif which == "wording-new" and new:
        variants.append((new, {language: wording}))
    else:
        at = int(which.removeprefix("wording-"))
        before = variants.pop(at)
        if new:
            variants.insert(at, (new, domain.reworded(before[1], language, wording)))
    domain.update_logic(question=question, condition=condition, ends_if=ends_if, variants=variants)
