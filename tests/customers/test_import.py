import io
import resource
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers.domain.columns import Column, guess
from customers.domain.consent import withdraw
from customers.domain.importing import keep_upload
from customers.models import Consent, Customer, UploadedFile, UploadQueue
from customers.tasks import discard_uploads
from organisations.domain.jobs import run_next_job
from organisations.models import DataSource, Job, JobError, Organisation, User
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from tests.makers import make_customer, make_department, make_member

PAGE = "/o/nordlicht/customers/import/"
GERMAN = (
    "Kundennummer;E-Mail;Vorname;Nachname;Anrede;Sprache;Einwilligung;Quelle;Einwilligung vom;Segment\r\n"
    "K-1;ida@example.org;Ida;Müller;Frau;de;ja;Bestellformular;1.3.2026;Familie\r\n"
    "K-2;bo@example.org;Bo;Groß;Herr;en;nein;;;\r\n"
    "K-3;;Cy;Ångström;;;Bestandskunde;Auftrag 17;2025-12-24;Single\r\n"
)


@pytest.fixture
def manager(organisation: Organisation, other_organisation: Organisation, sign_in: Callable[..., Client]) -> Client:
    """Beside a stranger that has customers with the same numbers and addresses."""
    with organisation_scope(other_organisation.pk):
        make_customer(other_organisation, external_id="K-1", email="ida@example.org", first_name="Fremd")
        make_customer(other_organisation, external_id="X-1", email="bo@example.org", first_name="Fremd")
    return sign_in(make_member(organisation, Role.CX_MANAGER))


def upload(client: Client, content: str | bytes, encoding: str = "utf-8") -> str:
    """The address of the mapping page."""
    data = content.encode(encoding) if isinstance(content, str) else content
    response = client.post(PAGE, {"file": SimpleUploadedFile("kunden.csv", data)})
    assert response.status_code == 302, response.context["form"].errors
    return str(response.headers["Location"])


def run_import(client: Client, content: str | bytes, encoding: str = "utf-8", **choices: str) -> Job:
    """Upload, take the guessed meanings but for ``choices``, and let the worker do it."""
    page = upload(client, content, encoding)
    form = client.get(page).context["form"]
    data = {name: str(form[name].value() or "") for name in form.fields} | choices
    response = client.post(page, data)
    assert response.status_code == 302, response.context["form"].errors
    assert run_next_job()
    return Job.objects.latest("pk")


def faults(job: Job) -> list[tuple[int, str, str]]:
    return list(JobError.objects.filter(job=job).order_by("row", "pk").values_list("row", "column", "message"))


def snapshot() -> list[object]:
    return [*Customer.objects.order_by("pk").values(), *Consent.objects.order_by("pk").values()]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_german_file_is_understood_without_a_choice(
    organisation: Organisation, manager: Client, encoding: str
) -> None:
    job = run_import(manager, GERMAN, encoding)
    assert (job.state, job.message_values) == (
        Job.State.DONE,
        {"added": 3, "changed": 0, "unchanged": 0, "skipped": 0},
    )
    ida, bo, cy = Customer.objects.with_obstacle().order_by("external_id")
    assert (ida.email, ida.first_name, ida.last_name) == ("ida@example.org", "Ida", "Müller")
    assert (ida.salutation, ida.language, ida.attributes) == ("ms", "de", {"Segment": "Familie"})
    assert (bo.salutation, bo.language, bo.attributes, bo.obstacle) == ("mr", "en", {}, "no_legal_basis")
    assert (cy.language, cy.legal_basis, cy.obstacle) == (organisation.language, "existing_customer", "no_address")
    consent = ida.consents.get()
    assert (consent.basis, consent.source) == ("consent", "Bestellformular")
    assert organisation.day_of(consent.given_at) == date(2026, 3, 1)
    assert not UploadedFile.objects.exists()
    assert Job.objects.get(pk=job.pk).file is None


def test_the_same_file_twice_changes_nothing(organisation: Organisation, manager: Client) -> None:
    run_import(manager, GERMAN)
    before = snapshot()
    job = run_import(manager, GERMAN)
    assert job.message_values == {"added": 0, "changed": 0, "unchanged": 3, "skipped": 0}
    assert snapshot() == before


def test_known_customers_change_in_the_chosen_columns_only(organisation: Organisation, manager: Client) -> None:
    run_import(manager, GERMAN)
    job = run_import(manager, "Kundennummer,Nachname,Tarif\nK-1,Meyer,Plus\nK-2,,\nK-9,Neu,\n")
    assert job.message_values == {"added": 1, "changed": 2, "unchanged": 0, "skipped": 0}
    ida, bo = Customer.objects.filter(external_id__in=["K-1", "K-2"]).order_by("external_id")
    assert (ida.last_name, ida.first_name, ida.email) == ("Meyer", "Ida", "ida@example.org")
    assert ida.attributes == {"Segment": "Familie", "Tarif": "Plus"}
    assert (bo.last_name, bo.language, bo.attributes) == ("", "en", {})
    assert Customer.objects.matching("meyer").get() == ida


def test_a_withdrawn_consent_is_not_brought_back(organisation: Organisation, manager: Client) -> None:
    run_import(manager, GERMAN)
    withdraw(consent=Consent.objects.get(basis="consent"))
    run_import(manager, GERMAN.replace("Bestellformular", "Webshop"))
    assert Customer.objects.with_legal_basis().get(external_id="K-1").legal_basis == ""


def test_a_legal_basis_for_all_rows(organisation: Organisation, manager: Client) -> None:
    job = run_import(
        manager,
        "id,email\n1,a@example.org\n2,b@example.org\n",
        basis="existing_customer",
        source="ERP",
        given_on="2026-01-31",
    )
    assert job.state == Job.State.DONE
    assert Customer.objects.askable().count() == 2
    assert {consent.source for consent in Consent.objects.all()} == {"ERP"}


FAULTY = (
    "Kundennummer;E-Mail;Anrede;Sprache;Einwilligung;Quelle;Einwilligung vom;Segment\n"
    "K-1;ida@example.org;Frau;de;ja;Formular;1.3.2026;A\n"
    ";x@example.org;Frau;de;;;;A\n"
    "K-3;no address;Frau;de;;;;A\n"
    "K-4;d@example.org;Dr.;fr;;;;A\n"
    "K-5;e@example.org;;;ja;;;A\n"
    "K-6;f@example.org;;;ja;Formular;31.2.2026;A\n"
    "K-7;g@example.org;;;ja;Formular;3/4/2026;A\n"
    "K-1;h@example.org;;;;;;A\n"
    "K-9;IDA@example.org;;;;;;A\n"
    "K-10;taken@example.org;;;;;;A\n"
    f"K-11;k@example.org;;;;;;{'x' * 501}\n"
    "K-12;l@example.org\n"
    "K-13;m@example.org;;;;;;A\x00\n"
    "\n"
    "K-15;n@example.org;;;vielleicht;;;A\n"
)
FAULTS = [
    (3, "Kundennummer", "The customer number is missing."),
    (4, "E-Mail", "Enter a valid email address."),
    (5, "Anrede", "Neither “Ms” (“Frau”) nor “Mr” (“Herr”)."),
    (5, "Sprache", "Neither German (de) nor English (en)."),
    (6, "Quelle", "There is a legal basis, but not how it was given."),
    (6, "Einwilligung vom", "There is a legal basis, but not its date."),
    (7, "Einwilligung vom", "Not a date such as 2024-03-31 or 31.3.2024."),
    (8, "Einwilligung vom", "Not a date such as 2024-03-31 or 31.3.2024."),
    (9, "Kundennummer", "Stands in row 2 already."),
    (10, "E-Mail", "Stands in row 2 already."),
    (11, "E-Mail", "Another customer has this address."),
    (12, "Segment", "Longer than 500 characters."),
    (13, "", "Has 2 cells; the header has 8."),
    (14, "Segment", "Holds a character that can't be read."),
    (16, "Einwilligung", "Neither “consent” nor “existing customer”, nor empty."),
]


def test_faulty_rows_stop_the_import_and_are_named(organisation: Organisation, manager: Client) -> None:
    make_customer(organisation, external_id="OLD", email="Taken@example.org")
    before = snapshot()
    job = run_import(manager, FAULTY)
    assert (job.state, job.error_count, job.message_values) == (Job.State.FAILED, 15, {"rows": 13, "total": 14})
    assert faults(job) == FAULTS
    assert snapshot() == before


def test_what_an_import_says_fits_its_numbers(organisation: Organisation, manager: Client) -> None:
    job = run_import(manager, "Kundennummer;E-Mail\n" + "K-1\n" * 1234)
    page = manager.get(f"/o/nordlicht/jobs/{job.pk}/").content.decode()
    assert "Faulty rows: 1,234 of 1,234. Nothing has been imported." in page
    assert "<h2>1,234 faults</h2>" in page
    assert "Has 1 cell; the header has 2." in page


def test_faulty_rows_can_be_left_out(organisation: Organisation, manager: Client) -> None:
    make_customer(organisation, external_id="OLD", email="Taken@example.org")
    job = run_import(manager, FAULTY, faulty="skip")
    assert job.state == Job.State.DONE
    assert job.message_values == {"added": 1, "changed": 0, "unchanged": 0, "skipped": 13}
    assert faults(job) == FAULTS
    assert set(Customer.objects.values_list("external_id", flat=True)) == {"OLD", "K-1"}


def test_faults_are_told_in_the_language_of_who_asked(organisation: Organisation, manager: Client) -> None:
    User.objects.update(language="de")
    page = upload(manager, "Kundennummer;E-Mail\n1;x\n")
    form = manager.get(page).context["form"]
    manager.post(page, {name: str(form[name].value() or "") for name in form.fields})
    assert run_next_job()
    assert "E-Mail-Adresse" in faults(Job.objects.latest("pk"))[0][2]


def test_broken_characters_of_a_utf8_file_are_found_at_their_row(organisation: Organisation, manager: Client) -> None:
    content = "Kundennummer,Nachname\n1,Müller\n2,Jäger\n".encode() + b"3,Gr\xfcn\n"
    job = run_import(manager, content)
    assert faults(job) == [(4, "Nachname", "Holds a character that can't be read.")]


def test_formulas_stay_text(organisation: Organisation, manager: Client) -> None:
    run_import(manager, 'Kundennummer,Nachname,Note\n=1+1,"=HYPERLINK(""http://x"")",@SUM(1)\n<b>,<script>,\'; DROP\n')
    assert list(Customer.objects.order_by("pk").values_list("external_id", "last_name", "attributes")) == [
        ("=1+1", '=HYPERLINK("http://x")', {"Note": "@SUM(1)"}),
        ("<b>", "<script>", {"Note": "'; DROP"}),
    ]
    assert "<script>" not in manager.get("/o/nordlicht/customers/").content.decode().split("<main", 1)[1]
    job = run_import(manager, "Kundennummer,=E-Mail,E-Mail\n1,a,b\n")
    lines = manager.get(f"/o/nordlicht/jobs/{job.pk}/faults.csv").content.decode()
    assert "\n=" not in lines
    assert ",=" not in lines


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The submitted file is empty."),
        (b"  \n \n", "The file is empty."),
        (b"PK\x03\x04rest", "This is a workbook, not a CSV file."),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x01\x00", "This is not a text file."),
        (b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>", "This is not a text file."),
        (b"\xff\xfea", "The file is damaged"),
        (b",".join([b"c"] * 201) + b"\n", "The file has more than 200 columns."),
        (b'number;name\n1;"' + b"x" * 140_000, "Row 2 can&#x27;t be read: is a quotation mark missing?"),
    ],
)
def test_what_is_no_csv_file_is_refused_at_once(
    organisation: Organisation, manager: Client, content: bytes, message: str
) -> None:
    page = manager.post(PAGE, {"file": SimpleUploadedFile("kunden.csv", content)}).content.decode()
    assert message in page
    assert not UploadedFile.objects.exists()


def test_a_header_with_broken_characters_does_no_harm(organisation: Organisation, manager: Client) -> None:
    job = run_import(manager, "Kundennummer;Größe;St\x00adt;Stra".encode() + b"\xdfe\n1;\xc3\xa4;b;c\n")
    assert (job.state, job.error_count) == (Job.State.DONE, 0)
    assert Customer.objects.get().attributes == {"Größe": "ä", "St\ufffdadt": "b", "Stra\ufffde": "c"}


def test_a_header_alone_is_no_import(organisation: Organisation, manager: Client) -> None:
    job = run_import(manager, "Kundennummer,E-Mail\n")
    assert (job.state, job.message) == (Job.State.FAILED, "The file has a header, but no rows.")


def test_choices_that_contradict_each_other_are_refused_where_they_stand(
    organisation: Organisation, manager: Client
) -> None:
    page = upload(manager, "Nummer,Mail,Wert,Wert\n1,a@example.org,x,y\n")
    choices = {"column_0": "", "column_1": "email", "column_2": "attribute", "column_3": "attribute"}
    html = manager.post(page, {**choices, "faulty": "stop", "basis": "consent"}).content.decode()
    assert "Choose the column that holds the customer number" in html
    assert "Two columns have this name" in html
    assert "how was it given?" in html
    assert "when was it given?" in html
    html = manager.post(page, {**choices, "column_1": "external_id", "column_0": "external_id"}).content.decode()
    assert "Chosen more than once." in html
    assert not Job.objects.exists()


def test_an_upload_is_its_uploader_s_and_can_be_discarded(
    organisation: Organisation, manager: Client, sign_in: Callable[..., Client]
) -> None:
    page = upload(manager, GERMAN)
    manager.post(f"{page}discard/")
    assert not UploadedFile.objects.exists()
    page = upload(manager, GERMAN)
    colleague = sign_in(make_member(organisation, Role.ADMIN))
    assert colleague.get(page).status_code == 404


def test_the_data_source_is_noted_as_refreshed(organisation: Organisation, manager: Client) -> None:
    source = DataSource.objects.create(organisation=organisation, name="ERP", department=make_department(organisation))
    run_import(manager, GERMAN, data_source=str(source.pk))
    source.refresh_from_db()
    assert source.row_count == 3
    assert source.refreshed_at is not None


def test_a_data_source_of_a_stranger_is_no_choice(
    organisation: Organisation, manager: Client, other_organisation: Organisation
) -> None:
    DataSource.objects.create(organisation=organisation, name="ERP", department=make_department(organisation))
    with organisation_scope(other_organisation.pk):
        source = DataSource.objects.create(
            organisation=other_organisation, name="CRM", department=make_department(other_organisation)
        )
    page = upload(manager, GERMAN)
    assert manager.post(page, {"data_source": source.pk}).context["form"].errors["data_source"]


def test_headers_are_recognised() -> None:
    assert guess(["Kunden-Nr.", "E-Mail-Adresse", "Familienname", "Einwilligung über", "PLZ", ""]) == [
        Column.NUMBER,
        Column.EMAIL,
        Column.LAST_NAME,
        Column.SOURCE,
        Column.ATTRIBUTE,
        Column.IGNORED,
    ]
    assert guess(["Nr."]) == guess(["Number"]) == [Column.NUMBER]
    assert guess(["Customer ID", "Email", "Mail", "First Name", "Consent date"]) == [
        Column.NUMBER,
        Column.EMAIL,
        Column.ATTRIBUTE,
        Column.FIRST_NAME,
        Column.GIVEN_ON,
    ]


def test_many_rows_cost_little_memory_and_few_statements(organisation: Organisation, manager: Client) -> None:
    rows = 20_000
    content = io.StringIO()
    content.write("Kundennummer;E-Mail;Vorname;Nachname;Segment\n")
    for number in range(rows):
        content.write(f"K{number};person{number}@example.org;Kim;Berg {number};Familie\n")
    file = content.getvalue().encode()
    page = upload(manager, file)
    form = manager.get(page).context["form"]
    manager.post(page, {name: str(form[name].value() or "") for name in form.fields})
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with CaptureQueriesContext(connection) as queries:
        assert run_next_job()
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    assert Job.objects.latest("pk").message_values["added"] == rows
    assert Customer.objects.count() == rows
    inserts = [query for query in queries.captured_queries if "INSERT INTO customers_customer" in query["sql"]]
    assert len(inserts) == 1
    # A look into the database and a progress report for each thousand rows, and a fixed number around them.
    assert len(queries) < 20 * 20
    assert grown < len(file) * 4 + 32 * 2**20


def test_uploads_left_lying_are_thrown_away_in_every_organisation(
    organisation: Organisation, other_organisation: Organisation, manager: Client
) -> None:
    upload(manager, GERMAN)
    with organisation_scope(other_organisation.pk):
        keep_upload(organisation=other_organisation, name="x.csv", content=b"x", user=User.objects.all()[0])
    assert UploadQueue.objects.filter(due_at__gt=timezone.now() + timedelta(hours=23)).count() == 2
    UploadQueue.objects.update(due_at=timezone.now())
    page = upload(manager, GERMAN)
    discard_uploads()
    assert UploadedFile.objects.count() == 1
    assert manager.get(page).status_code == 200
    with organisation_scope(other_organisation.pk):
        assert not UploadedFile.objects.exists()
