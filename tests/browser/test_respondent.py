"""The page a customer answers on, as customers use it: on a phone, without scripts, by keyboard, in the dark."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from common import tokens
from organisations.models import Organisation
from organisations.tenancy import organisation_scope
from surveys.documents import Document
from surveys.models import Comment, Invitation, Question, Response, Survey, SurveyVersion
from tests.browser.conftest import OpenPage, accessibility_faults, scrolls_sideways
from tests.makers import SCALES, make_customer, make_invitation, make_survey

NPS = {
    "kind": "nps",
    "text": {
        "de": "Wie wahrscheinlich ist es, dass Sie uns weiterempfehlen?",
        "en": "How likely are you to recommend us?",
    },
    "low_label": {"de": "sehr unwahrscheinlich", "en": "very unlikely"},
    "high_label": {"de": "sehr wahrscheinlich", "en": "very likely"},
}
CSAT = {
    "kind": "csat",
    "text": {"de": "Wie zufrieden sind Sie mit der Montage?", "en": "How satisfied are you with the installation?"},
    "low_label": {"de": "gar nicht", "en": "not at all"},
    "high_label": {"de": "vollkommen", "en": "completely"},
    "allows_not_applicable": True,
}
REASON = {
    "kind": "text",
    "text": {"de": "Was ist der wichtigste Grund dafür?", "en": "What is the most important reason?"},
}


def invite(organisation: Organisation, *questions: Mapping[str, object], **fields: object) -> tuple[str, Invitation]:
    """The link that a customer got, and what stands behind it."""
    with organisation_scope(organisation.pk):
        survey = make_survey(
            organisation,
            kinds=(),
            intro={"de": "Wie war die Lieferung Ihres Zählers?", "en": "How was the delivery of your meter?"},
            thanks={"de": "Ihre Meinung hilft uns sehr.", "en": "Your opinion helps us a lot."},
        )
        for position, question in enumerate(questions):
            scale = SCALES[str(question["kind"])]
            Question.objects.create(
                organisation=organisation, survey=survey, position=position, **{**scale, **question}
            )
        document = Document.of_draft(survey).to_json()
        SurveyVersion.objects.create(organisation=organisation, survey=survey, number=2, document=document)
        customer = make_customer(organisation, salutation="ms", first_name="Ina", last_name="Petersen")
        invitation = make_invitation(survey, customer, **fields)
    return "/r/" + tokens.make("respond", organisation.pk, invitation.pk), invitation


@pytest.fixture
def nordlicht(organisation: Organisation) -> Organisation:
    Organisation.objects.update(name="Nordlicht Energie", privacy_url="https://nordlicht.example/datenschutz")
    organisation.refresh_from_db()
    return organisation


def test_one_tap_in_the_mail_and_one_on_the_page(open_page: OpenPage, nordlicht: Organisation) -> None:
    path, _invitation = invite(nordlicht, NPS, REASON)
    page = open_page("about:blank", width=360, java_script_enabled=False)
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(f"{path}?s=9")
    expect(page.get_by_role("heading", level=1)).to_have_text("Guten Tag Frau Petersen")
    expect(page.get_by_role("radio", name="9", exact=True)).to_be_checked()
    assert len(requests) == 2, "the page and its style sheet"
    page.get_by_role("button", name="Absenden").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vielen Dank")
    with organisation_scope(nordlicht.pk):
        assert list(Response.objects.get().answers.values()) == [9, None]
    page.goto(path)
    expect(page.get_by_role("heading", level=1)).to_contain_text("schon bei uns")
    assert page.context.cookies() == []


def test_back_from_the_thanks_leads_to_the_form_that_was_refused(open_page: OpenPage, nordlicht: Organisation) -> None:
    path, _invitation = invite(nordlicht, NPS, REASON)
    page = open_page(path, java_script_enabled=False)
    page.get_by_role("button", name="Absenden").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_role("radio", name="9", exact=True).check()
    page.get_by_role("button", name="Absenden").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vielen Dank")
    page.go_back()  # an error of the browser's own, where nothing keeps the answer to a form
    expect(page.get_by_role("alert")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_contain_text("schon bei uns")


def test_the_keyboard_alone_will_do(open_page: OpenPage, nordlicht: Organisation) -> None:
    path, _invitation = invite(nordlicht, NPS, REASON)
    page = open_page(path, java_script_enabled=False)
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.type("Schnell und freundlich")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Vielen Dank")
    with organisation_scope(nordlicht.pk):
        assert list(Response.objects.get().answers.values()) == [4, True]
        assert Comment.objects.get().text == "Schnell und freundlich"


def test_what_was_typed_outlives_a_fault_and_a_change_of_language(open_page: OpenPage, nordlicht: Organisation) -> None:
    path, _invitation = invite(nordlicht, {**NPS, "is_required": True}, REASON)
    page = open_page(path, width=390, java_script_enabled=False)
    page.get_by_label("Was ist der wichtigste Grund").fill("Zu spät")
    page.get_by_role("button", name="Absenden").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("group", name="Wie wahrscheinlich")).to_contain_text("Bitte beantworten Sie diese Frage")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hello Ms Petersen")
    expect(page.get_by_label("What is the most important reason")).to_have_value("Zu spät")
    page.get_by_role("radio", name="3", exact=True).check()
    page.get_by_role("button", name="Send answers").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    with organisation_scope(nordlicht.pk):
        assert (Response.objects.get().language, Comment.objects.get().text) == ("en", "Zu spät")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["de", "en"])
def test_everyone_can_read_and_use_every_state(
    open_page: OpenPage, nordlicht: Organisation, language: str, scheme: str
) -> None:
    path, invitation = invite(nordlicht, {**NPS, "is_required": True}, CSAT, REASON, language=language)
    now = timezone.now()
    page = open_page(path, width=360, color_scheme=scheme, locale=language)
    check(page)
    page.locator("textarea").fill("x")
    page.locator("main .button").click()
    expect(page.get_by_role("alert")).to_be_visible()
    check(page)
    page.get_by_role("radio", name="9", exact=True).check()
    page.locator("main .button").click()
    thanks = {"de": "Vielen Dank", "en": "Thank you"}[language]
    expect(page.get_by_role("heading", level=1)).to_have_text(thanks)
    check(page)
    for change in (
        lambda: None,
        lambda: Response.objects.all().delete(),
        lambda: Invitation.objects.update(expires_at=now - timedelta(days=1)),
        lambda: Survey.objects.update(state=Survey.State.CLOSED),
        lambda: Invitation.objects.update(customer=None),
        lambda: invitation.delete(),
    ):
        with organisation_scope(nordlicht.pk):
            change()
        page.goto(path)
        check(page)
    page.goto("/r/nonsense")
    check(page)


def check(page: Page) -> None:
    assert accessibility_faults(page) == []
    assert not scrolls_sideways(page)


def test_it_fits_when_zoomed(open_page: OpenPage, nordlicht: Organisation) -> None:
    path, _invitation = invite(nordlicht, NPS, CSAT, REASON)
    # 200 % of a small laptop's window, and 400 % as WCAG 1.4.10 asks (320 px).
    for width in (640, 320):
        page = open_page(path, width=width, device_scale_factor=2)
        assert not scrolls_sideways(page)
        for label in page.locator(".scale label").all():
            box = label.bounding_box()
            assert box
            assert min(box["width"], box["height"]) >= 24, "the smallest target of WCAG 2.5.8"


def test_it_fits_when_only_the_text_is_twice_as_large(open_page: OpenPage, nordlicht: Organisation) -> None:
    path, _invitation = invite(nordlicht, NPS, CSAT | {"look": "smileys"}, REASON)
    page = open_page(path, width=390, locale="de")
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert not scrolls_sideways(page)
    places = "[...document.querySelectorAll('.scale svg')].map(each => each.getBoundingClientRect().width)"
    room = "document.querySelector('.smileys label').getBoundingClientRect().width"
    assert max(page.evaluate(places)) < page.evaluate(room)
