"""Every kind of question on the page that customers answer on: by keyboard, on a small phone, in the dark."""

import os
import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from organisations.models import Organisation
from organisations.tenancy import organisation_scope
from surveys.links import answer_token
from surveys.models import Invitation, Question, Response, Survey
from tests.browser.conftest import OpenPage, accessibility_faults, scrolls_sideways
from tests.makers import make_customer, make_invitation, make_question, make_survey, publish


def options(*texts: str) -> list[dict[str, Any]]:
    return [{"id": number, "text": {"de": text, "en": text}} for number, text in enumerate(texts, 1)]


def make_long_survey(organisation: Organisation, **fields: Any) -> Survey:
    """Four pages with a question of each kind; the second page after a low score only."""
    survey = make_survey(organisation, kinds=(), **fields)
    labels = {"low_label": {"de": "gar nicht", "en": "not at all"}, "high_label": {"de": "sehr", "en": "very"}}

    def ask(kind: str, de: str, en: str, **more: Any) -> Question:
        return make_question(survey, kind, text={"de": de, "en": en}, **more)

    nps = ask("nps", "Würden Sie uns weiterempfehlen?", "Would you recommend us?", is_required=True, **labels)
    ask("rating", "Wie viele Sterne geben Sie?", "How many stars?", look="stars", **labels)
    ask("csat", "Wie zufrieden sind Sie?", "How satisfied are you?", look="smileys", allows_not_applicable=True)
    low = {"match": "all", "parts": [{"subject": "question", "key": nps.pk, "operator": "between", "values": [0, 6]}]}
    ask("text", "Was ging schief?", "What went wrong?", condition=low)
    ask("info", "Nun zur Lieferung.\n\nEs sind noch zwei Seiten.", "Now to the delivery.", starts_page=True)
    matrix = ask("matrix", "Wie war …", "How was …", lo=1, hi=5, **labels)
    for de, en in (("die Pünktlichkeit?", "the punctuality?"), ("die Freundlichkeit der Monteurin?", "the fitter?")):
        ask("rating", de, en, matrix=matrix)
    ask("yes_no", "Kam alles heil an?", "Did it arrive in one piece?")
    choice = {"options": options("Paket", "Spedition", "Selbst abgeholt"), "allows_other": True}
    ask("single", "Wie kam es?", "How did it come?", starts_page=True, **choice)
    ask("multiple", "Was war dabei?", "What was in it?", options=options("Zähler", "Kabel"), random_order=True)
    ask("ranking", "Was ist Ihnen wichtig?", "What matters to you?", options=options("Preis", "Tempo", "Rat"))
    ask("short_text", "Ihr Wort dafür?", "Your word for it?")
    ask("number", "Wie viele Personen?", "How many people?", lo=1, hi=20)
    ask("date", "Wann kam es?", "When did it come?")
    ask("consent", "Ich bin einverstanden.", "I agree.")
    publish(survey)
    return survey


def invited(organisation: Organisation, **fields: Any) -> tuple[str, Survey, Invitation]:
    with organisation_scope(organisation.pk):
        survey = make_long_survey(organisation, **fields)
        customer = make_customer(organisation, salutation="ms", first_name="Ina", last_name="Petersen")
        invitation = make_invitation(survey, customer)
    return f"/r/{answer_token(organisation.pk, invitation.pk)}", survey, invitation


def send(page: Page) -> None:
    with page.expect_navigation():
        page.locator("main .send .button").click()


def check(page: Page, name: str) -> None:
    if folder := os.environ.get("CXPORTAL_SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
    assert accessibility_faults(page) == []
    assert not scrolls_sideways(page)


@pytest.mark.parametrize(
    ("width", "scheme", "language"), [(360, "light", "de"), (390, "dark", "en"), (1280, "light", "en")]
)
def test_all_kinds_can_be_answered_anywhere(
    open_page: OpenPage, organisation: Organisation, width: int, scheme: str, language: str
) -> None:
    path, survey, _invitation = invited(organisation)
    page = open_page(f"{path}?lang={language}", width=width, color_scheme=scheme, java_script_enabled=True)
    send(page)
    check(page, f"{width}-1-fault")
    page.get_by_role("radio", name="3", exact=True).first.check()
    page.locator(".stars input").nth(3).check()
    check(page, f"{width}-1")
    send(page)
    check(page, f"{width}-2")
    page.locator("textarea").fill("Zu spät")
    send(page)
    page.get_by_role("radiogroup").nth(1).get_by_role("radio", name="4", exact=True).check()
    check(page, f"{width}-3")
    send(page)
    page.locator('.choices input[type="text"]').fill("Mit dem Rad")
    for number, select in enumerate(page.locator(".ranking select").all(), 1):
        select.select_option(str(number))
    page.locator('input[inputmode="decimal"]').fill("viele")
    page.locator('input[type="date"]').fill("2024-12-31")
    page.locator(".tick input").check()
    check(page, f"{width}-4")
    send(page)
    check(page, f"{width}-4-fault")
    page.locator('input[inputmode="decimal"]').fill("2")
    send(page)
    check(page, f"{width}-5-thanks")
    with organisation_scope(organisation.pk):
        response = Response.objects.get()
        assert response.completed_at
        kinds = {str(question.pk): question.kind for question in survey.questions.all()}
        answers = {kind: response.answers.get(pk) for pk, kind in kinds.items() if kind != "rating"}
    assert answers == {
        "nps": 3, "csat": None, "text": True, "info": None, "matrix": None, "yes_no": None, "single": 0,
        "multiple": None, "ranking": [1, 2, 3], "short_text": None, "number": 2, "date": "2024-12-31", "consent": True,
    }  # fmt: skip


def test_back_works_on_the_page_and_in_the_browser(open_page: OpenPage, organisation: Organisation) -> None:
    path, _survey, _invitation = invited(organisation)
    page = open_page(path, width=390, locale="de", java_script_enabled=False)
    page.get_by_role("radio", name="9", exact=True).check()
    send(page)
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Seite 2"))
    page.get_by_role("radiogroup").first.get_by_role("radio", name="2", exact=True).check()
    send(page)
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Seite 3"))
    page.go_back()
    expect(page.get_by_role("radiogroup").first.get_by_role("radio", name="2", exact=True)).to_be_checked()
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Guten Tag Frau Petersen")
    page.get_by_role("radio", name="10", exact=True).check()
    send(page)
    page.get_by_role("link", name="Zurück").click()
    expect(page.get_by_role("radio", name="10", exact=True)).to_be_checked()
    with organisation_scope(organisation.pk):
        assert Response.objects.count() == 1


def test_the_keyboard_alone_will_do_on_every_page(open_page: OpenPage, organisation: Organisation) -> None:
    path, survey, _invitation = invited(organisation)
    page = open_page(path, width=390, locale="de", java_script_enabled=False)
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    for _ in range(9):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Seite 2"))
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Seite 3"))
    for _ in range(5):
        page.keyboard.press("Tab")
    page.keyboard.press("1")
    page.keyboard.press("Tab")
    page.keyboard.press("2")
    page.keyboard.press("Tab")
    page.keyboard.press("3")
    send(page)
    with organisation_scope(organisation.pk):
        ranking = survey.questions.get(kind="ranking")
        assert Response.objects.get().answers[str(ranking.pk)] == [1, 2, 3]


def test_a_web_address_in_a_question_pushes_no_phone_sideways(
    organisation: Organisation, other_organisation: Organisation, open_page: OpenPage
) -> None:
    address = "https://www.nordlicht.example/" + "kundenservice/umzug-und-zaehlerwechsel/" * 4
    texts = {"text": {"de": address, "en": address}}
    with organisation_scope(organisation.pk):
        survey = make_survey(organisation, kinds=())
        matrix = make_question(survey, "matrix", lo=1, hi=5, **texts)
        make_question(survey, "rating", matrix=matrix, **texts)
        for kind in ("nps", "yes_no", "text", "number", "date", "consent", "info"):
            make_question(survey, kind, **texts)
        for kind in ("single", "multiple", "ranking"):
            make_question(survey, kind, options=options(address, "Kabel"), **texts)
        publish(survey)
        invitation = make_invitation(survey, make_customer(organisation))
    page = open_page(f"/r/{answer_token(organisation.pk, invitation.pk)}", width=360)
    wide = """() => [...document.querySelectorAll("main *")].filter(
        element => element.getBoundingClientRect().right > 360).map(element => element.outerHTML.slice(0, 60))"""
    assert page.evaluate(wide) == []
    assert not scrolls_sideways(page)
