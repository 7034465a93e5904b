"""Reports in a real browser: a lead meets their own departments only, axe finds nothing, nothing sticks out."""

import re
from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from journeys.models import Journey, Touchpoint
from organisations.models import Department, Membership, Organisation
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from reports.domain.rollups import count_changed_days
from tests.browser.conftest import OpenPage, accessibility_faults, kept_back, scrolls_sideways
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


def hyphenated(word: str) -> re.Pattern[str]:
    """The word with or without the soft hyphens at which browsers may break it."""
    return re.compile("\u00ad?".join(word))


@dataclass
class Company:
    """Two departments with a measured touchpoint each on one journey, and a third nobody has asked about."""

    logistics: Department
    parcel: Touchpoint
    contract: Touchpoint
    journey: Journey
    manager: Membership
    lead: Membership
    member: Membership


@pytest.fixture
def company(organisation: Organisation, other_organisation: Organisation) -> Company:
    with organisation_scope(organisation.pk):
        logistics = make_department(organisation, name="Logistik und Auslieferungsmanagement")
        sales = make_department(organisation, name="Vertrieb")
        names = {"metric": "nps", "expected_value": 40}
        parcel = make_touchpoint(organisation, logistics, name="Zustelltermin", is_moment_of_truth=True, **names)
        contract = make_touchpoint(organisation, sales, name="Vertragsabschluss", **names)
        unasked = make_touchpoint(organisation, sales, name="Empfehlung durch Nachbarn")
        journey = make_journey(organisation, [contract, unasked], [], [parcel], name="Strom wechseln")
        channels = [make_channel(organisation, name=name) for name in ("Paketdienst", "Filiale")]
        persona = make_persona(organisation, name="Familie Petersen")
        today = organisation.today()
        for touchpoint, before, now, text in (
            (parcel, 10, 2, "Niemand kam zum Termin"),
            (contract, 8, 9, "Schnell erledigt"),
        ):
            survey = make_survey(organisation, kinds=["nps", "text"], touchpoint=touchpoint)
            for number in range(24):
                for score, days in ((before, 45 + number % 3), (now, number)):
                    make_response(
                        survey,
                        [score, f"{text}, {number}."],
                        day=today - timedelta(days=days),
                        channel=channels[number % 2],
                        persona=persona if number % 3 else None,
                    )
        company = Company(
            logistics,
            parcel,
            contract,
            journey,
            make_member(organisation, Role.CX_MANAGER),
            make_member(organisation, Role.DEPARTMENT_LEAD, logistics),
            make_member(organisation, Role.MEMBER),
        )
    with organisation_scope(other_organisation.pk):
        stranger = make_touchpoint(other_organisation, name="Fremder Touchpoint", metric="nps")
        survey = make_survey(other_organisation, kinds=["nps", "text"], touchpoint=stranger)
        for _ in range(9):
            make_response(survey, [9, "Fremdes Geheimnis"])
    while count_changed_days():
        pass
    return company


def address(company: Company, organisation: Organisation, name: str) -> str:
    here = f"/o/{organisation.slug}/"
    return {
        "overview": f"{here}?period=30d",
        "journey": f"{here}journeys/{company.journey.pk}/?period=30d",
        "touchpoint": f"{here}touchpoints/{company.parcel.pk}/?period=30d",
        "departments": f"{here}departments/",
        "department": f"{here}departments/{company.logistics.pk}/?period=30d",
        "comments": f"{here}comments/?period=30d",
        "empty": f"{here}?from=2020-01-01&to=2020-02-01",
    }[name]


def words(page: Page) -> str:
    return page.locator("body").inner_text()


def test_a_lead_reads_their_departments_and_no_others(
    organisation: Organisation, company: Company, open_page: OpenPage
) -> None:
    page = open_page(address(company, organisation, "overview"), company.lead)
    assert "Zustelltermin" in words(page)
    assert "Vertragsabschluss" not in words(page)
    assert re.search(r"\bn 24\b", words(page))
    assert not re.search(r"\bn 48\b", words(page))

    # The shared journey shows the other department's touchpoint as a figure that leads nowhere.
    page.goto(address(company, organisation, "journey"))
    table = page.get_by_role("region", name="Journey map")
    assert hyphenated("Vertragsabschluss").search(table.inner_text())
    assert table.get_by_role("link", name=hyphenated("Zustelltermin")).count() == 1
    assert table.get_by_role("link", name=hyphenated("Vertragsabschluss")).count() == 0

    page.goto(address(company, organisation, "comments"))
    assert "Niemand kam zum Termin" in words(page)
    assert "Schnell erledigt" not in words(page)

    for forbidden in (f"touchpoints/{company.contract.pk}/", f"departments/{company.contract.department_id}/"):
        found = page.goto(f"/o/{organisation.slug}/{forbidden}")
        assert found is not None
        assert found.status == 404

    page.goto(f"/o/{organisation.slug}/comments/?touchpoint={company.contract.pk}&period=30d")
    assert "Schnell erledigt" not in words(page)


def test_who_reads_everything_reads_nothing_of_strangers(
    organisation: Organisation, company: Company, open_page: OpenPage
) -> None:
    page = open_page(address(company, organisation, "overview"), company.manager)
    seen = words(page)
    for name in ("journey", "comments", "departments"):
        page.goto(address(company, organisation, name))
        seen += words(page)
    assert "Zustelltermin" in seen
    assert "Vertragsabschluss" in seen
    assert "Fremd" not in seen


def test_a_member_without_reports_is_told_what_is_theirs(
    organisation: Organisation, company: Company, open_page: OpenPage
) -> None:
    page = open_page(f"/o/{organisation.slug}/", company.member)
    assert "Your data that needs you" in words(page)
    assert "Zustelltermin" not in words(page)
    found = page.goto(address(company, organisation, "comments"))
    assert found is not None
    assert found.status == 403


def test_each_point_of_the_curve_stands_under_its_stage(
    organisation: Organisation, company: Company, open_page: OpenPage
) -> None:
    page = open_page(address(company, organisation, "journey"), company.manager)
    edges = "element => { const box = element.getBoundingClientRect(); return [box.left, box.right] }"
    stages = [stage.evaluate(edges) for stage in page.locator(".map td:has(.tp)").all()]
    dots = [sum(dot.evaluate(edges)) / 2 for dot in page.locator(".map svg circle.dot").all()]
    assert [sum(left < dot < right for dot in dots) for left, right in stages] == [1, 1]


def test_filters_keep_the_period_and_change_the_figures(
    organisation: Organisation, company: Company, open_page: OpenPage
) -> None:
    page = open_page(address(company, organisation, "touchpoint"), company.manager)
    assert re.search(r"\bn 24\b", words(page))
    page.get_by_label("Channel").select_option(label="Paketdienst")
    page.wait_for_url("**channel=*")
    page.get_by_text("n 12").first.wait_for()
    assert "period=30d" in page.url


def test_of_two_filters_chosen_in_a_row_both_count(
    organisation: Organisation, company: Company, open_page: OpenPage
) -> None:
    page = open_page(address(company, organisation, "touchpoint"), company.manager)
    with kept_back(page, "GET", r"channel=\d"):
        page.get_by_label("Channel").select_option(label="Paketdienst")
        page.get_by_label("Persona").select_option(label="Familie Petersen")
    expect(page).to_have_url(re.compile(r"persona=\d+&channel=\d"))
    expect(page.get_by_label("Channel")).to_have_value(re.compile(r"\d"))


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark"), (360, "light")])
def test_everyone_can_read_them(
    organisation: Organisation, company: Company, open_page: OpenPage, width: int, scheme: str, language: str
) -> None:
    user = company.manager.user
    user.language = language
    user.save()
    page = open_page(address(company, organisation, "overview"), company.manager, width=width, color_scheme=scheme)
    for name in ("overview", "journey", "touchpoint", "departments", "department", "comments", "empty"):
        page.goto(address(company, organisation, name))
        assert page.locator("html").get_attribute("lang") == language
        assert accessibility_faults(page) == [], name
        assert not scrolls_sideways(page), name
