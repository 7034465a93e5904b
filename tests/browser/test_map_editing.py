import pytest
from playwright.sync_api import Page, expect

from journeys.domain.stages import delete_stage
from journeys.models import Journey, MapChange, Placement, Stage
from organisations.models import Membership, Organisation
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from tests.browser.conftest import PATIENCE, OpenPage, accessibility_faults, scrolls_sideways
from tests.makers import make_channel, make_department, make_journey, make_member, make_touchpoint


def drawn(organisation: Organisation) -> dict[str, str]:
    """The touchpoints of each stage, as the database has them."""
    with organisation_scope(organisation.pk):
        return {
            stage.name: " ".join(placement.touchpoint.name for placement in stage.placements.all())
            for stage in Stage.objects.all()
        }


def changes(organisation: Organisation) -> int:
    """Those that can be taken back, and that have been."""
    with organisation_scope(organisation.pk):
        return MapChange.objects.exclude(rows=[]).count()


@pytest.fixture
def manager(organisation: Organisation, other_organisation: Organisation) -> Membership:
    """Of a company with Shop and Bill in the first of two stages, and Call in none."""
    with organisation_scope(other_organisation.pk):
        make_journey(other_organisation, [make_touchpoint(other_organisation, name="Secret")], name="Buying")
    with organisation_scope(organisation.pk):
        manager = make_member(organisation, Role.CX_MANAGER)
        sales = make_department(organisation, name="Sales")
        shop = make_touchpoint(organisation, sales, name="Shop", is_moment_of_truth=True)
        shop.channels.add(make_channel(organisation, name="Branch"), through_defaults={"organisation": organisation})
        bill = make_touchpoint(organisation, sales, name="Bill")
        make_touchpoint(organisation, sales, name="Call")
        make_journey(organisation, [shop, bill], [], name="Buying")
    return manager


def map_of(organisation: Organisation, *, editing: bool = True) -> str:
    with organisation_scope(organisation.pk):
        return f"/o/nordlicht/journeys/{Journey.objects.get().pk}/" + ("?edit=1" if editing else "")


def says(page: Page, text: str) -> None:
    expect(page.get_by_role("status").filter(has_text=text)).to_be_visible()


def written(organisation: Organisation, touchpoint: str) -> Placement:
    with organisation_scope(organisation.pk):
        return Placement.objects.select_related("touchpoint").get(touchpoint__name=touchpoint)


def test_a_form_can_be_sent_as_soon_as_the_keyboard_is_in_it(
    organisation: Organisation, manager: Membership, open_page: OpenPage
) -> None:
    page = open_page(map_of(organisation), manager)
    page.evaluate(
        """document.getElementById("panel").addEventListener("focusin", ({ target }) => {
            if (target.name !== "name") return;
            target.value = "Call";
            setTimeout(() => target.form.requestSubmit());
        })"""
    )
    page.evaluate("window.isSamePage = true")
    page.get_by_role("link", name="+ Touchpoint – Stage 1", exact=True).click()
    says(page, "“Call” is in “Stage 1” now.")
    assert page.evaluate("window.isSamePage")


def test_a_whole_journey_is_edited_with_the_keyboard_alone(
    organisation: Organisation, manager: Membership, open_page: OpenPage
) -> None:
    page = open_page(map_of(organisation, editing=False), manager)
    press = page.keyboard.press

    def to(name: str, role: str = "link") -> None:
        page.get_by_role(role, name=name, exact=True).focus()  # type: ignore[arg-type]  # names of roles

    to("Edit")
    press("Enter")
    expect(page.get_by_role("link", name="Done")).to_be_visible()
    assert "Secret" not in page.content()

    # A stage before another: name, Enter, and the keyboard is there.
    to("Add a stage before “Stage 2”")
    press("Enter")
    expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.type("Delivery")
    press("Enter")
    says(page, "Stage “Delivery” was added.")
    expect(page.get_by_role("link", name="Move stage “Delivery”, and more")).to_be_focused()
    press("Alt+ArrowRight")
    says(page, "“Delivery” is stage 3 now.")
    expect(page.get_by_role("link", name="Move stage “Delivery”, and more")).to_be_focused()
    press("Alt+ArrowLeft")
    says(page, "“Delivery” is stage 2 now.")
    assert list(drawn(organisation)) == ["Stage 1", "Delivery", "Stage 2"]

    # A touchpoint that is there, and one that is not.
    to("+ Touchpoint – Delivery")
    press("Enter")
    expect(page.get_by_label("Touchpoint", exact=True)).to_be_focused()
    page.keyboard.type("call")
    press("Enter")
    says(page, "“Call” is in “Delivery” now.")
    to("Add a touchpoint before “Call”")
    press("Enter")
    expect(page.get_by_label("Touchpoint", exact=True)).to_be_focused()
    page.keyboard.type("Parcel")
    press("Enter")
    expect(page.get_by_label("Owning department")).to_be_focused()
    press("Tab")  # the department of the touchpoint beside it will do
    press("Enter")
    says(page, "“Parcel” is in “Delivery” now.")
    assert drawn(organisation)["Delivery"] == "Parcel Call"

    # Texts: Enter or Ctrl and Enter saves, Escape does not; the keyboard comes back.
    to("Write: Pain points – Parcel")
    press("Enter")
    expect(page.get_by_label("Pain points – Parcel")).to_be_focused()
    page.keyboard.type("Late")
    press("Enter")
    page.keyboard.type("and wet")
    press("Control+Enter")
    says(page, "“Parcel” was saved.")
    expect(page.locator("a.write:focus")).to_have_text("Write: Pain points – Parcel: Lateand wet")
    assert written(organisation, "Parcel").pain_points == "Late\nand wet"
    press("Enter")
    expect(page.get_by_label("Pain points – Parcel")).to_be_focused()
    page.keyboard.type(", and broken")
    press("Escape")
    expect(page.locator("a.write:focus")).to_contain_text("and wet")
    assert written(organisation, "Parcel").pain_points == "Late\nand wet"
    to("Write: Name – Parcel: Parcel")
    press("Enter")
    expect(page.get_by_label("Name – Parcel")).to_be_focused()
    press("Control+A")
    page.keyboard.type("Handing over")
    press("Enter")
    says(page, "“Handing over” was saved.")
    expect(page.get_by_role("link", name="Move “Handing over”, and more")).to_be_visible()

    # Moving and taking away, from the card or its menu.
    to("Move “Shop”, and more")
    press("Alt+ArrowRight")
    says(page, "“Shop” is in “Delivery” now, place 1.")
    press("Alt+ArrowDown")
    says(page, "“Shop” is in “Delivery” now, place 2.")
    expect(page.get_by_role("link", name="Move “Shop”, and more")).to_be_focused()
    press("Enter")
    page.get_by_role("button", name="Take it out of “Delivery”").press("Enter")
    says(page, "“Shop” was taken out of “Delivery”.")
    expect(page.get_by_role("link", name="+ Touchpoint – Delivery")).to_be_focused()
    assert drawn(organisation) == {"Stage 1": "Bill", "Delivery": "Handing over Call", "Stage 2": ""}

    to("Move stage “Stage 1”, and more")
    press("Enter")
    page.get_by_role("button", name="Delete stage").press("Enter")
    says(page, "Stage “Stage 1” was deleted.")

    # Lanes, and back through all of it.
    to("+ Lane")
    press("Enter")
    expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.type("Systems")
    press("Enter")
    says(page, "Lane “Systems” was added.")
    to("Write: Systems – Delivery")
    press("Enter")
    expect(page.get_by_label("Text – Systems, Delivery")).to_be_focused()
    page.keyboard.type("CRM")
    press("Control+Enter")
    expect(page.get_by_text("CRM")).to_be_visible()
    number = changes(organisation)
    for done in range(number):
        press("Control+z")
        for _wait in range(PATIENCE // 50):
            if changes(organisation) > number + done:
                break
            page.wait_for_timeout(50)
        assert changes(organisation) == number + done + 1
    assert drawn(organisation) == {"Stage 1": "Shop Bill", "Stage 2": ""}
    press("Control+z")
    says(page, "There is no change of yours to undo.")
    press("Control+Shift+z")
    says(page, "Redone")
    assert list(drawn(organisation)) == ["Stage 1", "Delivery", "Stage 2"]


def test_cards_and_stages_are_dragged(organisation: Organisation, manager: Membership, open_page: OpenPage) -> None:
    page = open_page(map_of(organisation), manager)
    cells = page.locator("[data-stage]")

    def drag(name: str, x: float, y: float) -> None:
        box = page.get_by_role("link", name=name).bounding_box()
        assert box
        page.mouse.move(box["x"] + 8, box["y"] + 8)
        page.mouse.down()
        page.mouse.move(box["x"] + 30, box["y"] + 20, steps=3)
        page.mouse.move(x, y, steps=5)
        page.mouse.up()

    second = cells.nth(1).bounding_box()
    assert second
    drag("Move “Bill”, and more", second["x"] + 40, second["y"] + 10)
    says(page, "“Bill” is in “Stage 2” now, place 1.")
    expect(cells.nth(1)).to_contain_text("Bill")
    bill = page.get_by_role("link", name="Move “Bill”, and more").bounding_box()
    assert bill
    drag("Move “Shop”, and more", bill["x"] + 40, bill["y"] - 4)
    says(page, "“Shop” is in “Stage 2” now, place 1.")
    assert drawn(organisation) == {"Stage 1": "", "Stage 2": "Shop Bill"}
    expect(cells.nth(1)).to_contain_text("Shop")
    first = page.locator("[data-head]").first.bounding_box()
    assert first
    drag("Move stage “Stage 2”, and more", first["x"] + 10, first["y"] + 10)
    says(page, "“Stage 2” is stage 1 now.")
    assert list(drawn(organisation)) == ["Stage 2", "Stage 1"]

    # Escape lets go where it was; a click without a drag opens the menu.
    expect(page.locator("[data-head]").first).to_contain_text("Stage 2")
    box = page.get_by_role("link", name="Move “Shop”, and more").bounding_box()
    assert box
    page.mouse.move(box["x"] + 8, box["y"] + 8)
    page.mouse.down()
    page.mouse.move(box["x"] + 300, box["y"] + 60, steps=4)
    page.keyboard.press("Escape")
    page.mouse.up()
    assert drawn(organisation) == {"Stage 2": "Shop Bill", "Stage 1": ""}
    page.get_by_role("link", name="Move “Shop”, and more").click()
    page.get_by_role("button", name="Down", exact=False).first.click()
    says(page, "“Shop” is in “Stage 2” now, place 2.")


def test_two_people_write_at_once_and_nothing_is_lost(
    organisation: Organisation, manager: Membership, open_page: OpenPage
) -> None:
    with organisation_scope(organisation.pk):
        colleague = make_member(organisation, Role.ADMIN)
    mine, theirs = open_page(map_of(organisation), manager), open_page(map_of(organisation), colleague)
    for page in (mine, theirs):
        page.get_by_role("link", name="Write: Ideas – Shop").click()
        expect(page.get_by_label("Ideas – Shop")).to_be_focused()
    theirs.keyboard.type("More seats")
    theirs.keyboard.press("Control+Enter")
    says(theirs, "“Shop” was saved.")
    mine.keyboard.type("A number to draw")
    mine.get_by_role("heading", name="Write: Name – Buying").click(position={"x": 400, "y": 2}, force=True)
    alert = mine.get_by_role("alert")
    expect(alert).to_contain_text(f"{colleague.user.name} has changed this meanwhile")
    expect(alert).to_contain_text("More seats")
    expect(mine.get_by_label("Yours")).to_have_value("A number to draw")
    assert accessibility_faults(mine) == []
    mine.get_by_role("button", name="Write mine").click()
    says(mine, "“Shop” was saved.")
    assert written(organisation, "Shop").ideas == "A number to draw"
    theirs.get_by_role("link", name="Write: Ideas – Shop: More seats").click()
    expect(theirs.get_by_label("Ideas – Shop")).to_have_value("A number to draw")  # opened with what is there now


def test_who_writes_where_somebody_has_taken_the_stage_away_is_told_and_keeps_the_text(
    organisation: Organisation, manager: Membership, open_page: OpenPage
) -> None:
    page = open_page(map_of(organisation), manager)
    page.get_by_role("link", name="Write: Customer's goal – Stage 2").click()
    expect(page.get_by_label("Customer's goal – Stage 2")).to_be_focused()
    with organisation_scope(organisation.pk):
        delete_stage(stage=Stage.objects.select_related("journey").get(name="Stage 2"), actor=None)
    page.keyboard.type("I want it soon")
    page.keyboard.press("Control+Enter")
    says(page, "Someone has taken this away in the meantime.")
    expect(page.get_by_label("Customer's goal – Stage 2")).to_have_value("I want it soon")
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Move stage “Stage 2”, and more")).to_be_hidden()


def test_what_is_being_written_survives_a_map_that_is_fetched_anew(
    organisation: Organisation, manager: Membership, open_page: OpenPage
) -> None:
    page = open_page(map_of(organisation), manager)
    page.get_by_role("link", name="Write: Name – Shop: Shop").click()
    page.get_by_label("Name – Shop").fill("Counter")
    # Leaving one text for another saves the first, and leaves the second alone.
    page.get_by_role("link", name="Write: Ideas – Bill").click()
    expect(page.get_by_label("Ideas – Bill")).to_be_focused()
    page.keyboard.type("Shorter")
    says(page, "“Counter” was saved.")
    expect(page.get_by_label("Ideas – Bill")).to_have_value("Shorter")
    page.keyboard.press("Control+Enter")
    says(page, "“Bill” was saved.")
    expect(page.get_by_role("link", name="Move “Counter”, and more")).to_be_visible()
    assert written(organisation, "Bill").ideas == "Shorter"


@pytest.mark.parametrize("options", [{"width": 1440}, {"width": 390}, {"width": 390, "color_scheme": "dark"}])
def test_the_map_being_edited_is_for_everybody(
    organisation: Organisation, manager: Membership, open_page: OpenPage, options: dict[str, object]
) -> None:
    page = open_page(map_of(organisation), manager, **options)
    assert accessibility_faults(page) == []
    page.get_by_role("link", name="Move “Shop”, and more").click()
    expect(page.get_by_role("button", name="Take it out of “Stage 1”")).to_be_visible()
    assert accessibility_faults(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Write: Ideas – Shop").click()
    expect(page.get_by_label("Ideas – Shop")).to_be_focused()
    assert accessibility_faults(page) == []
    page.keyboard.type("More seats")
    page.get_by_role("button", name="Save").click()
    says(page, "“Shop” was saved.")
    page.get_by_role("link", name="History").click()
    expect(page.get_by_text("More seats")).to_be_visible()
    assert accessibility_faults(page) == []
    assert not scrolls_sideways(page)


def test_every_edit_works_by_touch_on_a_phone(
    organisation: Organisation, manager: Membership, open_page: OpenPage
) -> None:
    page = open_page(map_of(organisation), manager, width=390, has_touch=True, is_mobile=True)
    page.get_by_role("link", name="Move “Shop”, and more").tap()
    page.get_by_label("Into the stage").select_option(label="Stage 2")
    page.get_by_role("button", name="Move", exact=True).tap()
    says(page, "“Shop” is in “Stage 2” now, place 1.")
    page.get_by_role("link", name="Add a touchpoint before “Bill”").tap()
    page.get_by_label("Touchpoint", exact=True).fill("Call")
    page.get_by_role("button", name="Add").tap()
    says(page, "“Call” is in “Stage 1” now.")
    page.get_by_role("link", name="Write: Promise – Call").tap()
    page.get_by_label("What was promised – Call").fill("At once")
    page.get_by_role("button", name="Save").tap()
    says(page, "“Call” was saved.")
    page.get_by_role("button", name="Undo").tap()
    says(page, "Undone")
    assert drawn(organisation) == {"Stage 1": "Call Bill", "Stage 2": "Shop"}
    assert written(organisation, "Call").touchpoint.promise == ""
    small = page.evaluate(
        """() => [...document.querySelectorAll(".map a.grip, .map a.write, .edit-bar button, .map .add")]
            .filter((each) => each.getBoundingClientRect().height < 24 || each.getBoundingClientRect().width < 24)
            .map((each) => each.outerHTML)"""
    )
    assert small == []


def test_the_map_is_edited_without_a_script(
    organisation: Organisation, manager: Membership, open_page: OpenPage
) -> None:
    page = open_page(map_of(organisation), manager, width=390, java_script_enabled=False)
    page.get_by_role("link", name="Move “Shop”, and more").click()
    page.get_by_role("button", name="Stage to the right").click()
    expect(page.get_by_text("“Shop” is in “Stage 2” now, place 1.")).to_be_visible()
    page.get_by_role("link", name="Write: Promise – Shop").click()
    page.get_by_label("What was promised – Shop").fill("Always open")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Always open")).to_be_visible()
    page.get_by_role("link", name="+ Stage").click()
    page.get_by_label("Name").fill("Loyalty")
    page.get_by_role("button", name="Add").click()
    page.get_by_role("link", name="+ Touchpoint – Loyalty").click()
    page.get_by_label("Touchpoint", exact=True).fill("Newsletter")
    page.get_by_role("button", name="Add").click()
    page.get_by_label("Owning department").select_option(label="Sales")
    page.get_by_role("button", name="Add").click()
    says(page, "“Newsletter” is in “Loyalty” now.")
    assert drawn(organisation) == {"Stage 1": "Bill", "Stage 2": "Shop", "Loyalty": "Newsletter"}
    page.get_by_role("button", name="Undo").click()
    says(page, "Undone")
    assert drawn(organisation)["Loyalty"] == ""
    page.get_by_role("link", name="Move stage “Loyalty”, and more").click()
    page.get_by_role("button", name="Delete stage").click()
    says(page, "Stage “Loyalty” was deleted.")
    page.get_by_role("link", name="History").click()
    page.get_by_role("button", name="Undo this").first.click()
    says(page, "Undone")
    assert list(drawn(organisation)) == ["Stage 1", "Stage 2", "Loyalty"]


def test_one_long_word_does_not_push_a_phone_sideways(
    organisation: Organisation, other_organisation: Organisation, open_page: OpenPage
) -> None:
    word = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
    with organisation_scope(organisation.pk):
        manager = make_member(organisation, Role.CX_MANAGER)
        touchpoint = make_touchpoint(organisation, make_department(organisation, name=word), name=word)
        make_journey(organisation, [touchpoint], name=word)
        journey = Journey.objects.get()
        card = Placement.objects.get()
    page = open_page("/o/nordlicht/touchpoints/", manager, width=390)
    for place in (
        "touchpoints/",
        f"touchpoints/{touchpoint.pk}/",
        f"touchpoints/{touchpoint.pk}/edit/",
        "departments/",
        f"journeys/{journey.pk}/",
        f"journeys/{journey.pk}/edit/",
        f"journeys/{journey.pk}/edit/placements/{card.pk}/",
        f"journeys/{journey.pk}/edit/history/",
    ):
        page.goto(f"/o/nordlicht/{place}")
        assert not scrolls_sideways(page), place
