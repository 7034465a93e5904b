"""Ways to a new journey, its to-be version, and what differs between the two."""

import json
import re
from collections.abc import Callable
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from journeys.catalogue import LANGUAGES, TEMPLATES
from journeys.comparison import compare
from journeys.document_reader import read_document
from journeys.documents import JourneyDocument
from journeys.domain.channels import DEFAULT_CHANNELS
from journeys.domain.copying import draw_to_be
from journeys.forms.creating import most_similar
from journeys.models import Channel, Journey, Lane, LaneText, Placement, Stage, Touchpoint
from organisations.models import Department, Membership, Organisation
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from tests.makers import make_department, make_journey, make_member, make_touchpoint

NEW = "/o/nordlicht/journeys/new/"
LIST = "/o/nordlicht/journeys/"


@pytest.fixture
def browser(organisation: Organisation, sign_in: Callable[[Membership], Client]) -> Client:
    return sign_in(make_member(organisation, Role.CX_MANAGER))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", TEMPLATES)
def test_each_template_is_a_valid_document_and_becomes_a_journey(
    browser: Client, organisation: Organisation, key: str, language: str
) -> None:
    document = TEMPLATES[key].document(language)
    assert read_document(json.dumps(document.to_json())) == document
    make_department(organisation, name="Everything")
    address = f"{NEW}{key}/?language={language}"
    page = browser.get(address)
    assert document.stages[0].customer_goal in page.content.decode()
    fields = {field.html_name: field.initial for field in page.context["form"].department_fields}
    assert None not in fields.values()
    assert browser.post(address, {"name": document.name, **fields}).status_code == 302
    journey = Journey.objects.get()
    assert [stage.name for stage in journey.stages.all()] == [stage.name for stage in document.stages]
    assert Touchpoint.objects.filter(is_moment_of_truth=True).count() >= 2
    assert Touchpoint.objects.filter(promise="").count() == 0
    assert Placement.objects.filter(emotion=None).count() == 0


def test_templates_use_the_usual_channels(browser: Client, organisation: Organisation) -> None:
    browser.post("/o/nordlicht/channels/usual/")
    make_department(organisation, name="Everything")
    for key in TEMPLATES:
        page = browser.get(f"{NEW}{key}/")
        assert page.context["matches"].new_channels == []
    assert Channel.objects.count() == len(DEFAULT_CHANNELS)


@pytest.mark.parametrize(
    ("name", "similar"),
    [
        ("Sales", "Vertrieb"),
        ("Kundenservice", "Customer care"),
        ("Logistik", "Logistik & Technik"),
        ("Billing", "Buchhaltung"),
        ("IT", "IT and data"),
        ("Something else", None),
    ],
)
def test_a_department_is_suggested_by_its_name(name: str, similar: str | None) -> None:
    names = ["Vertrieb", "Customer care", "Logistik & Technik", "Buchhaltung", "IT and data"]
    found = most_similar(name, [Department(name=one) for one in names])
    assert (found and found.name) == similar


def test_without_a_department_nothing_is_created(browser: Client, other_organisation: Organisation) -> None:
    with organisation_scope(other_organisation.pk):
        theirs = make_department(other_organisation, name="Marketing")
    for value in ["", str(theirs.pk), "x"]:
        page = browser.post(f"{NEW}bank/", {"name": "Bank", "department_0": value})
        assert page.status_code == 422
        assert "department_0" in page.context["form"].errors
    assert not Journey.objects.exists()
    assert browser.get(f"{NEW}bakery/").status_code == 404


@pytest.mark.parametrize("role", [Role.ADMIN, Role.CX_MANAGER])
def test_a_new_organisation_is_told_that_departments_come_first(
    organisation: Organisation, other_organisation: Organisation, sign_in: Callable[[Membership], Client], role: Role
) -> None:
    with organisation_scope(other_organisation.pk):
        make_department(other_organisation)
    page = sign_in(make_member(organisation, role)).get(f"{NEW}shop/").content.decode()
    assert "Create journey" not in page
    if role == Role.ADMIN:
        assert '/o/nordlicht/settings/departments/">Add departments</a>' in page
    else:
        assert "An administrator adds them." in page


def upload(browser: Client, content: bytes) -> "object":
    return browser.post(f"{NEW}file/", {"file": SimpleUploadedFile("journey.json", content)})


def test_a_journey_goes_from_one_organisation_to_another_as_a_file(
    browser: Client, organisation: Organisation, other_organisation: Organisation
) -> None:
    with organisation_scope(other_organisation.pk):
        shop = make_touchpoint(other_organisation, make_department(other_organisation, name="Läden"), name="Laden")
        source = make_journey(
            other_organisation, [shop, make_touchpoint(other_organisation, name="Kasse")], name="Kauf"
        )
        content = json.dumps(JourneyDocument.of(source).to_json()).encode()
    sales = make_department(organisation, name="Sales")
    known = make_touchpoint(organisation, sales, name="KASSE")
    page = upload(browser, content)
    said = page.content.decode()  # type: ignore[attr-defined]  # a response of the test client
    assert "These touchpoints exist already and are used as they are: Kasse." in said
    form = page.context["form"]  # type: ignore[attr-defined]  # likewise
    assert form.unknown == ["Läden"]
    sent = {"document": page.context["content"], "name": "Buying", "department_0": sales.pk}  # type: ignore[attr-defined]
    assert browser.post(f"{NEW}file/", {**sent, "department_0": ""}).status_code == 422
    assert not Journey.objects.exists()
    assert browser.post(f"{NEW}file/", sent).status_code == 302
    first, second = Placement.objects.select_related("touchpoint")
    assert (first.touchpoint.name, first.touchpoint.department, second.touchpoint) == ("Laden", sales, known)
    assert "There is already one called" in browser.post(f"{NEW}file/", sent).content.decode()

    exported = browser.get(f"{LIST}{Journey.objects.get().pk}/json/")
    assert exported["Content-Disposition"] == 'attachment; filename="buying.json"'
    assert read_document(exported.content).name == "Buying"


def test_a_broken_file_says_where(browser: Client) -> None:
    page = upload(browser, b'{"format": "cxportal-journey", "version": 1, "name": "x", "stages": [{}]}')
    assert "stages[0].name: this is missing." in page.content.decode()  # type: ignore[attr-defined]
    page = browser.post(f"{NEW}file/", {"document": "[]", "name": "x"})
    assert "This is no journey" in page.content.decode()
    assert not Journey.objects.exists()


def drawn(organisation: Organisation) -> Journey:
    touchpoints = [make_touchpoint(organisation, name=name) for name in ("Ad", "Shop", "Till")]
    journey = make_journey(organisation, touchpoints[:2], touchpoints[2:], [], name="Buying")
    lane = Lane.objects.create(organisation=organisation, journey=journey, name="Systems")
    stage = journey.stages.all()[0]
    LaneText.objects.create(organisation=organisation, lane=lane, stage=stage, text="Web shop")
    Placement.objects.filter(touchpoint=touchpoints[0]).update(pain_points="Dull", emotion=-1)
    return journey


def test_duplicating_offers_a_name(browser: Client, organisation: Organisation) -> None:
    journey = make_journey(organisation, [], name="Buying")
    page = browser.get(f"/o/nordlicht/journeys/new/copy/?journey={journey.pk}").content.decode()
    assert 'value="Copy of Buying"' in page
    assert f'<option value="{journey.pk}" selected>' in page
    for wrong in ("0", "x", "9" * 40):
        assert "Copy of" not in browser.get(f"/o/nordlicht/journeys/new/copy/?journey={wrong}").content.decode()


def test_a_to_be_version_begins_as_a_copy_that_shares_touchpoints(browser: Client, organisation: Organisation) -> None:
    journey = drawn(organisation)
    before = JourneyDocument.of(journey)
    assert browser.post(f"{LIST}{journey.pk}/to-be/").status_code == 302
    copy = Journey.objects.get(as_is=journey)
    assert copy.name == "Buying – Soll"
    after = JourneyDocument.of(copy)
    assert (after.stages, after.lanes) == (before.stages, before.lanes)
    assert Touchpoint.objects.count() == 3
    assert compare(journey, copy).sentence == "The two versions are the same."
    assert draw_to_be(journey=journey, actor=None).name == "Buying – Soll 2"
    assert browser.post(f"{LIST}{copy.pk}/to-be/").status_code == 404
    assert browser.post(f"{NEW}copy/", {"journey": copy.pk, "name": "Variant"}).status_code == 302
    assert Journey.objects.get(name="Variant").as_is == journey


def test_what_differs_is_told(browser: Client, organisation: Organisation) -> None:
    journey = drawn(organisation)
    copy = draw_to_be(journey=journey, actor=None)
    first, second, third = copy.stages.all()
    Placement.objects.filter(stage=first, touchpoint__name="Ad").update(pain_points="", ideas="Colour", emotion=1)
    Placement.objects.filter(stage=first, touchpoint__name="Shop").update(stage=second)
    Placement.objects.filter(stage=second, touchpoint__name="Till").delete()
    chat = make_touchpoint(organisation, name="Chat")
    Placement.objects.create(organisation=organisation, stage=first, touchpoint=chat)
    Stage.objects.filter(pk=first.pk).update(name="Begin")
    third.delete()
    Stage.objects.create(organisation=organisation, journey=copy, name="Recommend", position=9)
    LaneText.objects.filter(stage=first).update(text="New web shop")
    copy.refresh_from_db()
    comparison = compare(journey, copy)
    assert comparison.sentence == (
        "In sum: 1 stage added, 1 stage removed, 1 stage renamed, 1 touchpoint added, 1 touchpoint removed, "
        "1 touchpoint moved, 4 texts changed."
    )
    marks = {card.name: card.mark for column in comparison.columns for card in column.cards}
    assert marks == {"Ad": "", "Chat": "added", "Shop": "moved_here", "Till": "removed"}
    page = browser.get(f"{LIST}{copy.pk}/compare/?only=differences").content.decode()
    assert "<del>Web shop</del>" in page
    assert "<ins>New web shop</ins>" in page
    assert "moved here from “Begin”" in page
    assert browser.get(f"{LIST}{journey.pk}/compare/").status_code == 404


def test_a_moved_stage_is_told_once(organisation: Organisation) -> None:
    journey = drawn(organisation)
    copy = draw_to_be(journey=journey, actor=None)
    Stage.objects.filter(journey=copy, name="Stage 1").update(position=9)
    assert compare(journey, copy).sentence == "In sum: 1 stage moved."


def test_another_order_within_a_stage_is_told(browser: Client, organisation: Organisation) -> None:
    a, b, c = (make_touchpoint(organisation, name=name) for name in "ABC")
    journey = make_journey(organisation, [a, b, c])
    copy = draw_to_be(journey=journey, actor=None)
    Placement.objects.filter(stage__journey=copy, touchpoint=a).update(position=9)
    comparison = compare(journey, copy)
    assert comparison.sentence == "In sum: 1 touchpoint in another order."
    assert [(card.name, card.is_reordered) for card in comparison.columns[0].cards] == [
        ("B", False),
        ("C", False),
        ("A", True),
    ]
    assert "in another order" in browser.get(f"{LIST}{copy.pk}/compare/?only=differences").content.decode()


def test_as_is_and_to_be_lead_to_each_other(browser: Client, organisation: Organisation) -> None:
    journey = make_journey(organisation, [make_touchpoint(organisation)], name="Buying")
    copy = draw_to_be(journey=journey, actor=None)
    address = "/o/nordlicht/journeys/{}/"
    as_is = browser.get(address.format(journey.pk)).content.decode()
    assert f'href="{address.format(copy.pk)}?period=12m">Buying – Soll</a>' in as_is
    assert (
        f'href="{address.format(journey.pk)}?period=12m">Buying</a>'
        in browser.get(address.format(copy.pk)).content.decode()
    )


def test_a_description_is_as_long_as_a_document_may_have_it(browser: Client, organisation: Organisation) -> None:
    journey = make_journey(organisation, [], name="Buying")
    url = f"{LIST}{journey.pk}/edit/text/journey/{journey.pk}/description/"
    browser.post(url, {"description": "x" * 10_001, "seen": ""})
    journey.refresh_from_db()
    assert journey.description == ""
    browser.post(url, {"description": "x" * 10_000, "seen": ""})
    journey.refresh_from_db()
    assert len(journey.description) == 10_000


def test_comparing_costs_the_same_however_large(browser: Client, organisation: Organisation) -> None:
    def statements(touchpoints: int) -> int:
        made = [make_touchpoint(organisation) for _ in range(touchpoints)]
        journey = make_journey(organisation, made, made)
        copy = draw_to_be(journey=journey, actor=None)
        browser.get(f"{LIST}{copy.pk}/compare/")
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(f"{LIST}{copy.pk}/compare/").status_code == 200
        return len(queries)

    assert statements(1) == statements(20)


def test_the_list_keeps_versions_together_and_finds_and_orders(
    browser: Client, organisation: Organisation, other_organisation: Organisation
) -> None:
    with organisation_scope(other_organisation.pk):
        make_journey(other_organisation, name="Secret buying")
    buying = drawn(organisation)
    other = make_journey(organisation, [], name="Asking", position=1)
    version = draw_to_be(journey=buying, actor=None)

    def shown(query: str = "") -> list[str]:
        return [journey.name for journey, *_ends in browser.get(f"{LIST}?{query}").context["journeys"]]

    assert shown() == ["Buying", "Buying – Soll", "Asking"]
    assert shown("order=name") == ["Asking", "Buying", "Buying – Soll"]
    assert shown("order=-touchpoint_count") == ["Buying", "Buying – Soll", "Asking"]
    assert shown("search=soll") == ["Buying – Soll"]
    assert shown("search=%00") == shown("order=salary") == []
    browser.post(f"{LIST}{buying.pk}/move/", {"direction": "down"})
    assert shown() == ["Asking", "Buying", "Buying – Soll"]
    row, *_ends = browser.get(LIST).context["journeys"][1]
    assert (row.stage_count, row.touchpoint_count, len(row.owners)) == (3, 3, 3)

    confirm = f"{LIST}{buying.pk}/delete/"
    assert version.name in browser.get(confirm).content.decode()
    assert browser.post(confirm, {"name": "buying"}).status_code == 422
    assert Journey.objects.filter(pk=buying.pk).exists()
    assert browser.post(confirm, {"name": "Buying"}).status_code == 302
    assert shown() == ["Asking", "Buying – Soll"]
    Stage.objects.filter(journey=other).delete()
    assert browser.post(f"{LIST}{other.pk}/delete/").status_code == 302


def test_a_long_list_comes_in_pages_and_journeys_move_from_one_to_the_next(
    browser: Client, organisation: Organisation, other_organisation: Organisation
) -> None:
    with organisation_scope(other_organisation.pk):
        make_journey(other_organisation, [], name="Secret buying")
    made = [make_journey(organisation, [], name=f"Journey {n:03}", position=n) for n in range(120)]
    version = draw_to_be(journey=made[10], actor=None)

    def listed(address: str) -> tuple[list[str], dict[str, str]]:
        """The names, and where the page leads on to."""
        response = browser.get(address)
        html = response.content.decode()
        assert "121 customer journeys" in html
        links = re.findall(r'rel="(prev|next)" href="([^"]+)"', html)
        names = [journey.name.removeprefix("Journey ") for journey, *_ends in response.context["journeys"]]
        return names, {rel: LIST + unescape(link) for rel, link in links}

    def moved(journey: Journey, direction: str) -> list[str]:
        """The names of the page that one comes back to."""
        response = browser.post(f"{LIST}{journey.pk}/move/", {"direction": direction})
        assert response.headers["Location"].endswith(f"#journey-{journey.pk}")
        return listed(response.headers["Location"])[0]

    first, links = listed(LIST)
    second, links = listed(links["next"])
    third, last = listed(links["next"])
    own = [f"{n:03}" for n in range(120)]
    own.insert(11, version.name.removeprefix("Journey "))
    assert [*first, *second, *third] == own
    assert (len(first), len(second), list(last)) == (50, 50, ["prev"])
    assert listed(last["prev"])[0] == second
    assert listed(links["prev"])[0] == first
    assert listed(f"{LIST}?after=999999")[0] == listed(f"{LIST}?before=x")[0] == first

    assert moved(made[48], "down") == ["048", *second[1:]]
    assert moved(made[48], "up") == first
    assert moved(made[49], "up") == [*first[:-1], "049"]
    assert moved(made[49], "down") == second
    assert moved(made[0], "up") == first
    assert moved(made[119], "down") == third
    html = browser.get(f"{LIST}?after={made[48].pk}").content.decode()
    assert re.findall(r'aria-disabled="true" aria-label="Move', html) == [], "at the ends of a page it goes on"

    names, links = listed(f"{LIST}?order=-pk")
    assert (names[0], listed(links["next"])[0][0]) == ("119", "069")


def test_the_list_costs_the_same_however_long(browser: Client, organisation: Organisation) -> None:
    def statements(journeys: int) -> int:
        for _ in range(journeys):
            draw_to_be(journey=make_journey(organisation, [make_touchpoint(organisation)]), actor=None)
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(LIST).status_code == 200
        return len(queries)

    assert statements(1) == statements(2)


def test_no_journey_is_offered_a_move_beyond_the_ends_of_the_list(
    browser: Client, organisation: Organisation, other_organisation: Organisation
) -> None:
    with organisation_scope(other_organisation.pk):
        make_journey(other_organisation, name="Secret buying")
    buying = make_journey(organisation, [], name="Buying", position=0)
    make_journey(organisation, [], name="Moving", position=1)
    make_journey(organisation, [], name="Asking", position=2)

    def offered() -> list[str]:
        page = browser.get(LIST).content.decode()
        return re.findall(r'value="(?:up|down)" aria-label="Move “([^”]+” \w+)"', page)

    def idle() -> list[str]:
        page = browser.get(LIST).content.decode()
        return re.findall(r'aria-disabled="true" aria-label="Move “([^”]+” \w+)"', page)

    among_all = ["Buying” down", "Moving” up", "Moving” down", "Asking” up"]
    assert (offered(), idle()) == (among_all, ["Buying” up", "Asking” down"])
    # To-be versions move among each other: one alone has nowhere to go.
    draw_to_be(journey=buying, actor=None)
    assert offered() == among_all
    draw_to_be(journey=buying, actor=None)
    assert offered() == ["Buying” down", "Buying – Soll” down", "Buying – Soll 2” up", *among_all[1:]]


def test_journeys_of_another_organisation_are_out_of_reach(browser: Client, other_organisation: Organisation) -> None:
    with organisation_scope(other_organisation.pk):
        journey = make_journey(other_organisation, [make_touchpoint(other_organisation)])
        copy = draw_to_be(journey=journey, actor=None)
    for path in [f"{journey.pk}/json/", f"{copy.pk}/compare/"]:
        assert browser.get(LIST + path).status_code == 404
    page = browser.post(f"{NEW}copy/", {"journey": journey.pk, "name": "Mine"})
    assert "journey" in page.context["form"].errors
