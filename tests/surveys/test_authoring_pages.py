"""Pages of survey authoring, as a CX manager, a weak role and a stranger meet them."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from organisations.models import Membership, Organisation
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from surveys.domain import authoring, questions
from surveys.models import Question, Survey
from tests.makers import make_member, make_response, make_touchpoint, make_user
from tests.surveys.test_authoring import make_survey

SignIn = Callable[[Membership], Client]


@pytest.fixture
def manager(organisation: Organisation, sign_in: SignIn) -> Client:
    return sign_in(make_member(organisation, Role.CX_MANAGER))


@pytest.fixture
def survey(organisation: Organisation, other_organisation: Organisation) -> Survey:
    with organisation_scope(other_organisation.pk):
        make_survey(other_organisation, name="Of strangers")
    return make_survey(organisation, "csat", name="Delivery", touchpoint=make_touchpoint(organisation, name="Parcel"))


def url(name: str, *args: Any) -> str:
    return reverse(f"surveys:{name}", args=["nordlicht", *args])


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_from_template_to_published_version(manager: Client, organisation: Organisation, survey: Survey) -> None:
    assert "How likely are you to recommend us" in text(manager.get(url("new")))
    page = manager.get(url("create", "nps"))
    assert 'value="NPS after a purchase"' in text(page)
    answer = {"name": "Shop", "languages": ["de", "en"], "default_language": "de", "touchpoint": survey.touchpoint_id}
    created = manager.post(url("create", "nps"), answer, follow=True)
    assert created.status_code == 200
    shop = Survey.objects.get(name="Shop")
    assert shop.organisation == organisation
    assert "What is the main reason" in text(manager.get(url("edit", shop.pk) + "?language=en"))

    published = manager.post(url("publish", shop.pk), follow=True)
    assert "Version 1 is published and takes answers." in text(published)
    assert f'href="/o/nordlicht/campaigns/new/?survey={shop.pk}"' in text(published)
    version = shop.versions.get()
    assert str(version.published_by) in text(published)
    listed = text(manager.get(url("list")))
    assert "Shop" in listed
    assert "Of strangers" not in listed


def test_the_list_is_searched_and_filtered(manager: Client, organisation: Organisation, survey: Survey) -> None:
    make_survey(organisation, name="Hotline")
    authoring.publish(survey=survey, user=make_user())
    assert "Hotline" not in text(manager.get(url("list"), {"search": "deliv"}))
    assert "Hotline" not in text(manager.get(url("list"), {"state": "live"}))
    assert "No survey fits these filters." in text(manager.get(url("list"), {"search": "Of strangers"}))
    assert manager.get(url("list"), {"state": "x", "search": "\x00"}).status_code == 200


def test_an_empty_list_leads_to_the_templates(manager: Client) -> None:
    assert url("new") in text(manager.get(url("list"))).split("<main")[1]


def test_the_list_takes_the_same_queries_for_any_number_of_rows(
    manager: Client, organisation: Organisation, survey: Survey
) -> None:
    manager.get(url("list"))
    counts = []
    for more in (0, 2):
        for _number in range(more):
            authoring.publish(survey=make_survey(organisation), user=make_user())
        with CaptureQueriesContext(connection) as queries:
            manager.get(url("list"))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_question_is_worded_in_one_language_at_a_time(manager: Client, survey: Survey) -> None:
    question = survey.questions.all()[0]
    page = text(manager.get(url("question", survey.pk, question.pk) + "?language=en"))
    assert "Overall, how satisfied were you" in page
    wording = {"text": "  And now? ", "low_label": "bad", "high_label": "good", "is_required": "on"}
    scale = {
        "lo": "1",
        "hi": "7",
        "box_lo": "6",
        "box_hi": "7",
        "aspect": "experience",
        "touchpoint": "",
        "look": "numbers",
    }
    saved = manager.post(url("question", survey.pk, question.pk) + "?language=en", wording | scale)
    assert saved["Location"] == url("edit", survey.pk) + f"?language=en&at={question.pk}#question-{question.pk}"
    german = question.text["de"]
    question.refresh_from_db()
    assert question.text == {"de": german, "en": "And now?"}
    assert (question.hi, question.box_lo, question.is_required) == (7, 6, True)


def test_a_wrong_scale_is_said_at_its_field_and_nothing_is_lost(manager: Client, survey: Survey) -> None:
    question = survey.questions.all()[0]
    wrong = {
        "text": "Kept?",
        "lo": "1",
        "hi": "40",
        "box_lo": "4",
        "box_hi": "5",
        "aspect": "experience",
        "look": "stars",
    }
    page = text(manager.post(url("question", survey.pk, question.pk), wrong))
    assert "A scale starts at 0 or above and has at most 11 steps." in page
    assert "Kept?</textarea>" in page
    assert 'value="40"' in page
    wrong |= {"lo": "99999999999", "hi": "x", "touchpoint": "1 OR 1=1", "aspect": "<script>", "text": "\x00"}
    assert manager.post(url("question", survey.pk, question.pk), wrong).status_code == 422
    question.refresh_from_db()
    assert (question.lo, question.hi) == (1, 5)


def test_the_scale_of_a_published_question_is_shown_and_not_asked(manager: Client, survey: Survey) -> None:
    authoring.publish(survey=survey, user=make_user())
    question = survey.questions.all()[0]
    page = text(manager.get(url("question", survey.pk, question.pk)))
    assert "It is published and stays as it is." in page
    assert 'name="lo"' not in page
    answer = {"text": "Neu?", "low_label": "a", "high_label": "b", "hi": "9", "kind": "nps", "look": "stars"}
    assert manager.post(url("question", survey.pk, question.pk), answer).status_code == 302
    question.refresh_from_db()
    assert (question.kind, question.hi, question.aspect, question.text["de"]) == ("csat", 5, "experience", "Neu?")
    assert "changes not published" in text(manager.get(url("edit", survey.pk)))
    assert "Publish changes" in text(manager.get(url("publish", survey.pk)))


def test_questions_are_added_moved_removed_and_put_back(manager: Client, survey: Survey) -> None:
    added = manager.post(url("add_question", survey.pk), {"kind": "ces"}, follow=True)
    assert "Wie sehr stimmen Sie zu" in text(added)
    question = survey.questions.last()
    assert question
    manager.post(url("move_question", survey.pk, question.pk), {"to": "up"})
    assert [asked.kind for asked in survey.questions.all()] == ["csat", "ces", "text"]
    removed = manager.post(url("archive_question", survey.pk, question.pk), follow=True)
    assert "One question removed" in text(removed)
    assert "removed meanwhile" in text(manager.get(url("question", survey.pk, question.pk)))
    manager.post(url("restore_question", survey.pk, question.pk))
    assert [asked.kind for asked in survey.questions.filter(archived_at=None)] == ["csat", "text", "ces"]
    assert manager.post(url("add_question", survey.pk), {"kind": "x"}).status_code == 404


def test_texts_are_saved_per_language_and_a_subject_stays_one_line(manager: Client, survey: Survey) -> None:
    texts = {"intro": "", "thanks": "Thanks!", "mail_subject": "Hello\r\nBcc: all@example.org", "mail_text": "Text"}
    manager.post(url("texts", survey.pk) + "?language=en", texts)
    survey.refresh_from_db()
    assert survey.thanks["en"] == "Thanks!"
    assert survey.thanks["de"].startswith("Danke")
    assert survey.mail_subject["en"] == "Hello Bcc: all@example.org"
    assert "This field is required." in text(manager.post(url("texts", survey.pk), {"thanks": " "}))
    page = text(manager.get(url("edit", survey.pk) + "?language=en"))
    assert "1 missing" in page
    assert "not worded yet" in page
    assert "English: “Greeting sentence” is missing." in text(manager.get(url("publish", survey.pk)))
    assert "One thing is to be mended first" in text(manager.post(url("publish", survey.pk)))
    assert not survey.versions.exists()


def test_settings_refuse_a_default_language_the_survey_does_not_speak(manager: Client, survey: Survey) -> None:
    values = {"name": "Parcels", "languages": ["en"], "default_language": "de", "answer_days": "14", "type": "other"}
    page = text(manager.post(url("settings", survey.pk), values))
    assert "The survey does not speak this language." in page
    assert "<h1>Delivery</h1>" in page
    manager.post(url("settings", survey.pk), values | {"default_language": "en"})
    survey.refresh_from_db()
    assert (survey.name, survey.languages, survey.default_language, survey.answer_days) == ("Parcels", ["en"], "en", 14)


def test_settings_refuse_a_last_day_that_is_over_unless_it_was_so_before(manager: Client, survey: Survey) -> None:
    authoring.publish(survey=survey, user=make_user())
    values = {"name": "Parcels", "languages": ["de"], "default_language": "de", "answer_days": "14", "type": "other"}
    page = manager.post(url("settings", survey.pk), values | {"closes_on": "2020-01-01"})
    assert page.status_code == 422
    assert page.context["form"].errors == {"closes_on": ["The last day to answer is over. Choose a later one."]}
    survey.refresh_from_db()
    assert (survey.closes_on, survey.name) == (None, "Delivery")
    Survey.objects.update(closes_on=date(2020, 1, 1))
    assert manager.post(url("settings", survey.pk), values | {"closes_on": "2020-01-01"}).status_code == 302
    assert manager.post(url("settings", survey.pk), values | {"closes_on": "2020-01-02"}).status_code == 422


@pytest.mark.parametrize("number", ["-1", "0"])
def test_settings_say_the_least_number_that_they_take(manager: Client, survey: Survey, number: str) -> None:
    values = {"name": "x", "type": "other", "languages": ["de"], "default_language": "de"}
    values |= {"answer_days": number, "quota": number}
    page = manager.post(url("settings", survey.pk), values)
    refusal = ["Ensure this value is greater than or equal to 1."]
    assert page.context["form"].errors == {"answer_days": refusal, "quota": refusal}
    assert text(page).count('min="1"') == 2


def test_a_touchpoint_of_another_organisation_is_refused(
    manager: Client, survey: Survey, other_organisation: Organisation
) -> None:
    with organisation_scope(other_organisation.pk):
        foreign = make_touchpoint(other_organisation, name="Foreign")
    values = {"name": "x", "type": "other", "languages": ["de"], "default_language": "de"}
    values |= {"answer_days": "9", "touchpoint": str(foreign.pk)}
    page = manager.post(url("settings", survey.pk), values)
    assert page.status_code == 422
    assert "Foreign" not in text(page)
    survey.refresh_from_db()
    assert survey.touchpoint.name == "Parcel"  # type: ignore[union-attr]  # set by the fixture


def test_the_preview_speaks_the_chosen_language_and_may_be_framed_by_the_editor_only(
    manager: Client, survey: Survey
) -> None:
    preview = manager.get(url("preview", survey.pk) + "?language=en")
    assert '<html lang="en">' in text(preview)
    assert "Hello Ms Sample" in text(preview)
    assert "Overall, how satisfied were you" in text(preview)
    assert preview["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in preview["Content-Security-Policy"]
    assert "default-src 'none'" in preview["Content-Security-Policy"]
    editor = manager.get(url("edit", survey.pk))
    assert editor["X-Frame-Options"] == "DENY"
    assert "frame-src 'self'" in editor["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in editor["Content-Security-Policy"]


def test_the_preview_of_a_version_stays_when_the_draft_changes(manager: Client, survey: Survey) -> None:
    authoring.publish(survey=survey, user=make_user())
    question = survey.questions.all()[0]
    questions.update_question(question=question, language="de", wording={"text": "<b>Neu</b>"}, values={})
    assert "&lt;b&gt;Neu&lt;/b&gt;" in text(manager.get(url("preview", survey.pk)))
    assert "Neu" not in text(manager.get(url("preview", survey.pk) + "?version=1"))
    for number in ("2", "x", "٣", "9" * 30):
        assert manager.get(url("preview", survey.pk), {"version": number}).status_code == 404


def test_closing_reopening_and_copying(manager: Client, survey: Survey) -> None:
    authoring.publish(survey=survey, user=make_user())
    assert "takes no more answers" in text(manager.post(url("close", survey.pk), follow=True))
    assert "takes answers again" in text(manager.post(url("reopen", survey.pk), follow=True))
    assert "<h1>Delivery (Kopie)</h1>" in text(manager.post(url("duplicate", survey.pk), follow=True))


def test_what_would_close_again_at_once_is_not_reopened(manager: Client, survey: Survey) -> None:
    authoring.publish(survey=survey, user=make_user())
    make_response(survey, [4, "Fine"])
    Survey.objects.update(state=Survey.State.CLOSED, quota=1, closes_on=date(2020, 1, 1))
    full, over = "There are as many answers as were wanted: 1.", "The last day to answer is over."
    page = text(manager.get(url("publish", survey.pk)))
    assert full in page
    assert over in page
    assert url("reopen", survey.pk) not in page
    refused = text(manager.post(url("reopen", survey.pk), follow=True))
    assert full in refused
    assert "takes answers again" not in refused
    assert Survey.objects.get(pk=survey.pk).state == Survey.State.CLOSED
    # Nor by publishing what was changed meanwhile.
    Survey.objects.filter(pk=survey.pk).update(closes_on=None, name="Parcels", thanks={"de": "Neu", "en": "New"})
    assert full in text(manager.post(url("publish", survey.pk)))
    assert Survey.objects.get(pk=survey.pk).state == Survey.State.CLOSED
    Survey.objects.filter(pk=survey.pk).update(quota=2)
    assert url("reopen", survey.pk) in text(manager.get(url("publish", survey.pk)))
    assert "takes answers again" in text(manager.post(url("reopen", survey.pk), follow=True))


def test_a_survey_whose_last_day_is_over_is_called_closed(manager: Client, survey: Survey) -> None:
    authoring.publish(survey=survey, user=make_user())
    pages = [url("list"), url("publish", survey.pk)]
    survey.refresh_from_db()
    for closes_on, state in ((survey.organisation.today(), "live"), (date(2020, 1, 1), "closed")):
        survey.closes_on = closes_on
        survey.save()
        for page in pages:
            tags = re.findall(r'<span class="tag[^>]*>([^<]+)</span>', text(manager.get(page)))
            assert state in tags
            assert {"live", "closed"} & set(tags) == {state}
        for chosen in ("live", "closed", "draft"):
            listed = manager.get(pages[0], {"state": chosen}).context["page"].rows
            assert listed == ([survey] if chosen == state else [])
    assert "The last day to answer is over." in text(manager.get(pages[1]))


def test_german_pages_are_german(organisation: Organisation, survey: Survey, sign_in: SignIn) -> None:
    member = make_member(organisation, Role.ADMIN)
    member.user.language = "de"
    member.user.save()
    browser = sign_in(member)
    assert "Umfragen" in text(browser.get(url("list")))
    assert "Veröffentlichen" in text(browser.get(url("edit", survey.pk)))
    assert "Alles bereit" in text(browser.get(url("publish", survey.pk)))


@pytest.mark.parametrize("role", [Role.ANALYST, Role.DEPARTMENT_LEAD, Role.MEMBER])
def test_weak_roles_get_403_and_change_nothing(
    organisation: Organisation, survey: Survey, sign_in: SignIn, role: Role
) -> None:
    browser = sign_in(make_member(organisation, role))
    question = survey.questions.all()[0]
    for name, *args in pages(survey, question):
        assert browser.get(url(name, *args)).status_code == 403
        assert browser.post(url(name, *args), {"kind": "nps"}).status_code == 403
    assert (survey.questions.count(), survey.versions.count(), Survey.objects.count()) == (2, 0, 1)


def test_strangers_get_404_for_the_organisation_and_for_surveys_of_another(
    other_organisation: Organisation, survey: Survey, sign_in: SignIn
) -> None:
    with organisation_scope(other_organisation.pk):
        stranger = make_member(other_organisation, Role.ADMIN)
    browser = sign_in(stranger)
    question = survey.questions.all()[0]
    for name, *args in pages(survey, question):
        assert browser.get(url(name, *args)).status_code == 404
        if survey.pk in args:
            foreign = reverse(f"surveys:{name}", args=["suedwind", *args])
            assert browser.post(foreign, {"kind": "nps"}).status_code in (404, 405)
    assert (survey.questions.count(), survey.versions.count()) == (2, 0)


def pages(survey: Survey, question: Question) -> list[tuple[Any, ...]]:
    of_survey = ["edit", "texts", "settings", "publish", "close", "reopen", "duplicate", "preview", "add_question"]
    of_survey += ["archive", "unarchive", "export", "send_test"]
    of_question = [
        "question",
        "move_question",
        "archive_question",
        "restore_question",
        "replace_question",
        "try_question",
    ]
    return [
        ("list",),
        ("new",),
        ("create", "nps"),
        *((name, survey.pk) for name in of_survey),
        *((name, survey.pk, question.pk) for name in of_question),
    ]
