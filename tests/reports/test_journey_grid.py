"""The grid of a journey: each cell honest by itself, and nothing hidden to be had from what is shown."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from itertools import product

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from journeys.models import Channel, Journey, Persona, PersonaExpectation, Touchpoint
from organisations.models import Membership, Organisation
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from reports.domain.covering import Group, GroupTable
from reports.domain.measuring import Meaning
from reports.domain.rollups import count_changed_days
from reports.models import Compared
from reports.statistics import ALL, Scale, Tally
from reports.views.journey_grid import GridCell, GridTable
from surveys.models import Question
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

SignIn = Callable[[Membership], Client]
CSAT = Meaning(Scale("csat", 1, 5, 4, 5), Question.Aspect.EXPERIENCE)
MINIMUM = 5


def answered(touchpoint: Touchpoint, score: int, times: int, **of: Channel | Persona) -> None:
    survey = make_survey(touchpoint.organisation, kinds=["csat"], touchpoint=touchpoint)
    for _ in range(times):
        make_response(survey, [score], **of)  # type: ignore[arg-type]  # a channel, a persona or both
    while count_changed_days():
        pass


def shown(page: Client, journey: Journey, **query: str) -> dict[str, dict[str, GridCell]]:
    """Touchpoint → column → cell."""
    table: GridTable = page.get(f"/o/nordlicht/journeys/{journey.pk}/grid/", query).context["grid"]
    names = ["All", *(name for name, _ in table.names)]
    return {row.touchpoint.name: dict(zip(names, row.cells, strict=True)) for _, rows in table.stages for row in rows}


@pytest.fixture
def parcel(organisation: Organisation, other_organisation: Organisation) -> Touchpoint:
    """Fine on the phone, poor by parcel service; nothing was promised."""
    with organisation_scope(other_organisation.pk):
        strange = make_touchpoint(other_organisation, name="Strange")
        make_journey(other_organisation, [strange])
        answered(strange, 1, 30, channel=make_channel(other_organisation, name="Strange channel"))
    parcel = make_touchpoint(organisation, make_department(organisation), name="Parcel", metric="csat")
    make_journey(organisation, [parcel], [], name="Buying")
    phone, van = make_channel(organisation, name="Phone"), make_channel(organisation, name="Van")
    answered(parcel, 5, 60, channel=phone)
    answered(parcel, 5, 20, channel=van)
    answered(parcel, 1, 40, channel=van)
    return parcel


def test_says_first_where_it_breaks(organisation: Organisation, parcel: Touchpoint, sign_in: SignIn) -> None:
    journey = Journey.objects.get()
    page = sign_in(make_member(organisation))
    text = page.get(f"/o/nordlicht/journeys/{journey.pk}/grid/").content.decode()
    assert (
        "<em>Parcel</em> breaks over <em>Van</em>: 33%, 67 percentage points worse than over its other channels, n 60."
    ) in text
    assert "Strange" not in text
    cells = shown(page, journey)["Parcel"]
    assert {name: (cell.figure, cell.n, cell.tone) for name, cell in cells.items()} == {
        "All": ("67%", 120, ""),
        "Phone": ("100%", 60, "good-3"),
        "Van": ("33%", 60, "bad-3"),
        "not known": ("67%", 120, ""),
    }
    assert (cells["Van"].sign, cells["Van"].off, cells["Van"].words) == ("▼", "33", "clearly worse")


def test_a_cell_is_judged_by_what_its_persona_was_promised(
    organisation: Organisation, parcel: Touchpoint, sign_in: SignIn
) -> None:
    Touchpoint.objects.filter(pk=parcel.pk).update(expected_value=10)
    easy, strict = make_persona(organisation, name="Easy"), make_persona(organisation, name="Strict")
    for persona in easy, strict:
        answered(parcel, 5, 20, persona=persona)
        answered(parcel, 1, 20, persona=persona)
    PersonaExpectation.objects.create(organisation=organisation, touchpoint=parcel, persona=strict, expected_value=90)
    cells = shown(sign_in(make_member(organisation)), Journey.objects.get())["Parcel"]
    assert (cells["Easy"].figure, cells["Easy"].sign) == ("50%", "▲")
    assert (cells["Strict"].figure, cells["Strict"].sign) == ("50%", "▼")
    assert cells["All"].sign == "▲"


def test_what_is_thin_or_would_give_something_away_is_said_as_such(
    organisation: Organisation, parcel: Touchpoint, sign_in: SignIn
) -> None:
    answered(parcel, 1, 3, channel=make_channel(organisation, name="Fax"))
    parcel.channels.add(make_channel(organisation, name="Pigeon"), through_defaults={"organisation": organisation})
    cells = shown(sign_in(make_member(organisation)), Journey.objects.get())["Parcel"]
    assert [(cells[name].figure, cells[name].note) for name in ("Fax", "Phone", "Van", "Pigeon")] == [
        ("–", "few answers"),
        ("–", "hidden"),
        ("33%", ""),
        ("–", "no answers"),
    ]


def test_links_lead_to_the_same_group_where_they_may_be_followed(
    organisation: Organisation, parcel: Touchpoint, sign_in: SignIn
) -> None:
    other = make_touchpoint(organisation, name="Bill", metric="csat")
    van = Channel.objects.get(name="Van")
    make_journey(organisation, [parcel, other], name="Paying")
    answered(other, 5, 9, channel=van)
    journey = Journey.objects.get(name="Paying")
    lead = sign_in(make_member(organisation, Role.DEPARTMENT_LEAD, parcel.department))
    cells = shown(lead, journey, period="90d")
    assert cells["Parcel"]["Van"].url == f"/o/nordlicht/touchpoints/{parcel.pk}/?period=90d&channel={van.pk}"
    assert (cells["Bill"]["Van"].figure, cells["Bill"]["Van"].url) == ("100%", "")
    assert lead.get(cells["Parcel"]["Van"].url).status_code == 200


def test_who_may_open_it(
    organisation: Organisation, other_organisation: Organisation, parcel: Touchpoint, sign_in: SignIn
) -> None:
    path = f"/o/nordlicht/journeys/{Journey.objects.get().pk}/grid/"
    for role, status in (Role.ANALYST, 200), (Role.DEPARTMENT_LEAD, 200), (Role.MEMBER, 403):
        assert sign_in(make_member(organisation, role)).get(path).status_code == status
    with organisation_scope(other_organisation.pk):
        stranger = make_member(other_organisation)
        strange = Journey.objects.get()
    assert sign_in(stranger).get(path).status_code == 404
    assert sign_in(make_member(organisation)).get(f"/o/nordlicht/journeys/{strange.pk}/grid/").status_code == 404


def test_statements_do_not_grow_with_touchpoints_channels_and_personas(
    organisation: Organisation, parcel: Touchpoint, sign_in: SignIn
) -> None:
    journey = Journey.objects.get()
    page = sign_in(make_member(organisation))

    def statements() -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            shown(page, journey)
        return [query["sql"] for query in queries]

    few = statements()
    for _ in range(3):
        touchpoint = make_touchpoint(organisation, metric="csat")
        journey.stages.first().placements.create(organisation=organisation, touchpoint=touchpoint)  # type: ignore[union-attr]  # it has two
        answered(touchpoint, 4, 6, channel=make_channel(organisation), persona=make_persona(organisation))
    assert len(statements()) == len(few)
    own = [sql for sql in few if 'FROM "journeys_' in sql or 'FROM "reports_' in sql]
    assert len(own) <= 8, "beside session, member and tenancy"


def test_a_journey_without_answers_says_so(organisation: Organisation, sign_in: SignIn) -> None:
    journey = make_journey(organisation, [make_touchpoint(organisation)])
    page = sign_in(make_member(organisation)).get(f"/o/nordlicht/journeys/{journey.pk}/grid/?metric=csat-1-5")
    assert "Nothing was measured in this period" in page.content.decode()


def follows(sums: Iterable[Sequence[int]], wanted: Sequence[int]) -> bool:
    """Whether a sum of cells is a combination of other sums: by elimination, in exact numbers."""
    steps: list[tuple[int, list[Fraction]]] = []

    def rest(row: Sequence[int]) -> list[Fraction]:
        left = [Fraction(number) for number in row]
        for place, step in steps:
            factor = left[place] / step[place]
            left = [own - factor * other for own, other in zip(left, step, strict=True)]
        return left

    for row in sums:
        left = rest(row)
        place = next((i for i, number in enumerate(left) if number), None)
        if place is not None:
            steps.append((place, left))
    return not any(rest(wanted))


cell = st.tuples(st.integers(0, 4), st.integers(0, 4))


@given(st.dictionaries(cell, st.sampled_from([1, 2, 3, 4, 6, 9, 30, 40]), min_size=1))
def test_nothing_small_follows_from_all_that_any_filter_of_the_grid_shows(
    counts: Mapping[tuple[int, int], int],
) -> None:
    rows = [
        Compared((1, *key), (), Tally(n, n, 0, 5 * n, 25 * n), Tally(), date(2026, 3, 2)) for key, n in counts.items()
    ]
    table = GroupTable({1: {CSAT: rows}}, MINIMUM)
    parts = list(counts)
    sums: dict[Group, list[int]] = {
        (persona, channel): [int(persona in (ALL, key[0]) and channel in (ALL, key[1])) for key in parts]
        for persona, channel in product([ALL, *range(5)], [ALL, *range(5)])
    }
    size = {group: sum(counts[key] for key, one in zip(parts, row, strict=True) if one) for group, row in sums.items()}
    seen = []
    for group, found in table.groups_of(1, CSAT).items():
        assert found.n == size[group]
        if found.figure:
            seen.append(sums[group])
    for group, n in size.items():
        if 0 < n < MINIMUM:
            assert not follows(seen, sums[group]), (group, n)
