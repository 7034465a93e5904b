"""Surveys as files: the way out and back loses nothing, and no file whatever gives more than a clear refusal."""

import copy
import json
from contextlib import suppress
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from organisations.models import Organisation
from organisations.tenancy import organisation_scope
from surveys.catalogue import QUESTIONS, TEMPLATES
from surveys.domain import questions
from surveys.domain.importing import import_survey
from surveys.logic import Rule
from surveys.models import Question, Survey
from surveys.portable import to_json
from surveys.portable_reader import read_survey
from tests.makers import make_channel, make_persona, make_reminder, make_touchpoint
from tests.surveys.test_authoring import make_survey
from tests.surveys.test_authoring_pages import manager, survey, text, url
from tests.surveys.test_logic import about, anything, known, rule

__all__ = ["manager", "survey"]


def sent(document: Any) -> str:
    return json.dumps(document)


def again(organisation: Organisation, survey: Survey) -> Survey:
    return import_survey(organisation=organisation, read=read_survey(sent(to_json(survey))))


@pytest.fixture
def rich(organisation: Organisation) -> Survey:
    """Each kind of question once, with logic of all sorts."""
    made = make_survey(organisation, "complaint", touchpoint=make_touchpoint(organisation, name="Hotline"))
    persona, channel = make_persona(organisation, name="Kim"), make_channel(organisation, name="Phone")
    added = [questions.add_question(survey=made, kind=kind) for kind in QUESTIONS]
    row = added[4].rows.all()[0]
    row.touchpoint = make_touchpoint(organisation, name="Shop")
    row.save()
    conditions = [
        about(added[0].pk, "between", 0, 6),
        about(row.pk, "known"),
        known("persona", "one_of", persona.pk),
        known("channel", "none_of", channel.pk),
        known("attribute", "contains", "gold", key="Segment"),
        known("language", "one_of", "de"),
    ]
    asked_if = Rule.from_json(rule(*conditions[:3], rule(*conditions[3:], match="any")))
    assert asked_if
    questions.update_logic(
        question=added[-1], condition=asked_if, ends_if=asked_if, variants=[(asked_if, {"de": "Und?", "en": "And?"})]
    )
    make_reminder(made, days=5)
    make_reminder(made, days=9)
    return made


def test_out_and_back_is_the_same_survey(organisation: Organisation, rich: Survey) -> None:
    copied = again(organisation, rich)
    assert to_json(copied) == to_json(rich)
    assert copied.state == Survey.State.DRAFT
    shared = {question.pk for question in copied.questions.all()} & {question.pk for question in rich.questions.all()}
    assert not shared
    last = copied.questions.get(kind=Question.Kind.INFO)
    written = Rule.from_json(last.condition)
    assert written
    assert written.questions <= {each.pk for each in copied.questions.all()}


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_template_goes_out_and_comes_back(organisation: Organisation, template: str) -> None:
    made = make_survey(organisation, template)
    assert to_json(again(organisation, made)) == to_json(made)


def test_in_another_organisation_names_decide(
    organisation: Organisation, other_organisation: Organisation, rich: Survey
) -> None:
    document = to_json(rich)
    with organisation_scope(other_organisation.pk):
        with translation.override("en"), pytest.raises(ValidationError, match="there is no “Kim” here"):
            import_survey(organisation=other_organisation, read=read_survey(sent(document)))
        assert not Survey.objects.exists()
        make_persona(other_organisation, name="KIM")
        make_channel(other_organisation, name="phone")
        made = import_survey(organisation=other_organisation, read=read_survey(sent(document)))
        assert made.touchpoint is None
        assert to_json(made)["questions"][-1]["condition"]["parts"][2]["values"] == ["KIM"]


EXAMPLE: dict[str, Any] = {
    "format": "cxportal-survey",
    "version": 1,
    "name": "Delivery",
    "languages": ["de", "en"],
    "default_language": "de",
    "thanks": {"de": "Danke!"},
    "questions": [
        {"number": 1, "kind": "nps", "text": {"de": "Ja?"}, "lo": 0, "hi": 10, "box_lo": 9, "box_hi": 10},
        {
            "number": 2,
            "kind": "single",
            "text": {"de": "Was?"},
            "options": [{"id": 1, "text": {"de": "Dies"}}, {"id": 2, "text": {"de": "Das"}, "archived": True}],
            "condition": {
                "match": "all",
                "parts": [{"subject": "question", "question": 1, "operator": "between", "values": [0, 6]}],
            },
        },
    ],
}


def changed(**values: Any) -> dict[str, Any]:
    return copy.deepcopy(EXAMPLE) | values


def with_question(**values: Any) -> dict[str, Any]:
    document = copy.deepcopy(EXAMPLE)
    document["questions"][1] |= values
    return document


@pytest.mark.parametrize(
    ("document", "place"),
    [
        (changed(name="x" * 1_000_000), "name: longer than 100 characters."),
        (changed(languages=["fr"]), "languages: "),
        (changed(quota=0), "quota: a whole number"),
        (changed(review_url="javascript:alert(1)"), "review_url: "),
        (changed(closes_on="someday"), "closes_on: "),
        (changed(surprise=1), "surprise: this is not known here."),
        (with_question(kind="slider"), "questions[1].kind: one of nps, csat"),
        (with_question(kind=["nps"]), "questions[1].kind: one of"),
        (with_question(number=1), "questions[1].number: this number is there twice."),
        (with_question(options=[{"id": 1}, {"id": 1}]), "questions[1].options: an id is there twice."),
        (with_question(kind="csat"), "questions[1].hi: "),
        (with_question(text={"de": "x\u0000"}), "questions[1].text.de: a character in it"),
        (with_question(condition={"match": "all", "parts": []}), "questions[1].condition: "),
        (with_question(ends_if=rule(about(1, "known"))), "questions[1].ends_if: "),
        (
            with_question(condition=rule({"subject": "attribute", "attribute": "x" * 101, "operator": "known"})),
            "questions[1].condition.attribute: longer than 100 characters.",
        ),
        (with_question(condition=rule({"subject": ["x"], "operator": "known"})), "questions[1].condition: "),
        (with_question(condition=rule({"subject": "persona", "operator": ["x"]})), "questions[1].condition: "),
    ],
)
def test_a_fault_is_named_at_its_place(document: Any, place: str) -> None:
    with translation.override("en"), pytest.raises(ValidationError) as refusal:
        read_survey(sent(document))
    assert any(message.startswith(place) for message in refusal.value.messages), refusal.value.messages


def test_a_file_that_says_something_twice_is_refused() -> None:
    twice = json.dumps(EXAMPLE).replace('"version": 1,', '"version": 1, "name": "Pick-up",')
    with translation.override("en"), pytest.raises(ValidationError, match="“name” is there twice"):
        read_survey(twice)


PLACES = [(), ("questions",), ("questions", 0), ("questions", 1), ("questions", 1, "condition"), ("thanks",)]
PLACES += [("questions", 1, "condition", "parts", 0), ("questions", 1, "options", 0)]


@given(st.sampled_from(PLACES), st.text(max_size=8) | st.sampled_from([*EXAMPLE, *EXAMPLE["questions"][1]]), anything)
def test_no_file_is_more_than_refused(place: tuple[Any, ...], name: str, value: Any) -> None:
    document = copy.deepcopy(EXAMPLE)
    part: Any = document
    for step in place:
        part = part[step]
    if isinstance(part, list):
        part.append(value)
    else:
        part[name] = value
    with suppress(ValidationError):
        read_survey(json.dumps(document))


def test_pages_for_files(manager: Any, survey: Survey) -> None:
    exported = manager.get(url("export", survey.pk))
    assert exported["Content-Disposition"] == 'attachment; filename="delivery.json"'
    file = SimpleUploadedFile("survey.json", exported.content)
    made = manager.post(url("from_file"), {"file": file}, follow=True)
    assert "The survey was read from the file." in text(made)
    assert Survey.objects.filter(name="Delivery").count() == 2
    wrong = SimpleUploadedFile("survey.json", sent(changed(name=3)).encode())
    assert "name: a text is expected here." in text(manager.post(url("from_file"), {"file": wrong}))
    assert Survey.objects.count() == 2
