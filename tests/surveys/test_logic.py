from collections.abc import Mapping
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from surveys import logic
from surveys.documents import Document, DocumentQuestion
from surveys.logic import Answer, Facts, Rule, holds

ANSWERS: list[Answer] = [None, 0, 3, 10, "n/a", "yes", "no", [1, 3], [], "2024-05-01", 2.5, True]


def rule(*parts: dict[str, Any], match: str = "all") -> dict[str, Any]:
    return {"match": match, "parts": list(parts)}


def about(question: int, operator: str, *values: Any) -> dict[str, Any]:
    return {"subject": "question", "key": question, "operator": operator, "values": list(values)}


def known(subject: str, operator: str, *values: Any, key: str | None = None) -> dict[str, Any]:
    return {"subject": subject, "key": key, "operator": operator, "values": list(values)}


def is_true(part: dict[str, Any], answers: Mapping[int, Answer] | None = None, **facts: Any) -> bool:
    found = Rule.from_json(rule(part))
    assert found is not None
    return holds(found, Facts(**facts), answers or {})


@pytest.mark.parametrize(
    ("part", "answer", "expected"),
    [
        (about(1, "between", 0, 6), 6, True),
        (about(1, "between", 0, 6), 7, False),
        (about(1, "between", 0, 6), None, False),
        (about(1, "between", 0, 6), "n/a", False),
        (about(1, "between", None, 6), -3, True),
        (about(1, "between", 2.5, None), 2.5, True),
        (about(1, "between", "2024-01-01", "2024-12-31"), "2024-12-31", True),
        (about(1, "between", "2024-01-01", "2024-12-31"), "2025-01-01", False),
        (about(1, "one_of", 1, 2), [3, 2], True),
        (about(1, "one_of", 1, 2), [3], False),
        (about(1, "none_of", 1, 2), [3], True),
        (about(1, "none_of", 1, 2), None, True),
        (about(1, "one_of", "yes"), "yes", True),
        (about(1, "known"), "n/a", True),
        (about(1, "known"), None, False),
        (about(1, "unknown"), [], True),
    ],
)
def test_conditions_on_answers(part: dict[str, Any], answer: Answer, expected: bool) -> None:
    assert is_true(part, {1: answer}) is expected


def test_conditions_on_the_customer() -> None:
    customer: dict[str, Any] = {
        "language": "de",
        "persona_id": 4,
        "channel_id": 7,
        "attributes": {"Segment": "Family "},
    }
    assert is_true(known("attribute", "one_of", "FAMILY", key="Segment"), **customer)
    assert is_true(known("attribute", "contains", "ami", key="Segment"), **customer)
    assert is_true(known("attribute", "unknown", key="Tarif"), **customer)
    assert is_true(known("attribute", "between", 3, 4, key="Jahre"), attributes={"Jahre": "3,5"})
    assert is_true(known("persona", "one_of", 4), **customer)
    assert not is_true(known("persona", "one_of", 4))
    assert is_true(known("persona", "none_of", 4))
    assert is_true(known("channel", "one_of", 7), **customer)
    assert not is_true(known("language", "one_of", "en"), **customer)


def test_groups() -> None:
    low, high = about(1, "between", 0, 2), about(2, "between", 0, 2)
    either, both = Rule.from_json(rule(low, high, match="any")), Rule.from_json(rule(low, rule(high, match="any")))
    assert either is not None and both is not None  # noqa: PT018  narrows the types
    assert holds(either, Facts(), {1: 1, 2: 9})
    assert not holds(both, Facts(), {1: 1, 2: 9})
    assert holds(both, Facts(), {1: 1, 2: 1})


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
)
words = st.sampled_from(
    ["question", "attribute", "persona", "between", "one_of", "contains", "known", "all", "any", "de", "\x00", "\ud800"]
)
nearly = st.recursive(
    st.fixed_dictionaries(
        {
            "subject": words | anything,
            "key": st.integers(-1, 5) | words | anything,
            "operator": words | anything,
            "values": st.lists(st.integers() | words | anything, max_size=3) | anything,
        }
    ),
    lambda inner: st.fixed_dictionaries({"match": words | anything, "parts": st.lists(inner, max_size=3) | anything}),
)


@given(anything | nearly, st.sampled_from(ANSWERS))
def test_whatever_is_stored_is_a_rule_or_a_clear_error(stored: object, answer: Answer) -> None:
    try:
        found = Rule.from_json(stored)
    except ValidationError:
        return
    if found is not None:
        assert Rule.from_json(found.to_json()) == found
        assert holds(found, Facts("de", 1, 2, {"de": "1"}), {1: answer}) in {True, False}


numbers = st.integers(1, 6)
parts = st.builds(about, numbers, st.just("between"), st.sampled_from([None, 0]), st.integers(0, 5))
parts |= st.builds(about, numbers, st.sampled_from(["known", "unknown"]))
groups = st.builds(
    lambda found, match: rule(*found, match=match),
    st.lists(parts, min_size=1, max_size=2),
    st.sampled_from(["all", "any"]),
)
rules = st.none() | groups


@st.composite
def surveys(draw: st.DrawFn) -> Document:
    """Conditions look at earlier questions only, as publishing insists."""
    questions: list[DocumentQuestion] = []
    for number in range(1, draw(st.integers(1, 6)) + 1):
        stored: dict[str, Any] = {"id": number, "kind": "rating", "text": {"de": "?"}, "lo": 0, "hi": 5}
        earlier = {each.id for each in questions if each.matrix_id is None}
        for name, seen in (("condition", earlier), ("ends_if", earlier | {number})):
            found = draw(rules)
            parsed = Rule.from_json(found)
            if parsed and parsed.questions <= seen:
                stored[name] = found
        stored["starts_page"] = draw(st.booleans())
        before = questions[-1] if questions else None
        if before and draw(st.integers(0, 3)) == 0 and (before.kind == "matrix" or before.matrix_id):
            stored = {"id": number, "kind": "rating", "lo": 0, "hi": 5, "matrix": before.matrix_id or before.id}
        elif draw(st.integers(0, 3)) == 0:
            stored["kind"] = "matrix"
        questions.append(DocumentQuestion.from_json(stored))
    return Document(1, 2, 3, ("de",), "de", {}, {}, tuple(questions))


@given(surveys())
def test_pages_keep_the_order_and_what_decides_comes_on_an_earlier_page(survey: Document) -> None:
    written = [question for block in survey.blocks for question in block]
    assert written == list(survey.questions)
    for block in survey.blocks:
        ids = {question.id for question in block}
        ends = [place for place, question in enumerate(block) if question.ends_if]
        assert all(not question.looks_at & ids for question in block)
        assert all(question.matrix_id for place in ends for question in block[place + 1 :])
        assert all(question.matrix_id in ids for question in block if question.matrix_id)


@given(surveys(), st.dictionaries(st.integers(1, 6), st.none() | st.integers(0, 5)))
def test_what_is_asked_follows_from_the_answers_given_before(survey: Document, answers: dict[int, Answer]) -> None:
    """Walking page by page, as a customer does, leads to the same as looking at all answers at once."""
    given_so_far: dict[int, Answer] = {}
    walked: list[list[DocumentQuestion]] = []
    while len(pages := survey.pages(Facts(), given_so_far)) > len(walked):
        page = pages[len(walked)]
        walked.append(page)
        given_so_far |= {question.id: answers.get(question.id) for question in page}
    assert walked == survey.pages(Facts(), given_so_far)
    asked = {question.id: answers.get(question.id) for page in walked for question in page}
    assert walked == survey.pages(Facts(), {**answers, **asked})
    # Nobody is asked what the conditions rule out, and everybody whatever they do not.
    for question in survey.questions:
        earlier = {pk: answer for pk, answer in asked.items() if pk < question.id}
        is_wanted = question.condition is None or holds(question.condition, Facts(), earlier)
        has_matrix = question.matrix_id is None or question.matrix_id in asked
        over = [each for each in survey.questions if each.id in earlier and each.ends_if]
        is_over = any(
            each.id not in {other.id for other in _block(survey, question)}
            and each.ends_if is not None
            and holds(each.ends_if, Facts(), {pk: asked[pk] for pk in asked if pk < _block(survey, each)[-1].id + 1})
            for each in over
        )
        assert (question.id in asked) == (is_wanted and has_matrix and not is_over)


def _block(survey: Document, question: DocumentQuestion) -> tuple[DocumentQuestion, ...]:
    return next(block for block in survey.blocks if question in block)


def test_a_variant_words_the_question() -> None:
    stored = {
        "id": 2,
        "kind": "text",
        "text": {"de": "Warum?"},
        "variants": [{"condition": rule(about(1, "between", 0, 6)), "text": {"de": "Was lief schief?"}}],
    }
    question = DocumentQuestion.from_json(stored)
    assert DocumentQuestion.from_json(question.to_json()) == question
    assert question.looks_at == {1}
    assert question.wording(Facts(), {1: 3}) == {"de": "Was lief schief?"}
    assert question.wording(Facts(), {1: 9}) == {"de": "Warum?"}
    assert len(logic.blocks([DocumentQuestion(id=1, kind="nps", lo=0, hi=10), question])) == 2
