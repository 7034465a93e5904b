from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from common.periods import Period
from organisations.models import Membership, Organisation
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from reports.domain.replies import response_rate
from reports.domain.rollups import count_changed_days
from tests.makers import (
    make_department,
    make_invitation,
    make_member,
    make_response,
    make_survey,
    make_touchpoint,
)


def test_the_rate_is_the_share_of_sent_invitations_that_were_answered(
    organisation: Organisation, other_organisation: Organisation
) -> None:
    own = make_touchpoint(organisation)
    survey = make_survey(organisation, kinds=["nps"], touchpoint=own)
    for number in range(10):
        invitation = make_invitation(survey)
        if number < 8:
            make_response(survey, [9], invitation=invitation)
    with organisation_scope(other_organisation.pk):
        strange = make_survey(other_organisation, kinds=["nps"], touchpoint=make_touchpoint(other_organisation))
        make_response(strange, [9], invitation=make_invitation(strange))
    while count_changed_days():
        pass

    period = Period.preset("30d", today=organisation.today())
    found = response_rate(period, make_member(organisation), today=organisation.today(), minimum=5)
    rate = found.reading
    assert rate.figure is not None
    assert (rate.figure.value, rate.n) == (80, 10)
    assert [rate.figure.low, rate.figure.high] == pytest.approx([49.0, 94.3], abs=0.05)
    assert [point.reading.n for point in found.course if point.reading.n] == [10]

    lead_elsewhere = make_member(organisation, Role.DEPARTMENT_LEAD, make_department(organisation))
    nothing = response_rate(period, lead_elsewhere, today=organisation.today(), minimum=5)
    assert (nothing.reading.n, nothing.is_rising) == (0, False)


@pytest.mark.parametrize(("age", "is_rising"), [(0, True), (6, True), (7, False)])
def test_it_says_where_answers_are_still_coming(
    organisation: Organisation,
    other_organisation: Organisation,
    sign_in: Callable[[Membership], Client],
    age: int,
    is_rising: bool,
) -> None:
    survey = make_survey(organisation, kinds=["nps"], touchpoint=make_touchpoint(organisation))
    day = organisation.today() - timedelta(days=age)
    for _number in range(5):
        make_response(survey, [9], invitation=make_invitation(survey, sent_day=day))
    with organisation_scope(other_organisation.pk):
        make_invitation(make_survey(other_organisation))
    while count_changed_days():
        pass

    browser = sign_in(make_member(organisation))
    sentence = "Answers to the mails of the last 7 days are still coming in."
    assert (sentence in browser.get("/o/nordlicht/").content.decode()) is is_rising
    before = {"period": "custom", "from": str(day - timedelta(40)), "to": str(organisation.today() - timedelta(20))}
    assert sentence not in browser.get("/o/nordlicht/", before).content.decode()
