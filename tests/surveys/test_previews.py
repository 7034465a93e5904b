"""The preview asks what respondents are asked, page by page, and stores nothing."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from organisations.models import Organisation
from surveys.answers import check_answers
from surveys.documents import Document
from surveys.domain import authoring, questions
from surveys.logic import Facts, Rule
from surveys.models import Response, Survey
from surveys.previews import walk
from tests.surveys.test_authoring_pages import manager, survey, text, url
from tests.surveys.test_logic import about, rule, surveys

__all__ = ["manager", "survey"]


@given(surveys(), st.data())
def test_a_walk_asks_exactly_what_the_rules_say(document: Document, data: st.DataObject) -> None:
    facts = Facts(language="de")
    form: dict[str, list[str]] = {}
    step = walk(document, facts, form)
    shown = []
    while step.page is not None and step.refused is None:
        shown.append([question.id for question in step.page.questions])
        for question in step.page.questions:
            answer = data.draw(st.none() | st.integers(0, 5))
            if answer is not None:
                form[question.field] = [str(answer)]
        step = walk(document, facts, form, sent=step.page.number)
    asked = document.pages(facts, step.sheet.values)
    assert shown == [[question.id for question in page] for page in asked]
    flat = [question for page in asked for question in page]
    assert step.sheet.values == check_answers(flat, form).values


@given(surveys(), st.dictionaries(st.text(max_size=4), st.lists(st.text(max_size=3), max_size=2)), st.integers(0, 9))
def test_any_address_gives_a_page(document: Document, form: dict[str, list[str]], number: int) -> None:
    walk(document, Facts(), form, sent=number, wanted=number)


def test_a_walk_through_all_pages_in_the_browser(manager: Client, survey: Survey) -> None:
    csat = survey.questions.all()[0]
    added = questions.add_question(survey=survey, kind="yes_no")
    low = Rule.from_json(rule(about(csat.pk, "between", 1, 2)))
    questions.update_logic(question=added, condition=low, ends_if=None, variants=[])
    authoring.update_texts(survey=survey, language="en", texts={"thanks": "Bye", "thanks_low": "Sorry!"})
    address = url("preview", survey.pk)
    first = text(manager.get(address, {"language": "en"}))
    assert "Overall, how satisfied were you" in first
    assert "Was your issue settled?" not in first
    missing = text(manager.get(address, {"language": "en", "sent": "1"}))
    assert "Please answer this question." in missing
    low_score = {"language": "en", f"q{csat.pk}": "1", "sent": "1"}
    second = text(manager.get(address, low_score))
    assert "Was your issue settled?" in second
    assert f'<input type="hidden" name="q{csat.pk}" value="1">' in second
    end = text(manager.get(address, {**low_score, "sent": "2"}))
    assert "Sorry!" in end
    assert "This was a test: nothing is stored." in end
    assert "Bye" in text(manager.get(address, {**low_score, f"q{csat.pk}": "5"}))
    assert not Response.objects.exists()


def test_hostile_addresses_get_a_page(manager: Client, survey: Survey) -> None:
    csat = survey.questions.all()[0]
    hostile: list[dict[str, Any]] = [
        {"sent": "x", "page": "9" * 30, "persona": "-1", "attributes": ":\x00:\n" * 2000},
        {"q1": "\x00", f"q{csat.pk}": ["9", "nan"], "sent": "99", "channel": "٣", "s": "٣"},
    ]
    for values in hostile:
        assert manager.get(url("preview", survey.pk), values).status_code == 200


def test_a_question_is_tried_as_it_is_typed(manager: Client, survey: Survey) -> None:
    question = questions.add_question(survey=survey, kind="single")
    typed: dict[str, Any] = {"text": "Only tried?", "item-0-id": "", "item-0-text": "Brand new", "lo": "x"}
    shown = text(manager.post(url("try_question", survey.pk, question.pk), typed))
    assert "Only tried?" in shown
    assert "Brand new" in shown
    question.refresh_from_db()
    assert question.text["de"] == "Was war Ihnen am wichtigsten?"
    matrix = questions.add_question(survey=survey, kind="matrix")
    shown = text(manager.post(url("try_question", survey.pk, matrix.pk), {"text": "", "item-3-text": "Row of today"}))
    assert "Row of today" in shown
    assert matrix.rows.count() == 2


@pytest.mark.parametrize(
    "typed", [{"lo": "7", "hi": "5"}, {"lo": "7", "hi": ""}, {"text": "", "lo": "30000", "hi": "5"}]
)
def test_a_scale_is_tried_once_both_its_ends_fit(manager: Client, survey: Survey, typed: dict[str, str]) -> None:
    rating = questions.add_question(survey=survey, kind="rating")
    response = manager.post(url("try_question", survey.pk, rating.pk), {"text": "Only tried?", **typed})
    assert re.findall(r'type="radio"[^>]*value="([0-9]+)"', text(response)) == ["1", "2", "3", "4", "5"]


def test_the_builder_takes_the_same_queries_for_any_number_of_questions(
    manager: Client, organisation: Organisation, survey: Survey
) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert manager.get(url("edit", survey.pk)).status_code == 200
        return len(queries)

    csat = survey.questions.all()[0]
    logic = Rule.from_json(rule(about(csat.pk, "between", 1, 2)))
    matrix = questions.add_question(survey=survey, kind="matrix")
    questions.update_logic(question=matrix, condition=logic, ends_if=None, variants=[])
    count()
    before = count()
    for kind in ("matrix", "single", "nps", "number"):
        added = questions.add_question(survey=survey, kind=kind)
        questions.update_logic(question=added, condition=logic, ends_if=None, variants=[])
    assert count() == before
