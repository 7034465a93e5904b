"""Answers given on the phone, typed in on the sheet that customers see."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from customers.domain.suppression import suppress
from customers.models import Suppression
from organisations.models import AuditEntry, Membership, Organisation, User
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from surveys.domain.telephoning import Call
from surveys.models import Comment, Response, Score, Survey
from tests.makers import make_channel, make_customer, make_invitation, make_member, make_survey, make_touchpoint

SignIn = Callable[[Membership], Client]


@pytest.fixture
def survey(organisation: Organisation, other_organisation: Organisation) -> Survey:
    with organisation_scope(other_organisation.pk):
        make_invitation(make_survey(other_organisation), make_customer(other_organisation, external_id="K1"))
    return make_survey(organisation, touchpoint=make_touchpoint(organisation))


def start(survey: Survey) -> str:
    return reverse("surveys:phone", args=["nordlicht", survey.pk])


def fields(survey: Survey) -> list[str]:
    return [f"q{question.pk}" for question in survey.asked_questions()]


def test_a_customer_who_calls(survey: Survey, organisation: Organisation, sign_in: SignIn) -> None:
    analyst = make_member(organisation, Role.ANALYST)
    client = sign_in(analyst)
    customer = make_customer(organisation, external_id="K7", first_name="Ina", last_name="Petersen")
    suppress(organisation=organisation, email=customer.email, reason=Suppression.Reason.MANUAL)
    channel = make_channel(organisation)
    assert 'value="K7"' in client.get(f"{start(survey)}?customer={customer.pk}").content.decode()
    assert client.post(start(survey), {"customer": "K1"}).status_code == 422
    sheet = client.post(start(survey), {"customer": "K7", "channel": channel.pk})["Location"]
    page = client.get(sheet).content.decode()
    assert "Petersen" in page
    assert "Auf der Sperrliste" in page
    score, text = fields(survey)
    for value in ("9", "1"):
        assert client.post(sheet, {score: value, text: "By phone"}).status_code == 200
    response = Response.objects.get()
    assert (response.way, response.customer, response.channel) == (Response.Way.PHONE, customer, channel)
    assert (response.touchpoint, Score.objects.get().score) == (survey.touchpoint, 9)
    assert Comment.objects.get().customer == customer
    assert [each.actor for each in AuditEntry.objects.filter(action="response.by_phone")] == [analyst.user]


def test_an_open_invitation_is_answered_by_the_call(
    survey: Survey, organisation: Organisation, sign_in: SignIn
) -> None:
    client = sign_in(make_member(organisation, Role.CX_MANAGER))
    customer = make_customer(organisation, external_id="K7")
    invitation = make_invitation(survey, customer)
    sheet = client.post(start(survey), {"customer": "K7"})["Location"]
    assert client.post(sheet, {fields(survey)[0]: "4"}).status_code == 200
    response = Response.objects.get()
    assert (response.invitation, response.way) == (invitation, Response.Way.PHONE)
    assert AuditEntry.objects.filter(action="response.by_phone").count() == 1
    assert "/invited/" not in client.post(start(survey), {"customer": "K7"})["Location"]


def test_who_reads_no_customers_names_none(survey: Survey, organisation: Organisation, sign_in: SignIn) -> None:
    customer = make_customer(organisation, external_id="K7")
    invitation = make_invitation(survey, customer)
    named = sign_in(make_member(organisation, Role.ANALYST)).post(start(survey), {"customer": "K7"})["Location"]
    invitation.delete()
    by_token = sign_in(make_member(organisation, Role.ANALYST)).post(start(survey), {"customer": "K7"})["Location"]
    client = sign_in(make_member(organisation, Role.MEMBER))
    assert 'name="customer"' not in client.get(start(survey)).content.decode()
    assert client.get(named).status_code == 403
    assert client.get(by_token).status_code == 404
    sheet = client.post(start(survey), {"customer": "K7"})["Location"]
    assert client.post(sheet, {fields(survey)[0]: "4"}).status_code == 200
    assert Response.objects.get().customer is None


def test_strange_addresses(survey: Survey, organisation: Organisation, sign_in: SignIn) -> None:
    client = sign_in(make_member(organisation, Role.ADMIN))
    other = make_survey(organisation)
    sheet = client.post(start(survey))["Location"]
    for address in (sheet.replace(f"/{survey.pk}/", f"/{other.pk}/"), sheet[:-3] + "x/"):
        assert client.post(address, {}).status_code == 302
    assert client.get(f"{start(survey)}invited/999999/").status_code == 404
    for ended in ({"closes_on": date(2020, 1, 1)}, {"closes_on": None, "state": Survey.State.CLOSED}):
        Survey.objects.update(**ended)
        assert client.get(start(survey)).status_code == 404
    assert client.post(sheet, {fields(survey)[0]: "4"}).status_code == 410
    assert not Response.objects.exists()


def test_a_customer_on_the_suppression_list_is_marked_in_the_language_of_the_sheet(
    survey: Survey, organisation: Organisation, sign_in: SignIn
) -> None:
    member = make_member(organisation, Role.ADMIN)
    User.objects.filter(pk=member.user_id).update(language="de")
    client = sign_in(member)
    customer = make_customer(organisation, external_id="K8", language="en")
    suppress(organisation=organisation, email=customer.email, reason=Suppression.Reason.BOUNCED)
    sheet = client.post(start(survey), {"customer": "K8"})["Location"]
    assert "On the suppression list (mail came back)" in client.get(f"{sheet}?lang=en").content.decode()
    Suppression.objects.update(reason=Suppression.Reason.PAUSED, until=timezone.now() - timedelta(days=1))
    assert "suppression list" not in client.get(sheet).content.decode(), "the pause is over"


def test_the_form_needs_the_colleagues_own_token(survey: Survey, organisation: Organisation) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_member(organisation, Role.ADMIN).user)
    call = Call.begin(survey=survey, customer=None, channel=None)
    sheet = reverse("surveys:phone_sheet", args=["nordlicht", survey.pk, call.token])
    assert "csrfmiddlewaretoken" in client.get(sheet).content.decode()
    assert client.post(sheet, {fields(survey)[0]: "4"}).status_code == 403


def test_a_survey_whose_last_day_is_over_is_offered_nowhere(
    survey: Survey, organisation: Organisation, sign_in: SignIn
) -> None:
    client = sign_in(make_member(organisation, Role.ADMIN))
    customer = reverse("customers:customer", args=["nordlicht", make_customer(organisation).pk])
    ways = reverse("surveys:ways", args=["nordlicht", survey.pk])
    for closes_on, is_offered in ((organisation.today(), True), (date(2020, 1, 1), False)):
        Survey.objects.update(closes_on=closes_on)
        for page in (customer, ways):
            assert (start(survey) in client.get(page).content.decode()) == is_offered
