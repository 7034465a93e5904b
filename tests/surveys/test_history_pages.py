"""Bringing earlier answers on the pages, from the file through guesses and check to the job, and back."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from organisations.domain.jobs import run_next_job
from organisations.models import Job, Membership, Organisation
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from surveys.domain.history import keep_file
from surveys.domain.mapping import Mapping
from surveys.models import HistoryImport, HistoryQueue, Response, Survey
from surveys.tasks import discard_files
from tests.makers import make_channel, make_department, make_member, make_touchpoint
from tests.surveys.test_history import FILE, MAPPING

SignIn = Callable[[Membership], Client]
PAGE = "/o/nordlicht/surveys/history/"
REASON = "Weil ich so lange gewartet habe in Stunden"
ANSWERS = "Kundennummer,Kanal,Klasse,Datum,NPS,Parcel,Warten,Grund\n" + "".join(
    f"K{n},Phone,{'Eco' if n % 2 else 'Business'},2024-03-{n:02},{n},{n % 6},{n % 7 + 1},{REASON} {n}\n"
    for n in range(1, 12)
)


@pytest.fixture
def manager(organisation: Organisation, other_organisation: Organisation, sign_in: SignIn) -> Client:
    with organisation_scope(other_organisation.pk):
        keep_file(organisation=other_organisation, name="fremd.csv", content=FILE.encode(), mapping=MAPPING, user=None)
        make_touchpoint(other_organisation, name="Strange touchpoint")
    make_department(organisation, name="Service")
    make_channel(organisation, name="Phone")
    make_touchpoint(organisation, name="Parcel")
    return sign_in(make_member(organisation, Role.CX_MANAGER))


def upload(client: Client, content: str = ANSWERS, mapping: str = "") -> str:
    """The address of the page that follows."""
    files: dict[str, Any] = {"file": SimpleUploadedFile("Umfrage_2024.csv", content.encode())}
    if mapping:
        files["mapping"] = SimpleUploadedFile("m.toml", mapping.encode())
    response = client.post(PAGE, files)
    assert response.status_code == 302, response.context["form"].errors
    return str(response.headers["Location"])


def filled_in(client: Client, page: str, **choices: str) -> dict[str, str]:
    """What a browser would send for the form as it is shown, but for ``choices``."""
    form = client.get(page).context["form"]
    data = {}
    for each in (form, *form.columns):
        for field in each:
            value = field.value()
            if value not in (None, "", False):
                data[field.html_name] = "on" if value is True else str(value)
    return data | choices


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_a_file_is_understood_checked_imported_and_removed(organisation: Organisation, manager: Client) -> None:
    page = upload(manager)
    data = filled_in(manager, page, department="Service", name="Früher", **{"c1-use": "channel"})
    uses = [data.get(f"c{number}-use", "") for number in range(8)]
    assert uses == ["key", "channel", "attribute", "date", "nps", "csat", "rating", "text"]
    assert (data["c4-subtract"], data["c5-not_applicable"], data["c6-hi"]) == ("1", "0", "7")

    check = manager.post(page, data).headers["Location"]
    shown = text(manager.get(check))
    assert "All rows are right." in shown
    assert "Strange" not in shown
    assert not Survey.objects.exists()
    job_page = manager.post(check, {"faulty": "stop"}).headers["Location"]
    assert run_next_job()
    assert "Answer sheets of “Früher”: 11." in text(manager.get(job_page))
    assert (Response.objects.count(), Survey.objects.get().name) == (11, "Früher")

    history = HistoryImport.objects.get()
    assert history.content is None
    toml = manager.get(f"{PAGE}{history.pk}/mapping.toml").content.decode()
    assert Mapping.from_toml(toml).customer_column == "Kundennummer"
    assert manager.get(check).status_code == 404

    remove = f"{PAGE}{history.pk}/remove/"
    assert "This is not its name." in text(manager.post(remove, {"name": "früher"}))
    assert Response.objects.count() == 11
    manager.post(remove, {"name": "Früher"})
    assert run_next_job()
    assert not Survey.objects.exists()
    assert "have been removed" in text(manager.get(f"/o/nordlicht/jobs/{Job.objects.latest('pk').pk}/"))


def test_what_was_typed_is_still_there_with_its_faults(manager: Client) -> None:
    page = upload(manager)
    data = filled_in(manager, page, **{"c3-use": "", "c6-hi": "0", "c6-text_de": "Wie lange?"})
    shown = manager.post(page, data)
    assert "When were the answers given?" in text(shown)
    assert "Wie lange?" in text(shown)
    shown = manager.post(page, data | {"day": "2024-03-31"})
    assert "The highest score must be above the lowest." in text(shown)
    assert "<details open>" in text(shown)
    assert not HistoryImport.objects.exclude(mapping="").exists()


def test_a_mapping_from_before_goes_straight_to_the_check(manager: Client) -> None:
    page = upload(manager, FILE, MAPPING)
    assert page.endswith("/check/")
    assert "All rows are right." in text(manager.get(page))
    # It says more than the form can show.
    form = manager.get(page.replace("check/", ""))
    assert form.headers["Location"].endswith("/text/")
    shown = manager.get(form.headers["Location"])
    assert "&quot;great&quot; = 5" in text(shown)
    wrong = manager.post(form.headers["Location"], {"mapping": MAPPING.replace("csat", "mood")})
    assert "[[question]] 2 (counter), kind" in text(wrong)


def test_the_check_says_where_a_row_or_the_mapping_is_wrong(manager: Client) -> None:
    page = upload(manager, FILE + "A;;2024-03-01;;;12;;\n", MAPPING)
    shown = text(manager.get(page))
    assert "11 is outside the scale from 0 to 10." in shown
    page = upload(manager, "a,b\n1,2\n", MAPPING)
    shown = text(manager.get(page))
    assert "The file has no column “nps”." in shown
    assert manager.post(page, {"faulty": "stop"}).status_code == 422
    assert not Job.objects.exists()


def test_a_wide_file_can_be_mapped(manager: Client) -> None:
    header = ",".join(f'"q{number} (a, b)"' for number in range(90))
    page = upload(manager, header + "\n" + "".join(",".join([str(n)] * 90) + "\n" for n in range(1, 6)))
    data = filled_in(manager, page, department="Service", day="2024-03-31", language="de")
    every = {f"c{n}-{name}": "" for n in range(200) for name in ("lo", "hi", "box_lo", "box_hi", "text_de", "text_en")}
    response = manager.post(page, every | data)
    assert response.status_code == 302, response.context["form"].errors
    shown = filled_in(manager, page)
    assert shown["c89-use"] == "csat"
    assert len(manager.get(response.headers["Location"]).context["columns"]) == 90


def test_files_of_strangers_and_for_weak_roles_are_not_there(
    organisation: Organisation, other_organisation: Organisation, manager: Client, sign_in: SignIn
) -> None:
    with organisation_scope(other_organisation.pk):
        strange = HistoryImport.objects.get()
    for part in ("", "text/", "check/", "mapping.toml", "remove/"):
        assert manager.get(f"{PAGE}{strange.pk}/{part}").status_code == 404
    assert "fremd.csv" not in text(manager.get(PAGE))
    manager.post(f"{PAGE}{strange.pk}/discard/")
    with organisation_scope(other_organisation.pk):
        assert HistoryImport.objects.exists()
    analyst = sign_in(make_member(organisation, Role.ANALYST))
    assert analyst.get(PAGE).status_code == 403


def test_discarding_and_age_take_a_file_away(organisation: Organisation, manager: Client) -> None:
    page = upload(manager)
    assert "Umfrage_2024.csv" in text(manager.get(PAGE))
    manager.post(page + "discard/")
    assert not HistoryImport.objects.exists()
    upload(manager)
    HistoryQueue.objects.update(due_at=timezone.now())
    page = upload(manager)
    discard_files()
    assert HistoryImport.objects.count() == 1
    assert manager.get(page).status_code == 200


def test_a_file_that_cannot_be_read_to_its_end_is_refused_at_once(manager: Client) -> None:
    content = b"q;day\n" + b"1;2024-03-01\n" * 20 + b'1;"' + b"x" * 140_000
    page = manager.post(PAGE, {"file": SimpleUploadedFile("broken.csv", content)})
    assert "Row 22 can&#x27;t be read: is a quotation mark missing?" in page.content.decode()
    assert not HistoryImport.objects.exists()
