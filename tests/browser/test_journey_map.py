from playwright.sync_api import expect

from journeys.models import Journey, Stage
from organisations.models import Organisation
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from tests.browser.conftest import OpenPage, scrolls_sideways
from tests.makers import make_channel, make_department, make_journey, make_member, make_touchpoint


def drawn(organisation: Organisation) -> list[str]:
    """The touchpoints of each stage, as the database has them."""
    with organisation_scope(organisation.pk):
        return [
            " ".join(placement.touchpoint.name for placement in stage.placements.all())
            for stage in Stage.objects.for_map()
        ]


def test_a_journey_is_edited_with_the_keyboard_alone(
    organisation: Organisation, other_organisation: Organisation, open_page: OpenPage
) -> None:
    with organisation_scope(other_organisation.pk):
        make_touchpoint(other_organisation, name="Secret")
    with organisation_scope(organisation.pk):
        manager = make_member(organisation, Role.CX_MANAGER)
        sales = make_department(organisation, name="Sales")
        shop = make_touchpoint(organisation, sales, name="Shop", is_moment_of_truth=True)
        shop.channels.add(make_channel(organisation, name="Branch"), through_defaults={"organisation": organisation})
        bill = make_touchpoint(organisation, sales, name="Bill")
        make_touchpoint(organisation, sales, name="Call")
        make_journey(organisation, [shop, bill], [], name="Buying")
        journey = Journey.objects.get()
    page = open_page(f"/o/nordlicht/journeys/{journey.pk}/edit/", manager)
    assert "Secret" not in page.content()

    right = page.get_by_role("button", name="Move “Shop” to the stage on the right")
    right.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="“Shop” is in “Stage 2” now, place 1.")).to_be_visible()
    expect(right).to_be_focused()
    assert drawn(organisation) == ["Bill", "Shop"]

    page.get_by_label("Add a touchpoint – Stage 2").fill("call")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="“Call” is in “Stage 2” now.")).to_be_visible()
    expect(page.get_by_label("Add a touchpoint – Stage 2")).to_be_focused()
    assert page.url.endswith(f"/journeys/{journey.pk}/edit/")

    page.get_by_role("button", name="Take “Bill” out of “Stage 1”").press("Enter")
    expect(page.get_by_role("heading", name="Stage 1")).to_be_focused()

    page.get_by_label("Add a stage").fill("Loyalty")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Loyalty")).to_be_visible()
    assert drawn(organisation) == ["", "Shop Call", ""]

    up = page.get_by_role("button", name="Move “Shop” up")
    up.press("Enter")  # at the edge: it stays where it is, and so does the keyboard
    expect(page.get_by_role("status").filter(has_text="“Shop” is in “Stage 2” now, place 1.")).to_be_visible()
    expect(up).to_be_focused()


def test_the_map_is_edited_without_a_script(organisation: Organisation, open_page: OpenPage) -> None:
    with organisation_scope(organisation.pk):
        manager = make_member(organisation, Role.CX_MANAGER)
        journey = make_journey(organisation, [make_touchpoint(organisation, name="Shop")], [], name="Buying")
    page = open_page(f"/o/nordlicht/journeys/{journey.pk}/edit/", manager, width=390, java_script_enabled=False)
    page.get_by_role("button", name="Move “Shop” to the stage on the right").click()
    expect(page.get_by_text("“Shop” is in “Stage 2” now, place 1.")).to_be_visible()
    assert drawn(organisation) == ["", "Shop"]


def test_one_long_word_does_not_push_a_phone_sideways(
    organisation: Organisation, other_organisation: Organisation, open_page: OpenPage
) -> None:
    word = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
    with organisation_scope(organisation.pk):
        manager = make_member(organisation, Role.CX_MANAGER)
        touchpoint = make_touchpoint(organisation, make_department(organisation, name=word), name=word)
        make_journey(organisation, [touchpoint], name=word)
        journey = Journey.objects.get()
    page = open_page("/o/nordlicht/touchpoints/", manager, width=390)
    for place in (
        "touchpoints/",
        f"touchpoints/{touchpoint.pk}/",
        f"touchpoints/{touchpoint.pk}/edit/",
        "departments/",
        f"journeys/{journey.pk}/",
        f"journeys/{journey.pk}/edit/",
    ):
        page.goto(f"/o/nordlicht/{place}")
        assert not scrolls_sideways(page), place
