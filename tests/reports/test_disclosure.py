"""No figure of a group that is too small can be had by subtracting what other pages, or the same one filtered, show."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from journeys.models import Channel, Persona, Touchpoint
from organisations.models import Membership, Organisation
from organisations.tenancy import organisation_scope
from reports.domain.rollups import count_changed_days
from reports.statistics import ALL, hidden_in_table, left_out
from tests.makers import (
    make_channel,
    make_department,
    make_journey,
    make_member,
    make_persona,
    make_response,
    make_survey,
    make_touchpoint,
)

HIDDEN = "Hidden, so that a smaller group beside it stays hidden."
NOT_ALL = "Touchpoints with too few answers are not in it."
SignIn = Callable[[Membership], Client]


@pytest.fixture
def shop(organisation: Organisation) -> Touchpoint:
    return make_touchpoint(organisation, make_department(organisation), name="Shop", metric="csat")


@pytest.fixture
def large(organisation: Organisation, shop: Touchpoint) -> Channel:
    """A channel with 9 answers, beside a small one with 3 that all are bad: together 12 are shown."""
    survey = make_survey(organisation, kinds=["csat"], touchpoint=shop)
    make_journey(organisation, [shop])
    large, small = make_channel(organisation), make_channel(organisation)
    for _ in range(9):
        make_response(survey, [5], channel=large)
    for _ in range(3):
        make_response(survey, [1], channel=small)
    return large


@pytest.fixture
def browser(organisation: Organisation, large: Channel, other_organisation: Organisation, sign_in: SignIn) -> Client:
    with organisation_scope(other_organisation.pk):
        strange = make_survey(other_organisation, kinds=["csat"], touchpoint=make_touchpoint(other_organisation))
        make_response(strange, [3], channel=make_channel(other_organisation))
    while count_changed_days():
        pass
    return sign_in(make_member(organisation))


def pages(shop: Touchpoint) -> Iterator[str]:
    yield "/o/nordlicht/"
    yield f"/o/nordlicht/touchpoints/{shop.pk}/"
    yield f"/o/nordlicht/departments/{shop.department_id}/"


def test_a_filter_shows_no_group_that_leaves_a_small_one_over(
    browser: Client, shop: Touchpoint, large: Channel
) -> None:
    for page in pages(shop):
        assert "75%" in browser.get(page).content.decode(), "of all 12"
        assert HIDDEN in browser.get(page, {"channel": large.pk}).content.decode(), page
    overview = browser.get("/o/nordlicht/", {"channel": large.pk}).context
    assert [(tile.n, tile.value) for tile in overview["tiles"]] == [(9, None)]
    assert all(point.value is None for point in overview["tiles"][0].trend)


def test_nor_does_the_journey_map(browser: Client, shop: Touchpoint, large: Channel) -> None:
    journey = f"/o/nordlicht/journeys/{shop.placements.get().stage.journey_id}/"
    [card] = browser.get(journey).context["stages"][0].cards
    assert card.figure == "75%"
    [card] = browser.get(journey, {"channel": large.pk}).context["stages"][0].cards
    assert card.figure == "–"


def test_a_filter_that_leaves_enough_over_shows_its_group(
    organisation: Organisation, browser: Client, shop: Touchpoint, large: Channel
) -> None:
    survey = make_survey(organisation, kinds=["csat"], touchpoint=shop)
    small = Channel.objects.exclude(pk=large.pk).get()
    for _ in range(2):
        make_response(survey, [1], channel=small)
    while count_changed_days():
        pass
    for page in pages(shop):
        shown = browser.get(page, {"channel": large.pk}).content.decode()
        assert HIDDEN not in shown, page
        assert "100%" in shown, page


def test_a_persona_within_a_channel_gives_no_other_persona_away(
    organisation: Organisation, browser: Client, shop: Touchpoint, large: Channel
) -> None:
    survey = make_survey(organisation, kinds=["csat"], touchpoint=shop)
    channel = make_channel(organisation)
    many: Persona = make_persona(organisation)
    few: Persona = make_persona(organisation)
    for _ in range(8):
        make_response(survey, [5], channel=channel, persona=many)
    for _ in range(2):
        make_response(survey, [1], channel=channel, persona=few)
    while count_changed_days():
        pass
    page = f"/o/nordlicht/touchpoints/{shop.pk}/"
    assert HIDDEN in browser.get(page, {"channel": channel.pk, "persona": many.pk}).content.decode()


cell = st.tuples(st.integers(0, 3), st.integers(0, 3))


def test_the_total_gives_no_small_touchpoint_away(
    organisation: Organisation, shop: Touchpoint, browser: Client
) -> None:
    """12 answers in the shop, of which 9 good, are shown: 9 good ones of 16 would tell how the other 4 were."""
    for total, is_all in (((12, 75), False), ((20, 45), True)):
        survey = make_survey(organisation, kinds=["csat"], touchpoint=make_touchpoint(organisation, shop.department))
        for _ in range(4):
            make_response(survey, [1])
        while count_changed_days():
            pass
        page = browser.get("/o/nordlicht/")
        tile = page.context["tiles"][0]
        assert (tile.n, tile.value) == total, "two small ones that reach the minimum hide each other"
        assert sum(point.n for point in tile.trend) == total[0]
        assert (NOT_ALL not in page.content.decode()) is is_all


def test_nor_do_the_totals_of_its_groups(
    organisation: Organisation, shop: Touchpoint, large: Channel, browser: Client
) -> None:
    small = make_survey(organisation, kinds=["csat"], touchpoint=make_touchpoint(organisation, shop.department))
    for _ in range(4):
        make_response(small, [1], channel=large)
    survey, third = make_survey(organisation, kinds=["csat"], touchpoint=shop), make_channel(organisation)
    for _ in range(6):
        make_response(survey, [1], channel=third)
    while count_changed_days():
        pass
    tile = browser.get("/o/nordlicht/", {"channel": large.pk}).context["tiles"][0]
    assert (tile.n, tile.value, sum(point.n for point in tile.trend)) == (9, 100, 9)


@given(parts=st.dictionaries(st.integers(0, 8), st.integers(0, 12), max_size=8), minimum=st.integers(3, 8))
def test_a_total_less_what_is_shown_leaves_nothing_or_enough(parts: dict[int, int], minimum: int) -> None:
    total = {key: n for key, n in parts.items() if key not in left_out(parts, minimum)}
    rest = sum(n for n in total.values() if n < minimum)
    if sum(total.values()) >= minimum:
        assert rest == 0 or rest >= minimum
        assert len([n for n in total.values() if 0 < n < minimum]) != 1


@given(st.dictionaries(cell, st.integers(0, 30)), st.integers(3, 12))
def test_no_sum_of_a_table_misses_just_one_of_its_parts(
    cells: dict[tuple[int | str, int | str], int], minimum: int
) -> None:
    covered = hidden_in_table(cells, minimum)
    table = dict(cells)
    for (row, column), n in cells.items():
        table[row, ALL] = table.get((row, ALL), 0) + n
        table[ALL, column] = table.get((ALL, column), 0) + n
    assert {key for key, n in table.items() if 0 < n < minimum} <= covered
    for side in (0, 1):
        for name in {key[side] for key in table}:
            line = {key: n for key, n in table.items() if key[side] == name and n}
            missing = covered & line.keys()
            assert len(missing) != 1 or len(line) == 1


name = st.none() | st.integers(0, 3)


@given(st.dictionaries(st.tuples(name, name), st.sampled_from([0, 2, 3, 6, 7])), st.data())
def test_what_is_hidden_does_not_depend_on_the_order_in_which_it_was_read(
    cells: dict[tuple[int | None, int | None], int], data: st.DataObject
) -> None:
    """Of two equals, two pages would hide one each, and together show both."""
    shuffled = dict(data.draw(st.permutations(list(cells.items()))))
    assert hidden_in_table(cells, 5) == hidden_in_table(shuffled, 5)
