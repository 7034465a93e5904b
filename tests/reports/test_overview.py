import re
from collections.abc import Callable
from datetime import timedelta

from django.test import Client

from organisations.models import Membership, Organisation
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from reports.domain.rollups import count_changed_days
from tests.makers import (
    make_department,
    make_journey,
    make_member,
    make_response,
    make_survey,
    make_touchpoint,
)

SignIn = Callable[[Membership], Client]


def test_says_first_what_changed_and_shows_each_figure_with_its_n(
    organisation: Organisation, other_organisation: Organisation, sign_in: SignIn
) -> None:
    delivery = make_touchpoint(organisation, name="Delivery date", metric="nps", expected_value=40)
    make_journey(organisation, [delivery], name="Switching")
    survey = make_survey(organisation, kinds=["nps"], touchpoint=delivery)
    today = organisation.today()
    for _ in range(40):
        make_response(survey, [10], day=today - timedelta(days=40))
        make_response(survey, [3], day=today - timedelta(days=3))
    with organisation_scope(other_organisation.pk):
        strange = make_touchpoint(other_organisation, name="Strange touchpoint")
        strange_survey = make_survey(other_organisation, kinds=["nps"], touchpoint=strange)
        for _ in range(7):
            make_response(strange_survey, [10])
    while count_changed_days():
        pass

    page = sign_in(make_member(organisation)).get(f"/o/{organisation.slug}/?period=30d").content.decode()

    assert "The NPS of <em>Delivery date</em> fell by 200 points to" in page
    assert "−100" in page
    assert "n 40" in page
    assert "Strange" not in page


def test_hides_figures_below_the_minimum(organisation: Organisation, sign_in: SignIn) -> None:
    survey = make_survey(organisation, kinds=["csat"], touchpoint=make_touchpoint(organisation))
    for _ in range(4):
        make_response(survey, [5])
    while count_changed_days():
        pass
    page = sign_in(make_member(organisation)).get(f"/o/{organisation.slug}/").content.decode()
    assert "Too few answers to show: at least 5 are needed." in page
    assert "100%" not in page


def test_a_lead_sees_their_own_departments_only(organisation: Organisation, sign_in: SignIn) -> None:
    logistics, sales = make_department(organisation), make_department(organisation)
    parcel = make_touchpoint(organisation, logistics, name="Parcel", expected_value=100)
    contract = make_touchpoint(organisation, sales, name="Contract", expected_value=100)
    for touchpoint, score, times in ((parcel, 1, 6), (contract, 2, 8)):
        survey = make_survey(organisation, kinds=["csat"], touchpoint=touchpoint)
        for _ in range(times):
            make_response(survey, [score])
    while count_changed_days():
        pass
    lead = make_member(organisation, Role.DEPARTMENT_LEAD, logistics)
    page = sign_in(lead).get(f"/o/{organisation.slug}/").content.decode()
    assert "Parcel" in page
    assert "Contract" not in page
    assert "n 6" in page
    assert not re.search(r"\bn 14\b", page)


def test_a_new_organisation_is_shown_where_to_begin(
    organisation: Organisation, other_organisation: Organisation, sign_in: Callable[[Membership], Client]
) -> None:
    page = sign_in(make_member(organisation, Role.ADMIN))
    first = page.get("/o/nordlicht/").content.decode()
    for place in ("journeys/", "surveys/new/", "surveys/history/"):
        assert f'href="/o/nordlicht/{place}">' in first.split('id="content"')[1]
    assert 'href="/o/nordlicht/settings/departments/add/"' in page.get("/o/nordlicht/departments/").content.decode()
    form = page.get("/o/nordlicht/touchpoints/new/").content.decode()
    assert "There is no department yet." in form
    assert "There are no channels yet." in form
    reader = sign_in(make_member(organisation, Role.ANALYST)).get("/o/nordlicht/").content.decode()
    assert "/surveys/new/" not in reader
