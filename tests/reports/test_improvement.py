from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest
from django.test import Client
from django.utils.html import strip_tags

from journeys.models import Touchpoint
from organisations.models import Membership, Organisation
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from reports.domain.rollups import count_changed_days
from tests.makers import (
    make_channel,
    make_department,
    make_improvement,
    make_member,
    make_response,
    make_survey,
    make_touchpoint,
)

SignIn = Callable[[Membership], Client]
GOOD, BAD = 5, 1
DAYS = 30
"""Since customers feel the improvement."""


def answered(touchpoint: Touchpoint, before: Mapping[int, int], since: Mapping[int, int]) -> None:
    """So many answers of each score, before the improvement was felt and since then."""
    survey = make_survey(touchpoint.organisation, kinds=["csat"], touchpoint=touchpoint)
    felt = touchpoint.organisation.today() - timedelta(days=DAYS)
    for day, scores in ((felt - timedelta(days=1), before), (felt, since)):
        for score, number in scores.items():
            for _answer in range(number):
                make_response(survey, [score], day=day)


def count() -> None:
    while count_changed_days():
        pass


@pytest.mark.parametrize(
    ("own", "elsewhere", "sentence"),
    [
        # 40 % satisfied, then 80; the rest stays at 60.
        (((4, 6), (8, 2)), ((6, 4), (6, 4)), "It worked: CSAT improved by 40 percentage points to 80%, clearly more"),
        (((4, 6), (8, 2)), ((4, 6), (8, 2)), "CSAT improved by 40 percentage points to 80%, but not clearly more"),
        (((4, 6), (8, 2)), None, "There is nothing else to compare it with."),
        (((6, 4), (6, 4)), ((6, 4), (6, 4)), "No clear change in CSAT: no proof yet that it worked."),
        (((6, 4), (6, 4)), ((2, 8), (9, 1)), "70 percentage points behind elsewhere."),
        (((6, 4), (6, 4)), ((9, 1), (2, 8)), "70 percentage points better than elsewhere."),
        (((8, 2), (4, 6)), ((6, 4), (6, 4)), "CSAT became worse by 40 percentage points, to 40%."),
    ],
)
def test_what_changed_is_held_against_what_changed_elsewhere(
    own: tuple[tuple[int, int], ...],
    elsewhere: tuple[tuple[int, int], ...] | None,
    sentence: str,
    organisation: Organisation,
    other_organisation: Organisation,
    sign_in: SignIn,
) -> None:
    def scores(share: tuple[int, int]) -> dict[int, int]:
        return {GOOD: 4 * share[0], BAD: 4 * share[1]}

    with organisation_scope(other_organisation.pk):
        answered(make_touchpoint(other_organisation), scores((0, 10)), scores((10, 0)))
    touchpoint = make_touchpoint(organisation, name="Parcel")
    answered(touchpoint, *map(scores, own))
    if elsewhere:
        answered(make_touchpoint(organisation), *map(scores, elsewhere))
    count()
    felt = organisation.today() - timedelta(days=DAYS)
    improvement = make_improvement(touchpoint, state="done", effective_on=felt)

    page = sign_in(make_member(organisation)).get(f"/o/nordlicht/improvements/{improvement.pk}/")

    (panel,) = page.context["proof"].panels
    assert sentence in strip_tags(page.content.decode())
    compared_with = ["Everywhere else, together", "Difference"] if elsewhere else []
    assert [line.name for line in panel.lines] == ["Parcel", *compared_with]
    assert panel.lines[0].before.startswith(f"{10 * own[0][0]}% (")
    assert panel.lines[0].since.startswith(f"{10 * own[1][0]}% (")


def test_says_what_is_missing_for_a_proof(organisation: Organisation, sign_in: SignIn) -> None:
    today = organisation.today()
    touchpoint = make_touchpoint(organisation)
    browser = sign_in(make_member(organisation))

    def page(**fields: object) -> str:
        improvement = make_improvement(touchpoint, **fields)
        return browser.get(f"/o/nordlicht/improvements/{improvement.pk}/").content.decode()

    assert "Enter the day" in page()
    assert "answers are compared with those before" in page(effective_on=today + timedelta(days=1))
    assert "nobody has answered about this touchpoint" in page(effective_on=today)
    given_up = page(effective_on=today, state="dropped")
    assert "work" not in given_up.split("<main")[1]
    answered(touchpoint, {GOOD: 40}, {GOOD: organisation.minimum_n - 1})
    count()
    assert "Too few answers to show" in page(effective_on=today - timedelta(days=DAYS))


def test_says_what_else_was_changed_meanwhile(organisation: Organisation, sign_in: SignIn) -> None:
    touchpoint = make_touchpoint(organisation)
    answered(touchpoint, {BAD: 20}, {GOOD: 20})
    count()
    felt = organisation.today() - timedelta(days=DAYS)
    improvement = make_improvement(touchpoint, effective_on=felt)
    make_improvement(touchpoint, title="New van", effective_on=felt + timedelta(days=3))
    make_improvement(touchpoint, title="Given up", effective_on=felt, state="dropped")
    make_improvement(touchpoint, title="Long ago", effective_on=felt - timedelta(days=DAYS + 5))
    make_improvement(make_touchpoint(organisation), title="Elsewhere", effective_on=felt)
    page = sign_in(make_member(organisation)).get(f"/o/nordlicht/improvements/{improvement.pk}/")
    assert [one.title for one in page.context["proof"].meanwhile] == ["New van"]
    assert "what each did cannot be told apart" in page.content.decode()


def test_a_channel_that_is_too_small_stays_hidden(organisation: Organisation, sign_in: SignIn) -> None:
    touchpoint = make_touchpoint(organisation)
    survey = make_survey(organisation, kinds=["csat"], touchpoint=touchpoint)
    felt = organisation.today() - timedelta(days=DAYS)
    for name, number in (("Phone", 30), ("Shop", 6), ("App", 2)):
        channel = make_channel(organisation, name=name)
        for day in (felt - timedelta(days=1), felt):
            for _answer in range(number):
                make_response(survey, [GOOD], channel=channel, day=day)
    count()
    improvement = make_improvement(touchpoint, effective_on=felt)
    page = sign_in(make_member(organisation)).get(f"/o/nordlicht/improvements/{improvement.pk}/")
    (panel,) = page.context["proof"].panels
    assert [(group.name, group.figure) for group in panel.by_channel] == [
        ("Phone", "100%"),
        ("Shop", "–"),
        ("App", "–"),
    ]


def test_figures_are_for_who_may_read_the_touchpoint(organisation: Organisation, sign_in: SignIn) -> None:
    own, foreign = make_department(organisation), make_department(organisation)
    member, lead = make_member(organisation, Role.MEMBER), make_member(organisation, Role.DEPARTMENT_LEAD, own)
    felt = organisation.today() - timedelta(days=DAYS)
    seen = []
    for responsible, department in ((member, foreign), (lead, foreign), (lead, own)):
        touchpoint = make_touchpoint(organisation, department)
        answered(touchpoint, {BAD: 20}, {GOOD: 20})
        count()
        improvement = make_improvement(touchpoint, responsible=responsible, effective_on=felt)
        page = sign_in(responsible).get(f"/o/nordlicht/improvements/{improvement.pk}/")
        assert page.status_code == 200
        seen.append("CSAT" in page.content.decode())
    assert seen == [False, False, True]
    # What is elsewhere is what else the lead may read: nothing.
    (panel,) = page.context["proof"].panels
    assert len(panel.lines) == 1
