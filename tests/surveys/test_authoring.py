"""Domain of survey authoring: templates, editing, checks before publishing, versions that never change."""

from typing import Any

import psycopg
import pytest
from django.db import transaction
from django.db.utils import DatabaseError
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from organisations.models import Organisation
from organisations.tenancy import organisation_scope
from surveys.catalogue import QUESTIONS, TEMPLATES
from surveys.documents import Document, published_document
from surveys.domain import authoring, checks, questions
from surveys.models import Question, Survey, SurveyVersion
from surveys.scales import scale_faults
from tests.makers import make_touchpoint, make_user


def make_survey(organisation: Organisation, template: str = "nps", **fields: Any) -> Survey:
    values: dict[str, Any] = {
        "name": "After purchase",
        "languages": ["de", "en"],
        "default_language": "de",
        "touchpoint": make_touchpoint(organisation),
        **fields,
    }
    return authoring.create_from_template(organisation=organisation, template=TEMPLATES[template], **values)


def asked(survey: Survey) -> list[int]:
    return [question.id for question in Document.of_draft(survey).questions]


@pytest.mark.parametrize(
    ("template", "scale"),
    [("nps", (0, 10, 9, 10)), ("csat", (1, 5, 4, 5)), ("ces", (1, 7, 5, 7))],
)
def test_each_template_can_be_published_at_once_in_both_languages(
    organisation: Organisation, template: str, scale: tuple[int, ...]
) -> None:
    survey = make_survey(organisation, template)
    version = authoring.publish(survey=survey, user=make_user())
    scored, comment = survey.questions.all()
    assert (scored.kind, scored.lo, scored.hi, scored.box_lo, scored.box_hi) == (template, *scale)
    assert scored.high_is_good
    assert comment.kind == "text"
    document = published_document(version.pk)
    for language in ("de", "en"):
        page = document.localised(language)
        assert page.intro
        assert page.thanks
        assert all(question.text for question in page.questions)
    assert page.questions[0].text != document.localised("de").questions[0].text


def test_a_survey_in_one_language_takes_only_its_wording(organisation: Organisation) -> None:
    survey = make_survey(organisation, languages=["en"], default_language="en")
    assert set(survey.intro) == {"en"}
    assert set(survey.questions.first().text) == {"en"}  # type: ignore[union-attr]  # the template has questions
    assert checks.problems(survey) == []


def test_problems_are_named_in_the_readers_language_and_keep_the_survey_a_draft(organisation: Organisation) -> None:
    survey = make_survey(organisation, "empty", touchpoint=None)
    questions.add_question(survey=survey, kind="text")
    authoring.update_texts(
        survey=survey, language="en", texts={"intro": "Hello", "thanks": "", "mail_subject": "S", "mail_text": "T"}
    )
    with translation.override("en"):
        assert [problem.sentence for problem in checks.problems(survey) if problem.is_error] == [
            "No question gives a score yet. Add at least one, such as NPS, CSAT or CES.",
            "German: “Greeting sentence” is missing.",
            "English: “Thank-you” is missing.",
        ]
    with pytest.raises(authoring.NotPublishable):
        authoring.publish(survey=survey, user=make_user())
    survey.refresh_from_db()
    assert (survey.state, survey.versions.count()) == (Survey.State.DRAFT, 0)


def test_scored_questions_need_a_touchpoint_of_their_own_or_of_the_survey(organisation: Organisation) -> None:
    survey = make_survey(organisation, touchpoint=None)
    scored = survey.questions.all()[0]
    assert [problem.part for problem in checks.problems(survey)] == ["settings"]
    touchpoint = make_touchpoint(organisation)
    Question.objects.filter(pk=scored.pk).update(touchpoint=touchpoint)
    assert checks.problems(survey) == []
    touchpoint.archived_at = timezone.now()
    touchpoint.save()
    assert [(problem.part, problem.question) for problem in checks.problems(survey)] == [("question", scored)]


def test_missing_wording_of_a_question_is_found_per_language(organisation: Organisation) -> None:
    survey = make_survey(organisation)
    scored = survey.questions.all()[0]
    questions.update_question(
        question=scored, language="en", wording={"text": "", "low_label": "", "high_label": "much"}, values={}
    )
    found = [(problem.language, problem.question) for problem in checks.problems(survey) if problem.is_missing]
    assert found == [("en", scored), ("en", scored)]
    assert scored.text["de"] == QUESTIONS["nps"].text["de"]


@given(st.integers(-3, 12), st.integers(-3, 24), *[st.none() | st.integers(-3, 12)] * 2, st.booleans())
def test_a_faultless_box_lies_in_the_scale_and_reaches_its_good_end_only(
    lo: int, hi: int, box_lo: int | None, box_hi: int | None, high_is_good: bool
) -> None:
    question = Question(kind="ces", lo=lo, hi=hi, box_lo=box_lo, box_hi=box_hi, high_is_good=high_is_good)
    scale = range(lo, hi + 1)
    is_right = lo >= 0 and 2 <= len(scale) <= 11 and box_lo is not None and box_hi is not None
    if is_right:
        box = set(scale).intersection(range(box_lo, box_hi + 1))  # type: ignore[arg-type, operator]  # see is_right
        good, bad = (hi, lo) if high_is_good else (lo, hi)
        is_right = {box_lo, box_hi, good} <= box and bad not in box
    assert (scale_faults(question) == {}) == is_right


def test_a_scale_holds_no_score_that_could_not_be_stored(organisation: Organisation) -> None:
    survey = make_survey(organisation, "csat")
    scored = survey.questions.filter(kind="csat")
    for lo, is_told in ((990, False), (40_000, True)):
        scored.update(lo=lo, hi=lo + 10)
        told = [problem.sentence for problem in checks.problems(survey)]
        assert any("The highest score is at most 1000." in sentence for sentence in told) == is_told


def test_an_nps_has_its_own_scale(organisation: Organisation) -> None:
    survey = make_survey(organisation)
    survey.questions.filter(kind="nps").update(lo=1)
    with translation.override("en"):
        assert [problem.sentence for problem in checks.problems(survey)] == [
            "Question 1: An NPS is asked from 0 to 10, and high is good."
        ]


def test_questions_are_added_moved_removed_and_put_back(organisation: Organisation) -> None:
    survey = make_survey(organisation)
    nps, comment = survey.questions.all()
    rating = questions.add_question(survey=survey, kind="rating")
    assert asked(survey) == [nps.pk, comment.pk, rating.pk]
    questions.move_question(question=rating, by=-1)
    questions.move_question(question=nps, by=-1)
    assert asked(survey) == [nps.pk, rating.pk, comment.pk]
    questions.archive_question(question=nps)
    assert asked(survey) == [rating.pk, comment.pk]
    questions.restore_question(question=nps)
    assert asked(survey) == [rating.pk, comment.pk, nps.pk]


def test_editing_makes_the_next_version_and_leaves_the_one_before(organisation: Organisation) -> None:
    survey, user = make_survey(organisation), make_user()
    first = authoring.publish(survey=survey, user=user)
    assert (first.number, first.published_by, survey.state) == (1, user, Survey.State.LIVE)
    assert not authoring.differs(survey, first)
    assert authoring.publish(survey=survey, user=user) == first
    document = first.document

    scored = survey.questions.all()[0]
    questions.update_question(
        question=scored, language="en", wording={"text": "New?", "low_label": "no", "high_label": "yes"}, values={}
    )
    assert authoring.differs(survey, first)
    second = authoring.publish(survey=survey, user=user)
    assert second.number == 2
    assert second.document["questions"][0]["text"]["en"] == "New?"
    first.refresh_from_db()
    assert first.document == document


def test_the_meaning_of_a_published_question_never_changes(organisation: Organisation) -> None:
    survey = make_survey(organisation, "csat")
    version = authoring.publish(survey=survey, user=make_user())
    scored = survey.questions.all()[0]
    wording = {"text": "x", "low_label": "", "high_label": ""}
    with pytest.raises(questions.MeaningIsFixed):
        questions.update_question(question=scored, language="de", wording=wording, values={"hi": 7})
    questions.update_question(question=scored, language="de", wording=wording, values={"hi": 5, "is_required": False})

    for field, value in {"kind": "ces", "lo": 0, "hi": 7, "box_lo": 3, "high_is_good": False}.items():
        with pytest.raises(DatabaseError) as refused, transaction.atomic():
            Question.objects.filter(pk=scored.pk).update(**{field: value})
        assert isinstance(refused.value.__cause__, psycopg.errors.RestrictViolation)
    changes: list[dict[str, Any]] = [{"document": {}}, {"number": 9}]
    for change in changes:
        with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
            SurveyVersion.objects.filter(pk=version.pk).update(**change)


def test_closing_and_reopening(organisation: Organisation) -> None:
    survey = make_survey(organisation)
    authoring.close(survey=survey)
    assert survey.state == Survey.State.DRAFT
    authoring.publish(survey=survey, user=make_user())
    authoring.close(survey=survey)
    assert Survey.objects.get(pk=survey.pk).state == Survey.State.CLOSED
    authoring.reopen(survey=survey)
    assert Survey.objects.get(pk=survey.pk).state == Survey.State.LIVE


def test_a_copy_is_a_draft_with_questions_of_its_own(organisation: Organisation) -> None:
    survey = make_survey(organisation, "csat", name="x" * 100)
    authoring.publish(survey=survey, user=make_user())
    removed = questions.add_question(survey=survey, kind="text")
    questions.archive_question(question=removed)
    copy = authoring.duplicate(survey=survey)
    assert copy.state == Survey.State.DRAFT
    assert copy.touchpoint == survey.touchpoint
    assert (copy.intro, copy.mail_text) == (survey.intro, survey.mail_text)
    assert [question.published_at for question in copy.questions.all()] == [None, None]
    assert not set(asked(copy)) & set(asked(survey))
    assert len(asked(survey)) == 2
    assert copy.questions.get(kind="csat").box_lo == 4


def test_nothing_of_this_is_seen_in_another_organisation(
    organisation: Organisation, other_organisation: Organisation
) -> None:
    survey = make_survey(organisation)
    with organisation_scope(other_organisation.pk):
        make_survey(other_organisation)
        assert Survey.objects.exclude(organisation=other_organisation).count() == 0
        with pytest.raises(Survey.DoesNotExist):
            authoring.publish(survey=survey, user=make_user())
        with pytest.raises(Question.DoesNotExist):
            questions.update_question(question=Question(pk=1, survey=survey), language="de", wording={}, values={})
    assert survey.versions.count() == 0
