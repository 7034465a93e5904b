"""The journey map with what was measured on it."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from journeys.models import (
    Channel,
    Journey,
    Lane,
    LaneText,
    Persona,
    PersonaExpectation,
    Placement,
    Stage,
    Touchpoint,
)
from organisations.models import Department, Membership, Organisation
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from reports.domain.rollups import count_changed_days
from reports.maps import Card
from surveys.models import Survey
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
Choices = dict[str, str | int]


@pytest.fixture
def stranger(other_organisation: Organisation) -> Journey:
    """Another organisation's journey with answers; nothing of it may ever be seen."""
    with organisation_scope(other_organisation.pk):
        touchpoint = make_touchpoint(other_organisation, name="Strange", metric="csat")
        survey = make_survey(other_organisation, kinds=["csat"], touchpoint=touchpoint)
        persona = make_persona(other_organisation, name="Strange persona")
        for _ in range(9):
            make_response(survey, [1], persona=persona)
        return make_journey(other_organisation, [touchpoint], name="Stranger")


@pytest.fixture
def shop(organisation: Organisation, stranger: Journey) -> Touchpoint:
    return make_touchpoint(
        organisation,
        make_department(organisation, name="Sales"),
        name="Shop",
        metric="csat",
        expected_value=80,
        is_moment_of_truth=True,
        promise="Open until eight.",
    )


@pytest.fixture
def survey(organisation: Organisation, shop: Touchpoint) -> Survey:
    return make_survey(organisation, kinds=["csat"], touchpoint=shop)


@pytest.fixture
def journey(organisation: Organisation, shop: Touchpoint) -> Journey:
    return make_journey(organisation, [shop], name="Buying")


def answer(survey: Survey, score: int, times: int, *, days_ago: int = 0, **fields: Channel | Persona) -> None:
    day = survey.organisation.today() - timedelta(days=days_ago)
    for _ in range(times):
        make_response(survey, [score], day=day, **fields)  # type: ignore[arg-type]  # channel or persona, by name


def counted() -> None:
    while count_changed_days():
        pass


def only_card(browser: Client, journey: Journey, **choices: str | int) -> Card:
    [stage] = browser.get(address(journey), choices).context["stages"]
    [card] = stage.cards
    assert isinstance(card, Card)
    return card


def address(journey: Journey) -> str:
    return f"/o/nordlicht/journeys/{journey.pk}/"


def test_htmx_gets_the_map_only_and_a_restored_page_all_of_it(
    organisation: Organisation, stranger: Journey, sign_in: SignIn
) -> None:
    journey = make_journey(organisation, [make_touchpoint(organisation, name="Shop")], name="Buying")
    browser = sign_in(make_member(organisation))
    page = browser.get(address(journey)).content.decode()
    fragment = browser.get(address(journey), headers={"HX-Request": "true"})
    restored = browser.get(address(journey), headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})
    assert page.count("<html") == restored.content.decode().count("<html") == 1
    assert "<html" not in fragment.content.decode()
    assert fragment.content.decode().strip().startswith("<table")
    assert "HX-Request" in fragment["Vary"]
    for body in (page, fragment.content.decode(), restored.content.decode()):
        assert "Shop" in body
        assert body.count('id="map"') == 1
        assert "Strange" not in body
    assert browser.get(address(stranger)).status_code == 404


def test_a_card_says_figure_n_evidence_change_and_gap(
    organisation: Organisation, shop: Touchpoint, survey: Survey, journey: Journey, sign_in: SignIn
) -> None:
    shop.channels.add(make_channel(organisation, name="Branch"), through_defaults={"organisation": organisation})
    answer(survey, 5, 40, days_ago=40)
    answer(survey, 5, 10)
    answer(survey, 1, 30)
    counted()
    member = make_member(organisation)
    page = sign_in(member).get(address(journey), {"period": "30d"}).content.decode()
    card = re.sub(
        r"\s+",
        " ",
        re.sub(r"<[^>]+>", " ", page[page.index('class="tp') : page.index("</a>", page.index('class="tp'))]),
    )
    for words in (
        "★ &nbsp;Shop",
        "Sales Branch",
        "25% 75 75 percentage points lower than in the period before, a clear change",
        "n 40 · ● measured",
        "55 percentage points below what was promised",
    ):
        assert words in card
    assert 'aria-label="Moment of truth"' in page
    assert "Furthest behind what was promised: Shop, by 55 percentage points." in page
    assert "Strange" not in page

    member.user.language = "de"
    member.user.save()
    page = sign_in(member).get(address(journey), {"period": "30d"}).content.decode()
    assert "55 Prozentpunkte unter dem Versprochenen" in page
    assert "75 Prozentpunkte niedriger als im Zeitraum davor, eine klare Veränderung" in page
    assert "Am weitesten hinter dem Versprochenen: Shop, um 55 Prozentpunkte." in page


def test_what_may_be_noise_is_neither_a_change_nor_a_gap(
    organisation: Organisation, survey: Survey, journey: Journey, sign_in: SignIn
) -> None:
    answer(survey, 5, 5, days_ago=40)
    answer(survey, 1, 1, days_ago=40)
    answer(survey, 5, 4)
    answer(survey, 1, 2)
    counted()
    card = only_card(sign_in(make_member(organisation)), journey, period="30d")
    assert (card.figure, card.n, card.trend, card.gap, card.tone) == ("67%", 6, "", "", "")


def test_evidence_in_four_grades(
    organisation: Organisation, shop: Touchpoint, survey: Survey, journey: Journey, sign_in: SignIn
) -> None:
    browser = sign_in(make_member(organisation))
    assert (only_card(browser, journey).grade, only_card(browser, journey).symbol) == ("assumed", "◌")
    answer(survey, 5, 4, days_ago=100)
    counted()
    card = only_card(browser, journey)
    assert (card.grade, card.symbol, card.n, card.figure) == ("thin", "◑", 4, "–")
    answer(survey, 5, 2, days_ago=100)
    counted()
    card = only_card(browser, journey)
    assert (card.grade, card.symbol, card.figure) == ("stale", "◔", "100%")
    assert only_card(browser, journey, period="30d").grade == "stale", "there is data, only not of this period"
    shop.freshness_days = 120
    shop.save()
    assert only_card(browser, journey).grade == "measured"
    card = only_card(browser, journey, channel=make_channel(organisation).pk)
    assert (card.grade, card.evidence) == ("thin", "no answers")


def test_a_touchpoint_measured_in_another_metric_says_so(
    organisation: Organisation, shop: Touchpoint, survey: Survey, sign_in: SignIn
) -> None:
    other, third = (make_touchpoint(organisation, shop.department, metric="nps") for _ in range(2))
    for touchpoint in (other, third):
        answer(make_survey(organisation, kinds=["nps"], touchpoint=touchpoint), 10, 6)
    answer(survey, 5, 6)
    counted()
    journey = make_journey(organisation, [shop, other, third])
    page = sign_in(make_member(organisation)).get(address(journey))
    cards = page.context["stages"][0].cards
    assert [(card.figure, card.metric) for card in cards] == [("100%", "CSAT"), ("+100", ""), ("+100", "")]
    assert page.context["metric"] == "NPS"


def test_a_persona_has_expectations_of_its_own(
    organisation: Organisation, shop: Touchpoint, survey: Survey, journey: Journey, sign_in: SignIn
) -> None:
    easy, strict = make_persona(organisation, name="Easy"), make_persona(organisation, name="Strict")
    for persona, value in ((easy, 20), (strict, 100)):
        PersonaExpectation.objects.create(
            organisation=organisation, touchpoint=shop, persona=persona, expected_value=value
        )
        answer(survey, 5, 30, persona=persona)
        answer(survey, 1, 10, persona=persona)
    counted()
    browser = sign_in(make_member(organisation))
    assert only_card(browser, journey).gap == "", "75 of 80: may be noise"
    assert only_card(browser, journey, persona=strict.pk).gap == "25 percentage points below what was promised"
    assert only_card(browser, journey, persona=easy.pk).gap == "55 percentage points above what was promised"


def test_two_personas_are_laid_over_each_other(
    organisation: Organisation, survey: Survey, journey: Journey, sign_in: SignIn
) -> None:
    families, singles = make_persona(organisation, name="Families"), make_persona(organisation, name="Singles")
    answer(survey, 5, 40, persona=families)
    answer(survey, 5, 8, persona=singles)
    answer(survey, 1, 32, persona=singles)
    counted()
    browser = sign_in(make_member(organisation))
    both: Choices = {"persona": families.pk, "compare": f"persona:{singles.pk}"}
    page = browser.get(address(journey), both)
    body = page.content.decode()
    assert (
        "The biggest clear difference: Shop with 100% (Families) against 20% (Singles), 80 percentage points apart."
    ) in body
    assert '<span class="key second" aria-hidden="true"></span>Singles</li>' in body
    [row] = page.context["curve"].rows
    assert [row[0], row[1], row[3], row[4], row[6], row[7]] == ["Shop", "100%", "40", "20%", "40", "+80"]
    assert "Shop (Singles): 20%" in body, "by pointing"
    assert body.count('class="dot second"') == 1

    for nonsense in ("persona:999999", "persona:x", "decade"):
        body = browser.get(address(journey), {"compare": nonsense}).content.decode()
        assert "There is nothing of this kind to compare with." in body
        assert "key second" not in body
    both["persona"] = singles.pk
    same = browser.get(address(journey), both)
    assert same.context["map"].comparison is None


def test_two_periods_are_laid_over_each_other(
    organisation: Organisation, survey: Survey, journey: Journey, sign_in: SignIn
) -> None:
    answer(survey, 5, 40, days_ago=40)
    answer(survey, 5, 22)
    answer(survey, 1, 18)
    counted()
    browser = sign_in(make_member(organisation))
    page = browser.get(address(journey), {"period": "30d", "compare": "period"})
    [row] = page.context["curve"].rows
    assert [row[1], row[3], row[4], row[6], row[7]] == ["55%", "40", "100%", "40", "−45"]
    assert "against 100% (" in page.content.decode()
    quiet = browser.get(address(journey), {"period": "12m", "compare": "period"}).content.decode()
    assert "No touchpoint has answers enough on both sides to be compared." in quiet


def test_the_same_period_a_year_before_is_laid_over(
    organisation: Organisation, survey: Survey, journey: Journey, sign_in: SignIn
) -> None:
    answer(survey, 5, 40, days_ago=375)
    answer(survey, 1, 40, days_ago=40)  # the period before
    answer(survey, 5, 22)
    answer(survey, 1, 18)
    counted()
    browser = sign_in(make_member(organisation))
    page = browser.get(address(journey), {"period": "30d", "compare": "year"})
    [row] = page.context["curve"].rows
    assert [row[1], row[3], row[4], row[6], row[7]] == ["55%", "40", "100%", "40", "−45"]
    body = page.content.decode()
    assert "45 percentage points lower than a year before, a clear change" in body
    assert '<option value="year" selected>with the same period a year before</option>' in body
    assert browser.get(f"{address(journey)}map.svg", {"period": "30d", "compare": "year"}).status_code == 200

    today = organisation.today()
    long: Choices = {"from": str(today - timedelta(days=400)), "to": str(today), "compare": "year"}
    refused = browser.get(address(journey), long).content.decode()
    assert "The period is longer than a year" in refused
    assert 'value="year"' not in refused


def test_noise_is_no_difference(organisation: Organisation, survey: Survey, journey: Journey, sign_in: SignIn) -> None:
    one, other = make_persona(organisation), make_persona(organisation)
    for persona in (one, other):
        answer(survey, 5, 10, persona=persona)
    answer(survey, 1, 2, persona=other)
    counted()
    choices: Choices = {"persona": one.pk, "compare": f"persona:{other.pk}"}
    page = sign_in(make_member(organisation)).get(address(journey), choices)
    assert page.context["curve"].rows[0][-1] == "no clear difference"
    assert "At no touchpoint the two differ by more than noise." in page.content.decode()


def test_two_curves_together_give_no_small_group_away(
    organisation: Organisation, survey: Survey, journey: Journey, sign_in: SignIn
) -> None:
    """Of 12 answers 9 are of one persona and 3 of another: all less the 9 would be the 3, now and the period before."""
    many, few = make_persona(organisation), make_persona(organisation)
    for days_ago in (0, 40):
        answer(survey, 5, 9, persona=many, days_ago=days_ago)
        answer(survey, 1, 3, persona=few, days_ago=days_ago)
    counted()
    browser = sign_in(make_member(organisation))

    def shown(**choices: str | int) -> tuple[str, str]:
        [row] = browser.get(address(journey), {"period": "30d", **choices}).context["curve"].rows
        return row[1], row[4]

    assert shown(compare=f"persona:{many.pk}") == ("75%", "–")
    assert shown(compare=f"persona:{few.pk}") == ("75%", "–")
    assert shown(persona=many.pk, compare=f"persona:{few.pk}") == ("–", "–")
    assert shown(persona=many.pk, compare="period") == ("–", "–")
    assert shown(compare="period") == ("75%", "75%")


def test_rows_tell_goals_beliefs_texts_and_lanes(
    organisation: Organisation, shop: Touchpoint, stranger: Journey, sign_in: SignIn
) -> None:
    bill, call = (make_touchpoint(organisation, shop.department, name=name) for name in ("Bill", "Call"))
    journey = make_journey(organisation, [shop, bill], [call], name="Buying")
    first, second = journey.stages.all()
    Stage.objects.filter(pk=first.pk).update(customer_goal="I want it today.")
    Placement.objects.filter(touchpoint=shop).update(emotion=2, pain_points="Queues", customer_goal="Quick")
    Placement.objects.filter(touchpoint=call).update(ideas="Call back")
    back, front = (
        Lane.objects.create(organisation=organisation, journey=journey, name=name, position=position)
        for name, position in (("Back stage", 2), ("Front stage", 1))
    )
    LaneText.objects.create(organisation=organisation, lane=back, stage=second, text="Warehouse <1>")
    with organisation_scope(stranger.organisation_id):
        lane = Lane.objects.create(organisation=stranger.organisation, journey=stranger, name="Strange lane")
        LaneText.objects.create(
            organisation=stranger.organisation, lane=lane, stage=stranger.stages.get(), text="Strange text"
        )
    page = sign_in(make_member(organisation)).get(address(journey))
    body = page.content.decode()
    assert "“I want it today.”" in body
    for row in ("goals", "pain_points"):
        assert getattr(page.context["stages"][0], row)[0][0] == "Shop", "named, since the stage has two"
    assert page.context["stages"][1].ideas == [("", "Call back")]
    assert [(lane.name, lane.texts) for lane in page.context["lanes"]] == [
        ("Front stage", ["", ""]),
        ("Back stage", ["", "Warehouse <1>"]),
    ]
    assert "Warehouse &lt;1&gt;" in body
    assert front.name in body
    assert body.count('class="dot assumed"') == 1, "a gap where nobody said"
    assert "Shop: delighted" in body
    assert "Strange" not in body


def test_without_a_belief_there_is_no_row_for_it(organisation: Organisation, journey: Journey, sign_in: SignIn) -> None:
    assert "Assumed emotion" not in sign_in(make_member(organisation)).get(address(journey)).content.decode()


def test_a_lead_sees_other_departments_as_figures_only(
    organisation: Organisation, shop: Touchpoint, survey: Survey, sign_in: SignIn
) -> None:
    logistics: Department = make_department(organisation, name="Logistics")
    parcel = make_touchpoint(organisation, logistics, name="Parcel")
    chatty = make_survey(organisation, kinds=["csat", "text"], touchpoint=shop)
    for _ in range(9):
        make_response(chatty, [1, "Nobody came."])
    counted()
    journey = make_journey(organisation, [shop, parcel])
    page = sign_in(make_member(organisation, Role.DEPARTMENT_LEAD, logistics)).get(address(journey))
    theirs, own = page.context["stages"][0].cards
    assert (theirs.figure, theirs.n, theirs.url, theirs.is_open) == ("0%", 9, "", False)
    assert own.is_open
    body = page.content.decode()
    assert f"/touchpoints/{shop.pk}/" not in body
    assert f"/touchpoints/{parcel.pk}/" in body
    assert "Nobody came" not in body


def test_a_star_stands_beside_its_name_and_long_words_may_break(
    organisation: Organisation, stranger: Journey, sign_in: SignIn
) -> None:
    truth = make_touchpoint(
        organisation, make_department(organisation), name="Reklamationsbearbeitung & Rückgabe", is_moment_of_truth=True
    )
    page = sign_in(make_member(organisation)).get(address(make_journey(organisation, [truth]))).content.decode()
    assert "★</span>&nbsp;Re\u00adkla\u00adma\u00adtions\u00adbear\u00adbei\u00adtung &amp; Rückgabe</strong>" in page


def test_opens_with_the_same_twelve_statements_however_long_it_is(
    organisation: Organisation, stranger: Journey, sign_in: SignIn
) -> None:
    department = make_department(organisation)
    channel, one, other = make_channel(organisation), make_persona(organisation), make_persona(organisation)
    member, lead = make_member(organisation), make_member(organisation, Role.DEPARTMENT_LEAD, department)

    def statements(count: int) -> list[int]:
        touchpoints = [make_touchpoint(organisation, department, expected_value=70) for _ in range(count)]
        journey = make_journey(organisation, *(touchpoints[start::5] for start in range(5)))
        Lane.objects.create(organisation=organisation, journey=journey, name="Lane")
        for touchpoint in touchpoints:
            touchpoint.channels.add(channel, through_defaults={"organisation": organisation})
        for touchpoint in touchpoints[:3]:
            survey = make_survey(organisation, kinds=["csat"], touchpoint=touchpoint)
            answer(survey, 5, 6, persona=one)
            answer(survey, 1, 6, persona=other)
        counted()
        numbers = []
        compared: Choices = {"persona": one.pk, "compare": f"persona:{other.pk}"}
        views: list[tuple[Membership, Choices]] = [(member, {}), (member, compared), (member, {"compare": "period"})]
        views += [(member, {"edit": 1}), (lead, {}), (lead, compared)]
        for reader, choices in views:
            browser = sign_in(reader)
            browser.get(address(journey), choices)
            with CaptureQueriesContext(connection) as queries:
                assert browser.get(address(journey), choices).status_code == 200
            numbers.append(len(queries))
        return numbers

    few = statements(5)
    assert few == statements(200)
    # The test's own transaction adds two: the savepoint, and reading the former settings instead of BEGIN and COMMIT.
    assert max(few) <= 14, few


def test_a_journey_without_answers_shows_what_was_promised(
    organisation: Organisation, stranger: Journey, sign_in: SignIn
) -> None:
    promised = [make_touchpoint(organisation, metric="csat", expected_value=value) for value in (70, 80)]
    journey = make_journey(organisation, [*promised, make_touchpoint(organisation, metric="nps", expected_value=-20)])
    browser = sign_in(make_member(organisation))
    address = f"/o/nordlicht/journeys/{journey.pk}/"
    page = browser.get(address)
    curve = page.context["curve"]
    assert [point.expected for stage in curve.stages for point in stage.points] == [70, 80, None]
    assert page.context["map"].summary == "Nothing was measured in this period."
    assert 'class="line expected"' in page.content.decode()
    assert 'class="line expected"' in browser.get(f"{address}present/").content.decode()
    assert "Nothing was measured" not in browser.get(f"{address}map.svg").content.decode()
    assert "Nothing was measured" in browser.get(f"{address}grid/").content.decode()

    Touchpoint.objects.update(metric="rating")
    assert browser.get(address).context["curve"] is None
