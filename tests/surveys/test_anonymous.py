"""Surveys whose answers are never shown one by one: chosen before publishing, kept in every copy, held everywhere."""

import json
from collections.abc import Callable
from email import message_from_bytes, policy
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from customers.models import Customer
from organisations.models import Organisation
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from surveys.documents import Document
from surveys.domain.authoring import update_settings
from surveys.domain.campaigns import create_campaign
from surveys.links import answer_token, entrance_path
from surveys.mails import Stationery
from surveys.models import ReminderMail, Response, Survey
from tests.makers import (
    make_customer,
    make_entrance,
    make_invitation,
    make_member,
    make_response,
    make_survey,
    make_touchpoint,
    make_trigger,
)


@pytest.fixture
def manager(organisation: Organisation, sign_in: Callable[..., Client]) -> Client:
    return sign_in(make_member(organisation, Role.CX_MANAGER))


@pytest.fixture(autouse=True)
def stranger(other_organisation: Organisation) -> Response:
    with organisation_scope(other_organisation.pk):
        return make_response(make_survey(other_organisation, is_anonymous=True), [1, "Of a stranger"])


def url(name: str, *args: Any) -> str:
    return reverse(f"surveys:{name}", args=["nordlicht", *args])


def settings_of(survey: Survey) -> dict[str, Any]:
    values = {
        "name": survey.name,
        "type": survey.type,
        "languages": ["de", "en"],
        "default_language": "de",
        "answer_days": 30,
    }
    return values | ({"is_anonymous": "on"} if survey.is_anonymous else {})


def test_the_template_for_employees_is_and_its_copies_are(manager: Client, organisation: Organisation) -> None:
    values = {"name": "Pulse", "languages": ["de", "en"], "default_language": "de"}
    manager.post(url("create", "employees"), values)
    pulse = Survey.objects.get()
    manager.post(url("duplicate", pulse.pk))
    content = manager.get(url("export", pulse.pk)).content
    manager.post(url("from_file"), {"file": SimpleUploadedFile("survey.json", content)})
    assert list(Survey.objects.values_list("is_anonymous", "type")) == [(True, "employees")] * 3
    assert manager.post(url("publish", pulse.pk)).status_code == 302
    assert Survey.objects.filter(state="live").exists(), "its scores count for no touchpoint, so it needs none"
    both = {**json.loads(content), "offers_contact": True}
    told = manager.post(url("from_file"), {"file": SimpleUploadedFile("survey.json", json.dumps(both).encode())})
    assert "offers_contact: who is called back is no longer one of many" in told.content.decode()
    manager.post(url("create", "relationship"), {**values, "name": "Customers"})
    customers = Survey.objects.get(name="Customers")
    assert (customers.is_anonymous, customers.type) == (False, "relationship")


def test_it_is_chosen_until_the_survey_is_published(manager: Client, organisation: Organisation) -> None:
    manager.post(url("create", "empty"), {"name": "Pulse", "languages": ["de", "en"], "default_language": "de"})
    pulse = Survey.objects.get()
    chosen = {**settings_of(pulse), "is_anonymous": "on"}
    refused = manager.post(url("settings", pulse.pk), {**chosen, "offers_contact": "on"}).content.decode()
    assert "no longer one of many" in refused
    manager.post(url("settings", pulse.pk), {**chosen, "type": "employees"})
    pulse.refresh_from_db()
    assert (pulse.is_anonymous, pulse.type) == (True, "employees")

    published = make_survey(organisation, is_anonymous=True)
    manager.post(url("settings", published.pk), {**settings_of(published), "is_anonymous": "", "quota": 7})
    published.refresh_from_db()
    assert (published.is_anonymous, published.quota) == (True, 7)
    with pytest.raises(ValueError, match="is_anonymous"):
        update_settings(
            survey=published,
            name="Pulse",
            languages=["de"],
            default_language="de",
            type=Survey.Type.EMPLOYEES,
            touchpoint=None,
            answer_days=30,
            is_anonymous=False,
        )


def test_nobody_reads_a_sheet_nor_takes_one_out(manager: Client, organisation: Organisation) -> None:
    survey = make_survey(organisation, is_anonymous=True)
    employee = make_customer(organisation, last_name="Ahrens")
    invitation = make_invitation(survey, customer=employee)
    sheet = make_response(survey, [3, "My boss"], invitation=invitation, customer=employee)
    choice = {"decision": "set-aside", "sheet": sheet.pk}
    assert manager.post(url("decide_set_aside", survey.pk), choice).status_code == 404
    assert manager.get(url("set_aside", survey.pk) + "?part=counted").context["sheets"] == []
    Response.objects.update(set_aside=Response.SetAside.TOO_FAST)
    shown = manager.get(url("set_aside", survey.pk)).content.decode()
    assert "answered faster than anyone reads" in shown
    assert "My boss" not in shown
    assert "Ahrens" not in shown
    for page in (url("phone", survey.pk), url("phone_invited", survey.pk, invitation.pk)):
        assert manager.get(page).status_code == 404


def test_nobody_sees_who_has_answered(manager: Client, organisation: Organisation) -> None:
    survey = make_survey(organisation, is_anonymous=True)
    employee = make_customer(organisation, last_name="Ahrens")
    campaign = create_campaign(survey=survey, name="Autumn", selection="everyone")
    trigger = make_trigger(survey, make_touchpoint(organisation))
    for asked in (campaign, trigger):
        where: dict[str, Any] = {"campaign": asked} if asked is campaign else {"trigger": asked}
        invitation = make_invitation(survey, employee, opened_at=timezone.now(), **where)
        make_response(survey, [3, "My boss"], invitation=invitation, customer=employee)
        reminded = {"invitation": invitation, "number": 1, "state": "not_sent", "reason": "answered"}
        ReminderMail.objects.create(organisation=organisation, **reminded)
    campaign.state = campaign.State.SENT
    campaign.save()
    pages = {
        url("invitations", campaign.pk): "Nobody is shown who has answered",
        url("decisions", trigger.pk): "Nobody is shown who has answered",
        url("reminder_mails", survey.pk): "Nobody is shown who has answered",
        url("campaign", campaign.pk): "how many answered is not shown",
        reverse("customers:customer", args=["nordlicht", employee.pk]): "not shown",
    }
    for page, said in pages.items():
        shown = manager.get(page).content.decode()
        assert said in shown, page
        for told in ("Answered</th>", ": answered meanwhile", "not reminded", "Begun"):
            assert told not in shown or (told == "Answered</th>" and "customers" in page), (page, told)
    row = manager.get(url("trigger", trigger.pk)).content.decode()
    assert '<td data-label="Answered" class="r num">–</td>' in row


@pytest.mark.parametrize("is_anonymous", [True, False])
def test_the_mail_and_the_page_say_what_holds(organisation: Organisation, client: Client, is_anonymous: bool) -> None:
    survey = make_survey(organisation, is_anonymous=is_anonymous)
    document = Document.of_version(survey.versions.get())
    said = "bekommt zu sehen, was Sie antworten"
    invitation = make_invitation(survey)
    customer = Customer.objects.with_legal_basis().get()
    ready = Stationery(organisation).mail(invitation, document, customer)
    mail = message_from_bytes(ready.content, policy=policy.default)
    bodies = [" ".join(part.get_content().split()) for part in mail.iter_parts()]
    bodies.append(client.get(f"/r/{answer_token(organisation.pk, invitation.pk)}").content.decode())
    for body in bodies:
        assert (said in body, "Ihr Link gehört nur Ihnen" in body) == (is_anonymous, is_anonymous)
    open_page = client.get(entrance_path(organisation.pk, make_entrance(survey).pk)).content.decode()
    assert (said in open_page, "Ihr Link gehört nur Ihnen" in open_page) == (is_anonymous, False)
