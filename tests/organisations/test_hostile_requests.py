"""Requests that no page of ours makes, and people who save the same thing at once: a clear answer, never a 500."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import Client
from django.urls import reverse

from journeys.domain.copying import draw_to_be
from journeys.models import Channel, Journey
from organisations.middleware import is_conflict
from organisations.models import DataSource, Department, Membership, Organisation, User
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from tests.makers import make_channel, make_department, make_journey, make_member, make_organisation, make_user
from tests.services import is_somebody_waiting


def address(name: str, *args: int) -> str:
    return reverse(name, args=["nordlicht", *args])


@pytest.mark.parametrize("language", ["fr", "en-gb", "zh-hans", "", "x" * 300])
def test_a_language_the_portal_does_not_speak_is_nobodys(client: Client, db: None, language: str) -> None:
    user = make_user(language="de")
    client.force_login(user)
    assert client.post("/language/", {"language": language}).status_code == 302
    assert User.objects.get(pk=user.pk).language == "de"


def test_nobody_fills_the_disk_with_a_file(client: Client, db: None) -> None:
    """Even who is not signed in could, since the check against forged forms reads the whole form."""
    checked = Client(enforce_csrf_checks=True)
    checked.get("/account/login/")
    for page in ("/account/login/", "/language/"):
        file = {"file": SimpleUploadedFile("x", b"x")}
        assert checked.post(page, file).status_code == 403
        response = checked.post(page, file, CONTENT_LENGTH=str(200 * 2**20))
        assert response.status_code == 400
        assert "Content-Security-Policy" in response


def test_switching_the_language_leads_to_no_other_site(client: Client, db: None) -> None:
    for place in ("//evil.example/", "https://evil.example/", "javascript:alert(1)"):
        response = client.post("/language/", {"language": "de", "next": place}, headers={"referer": place})
        assert response["Location"] == "/"


def test_a_search_for_what_no_text_can_hold_finds_nothing_special(
    organisation: Organisation, sign_in: Callable[..., Client]
) -> None:
    browser = sign_in(make_member(organisation, Role.ADMIN))
    assert browser.get(address("members") + "?search=%00&before=%00&after=9" * 3).status_code == 200


def test_ones_own_membership_elsewhere_is_no_owner_here(
    organisation: Organisation, other_organisation: Organisation, sign_in: Callable[..., Client]
) -> None:
    """Row-level security lets people read their own memberships everywhere."""
    admin = make_member(organisation, Role.ADMIN)
    with organisation_scope(other_organisation.pk):
        elsewhere = Membership.objects.create(organisation=other_organisation, user=admin.user, role=Role.ADMIN)
    department = make_department(organisation)
    data = {"name": "CRM", "department": department.pk, "owner": elsewhere.pk, "freshness_days": 7}
    page = sign_in(admin).post(address("add_data_source"), data)
    assert page.status_code == 422
    assert page.context["form"].errors.keys() == {"owner"}
    assert not DataSource.objects.exists()


@pytest.mark.parametrize("path", ["customers/", "customers/999/", "nothing/", ""])
def test_no_page_of_an_organisation_is_kept_by_a_cache(
    organisation: Organisation, sign_in: Callable[..., Client], path: str
) -> None:
    response = sign_in(make_member(organisation, Role.ADMIN)).get(f"/o/nordlicht/{path}")
    assert {"no-store", "private"} <= set(response["Cache-Control"].split(", "))
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert "unsafe" not in response["Content-Security-Policy"]


@contextmanager
def at_the_same_moment(organisation: Organisation, write: Callable[[], object]) -> Iterator[None]:
    """Somebody else has written, but commits only once the request inside waits for them."""
    written = threading.Event()

    def other() -> None:
        try:
            with organisation_scope(organisation.pk):
                write()
                written.set()
                deadline = time.monotonic() + 30
                while not is_somebody_waiting() and time.monotonic() < deadline:
                    time.sleep(0.01)
        finally:
            written.set()
            connections.close_all()

    thread = threading.Thread(target=other)
    thread.start()
    written.wait()
    try:
        yield
    finally:
        thread.join()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("page", "model"), [("add_department", Department), ("journeys:channels", Channel)])
def test_the_same_name_at_the_same_moment_is_told_kindly(
    client: Client, page: str, model: type[Department | Channel]
) -> None:
    organisation = make_organisation(slug="nordlicht")
    with organisation_scope(organisation.pk):
        client.force_login(make_member(organisation, Role.ADMIN).user)
    with at_the_same_moment(organisation, lambda: model.objects.create(organisation=organisation, name="Service")):
        response = client.post(address(page), {"name": "Service"})
    assert response.status_code == 409
    assert "Somebody was quicker" in response.content.decode()
    with organisation_scope(organisation.pk):
        assert model.objects.filter(name="Service").count() == 1


def test_a_name_taken_between_the_looks_of_form_and_model_is_nobodys_fault(organisation: Organisation) -> None:
    taken = Channel(organisation=organisation, name=make_channel(organisation).name, position=1)
    with pytest.raises(ValidationError) as refusal:
        taken.full_clean()
    assert is_conflict(refusal.value)
    assert not is_conflict(ValidationError("Something else")), "a fault of ours stays one"


@pytest.mark.django_db(transaction=True)
def test_two_to_be_versions_drawn_at_the_same_moment_are_two(client: Client) -> None:
    organisation = make_organisation(slug="nordlicht")
    with organisation_scope(organisation.pk):
        client.force_login(make_member(organisation, Role.CX_MANAGER).user)
        journey = make_journey(organisation, name="Buying")
    with at_the_same_moment(organisation, lambda: draw_to_be(journey=journey, actor=None)):
        assert client.post(address("journeys:to_be", journey.pk)).status_code == 302
    with organisation_scope(organisation.pk):
        names = Journey.objects.filter(as_is=journey).order_by("pk").values_list("name", flat=True)
        assert list(names) == ["Buying – Soll", "Buying – Soll 2"]


@pytest.mark.django_db(transaction=True)
def test_what_was_deleted_at_the_same_moment_is_told_kindly(client: Client) -> None:
    organisation = make_organisation(slug="nordlicht")
    with organisation_scope(organisation.pk):
        client.force_login(make_member(organisation, Role.ADMIN).user)
        department = make_department(organisation)
    with at_the_same_moment(organisation, Department.objects.filter(pk=department.pk).delete):
        response = client.post(address("add_department"), {"name": "Hotline", "parent": department.pk})
    assert response.status_code == 409
    assert "Somebody was quicker" in response.content.decode()
    with organisation_scope(organisation.pk):
        assert not Department.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_what_was_deleted_while_it_was_renamed_is_told_kindly(client: Client) -> None:
    organisation = make_organisation(slug="nordlicht")
    with organisation_scope(organisation.pk):
        client.force_login(make_member(organisation, Role.ADMIN).user)
        channel = make_channel(organisation)
    with at_the_same_moment(organisation, Channel.objects.filter(pk=channel.pk).delete):
        response = client.post(address("journeys:rename_channel", channel.pk), {"name": "Shop"})
    assert response.status_code == 409
    assert "Somebody was quicker" in response.content.decode()
