"""The builder: choices and rows as lists, rules in words, what is wrong with them, questions that replace others."""

from typing import Any

import pytest
from django.test import Client
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from organisations.models import Organisation
from organisations.tenancy import organisation_scope
from surveys.answers import OTHER
from surveys.changes import changes
from surveys.documents import Document
from surveys.domain import authoring, checks, questions
from surveys.domain.questions import OptionDraft
from surveys.logic import Rule
from surveys.models import Invitation, Question, Survey
from tests.makers import make_invitation, make_persona, make_touchpoint, make_user
from tests.surveys.test_answering import link
from tests.surveys.test_authoring import make_survey
from tests.surveys.test_authoring_pages import manager, survey, text, url
from tests.surveys.test_logic import about, known, rule

__all__ = ["manager", "survey"]


def set_logic(question: Question, **rules: Any) -> None:
    parsed = {name: Rule.from_json(rules.get(name)) for name in ("condition", "ends_if")}
    variants = [
        (found, {"de": "Anders?", "en": "Other?"})
        for each in rules.get("variants", [])
        if (found := Rule.from_json(each))
    ]
    questions.update_logic(question=question, **parsed, variants=variants)


def sentences(survey: Survey) -> list[str]:
    with translation.override("en"):
        return [problem.sentence for problem in checks.problems(survey) if problem.part == "logic"]


def items(**lines: str) -> dict[str, str]:
    """Fields of a list; a1 is the text of the second line with id 1, a is that of a new one."""
    sent: dict[str, str] = {}
    for at, (key, wording) in enumerate(lines.items()):
        sent |= {f"item-{at}-id": key[1:], f"item-{at}-text": wording}
    return sent


def test_choices_are_added_reordered_and_archived_and_ids_never_come_again(manager: Client, survey: Survey) -> None:
    question = questions.add_question(survey=survey, kind="single")
    here = url("question", survey.pk, question.pk) + "?language=de"
    page = text(manager.post(here, {"text": "Was?", "do": "item-add", **items(a1="Preis", a2="Güte")}))
    assert 'name="item-2-text" value=""' in page
    page = text(manager.post(here, {"text": "Getippt", "do": "item-down-0", **items(a1="Preis", a2="Güte")}))
    assert page.index('value="Güte"') < page.index('value="Preis"')
    assert "Getippt</textarea>" in page
    manager.post(here, {"text": "Was?", **items(a2="Güte", a1="Kosten", b="Neu", c=" ")})
    question.refresh_from_db()
    assert [(each["id"], each["text"]["de"], each.get("archived")) for each in question.options] == [
        (2, "Güte", None),
        (1, "Kosten", None),
        (4, "Neu", None),
        (3, "Service", True),
    ]
    assert question.options[1]["text"]["en"] == "Price"
    page = text(manager.post(here, {"text": "Was?", "do": "item-restore-3", **items(a2="Güte")}))
    assert 'value="Service"' in page
    manager.post(here, {"text": "Was?", **items(b="Noch eine")})
    question.refresh_from_db()
    assert question.options[0]["id"] == 5


def test_rows_have_touchpoints_and_follow_the_scale(
    manager: Client, organisation: Organisation, survey: Survey, other_organisation: Organisation
) -> None:
    with organisation_scope(other_organisation.pk):
        foreign = make_touchpoint(other_organisation)
    shop = make_touchpoint(organisation, name="Shop")
    matrix = questions.add_question(survey=survey, kind="matrix")
    first, second = matrix.rows.all()
    here = url("question", survey.pk, matrix.pk)
    scale = {"text": "Wie?", "lo": "1", "hi": "7", "high_is_good": "on", "look": "stars", "aspect": "experience"}
    sent = items(**{f"a{second.pk}": "Zuerst", "b": "Neu"})
    refused = manager.post(here, {**scale, **sent, "item-0-touchpoint": str(foreign.pk)})
    assert "choose a touchpoint from the list" in text(refused)
    manager.post(here, {**scale, **sent, "item-0-touchpoint": str(shop.pk)})
    rows = list(matrix.rows.filter(archived_at=None).order_by("position"))
    assert [(row.text["de"], row.touchpoint, row.hi, row.look) for row in rows] == [
        ("Zuerst", shop, 7, "stars"),
        ("Neu", None, 7, "stars"),
    ]
    first.refresh_from_db()
    assert first.archived_at
    asked = [question.id for question in Document.of_draft(survey).questions]
    assert asked[-3:] == [matrix.pk, *(row.pk for row in rows)]


def test_a_rule_is_built_and_stands_there_in_words(manager: Client, survey: Survey) -> None:
    csat, comment = survey.questions.all()
    here = url("rule", survey.pk, comment.pk, "condition") + "?language=en"
    assert "Overall, how satisfied" in text(manager.get(here))
    row = {"rule-match": "all", "rule-0-subject": f"q{csat.pk}", "rule-0-operator": "between"}
    page = text(manager.post(here, {**row, "do": "add-condition"}))
    assert 'name="rule-1-subject"' in page
    assert "Enter at least one of both ends" in text(
        manager.post(here, {**row, "rule-0-value": "3", "rule-0-until": "1"})
    )
    assert "is no number" in text(manager.post(here, {**row, "rule-0-value": "x"}))
    assert "Choose what is to be looked at." in text(manager.post(here, {"rule-0-subject": f"q{comment.pk}"}))
    language = {"rule-1-subject": "language", "rule-1-operator": "one_of", "rule-1-chosen": ["en"]}
    saved = manager.post(here, {**row, "rule-0-value": "1", "rule-0-until": "3", **language}, follow=True)
    said = "If CSAT is 1–3 and the language is English, ask “What could we have done better?”"
    assert said in text(saved)
    comment.refresh_from_db()
    assert comment.condition == rule(about(csat.pk, "between", 1, 3), known("language", "one_of", "en"))
    manager.post(url("remove_rule", survey.pk, comment.pk, "condition"))
    comment.refresh_from_db()
    assert comment.condition == {}


def test_rules_are_said_in_german(organisation: Organisation, manager: Client, survey: Survey) -> None:
    csat, comment = survey.questions.all()
    kim = make_persona(organisation, name="Kim")
    low = rule(about(csat.pk, "between", None, 2), known("persona", "none_of", kim.pk), match="any")
    set_logic(comment, condition=low, ends_if=rule(about(csat.pk, "unknown")), variants=[low])
    manager.get(url("list"))
    with translation.override("de"):
        page = text(manager.get(url("edit", survey.pk), headers={"accept-language": "de"}))
    assert (
        "Wenn CSAT höchstens 2 ist oder die Persona nicht „Kim“ ist, fragen:" in page or "If CSAT is at most 2" in page
    )


def test_another_wording_and_an_end(manager: Client, survey: Survey) -> None:
    csat, comment = survey.questions.all()
    row = {"rule-0-subject": f"q{csat.pk}", "rule-0-operator": "one_of", "rule-0-chosen": ["1", "2"]}
    new = url("rule", survey.pk, comment.pk, "wording-new") + "?language=en"
    assert "Say how the question is worded then." in text(manager.post(new, row))
    assert "it reads “What went wrong?”" in text(manager.post(new, {**row, "wording": "What went wrong?"}, follow=True))
    same = url("rule", survey.pk, comment.pk, "wording-0") + "?language=de"
    manager.post(same, {**row, "wording": "Was lief schief?"})
    end = url("rule", survey.pk, csat.pk, "end")
    assert "the survey ends after this question" in text(manager.post(end, row, follow=True))
    comment.refresh_from_db()
    assert comment.variants[0]["text"] == {"de": "Was lief schief?", "en": "What went wrong?"}
    for which in ("wording-1", "wording-x", "nothing"):
        assert manager.get(url("rule", survey.pk, comment.pk, which)).status_code == 404
    assert manager.post(url("remove_rule", survey.pk, comment.pk, "end")).status_code == 404


names = st.sampled_from(["", "-0", "-1", "-0-0", "-0-0-0-0-0", "-99"])
fields = st.builds(
    "rule{}-{}".format,
    names,
    st.sampled_from(["match", "subject", "attribute", "operator", "value", "until", "chosen"]),
)
values = st.text(max_size=8) | st.sampled_from(
    [
        "all",
        "any",
        "between",
        "one_of",
        "persona",
        "attribute",
        "language",
        "q1",
        "q999999999999999999",
        "1",
        "n/a",
        "\x00",
    ]
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(fields, values, max_size=9),
    st.sampled_from(["", "show", "add-group", "remove-0", "add-group-0-0-0-0"]),
)
def test_no_form_breaks_the_rule_page(manager: Client, survey: Survey, sent: dict[str, str], button: str) -> None:
    comment = survey.questions.all()[1]
    pressed = {"do": button} if button else {}
    answer = manager.post(url("rule", survey.pk, comment.pk, "condition"), {**sent, **pressed})
    assert answer.status_code in {200, 302, 422}


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        (lambda csat, later, foreign: about(later, "known"), "comes later"),
        (lambda csat, later, foreign: about(foreign, "known"), "question of another survey"),
        (lambda csat, later, foreign: about(csat, "contains", "x"), "does not fit its question"),
        (lambda csat, later, foreign: about(csat, "between", 6, 9), "contradicts itself"),
        (lambda csat, later, foreign: known("persona", "one_of", 12345), "persona that is no longer there"),
    ],
)
def test_faults_of_logic_keep_from_publishing(organisation: Organisation, condition: Any, sentence: str) -> None:
    survey = make_survey(organisation, "csat")
    csat, comment = survey.questions.all()
    later = questions.add_question(survey=survey, kind="yes_no")
    foreign = make_survey(organisation).questions.all()[0]
    set_logic(comment, condition=rule(condition(csat.pk, later.pk, foreign.pk)))
    assert any(sentence in said for said in sentences(survey)), sentences(survey)
    with pytest.raises(authoring.NotPublishable):
        authoring.publish(survey=survey, user=make_user())


def test_a_question_is_never_asked_since_the_survey_always_ends_before_it(organisation: Organisation) -> None:
    survey = make_survey(organisation, "csat")
    csat, comment = survey.questions.all()
    last = questions.add_question(survey=survey, kind="yes_no")
    set_logic(csat, ends_if=rule(about(csat.pk, "between", 1, 5)))
    set_logic(last, condition=rule(about(comment.pk, "known")))
    assert csat.is_required
    assert sentences(survey) == [
        "Question 2: Nobody is ever asked this: the survey always ends before it.",
        "Question 3: Nobody is ever asked this: what must be true for it never is.",
    ]


def test_a_removed_question_and_a_removed_choice_are_missed(organisation: Organisation) -> None:
    survey = make_survey(organisation, "csat")
    single = questions.add_question(survey=survey, kind="single")
    last = questions.add_question(survey=survey, kind="text")
    set_logic(last, condition=rule(about(single.pk, "one_of", 1, OTHER)))
    assert sentences(survey) == []
    left = [OptionDraft(2, "b"), OptionDraft(3, "c")]
    questions.update_question(question=single, language="de", wording={"text": "?"}, values={}, options=left)
    assert ["no longer" in each or "not offered any more" in each for each in sentences(survey)] == [True]
    authoring.publish(survey=survey, user=make_user())  # a warning only
    questions.archive_question(question=single)
    assert any("was removed" in each for each in sentences(survey))


def test_a_copy_and_a_replacement_take_the_logic_along(manager: Client, organisation: Organisation) -> None:
    survey = make_survey(organisation, "complaint")
    authoring.publish(survey=survey, user=make_user())
    copied = authoring.duplicate(survey=survey)
    own = set(copied.questions.values_list("pk", flat=True))
    assert not own & set(survey.questions.values_list("pk", flat=True))
    assert {pk for each in Document.of_draft(copied).questions for pk in each.looks_at} <= own
    assert sentences(copied) == []
    settled = survey.questions.get(kind="yes_no")
    page = manager.post(url("replace_question", survey.pk, settled.pk), follow=True)
    assert "reports show the break" in text(page)
    new = survey.questions.get(replaces=settled)
    assert (new.published_at, new.kind, new.position) == (None, "yes_no", settled.position)
    assert sentences(survey) == []
    document = Document.of_draft(survey)
    assert settled.pk not in {each.id for each in document.questions}
    with translation.override("en"):
        said = changes(Document.of_version(survey.versions.all()[0]), document)
    assert "Removed: “Ist Ihr Anliegen für Sie geklärt?”" in said
    assert "New question: “Ist Ihr Anliegen für Sie geklärt?”" in said


def test_what_was_reworded_is_quoted_in_the_language_it_was_reworded_in(organisation: Organisation) -> None:
    survey = make_survey(organisation, "csat")
    authoring.publish(survey=survey, user=make_user())
    (version,) = survey.versions.all()
    csat = survey.questions.all()[0]
    former = csat.text["en"]
    longer = f"{former} Please think of all of it, from the first word to the last one."
    labels = {"low_label": csat.low_label["en"], "high_label": csat.high_label["en"]}
    questions.update_question(question=csat, language="en", wording={"text": longer} | labels, values={})
    with translation.override("en"):
        said = changes(Document.of_version(version), Document.of_draft(survey))
    assert said == [f"Reworded (English): “{former}” is now “{longer}”"]


def test_an_archived_survey_takes_no_answers_and_leaves_the_list(manager: Client, survey: Survey) -> None:
    authoring.publish(survey=survey, user=make_user())
    manager.post(url("archive", survey.pk))
    survey.refresh_from_db()
    assert survey.state == Survey.State.CLOSED
    assert url("edit", survey.pk) not in text(manager.get(url("list")))
    assert url("edit", survey.pk) in text(manager.get(url("list"), {"state": "archived"}))
    manager.post(url("unarchive", survey.pk))
    assert url("edit", survey.pk) in text(manager.get(url("list")))


def test_a_test_mail_that_cannot_be_sent_is_said_and_nothing_is_kept(manager: Client, survey: Survey) -> None:
    answer = manager.post(url("send_test", survey.pk), follow=True)
    assert answer.status_code == 200
    assert not Invitation.objects.exists()


def test_page_and_preview_ask_the_same(manager: Client, client: Client, organisation: Organisation) -> None:
    survey = make_survey(organisation, "complaint")
    authoring.publish(survey=survey, user=make_user())
    csat, settled, *_rest = survey.questions.filter(matrix=None)
    answers = {f"q{csat.pk}": "2", f"q{settled.pk}": "no"}
    address = link(make_invitation(survey))
    sent = client.post(address, answers)
    assert sent.status_code == 303, text(sent)
    page = text(client.get(address.split("?")[0] + "?" + sent["Location"].split("?")[1]))
    shown = text(manager.get(url("preview", survey.pk), {**answers, "sent": "1"}))
    asked = [each.text["de"] in page for each in survey.questions.all()]
    assert asked == [each.text["de"] in shown for each in survey.questions.all()]
    assert any(asked)
    assert not all(asked)


def test_what_was_typed_for_a_question_removed_meanwhile_is_shown(
    manager: Client, survey: Survey, organisation: Organisation, other_organisation: Organisation
) -> None:
    with organisation_scope(other_organisation.pk):
        foreign = questions.add_question(survey=make_survey(other_organisation), kind="text")
    colleague = make_user(name="Ada Lovelace")
    question = questions.add_question(survey=survey, kind="single")
    questions.archive_question(question=question, user=colleague)
    typed = {"text": "What <b>else</b> was missing?", **items(a1="Advice", b="Patience")}
    told = text(manager.post(url("question", survey.pk, question.pk), typed))
    assert "removed meanwhile by Ada Lovelace" in told
    for words in ("What &lt;b&gt;else&lt;/b&gt; was missing?", "Advice", "Patience"):
        assert words in told
    assert url("restore_question", survey.pk, question.pk) in told
    ruled = {"rule-0-subject": "language", "rule-0-chosen": "en", "wording": "In other words?"}
    told = text(manager.post(url("rule", survey.pk, question.pk, "wording-new"), ruled))
    assert "removed meanwhile by Ada Lovelace" in told
    assert "In other words?" in told
    assert "removed meanwhile by Ada Lovelace" in text(manager.get(url("question", survey.pk, question.pk)))
    for name, *more in (("move_question",), ("remove_rule", "end")):
        assert "removed meanwhile" in text(manager.post(url(name, survey.pk, question.pk, *more), {"to": "up"}))
    manager.post(url("archive_question", survey.pk, question.pk))
    question.refresh_from_db()
    assert question.archived_by == colleague, "who was first"
    assert manager.post(url("question", survey.pk, foreign.pk), typed).status_code == 404


def test_replacing_a_question_by_a_double_click_leads_to_one(manager: Client, survey: Survey) -> None:
    question = questions.add_question(survey=survey, kind="text")
    first = manager.post(url("replace_question", survey.pk, question.pk)).headers["Location"]
    assert manager.post(url("replace_question", survey.pk, question.pk)).headers["Location"] == first
    assert question.replacements.count() == 1
