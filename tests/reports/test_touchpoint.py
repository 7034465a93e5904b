from collections.abc import Callable

from django.test import Client

from journeys.models import Journey, Placement
from organisations.models import DataSource, Membership, Organisation
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from reports.domain.rollups import count_changed_days
from surveys.documents import Document
from surveys.models import SurveyVersion
from tests.makers import (
    make_channel,
    make_department,
    make_journey,
    make_member,
    make_response,
    make_survey,
    make_touchpoint,
)

SignIn = Callable[[Membership], Client]


def count() -> None:
    while count_changed_days():
        pass


def test_a_small_group_is_hidden_and_so_is_the_one_that_would_give_it_away(
    organisation: Organisation, sign_in: SignIn
) -> None:
    touchpoint = make_touchpoint(organisation)
    survey = make_survey(organisation, kinds=["csat"], touchpoint=touchpoint)
    for name, answers in (("Phone", [5] * 30), ("Shop", [5] * 6), ("App", [1, 1])):
        channel = make_channel(organisation, name=name)
        for score in answers:
            make_response(survey, [score], channel=channel)
    count()

    page = sign_in(make_member(organisation)).get(f"/o/{organisation.slug}/touchpoints/{touchpoint.pk}/")

    section = page.context["sections"][0]
    assert section.panel.reading.n == 38
    assert [(group.name, group.figure) for group in section.by_channel] == [
        ("Phone", "100%"),
        ("Shop", "–"),
        ("App", "–"),
    ]
    assert "Hidden, so that a smaller group beside it stays hidden." in page.content.decode()


def test_comments_wait_for_enough_answers(
    organisation: Organisation, other_organisation: Organisation, sign_in: SignIn
) -> None:
    touchpoint = make_touchpoint(organisation)
    survey = make_survey(organisation, kinds=["csat", "text"], touchpoint=touchpoint)
    with organisation_scope(other_organisation.pk):
        theirs = make_survey(other_organisation, kinds=["csat", "text"], touchpoint=make_touchpoint(other_organisation))
        for _ in range(9):
            make_response(theirs, [5, "A stranger's words"])
    for number in range(7):
        make_response(survey, [4, f"Remark {number}"])
    count()
    browser = sign_in(make_member(organisation))
    address = f"/o/{organisation.slug}/touchpoints/{touchpoint.pk}/"
    assert "Remark" not in browser.get(address).content.decode()
    assert "Remark" not in browser.get(f"/o/{organisation.slug}/comments/").content.decode()

    make_response(survey, [4, "Remark 7"])
    count()
    page = browser.get(address).content.decode()
    assert "Remark 7" in page
    assert "stranger" not in page + browser.get(f"/o/{organisation.slug}/comments/").content.decode()


def test_what_was_expected_is_never_counted_as_experienced(organisation: Organisation, sign_in: SignIn) -> None:
    touchpoint = make_touchpoint(organisation, metric="rating")
    survey = make_survey(organisation, kinds=[], touchpoint=touchpoint)
    scale = {"organisation": organisation, "survey": survey, "kind": "rating", "lo": 1, "hi": 5, "text": {"de": "x"}}
    survey.questions.create(**scale, aspect="expectation", position=0)
    survey.questions.create(**scale, aspect="experience", position=1)
    SurveyVersion.objects.create(
        organisation=organisation, survey=survey, number=2, document=Document.of_draft(survey).to_json()
    )
    for _ in range(6):
        make_response(survey, [5, 2])
    count()
    page = sign_in(make_member(organisation)).get(f"/o/{organisation.slug}/touchpoints/{touchpoint.pk}/")
    (section,) = page.context["sections"]
    assert section.panel.tile.figure == "2.0"
    assert section.panel.expectation.startswith("5.0 (")


def test_is_for_its_department_and_those_who_read_everything(organisation: Organisation, sign_in: SignIn) -> None:
    own, foreign = make_department(organisation), make_department(organisation)
    below = make_department(organisation, parent=own)
    lead = make_member(organisation, Role.DEPARTMENT_LEAD, own)
    browser = sign_in(lead)
    statuses = [
        browser.get(f"/o/{organisation.slug}/touchpoints/{make_touchpoint(organisation, department).pk}/").status_code
        for department in (own, below, foreign)
    ]
    assert statuses == [200, 200, 404]


def test_the_page_says_what_the_journeys_say_about_it_and_what_measures_it(
    organisation: Organisation, other_organisation: Organisation, sign_in: SignIn
) -> None:
    touchpoint = make_touchpoint(organisation)
    with organisation_scope(other_organisation.pk):
        theirs = make_touchpoint(other_organisation)
        make_journey(other_organisation, [theirs], name="Buying")
        Placement.objects.update(ideas="A stranger's idea")
    for name in ("As it is", "Elsewhere"):
        make_journey(organisation, [touchpoint], name=name)
    Placement.objects.update(customer_goal="Be quick", ideas="Call before", emotion=-2)
    to_be = make_journey(organisation, [touchpoint], name="To be")
    Journey.objects.filter(pk=to_be.pk).update(as_is=Journey.objects.get(name="As it is"))
    Placement.objects.filter(stage__journey=to_be).update(emotion=2)
    source = DataSource.objects.create(
        organisation=organisation, name="Parcel data", department=touchpoint.department, freshness_days=7
    )
    touchpoint.data_sources.add(source, through_defaults={"organisation": organisation})
    survey = make_survey(organisation, kinds=["csat"], touchpoint=touchpoint)

    address = f"/o/{organisation.slug}/touchpoints/{touchpoint.pk}/"
    page = sign_in(make_member(organisation)).get(address).content.decode()

    for words in ("Be quick", "Call before", "annoyed", "Parcel data", f"results/{survey.pk}/"):
        assert page.count(words) == 1, words
    assert "stranger" not in page
    assert "delighted" not in page, "how it is to be"
