"""Writing a survey in a real browser: with htmx, without scripts, on a phone, for everyone."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from organisations.models import Membership, Organisation
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from surveys.domain import authoring, questions
from surveys.logic import Rule
from surveys.models import Survey
from tests.browser.conftest import OpenPage, accessibility_faults, kept_back, scrolls_sideways
from tests.makers import make_member, make_touchpoint
from tests.surveys.test_authoring import make_survey
from tests.surveys.test_logic import about, known, rule

NAMES = ["list", "new", "create", "from_file", "edit", "question", "rule", "choices", "texts", "settings", "publish"]


@pytest.fixture
def manager(organisation: Organisation) -> Membership:
    with organisation_scope(organisation.pk):
        return make_member(organisation, Role.CX_MANAGER)


@pytest.fixture
def survey(organisation: Organisation, manager: Membership) -> Survey:
    """Published once, changed since; a word is missing in English."""
    with organisation_scope(organisation.pk):
        survey = make_survey(
            organisation, "csat", name="Delivery", touchpoint=make_touchpoint(organisation, name="Parcel")
        )
        authoring.publish(survey=survey, user=manager.user)
        added = questions.add_question(survey=survey, kind="ces")
        questions.update_question(question=added, language="en", wording={}, values={})
        questions.add_question(survey=survey, kind="matrix")
        low = Rule.from_json(
            rule(about(survey.questions.all()[0].pk, "between", 1, 2), known("language", "one_of", "de"))
        )
        comment = survey.questions.get(kind="text")
        questions.update_logic(question=comment, condition=low, ends_if=None, variants=[])
        make_survey(organisation, name="After purchase")
        return survey


def address(name: str, survey: Survey) -> str:
    args: list[object] = ["nordlicht"]
    if name == "create":
        args.append("ces")
    elif name not in ("list", "new", "from_file"):
        args.append(survey.pk)
    if name == "question":
        with organisation_scope(survey.organisation_id):
            args.append(survey.questions.get(kind="ces").pk)
    if name in ("rule", "choices"):
        with organisation_scope(survey.organisation_id):
            args.append(survey.questions.get(kind="matrix" if name == "choices" else "text").pk)
        args += ["condition"] if name == "rule" else []
    return reverse(f"surveys:{'question' if name == 'choices' else name}", args=args)


def speak(member: Membership, language: str) -> None:
    member.user.language = language
    member.user.save()


@pytest.mark.parametrize(
    ("width", "scheme", "language"), [(1440, "light", "en"), (390, "dark", "de"), (360, "light", "de")]
)
def test_everyone_can_use_every_page(
    open_page: OpenPage, survey: Survey, manager: Membership, width: int, scheme: str, language: str
) -> None:
    speak(manager, language)
    page = open_page("/", manager, width=width, color_scheme=scheme)
    for name in NAMES:
        page.goto(address(name, survey))
        assert accessibility_faults(page) == []
        assert not scrolls_sideways(page)


@pytest.mark.parametrize("has_scripts", [True, False])
def test_a_question_is_reworded_beside_its_preview(
    open_page: OpenPage, survey: Survey, manager: Membership, has_scripts: bool
) -> None:
    page = open_page(address("edit", survey) + "?language=en", manager, java_script_enabled=has_scripts)
    preview = page.frame_locator("iframe")
    expect(preview.get_by_text("Overall, how satisfied were you")).to_be_visible()
    page.get_by_role("link", name="Edit question 1").click()
    page.get_by_label("Question", exact=True).fill("How was the parcel?")
    loaded_once(page)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="How was the parcel?")).to_be_visible()
    expect(preview.get_by_text("How was the parcel?")).to_be_visible()
    if has_scripts:
        assert page.evaluate("window.loadedOnce")
        expect(page).to_have_url(re.compile(re.escape(address("edit", survey) + "?language=en")))
        expect(page.get_by_role("link", name="Edit question 1")).to_be_focused()


def test_the_preview_stays_in_sight_beside_the_last_question(
    open_page: OpenPage, survey: Survey, manager: Membership
) -> None:
    page = open_page(address("edit", survey), manager)

    page.get_by_role("button", name="Information").scroll_into_view_if_needed()

    assert page.evaluate("scrollY") > 400
    expect(page.get_by_title("Preview of the survey page")).to_be_in_viewport(ratio=0.9)


def test_from_template_to_published_with_the_keyboard_alone(
    open_page: OpenPage, survey: Survey, manager: Membership
) -> None:
    page = open_page(address("new", survey), manager)
    page.get_by_role("link", name="NPS after a purchase").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Name").fill("Shop")
    page.get_by_label("Touchpoint").select_option("Parcel")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Publish", exact=True).press("Enter")
    page.get_by_role("button", name="Publish").press("Enter")
    expect(page.get_by_text("Version 1 is published and takes answers.")).to_be_visible()


@pytest.mark.parametrize("has_scripts", [True, False])
def test_a_rule_is_built_and_tried_in_the_preview(
    open_page: OpenPage, survey: Survey, manager: Membership, has_scripts: bool
) -> None:
    page = open_page(address("edit", survey) + "?language=en", manager, java_script_enabled=has_scripts)
    page.get_by_role("link", name="Ask only if … (question 3)").click()
    page.get_by_label("What is looked at").select_option(label="CSAT")
    if not has_scripts:
        page.get_by_role("button", name="Continue").click()
    page.get_by_label("From").fill("1")
    page.get_by_label("To", exact=True).fill("2")
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_text("If CSAT is 1–2, ask “")).to_be_visible()
    preview = page.frame_locator("iframe")
    preview.get_by_role("radio", name="1").first.check()
    preview.get_by_role("button", name="Next").click()
    expect(preview.get_by_text("Page 2 of 2")).to_be_visible()


def test_questions_are_dragged(open_page: OpenPage, survey: Survey, manager: Membership) -> None:
    page = open_page(address("edit", survey) + "?language=en", manager, viewport={"width": 1440, "height": 2400})
    cards = page.locator("li[data-card]")

    def order() -> list[str]:
        with organisation_scope(survey.organisation_id):
            return [question.kind for question in survey.asked_questions() if not question.matrix_id]

    def drag(number: int, onto: int, *, lets_go: bool = True) -> None:
        grip, target = cards.nth(number).locator(".grip").bounding_box(), cards.nth(onto).bounding_box()
        assert grip
        assert target
        page.mouse.move(grip["x"] + 5, grip["y"] + 5)
        page.mouse.down()
        page.mouse.move(grip["x"] + 30, grip["y"] + 20, steps=3)
        page.mouse.move(target["x"] + 20, target["y"] + (5 if onto < number else target["height"] - 5), steps=5)
        expect(page.locator(".drop")).to_have_count(1)
        if not lets_go:
            page.keyboard.press("Escape")
        page.mouse.up()
        expect(page.locator(".ghost")).to_have_count(0)

    assert order() == ["csat", "text", "ces", "matrix"]
    drag(0, 2, lets_go=False)
    loaded_once(page)
    drag(0, 2)
    expect(cards.nth(2)).to_contain_text("Satisfaction (CSAT)")
    assert order() == ["text", "ces", "csat", "matrix"]
    drag(3, 0)
    expect(cards.nth(0)).to_contain_text("Several ratings in a table")
    assert order() == ["matrix", "text", "ces", "csat"]
    assert page.evaluate("window.loadedOnce")


def loaded_once(page: Page) -> None:
    """Leave a mark that a reload would wipe out."""
    page.evaluate("window.loadedOnce = true")


def test_of_two_questions_added_in_a_hurry_none_gets_lost(
    open_page: OpenPage, survey: Survey, manager: Membership
) -> None:
    page = open_page(address("edit", survey), manager)
    cards = page.locator("ol > li.card")
    expect(cards).to_have_count(4)
    number = page.get_by_role("button", name="Number", exact=True)
    with kept_back(page, "POST", "/questions/[?]"):
        page.get_by_role("button", name="Yes or no").click()
        expect(number).to_be_disabled()
    number.click()  # waits until it can be pressed
    expect(cards).to_have_count(6)
    with organisation_scope(survey.organisation_id):
        assert [each.kind for each in survey.questions.order_by("pk")][-2:] == ["yes_no", "number"]
