"""What is called impossible in a survey's logic really is: nobody is asked it, whatever they answer."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.documents import Document, DocumentQuestion
from surveys.logic import Answer, Facts, holds
from surveys.soundness import Soundness
from tests.surveys.test_logic import about, known, rule

NPS: dict[str, Any] = {"kind": "nps", "lo": 0, "hi": 10}


def document(*questions: dict[str, Any]) -> Document:
    read = [DocumentQuestion.from_json({"id": number, **each}) for number, each in enumerate(questions, start=1)]
    return Document(1, 2, 3, ("de", "en"), "de", {}, {}, tuple(read))


def reachable(*questions: dict[str, Any]) -> bool:
    survey = document(*questions)
    return Soundness(survey).is_reachable(survey.questions[-1])


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (rule(about(1, "between", 0, 6)), True),
        (rule(about(1, "between", 11, 12)), False),
        (rule(about(1, "between", 0, 6), about(1, "between", 9, 10)), False),
        (rule(about(1, "between", 0, 6), about(1, "between", 9, 10), match="any"), True),
        (rule(about(1, "between", 0, 6), about(1, "unknown")), False),
        (rule(known("language", "one_of", "fr")), False),
        (rule(known("language", "none_of", "de", "en")), False),
        (rule(known("persona", "one_of", 1), known("persona", "one_of", 2)), False),
        (rule(known("persona", "none_of", 1), known("persona", "known")), True),
        (rule(known("attribute", "one_of", "a", key="x"), known("attribute", "one_of", "b", key="x")), False),
        (rule(known("attribute", "one_of", "a", key="x"), known("attribute", "one_of", "b", key="y")), True),
        (rule(known("attribute", "contains", "a", key="x"), known("attribute", "unknown", key="x")), False),
    ],
)
def test_contradictions(condition: dict[str, Any], expected: bool) -> None:
    assert reachable(NPS, {"kind": "text", "condition": condition}) is expected


def test_a_required_question_is_never_without_an_answer() -> None:
    unanswered = {"kind": "text", "condition": rule(about(1, "unknown"))}
    assert reachable(NPS, unanswered)
    assert not reachable(NPS | {"is_required": True}, unanswered)
    assert reachable(NPS | {"is_required": True, "condition": rule(known("language", "one_of", "de"))}, unanswered)


def test_what_hangs_on_a_question_hangs_on_its_condition() -> None:
    low = {"kind": "yes_no", "condition": rule(about(1, "between", 0, 6))}
    assert reachable(NPS, low, {"kind": "text", "condition": rule(about(2, "one_of", "yes"))})
    both = rule(about(2, "one_of", "yes"), about(1, "between", 9, 10))
    assert not reachable(NPS, low, {"kind": "text", "condition": both})


def test_nobody_comes_past_a_certain_end() -> None:
    always = rule(about(1, "known"), about(1, "unknown"), match="any")
    assert not reachable(NPS | {"ends_if": always}, {"kind": "text"})
    assert reachable(NPS | {"ends_if": rule(about(1, "known"))}, {"kind": "text"})
    assert not reachable(NPS | {"ends_if": rule(about(1, "known")), "is_required": True}, {"kind": "text"})


def test_several_choices() -> None:
    several = {"kind": "multiple", "options": [{"id": 1, "text": {}}, {"id": 2, "text": {}}]}
    both = rule(about(1, "one_of", 1), about(1, "one_of", 2))
    assert reachable(several, {"kind": "text", "condition": both})
    neither = rule(about(1, "none_of", 1), about(1, "none_of", 2), about(1, "known"))
    assert not reachable(several, {"kind": "text", "condition": neither})
    assert not reachable(several, {"kind": "text", "condition": rule(about(1, "one_of", 3))})


def test_a_wording_that_an_earlier_one_always_precedes_never_applies() -> None:
    wordings = [
        {"condition": rule(about(1, "between", 0, 8)), "text": {"de": "a"}},
        {"condition": rule(about(1, "between", 0, 6)), "text": {"de": "b"}},
    ]
    survey = document(NPS, {"kind": "text", "variants": wordings})
    soundness = Soundness(survey)
    assert [soundness.can_apply(survey.questions[1], number) for number in (0, 1)] == [True, False]


KINDS: list[dict[str, Any]] = [
    NPS,
    {"kind": "yes_no", "allows_not_applicable": True},
    {"kind": "number", "lo": 0, "hi": 100},
    {"kind": "date"},
    {"kind": "single", "options": [{"id": 1, "text": {}}, {"id": 2, "text": {}}], "allows_other": True},
    {"kind": "multiple", "options": [{"id": 1, "text": {}}, {"id": 2, "text": {}}, {"id": 3, "text": {}}]},
    {"kind": "ranking", "options": [{"id": 1, "text": {}}, {"id": 2, "text": {}}]},
    {"kind": "text"},
]
ANSWERS: dict[str, list[Answer]] = {
    "nps": [None, 0, 6, 9],
    "yes_no": [None, "yes", "no", "n/a"],
    "number": [None, 0, 2, 2.5, 50, 100],
    "date": [None, "2024-05-01", "2025-01-01"],
    "single": [None, 0, 1, 2],
    "multiple": [None, [1], [2, 3], [1, 2, 3]],
    "ranking": [None, [1, 2], [2, 1]],
    "text": [None, True],
}
VALUES = st.sampled_from([0, 1, 2, 2.5, 6, 9, "yes", "no", "n/a", "2024-05-01", "x"])


@st.composite
def conditions(draw: st.DrawFn, before: int) -> dict[str, Any]:
    subject = draw(st.sampled_from(["question", "question", "language", "persona", "attribute"]))
    if subject == "question" and before:
        make: Callable[..., dict[str, Any]] = lambda *args: about(draw(st.integers(1, before)), *args)  # noqa: E731  one of two makers
    else:
        subject = "language" if subject == "question" else subject
        make = lambda operator, *values: known(  # noqa: E731  the other
            subject, operator, *values, key="x" if subject == "attribute" else None
        )
    operator = draw(st.sampled_from(["between", "one_of", "none_of", "known", "unknown", "contains", "contains_not"]))
    if operator == "between":
        return make(operator, *sorted(draw(st.lists(st.sampled_from([0, 2, 6, 9]), min_size=2, max_size=2))))
    if operator in {"one_of", "none_of"}:
        return make(operator, *draw(st.lists(VALUES | st.sampled_from(["de", "en"]), min_size=1, max_size=3)))
    return make(operator, *(["x"] if operator.startswith("contains") else []))


@st.composite
def surveys(draw: st.DrawFn) -> Document:
    questions = []
    for before in range(draw(st.integers(1, 5))):
        question = dict(draw(st.sampled_from(KINDS)))
        question["is_required"] = draw(st.booleans())
        for name, seen in (("condition", before), ("ends_if", before + 1)):
            if draw(st.integers(0, 2)) == 0:
                parts = draw(st.lists(conditions(seen), min_size=1, max_size=3))
                question[name] = rule(*parts, match=draw(st.sampled_from(["all", "any"])))
        questions.append(question)
    return document(*questions)


@given(surveys(), st.data())
def test_whoever_is_asked_could_be_asked(survey: Document, data: st.DataObject) -> None:
    soundness = Soundness(survey)
    facts = Facts(
        language=data.draw(st.sampled_from(["de", "en"])),
        persona_id=data.draw(st.sampled_from([None, 1, 2, 7])),
        attributes=data.draw(st.sampled_from([{}, {"x": "x"}, {"x": "2"}, {"x": "yes"}])),
    )
    answers: dict[int, Answer] = {
        question.id: data.draw(
            st.sampled_from([each for each in ANSWERS[question.kind] if each is not None or not question.is_required])
        )
        for question in survey.questions
    }
    pages = survey.pages(facts, answers)
    asked = [question for page in pages for question in page]
    given = {question.id: answers[question.id] for question in asked}
    for question in asked:
        assert soundness.is_reachable(question)
        assert question.condition is None or soundness.can_hold(question.condition)
        if question.ends_if and holds(question.ends_if, facts, given):
            assert soundness.can_end(question)
