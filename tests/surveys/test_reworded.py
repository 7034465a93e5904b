"""What came with the portal in all languages, reworded in one of them only."""

from django.utils import translation

from organisations.models import Organisation
from surveys.catalogue import QUESTIONS, TEMPLATES
from surveys.domain.authoring import create_from_template
from surveys.domain.checks import problems
from surveys.domain.questions import add_question
from surveys.models import Question, Survey
from tests.makers import make_touchpoint

STILL = "still as it came, while another language was reworded. Do both say the same?"


def told(survey: Survey) -> list[str]:
    with translation.override("en"):
        return [problem.sentence for problem in problems(survey) if STILL in problem.sentence]


def test_a_text_reworded_in_one_language_only_is_told(organisation: Organisation) -> None:
    survey = create_from_template(
        organisation=organisation,
        template=TEMPLATES["empty"],
        name="Neu",
        languages=["de", "en"],
        default_language="de",
        touchpoint=make_touchpoint(organisation),
    )
    question = add_question(survey=survey, kind=Question.Kind.SINGLE)
    assert told(survey) == []
    question.text["de"] = "Welche Farbe?"
    question.options[0]["text"]["de"] = "Rot"
    question.save()
    assert told(survey) == [
        f"English, “Question” of question 1: {STILL}",
        f"English, “Choice 1” of question 1: {STILL}",
    ]
    question.text["en"] = "Which colour?"
    question.options[0]["text"]["en"] = "Red"
    question.save()
    assert told(survey) == []
    assert QUESTIONS[Question.Kind.SINGLE].text["en"] != "Which colour?"


def test_templates_as_they_come_are_not_told(organisation: Organisation) -> None:
    touchpoint = make_touchpoint(organisation)
    for template in TEMPLATES.values():
        survey = create_from_template(
            organisation=organisation,
            template=template,
            name=str(template.name),
            languages=["de", "en"],
            default_language="de",
            touchpoint=touchpoint,
        )
        assert told(survey) == []
