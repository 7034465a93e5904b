from collections.abc import Mapping
from typing import Any

import pytest
from django.http import QueryDict
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from organisations.models import Organisation
from organisations.tenancy import organisation_scope
from surveys.answers import LONGEST_COMMENT, Answers
from surveys.answers import check_answers as check_form
from surveys.documents import Document, DocumentQuestion, published_document
from surveys.models import Survey, SurveyVersion

texts = st.dictionaries(st.sampled_from(["de", "en"]), st.text(max_size=20))


@st.composite
def document_questions(draw: st.DrawFn, number: int) -> DocumentQuestion:
    kind = draw(st.sampled_from(["nps", "csat", "ces", "rating", "text"]))
    lo = draw(st.integers(-5, 5))
    return DocumentQuestion(
        id=number,
        kind=kind,
        text=draw(texts),
        low_label=draw(texts),
        high_label=draw(texts),
        lo=None if kind == "text" else lo,
        hi=None if kind == "text" else draw(st.integers(lo + 1, lo + 11)),
        is_required=draw(st.booleans()),
        allows_not_applicable=kind != "text" and draw(st.booleans()),
        touchpoint_id=draw(st.none() | st.integers(1, 9)),
    )


@st.composite
def documents(draw: st.DrawFn) -> Document:
    return Document(
        survey_id=1,
        version_id=2,
        organisation_id=3,
        languages=("de", "en"),
        default_language="de",
        intro=draw(texts),
        thanks=draw(texts),
        questions=tuple(draw(document_questions(number)) for number in range(1, draw(st.integers(1, 5)) + 1)),
    )


def check_answers(document: Document, submitted: Mapping[str, str]) -> Answers:
    return check_form(document.questions, {name: [value] for name, value in submitted.items()})


hostile = (
    st.integers(-20, 20).map(str)
    | st.sampled_from(["", " ", "n/a", "N/A", "3.0", "1e1", "٣", "0x3", "+4", " 5 ", "\x00", "\ud800", "9" * 400])
    | st.text()
    | st.just("x" * (LONGEST_COMMENT + 1))
)


def question(**fields: Any) -> DocumentQuestion:
    values: dict[str, Any] = {
        "id": 1,
        "kind": "nps",
        "text": {"de": "Frage", "en": "Question"},
        "low_label": {},
        "high_label": {},
        "lo": 0,
        "hi": 10,
        "is_required": False,
        "allows_not_applicable": False,
        "touchpoint_id": None,
    }
    return DocumentQuestion(**values | fields)


def document(*questions: DocumentQuestion) -> Document:
    return Document(1, 2, 3, ("de", "en"), "de", {"de": "Hallo"}, {"de": "Danke", "en": "Thanks"}, questions)


@given(documents())
def test_a_document_comes_back_from_its_stored_form(document: Document) -> None:
    version = SurveyVersion(pk=2, survey_id=1, organisation_id=3, number=1, document=document.to_json())
    assert Document.of_version(version) == document


@given(documents(), st.data())
def test_whatever_is_submitted_each_question_is_answered_wrong_or_left_out(document: Document, data: Any) -> None:
    fields = [asked.field for asked in document.questions] + ["q99", "q", "csrfmiddlewaretoken"]
    submitted = data.draw(st.dictionaries(st.sampled_from(fields), hostile))
    answers = check_answers(document, submitted)

    outcomes = [set(answers.values), set(answers.errors)]
    assert sum(map(len, outcomes)) == len(set().union(*outcomes)) == len(document.questions)
    for asked in document.questions:
        if asked.id in answers.scores:
            assert answers.scores[asked.id] in asked.scores
            assert str(answers.scores[asked.id]) == submitted[asked.field].replace("\x00", "").strip()
        if asked.id in answers.not_applicable:
            assert asked.allows_not_applicable
        if asked.id in answers.comments:
            comment = answers.comments[asked.id]
            assert answers.values[asked.id] is True
            assert comment == comment.strip()
            assert 0 < len(comment.encode().decode()) <= LONGEST_COMMENT
            assert "\x00" not in comment
        if asked.is_required and asked.id not in answers.errors:
            assert answers.values[asked.id] is not None


@given(documents(), st.data())
def test_every_score_of_the_scale_is_accepted_and_its_neighbours_are_not(document: Document, data: Any) -> None:
    for asked in document.questions:
        for score in asked.scores:
            assert check_answers(document, {asked.field: str(score)}).scores == {asked.id: score}
        if asked.lo is not None and asked.hi is not None:
            for outside in (asked.lo - 1, asked.hi + 1):
                assert asked.id in check_answers(document, {asked.field: str(outside)}).errors


def test_errors_name_the_range_in_the_readers_language() -> None:
    asked = document(question(), question(id=2, is_required=True), question(id=3, kind="text", lo=None, hi=None))
    submitted = {"q1": "11", "q3": "x" * 5001}
    with translation.override("en"):
        assert check_answers(asked, submitted).errors == {
            1: "Please choose a number from 0 to 10.",
            2: "Please answer this question.",
            3: "Please shorten your answer: 5001 characters are too many, 5000 is the most.",
        }


def test_a_form_post_is_read_as_browsers_send_it() -> None:
    asked = document(question(allows_not_applicable=True), question(id=3, kind="text", lo=None, hi=None))
    answers = check_form(asked.questions, dict(QueryDict("q1=n/a&q3=%00+First%0D%0Asecond+&q7=5").lists()))
    assert (answers.not_applicable, answers.comments, answers.errors) == ({1}, {3: "First\nsecond"}, {})
    assert answers.to_json() == {"1": "n/a", "3": True}
    assert check_answers(asked, {}).is_empty


def test_not_applicable_counts_only_where_it_is_offered() -> None:
    answers = check_answers(document(question()), {"q1": "n/a"})
    assert answers.not_applicable == set()
    assert 1 in answers.errors


def test_a_missing_wording_falls_back_to_the_default_language() -> None:
    asked = document(question(text={"de": "Nur deutsch", "en": ""}))
    english = asked.localised("en")
    assert (english.language, english.intro, english.thanks) == ("en", "Hallo", "Thanks")
    assert english.questions[0].text == "Nur deutsch"
    assert asked.localised("fr").language == "de"


def test_a_published_document_is_read_once_and_not_from_another_organisation(
    organisation: Organisation, other_organisation: Organisation, django_assert_num_queries: Any
) -> None:
    survey = Survey.objects.create(organisation=organisation, name="S", languages=["de"], default_language="de")
    stored = document(question()).to_json()
    version = SurveyVersion.objects.create(organisation=organisation, survey=survey, number=1, document=stored)
    with organisation_scope(other_organisation.pk), pytest.raises(SurveyVersion.DoesNotExist):
        published_document(version.pk)
    assert published_document(version.pk).questions == (question(),)
    with django_assert_num_queries(0):
        assert published_document(version.pk).version_id == version.pk
