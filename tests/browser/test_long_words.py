"""A name may be one word that is wider than its column, and the page stays as wide as the window."""

from organisations.models import Organisation
from organisations.tenancy import organisation_scope
from surveys.domain.campaigns import create_campaign
from tests.browser.conftest import OpenPage, scrolls_sideways
from tests.makers import (
    make_case,
    make_channel,
    make_customer,
    make_improvement,
    make_journey,
    make_member,
    make_question,
    make_survey,
    make_touchpoint,
    make_trigger,
)

WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"


def test_no_list_and_no_form_is_wider_than_the_window(organisation: Organisation, open_page: OpenPage) -> None:
    with organisation_scope(organisation.pk):
        admin = make_member(organisation)
        touchpoint = make_touchpoint(organisation, name=WORD, description=WORD)
        survey = make_survey(organisation, touchpoint=touchpoint, name=WORD, intro={"de": WORD, "en": WORD})
        question = make_question(survey, "rating", text={"de": WORD}, low_label={"de": WORD})
        make_trigger(survey, touchpoint, channels=[make_channel(organisation, name=WORD[:50])])
        create_campaign(survey=survey, name=WORD, selection="everyone")
        make_customer(organisation, last_name=WORD)
        make_case(touchpoint, title=WORD)
        make_improvement(touchpoint, title=WORD)
        make_journey(organisation, [touchpoint], name=WORD)
    here = f"surveys/{survey.pk}/"
    lists = [
        "campaigns/",
        "surveys/",
        "triggers/",
        "touchpoints/",
        "journeys/",
        "customers/",
        "cases/",
        "improvements/",
    ]
    others = ["triggers/new/", "campaigns/new/", here, here + "publish/", f"{here}questions/{question.pk}/"]
    for width in (1440, 390):
        page = open_page("/", admin, width=width)
        for address in [*lists, *others]:
            page.goto(f"/o/nordlicht/{address}")
            assert not scrolls_sideways(page), address


def test_on_a_phone_a_cell_has_the_whole_width_of_its_row(organisation: Organisation, open_page: OpenPage) -> None:
    with organisation_scope(organisation.pk):
        admin = make_member(organisation)
        create_campaign(survey=make_survey(organisation), name="Autumn", selection="everyone")
    page = open_page("/o/nordlicht/campaigns/", admin, width=390)
    cells = page.locator("tbody :is(td, th)").evaluate_all(
        "cells => cells.map(cell => cell.offsetWidth == cell.parentNode.offsetWidth)"
    )
    assert cells == [True] * 5
