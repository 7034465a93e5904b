"""Whatever a form makes, a double click makes once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse

from organisations.models import AuditEntry, Organisation
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from surveys.domain.authoring import duplicate
from surveys.models import Campaign, Entrance, Question, Reminder, Survey, Trigger
from tests.makers import make_entrance, make_member, make_organisation, make_survey, make_touchpoint


@pytest.fixture
def manager(organisation: Organisation, sign_in: Callable[..., Client]) -> Client:
    return sign_in(make_member(organisation, Role.CX_MANAGER))


@pytest.fixture
def stranger(other_organisation: Organisation) -> Survey:
    with organisation_scope(other_organisation.pk):
        survey = make_survey(other_organisation, name="Of strangers")
        make_entrance(survey)
        return survey


def url(name: str, *args: Any) -> str:
    return reverse(f"surveys:{name}", args=["nordlicht", *args])


def key(page: Any, name: str = "form") -> str:
    return str(page.context[name]["form_key"].value())


def test_a_new_survey(manager: Client, organisation: Organisation, stranger: Survey) -> None:
    page = url("create", "delivery")
    values = {"name": "Parcel", "languages": ["de"], "default_language": "de", "form_key": key(manager.get(page))}
    first = manager.post(page, values).headers["Location"]
    assert manager.post(page, values).headers["Location"] == first
    assert Survey.objects.count() == 1
    assert len({survey.form_key for survey in Survey.objects.all()} | {stranger.form_key}) == 2
    assert manager.post(page, values | {"name": "Letter"}).headers["Location"] != first, "filled in otherwise"
    assert list(Survey.objects.order_by("pk").values_list("name", flat=True)) == ["Parcel", "Letter"]
    assert key(manager.get(page)) != values["form_key"]


def test_a_copy_and_a_survey_from_a_file(manager: Client, organisation: Organisation, stranger: Survey) -> None:
    survey = make_survey(organisation, name="Parcel")
    values = {"form_key": key(manager.get(url("edit", survey.pk)), "button")}
    first = manager.post(url("duplicate", survey.pk), values).headers["Location"]
    assert manager.post(url("duplicate", survey.pk), values).headers["Location"] == first
    assert Survey.objects.count() == 2
    content = manager.get(url("export", survey.pk)).content
    values = {"form_key": key(manager.get(url("from_file")))}
    for _click in range(2):
        manager.post(url("from_file"), {**values, "file": SimpleUploadedFile("survey.json", content)})
    assert Survey.objects.count() == 3
    manager.post(url("from_file"), {**values, "file": SimpleUploadedFile("other.json", content)})
    assert Survey.objects.count() == 4


def test_a_question(manager: Client, organisation: Organisation, stranger: Survey) -> None:
    survey = make_survey(organisation, kinds=["nps"])
    values = {"kind": "matrix", "form_key": key(manager.get(url("edit", survey.pk)), "button")}
    first = manager.post(url("add_question", survey.pk), values).headers["Location"]
    assert manager.post(url("add_question", survey.pk), values).headers["Location"] == first
    assert survey.questions.filter(kind="matrix").count() == 1
    manager.post(url("add_question", survey.pk), values | {"kind": "text"})
    assert survey.questions.filter(kind="text").count() == 1


def test_a_trigger(manager: Client, organisation: Organisation, stranger: Survey) -> None:
    survey, touchpoint = make_survey(organisation), make_touchpoint(organisation)
    values: dict[str, Any] = {"survey": survey.pk, "touchpoint": touchpoint.pk, "share": 50}
    values |= {"delay_number": 1, "delay_unit": 60}
    values["form_key"] = key(manager.get(url("new_trigger")))
    first = manager.post(url("new_trigger"), values).headers["Location"]
    assert manager.post(url("new_trigger"), values).headers["Location"] == first
    assert Trigger.objects.count() == 1
    assert AuditEntry.objects.filter(action="trigger.created").count() == 1
    assert manager.post(url("new_trigger"), values | {"share": 60}).headers["Location"] != first
    trigger = Trigger.objects.get(share=50)
    manager.post(url("edit_trigger", trigger.pk), values | {"share": 70})
    assert set(Trigger.objects.values_list("share", flat=True)) == {60, 70}, "changing makes none"


def test_a_way_in(manager: Client, organisation: Organisation, stranger: Survey) -> None:
    page = url("new_entrance", make_survey(organisation).pk, "link")
    values = {"name": "Receipts", "form_key": key(manager.get(page))}
    first = manager.post(page, values).headers["Location"]
    assert manager.post(page, values).headers["Location"] == first
    assert Entrance.objects.count() == 1
    assert AuditEntry.objects.filter(action="entrance.created").count() == 1


def test_a_reminder(manager: Client, organisation: Organisation, stranger: Survey) -> None:
    page = url("new_reminder", make_survey(organisation).pk)
    words = {f"{name}_{language}": "Still there?" for name in ("subject", "text") for language in ("de", "en")}
    for _click in range(2):
        assert manager.post(page, {"days": 4, **words}).status_code == 302
    assert Reminder.objects.count() == 1
    assert AuditEntry.objects.filter(action="reminder.added").count() == 1
    other = manager.post(page, {"days": 4, **words, "text_en": "Another"})
    assert "There is a reminder on this day already." in other.content.decode()


def test_a_damaged_key_is_told_and_replaced(manager: Client, organisation: Organisation, stranger: Survey) -> None:
    survey = make_survey(organisation)
    values = {"survey": survey.pk, "name": "Autumn", "selection": "everyone", "form_key": "x' OR 1"}
    answer = manager.post(url("new_campaign"), values)
    assert "This form came back damaged." in answer.content.decode()
    assert not Campaign.objects.exists()
    manager.post(url("new_campaign"), values | {"form_key": key(answer)})
    assert Campaign.objects.count() == 1
    for page, more in ((url("duplicate", survey.pk), {}), (url("add_question", survey.pk), {"kind": "nps"})):
        told = manager.post(page, {"form_key": "x", **more}, follow=True).content.decode()
        assert "This form came back damaged." in told
    assert (Survey.objects.count(), Question.objects.filter(survey=survey).count()) == (1, 2)


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_the_same_moment() -> None:
    organisation, stranger, form_key = make_organisation(), make_organisation(), uuid4()
    with organisation_scope(stranger.pk):
        duplicate(survey=make_survey(stranger), form_key=form_key)
    with organisation_scope(organisation.pk):
        survey = make_survey(organisation)
    start = threading.Barrier(3)

    def click(_number: int) -> int:
        try:
            start.wait()
            with organisation_scope(organisation.pk):
                return duplicate(survey=survey, form_key=form_key).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        assert len(set(pool.map(click, range(3)))) == 1
    with organisation_scope(organisation.pk):
        assert Survey.objects.count() == 2
