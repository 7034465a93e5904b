"""Surveys whose answers are never shown one by one: chosen before publishing, kept in every copy, held everywhere."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from organisations.models import Organisation
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from surveys.domain.authoring import update_settings
from surveys.models import Response, Survey
from tests.makers import make_customer, make_invitation, make_member, make_response, make_survey


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
    values = {"name": survey.name, "languages": ["de", "en"], "default_language": "de", "answer_days": 30}
    return values | ({"is_anonymous": "on"} if survey.is_anonymous else {})


def test_the_template_for_employees_is_and_its_copies_are(manager: Client, organisation: Organisation) -> None:
    values = {"name": "Pulse", "languages": ["de", "en"], "default_language": "de"}
    manager.post(url("create", "employees"), values)
    pulse = Survey.objects.get()
    manager.post(url("duplicate", pulse.pk))
    content = manager.get(url("export", pulse.pk)).content
    manager.post(url("from_file"), {"file": SimpleUploadedFile("survey.json", content)})
    assert list(Survey.objects.values_list("is_anonymous", flat=True)) == [True, True, True]
    both = {**json.loads(content), "offers_contact": True}
    told = manager.post(url("from_file"), {"file": SimpleUploadedFile("survey.json", json.dumps(both).encode())})
    assert "offers_contact: who is called back is no longer one of many" in told.content.decode()
    manager.post(url("create", "relationship"), {**values, "name": "Customers"})
    assert not Survey.objects.get(name="Customers").is_anonymous


def test_it_is_chosen_until_the_survey_is_published(manager: Client, organisation: Organisation) -> None:
    manager.post(url("create", "empty"), {"name": "Pulse", "languages": ["de", "en"], "default_language": "de"})
    pulse = Survey.objects.get()
    chosen = {**settings_of(pulse), "is_anonymous": "on"}
    refused = manager.post(url("settings", pulse.pk), {**chosen, "offers_contact": "on"}).content.decode()
    assert "no longer one of many" in refused
    manager.post(url("settings", pulse.pk), chosen)
    pulse.refresh_from_db()
    assert pulse.is_anonymous

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
