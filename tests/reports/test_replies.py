import pytest

from common.periods import Period
from organisations.models import Organisation
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
    rate, course = response_rate(period, make_member(organisation), minimum=5)

    assert rate.figure is not None
    assert (rate.figure.value, rate.n) == (80, 10)
    assert [rate.figure.low, rate.figure.high] == pytest.approx([49.0, 94.3], abs=0.05)
    assert [point.reading.n for point in course if point.reading.n] == [10]

    lead_elsewhere = make_member(organisation, Role.DEPARTMENT_LEAD, make_department(organisation))
    assert response_rate(period, lead_elsewhere, minimum=5)[0].n == 0
