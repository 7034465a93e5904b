from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from customers.domain.customer import erase_customer
from customers.models import Customer
from journeys.domain.interaction_files import read_moment
from journeys.domain.interactions import Contact, record_interaction, record_interactions
from journeys.models import Interaction, NewInteractions, Touchpoint
from organisations.domain.boundary import TwoOrganisationsError
from organisations.domain.jobs import run_next_job
from organisations.models import DataSource, Job, JobError, Organisation
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from tests.makers import (
    make_channel,
    make_customer,
    make_department,
    make_interaction,
    make_member,
    make_touchpoint,
)

SignIn = Callable[..., Client]
RECORD = "/o/nordlicht/interactions/"
IMPORT = RECORD + "import/"


@pytest.fixture(autouse=True)
def stranger(other_organisation: Organisation) -> Customer:
    """Another organisation's customer of the same number and address, with a contact at a touchpoint of that name."""
    with organisation_scope(other_organisation.pk):
        customer = make_customer(other_organisation, external_id="K-1", email="ida@example.org")
        touchpoint = make_touchpoint(other_organisation, name="Lieferung")
        make_interaction(touchpoint, customer, channel=make_channel(other_organisation, name="Telefon"))
    return customer


# Recording one


@pytest.mark.parametrize("role", Role)
def test_every_role_records_a_contact(organisation: Organisation, sign_in: SignIn, role: Role) -> None:
    customer = make_customer(organisation, external_id="K-1", email="Ida@Example.org")
    touchpoint = make_touchpoint(organisation)
    channel = make_channel(organisation)
    client = sign_in(make_member(organisation, role))
    data = {"customer": "ida@example.org", "touchpoint": touchpoint.pk, "channel": channel.pk, "at": "2026-03-31T14:05"}
    for _ in range(2):  # a double click
        assert client.post(RECORD, data).status_code == 302
    contact = Interaction.objects.get()
    assert (contact.customer, contact.touchpoint, contact.channel) == (customer, touchpoint, channel)
    assert timezone.localtime(contact.at, organisation.zone).isoformat() == "2026-03-31T14:05:00+02:00"
    note = NewInteractions.objects.get(organisation=organisation)
    assert (note.first, note.last) == (contact.pk, contact.pk)


def test_nothing_is_recorded_of_what_does_not_fit(
    organisation: Organisation, sign_in: SignIn, stranger: Customer
) -> None:
    make_touchpoint(organisation)
    client = sign_in(make_member(organisation, Role.MEMBER))
    tomorrow = (timezone.now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    foreign = {
        "customer": stranger.external_id,
        "touchpoint": stranger.interactions.model.objects.none(),
        "at": tomorrow,
    }
    form = client.post(RECORD, foreign).context["form"]
    assert set(form.errors) == {"customer", "touchpoint", "at"}
    never = {"customer": make_customer(organisation).external_id, "at": "2026-03-29T02:30"}
    form = client.post(RECORD, never | {"touchpoint": make_touchpoint(organisation).pk}).context["form"]
    assert set(form.errors) == {"at"}, "the clock is put forward"
    assert not Interaction.objects.exists()


def test_a_member_learns_no_customers_number_from_an_address(organisation: Organisation, sign_in: SignIn) -> None:
    customer = make_customer(organisation, external_id="K-77")
    make_touchpoint(organisation)
    path = f"{RECORD}?customer={customer.pk}"
    assert "K-77" not in sign_in(make_member(organisation, Role.MEMBER)).get(path).content.decode()
    assert "K-77" in sign_in(make_member(organisation, Role.ANALYST)).get(path).content.decode()


def test_the_same_contact_is_one(organisation: Organisation) -> None:
    customer, touchpoint = make_customer(organisation), make_touchpoint(organisation)
    at = timezone.now() - timedelta(hours=1)
    contacts = [
        Contact(customer.pk, touchpoint.pk, None, at, "order-1"),
        Contact(customer.pk, touchpoint.pk, None, at + timedelta(minutes=1), "order-1"),
        Contact(customer.pk, touchpoint.pk, None, at),
        Contact(customer.pk, touchpoint.pk, None, at),
        Contact(customer.pk, touchpoint.pk, None, at + timedelta(minutes=2)),
    ]
    assert record_interactions(organisation=organisation, contacts=contacts) == 3
    assert record_interactions(organisation=organisation, contacts=contacts) == 0
    assert Interaction.objects.count() == 3
    assert NewInteractions.objects.filter(organisation=organisation).count() == 1


def test_refused_at_the_boundary(organisation: Organisation, stranger: Customer) -> None:
    touchpoint = make_touchpoint(organisation)
    with pytest.raises(TwoOrganisationsError):
        record_interaction(customer=stranger, touchpoint=touchpoint, channel=None, at=timezone.now())
    own = make_customer(organisation)
    for moment in (timezone.now() + timedelta(hours=1), timezone.now() - timedelta(days=20000)):
        with pytest.raises(ValidationError):
            record_interaction(customer=own, touchpoint=touchpoint, channel=None, at=moment)
    assert not Interaction.objects.exists()


def test_erasing_a_customer_leaves_the_contact_without_a_person(organisation: Organisation) -> None:
    customer, other = make_customer(organisation), make_customer(organisation)
    touchpoint = make_touchpoint(organisation)
    make_interaction(touchpoint, customer)
    kept = make_interaction(touchpoint, other)
    erase_customer(customer=customer, actor=make_member(organisation).user)
    assert Interaction.objects.count() == 2
    gone = Interaction.objects.get(customer=None)
    assert (gone.external_id, gone.touchpoint) == ("", touchpoint)
    kept.refresh_from_db()
    assert (kept.customer, bool(kept.external_id)) == (other, True)


def test_a_customers_contacts_newest_first(organisation: Organisation, sign_in: SignIn) -> None:
    customer, touchpoint = make_customer(organisation), make_touchpoint(organisation)
    now = timezone.now()
    made = [make_interaction(touchpoint, customer, at=now - timedelta(hours=(7 * n) % 60)) for n in range(60)]
    make_interaction(touchpoint, make_customer(organisation))
    client = sign_in(make_member(organisation, Role.ANALYST))
    path = f"/o/nordlicht/customers/{customer.pk}/interactions/"
    first = client.get(path).context["page"]
    second = client.get(path, {"after": first.next}).context["page"]
    expected = [contact.pk for contact in sorted(made, key=lambda one: (one.at, one.pk), reverse=True)]
    assert [contact.pk for contact in [*first.rows, *second.rows]] == expected
    assert second.next is None
    assert client.get(path, {"before": second.previous}).context["page"].rows == first.rows


# From a file


GERMAN = (
    "Kundennummer;Touchpoint;Kanal;Datum;Uhrzeit;Vorgang\r\n"
    "K-1;lieferung;E-Mail;31.3.2026;14:05;V-1\r\n"
    "K-2;Lieferung;Telefon;1.4.2026;9:30 Uhr;\r\n"
    "K-2;Lieferung;;2026-04-02;;\r\n"
)


@pytest.fixture
def manager(organisation: Organisation, sign_in: SignIn) -> Client:
    make_customer(organisation, external_id="K-1", email="ida@example.org")
    make_customer(organisation, external_id="K-2", email="bo@example.org")
    make_touchpoint(organisation, name="Lieferung")
    for name in ("E-Mail", "Telefon"):
        make_channel(organisation, name=name)
    return sign_in(make_member(organisation, Role.CX_MANAGER))


def run_import(client: Client, content: str, **choices: str) -> Job:
    response = client.post(IMPORT, {"file": SimpleUploadedFile("kontakte.csv", content.encode())})
    page = str(response.headers["Location"])
    form = client.get(page).context["form"]
    data = {name: str(form[name].value() or "") for name in form.fields} | choices
    response = client.post(page, data)
    assert response.status_code == 302, response.context["form"].errors
    assert run_next_job()
    return Job.objects.latest("pk")


def faults(job: Job) -> list[tuple[int, str, str]]:
    return list(JobError.objects.filter(job=job).order_by("row", "pk").values_list("row", "column", "message"))


def test_a_german_file_is_understood_without_a_choice(organisation: Organisation, manager: Client) -> None:
    job = run_import(manager, GERMAN)
    assert (job.state, job.message_values) == (Job.State.DONE, {"added": 3, "known": 0, "skipped": 0})
    rows = Interaction.objects.order_by("at").values_list("customer__external_id", "touchpoint__name", "channel__name")
    assert list(rows) == [
        ("K-1", "Lieferung", "E-Mail"),
        ("K-2", "Lieferung", "Telefon"),
        ("K-2", "Lieferung", None),
    ]
    moments = [
        timezone.localtime(at, organisation.zone)
        for at in Interaction.objects.order_by("at").values_list("at", flat=True)
    ]
    assert [moment.strftime("%d %H:%M") for moment in moments] == ["31 14:05", "01 09:30", "02 12:00"]
    again = run_import(manager, GERMAN)
    assert again.message_values == {"added": 0, "known": 3, "skipped": 0}


def test_touchpoint_and_channel_for_all_rows_and_the_customer_by_address(
    organisation: Organisation, manager: Client
) -> None:
    source = DataSource.objects.create(
        organisation=organisation, name="Shop", department=make_department(organisation), owner=None
    )
    touchpoint = Touchpoint.objects.get()
    content = "email,timestamp\nIDA@example.org,2026-03-31T12:05:00Z\n"
    job = run_import(manager, content, touchpoint=str(touchpoint.pk), data_source=str(source.pk))
    assert job.message_values == {"added": 1, "known": 0, "skipped": 0}
    contact = Interaction.objects.get()
    assert (contact.customer and contact.customer.external_id, contact.touchpoint) == ("K-1", touchpoint)
    assert contact.at == datetime.fromisoformat("2026-03-31T12:05:00+00:00")
    source.refresh_from_db()
    assert source.row_count == 1


FAULTY = (
    "Kundennummer,Touchpoint,Kanal,Zeitpunkt,Vorgang\n"
    "K-1,Lieferung,Telefon,2026-03-31 14:05,V-1\n"
    "K-9,Lieferung,Telefon,2026-03-31 14:05,\n"
    ",Lieferung,Telefon,2026-03-31 14:05,\n"
    "K-1,Anderswo,Fax,2026-03-31 14:05,\n"
    "K-1,,Telefon,31/3/2026,\n"
    "K-2,Lieferung,Telefon,2999-03-31 14:05,\n"
    "K-2,Lieferung,Telefon,2026-03-31 14:05,V-1\n"
    "K-2,Lieferung\n"
)


def test_each_fault_is_named_at_its_place_and_nothing_is_stored(organisation: Organisation, manager: Client) -> None:
    job = run_import(manager, FAULTY)
    assert job.state == Job.State.FAILED
    assert not Interaction.objects.exists()
    assert [(row, column) for row, column, _message in faults(job)] == [
        (3, "Kundennummer"),
        (4, "Kundennummer"),
        (5, "Touchpoint"),
        (5, "Kanal"),
        (6, "Touchpoint"),
        (6, "Zeitpunkt"),
        (7, "Zeitpunkt"),
        (8, "Vorgang"),
        (9, ""),
    ]
    job = run_import(manager, FAULTY, faulty="skip")
    assert (job.state, job.message_values) == (Job.State.DONE, {"added": 1, "known": 0, "skipped": 7})


def test_columns_must_say_who_where_and_when(organisation: Organisation, manager: Client) -> None:
    response = manager.post(IMPORT, {"file": SimpleUploadedFile("x.csv", b"a,b\n1,2\n")})
    form = manager.post(str(response.headers["Location"]), {"faulty": "stop"}).context["form"]
    assert len(form.non_field_errors()) == 2
    assert "touchpoint" in form.errors


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-31 14:05", "2026-03-31T14:05:00+02:00"),
        ("31.3.2026 14:05:30", "2026-03-31T14:05:30+02:00"),
        ("31.03.26 14.05 Uhr", "2026-03-31T14:05:00+02:00"),
        ("2026-03-31T14:05:00.123+00:00", "2026-03-31T14:05:00.123000+00:00"),
        ("2026-03-31", "2026-03-31T12:00:00+02:00"),
        ("2026-02-30 10:00", None),
        ("2026-03-31 25:00", None),
        ("gestern", None),
        ("", None),
        ("9999-12-31T23:59:59-23:00", None),
    ],
)
def test_moments_as_people_write_them(organisation: Organisation, text: str, expected: str | None) -> None:
    with timezone.override(organisation.zone):
        if expected is None:
            with pytest.raises(ValidationError):
                read_moment(text)
        else:
            assert read_moment(text) == datetime.fromisoformat(expected)
