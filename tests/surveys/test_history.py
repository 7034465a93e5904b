"""Earlier answers through the command: what is stored, what is refused and where, and that nothing is half-stored."""

import threading
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from customers.models import Customer
from journeys.models import Touchpoint
from organisations.domain.jobs import JobFailed
from organisations.models import Organisation
from organisations.tenancy import organisation_scope
from reports.domain.rollups import count_changed_days
from reports.models import ScoreRollup
from surveys.domain.history import import_history, keep_file, remove_import
from surveys.domain.mapping import Mapping
from surveys.domain.mapping_tables import MappingFaults
from surveys.models import Comment, HistoryImport, Question, Response, Score, Survey
from tests.makers import (
    make_channel,
    make_customer,
    make_department,
    make_invitation,
    make_organisation,
    make_persona,
    make_response,
    make_survey,
    make_touchpoint,
    one_of,
)

MAPPING = """
[survey]
name = "Before the portal"
language = "de"
create_touchpoints = true
department = "Service"

[date]
column = "day"

[customer]
key = "id"
attributes = { "Segment" = "segment" }

[channel]
column = "way"
values = { "tel" = "Phone" }

[language]
column = "lang"

[[question]]
column = "nps"
kind = "nps"
text = { de = "Empfehlen Sie uns?", en = "Do you recommend us?" }
subtract = 1

[[question]]
column = "counter"
kind = "csat"
text = { de = "Am Schalter?", en = "At the counter?" }
touchpoint = "Counter"
not_applicable = ["0"]
skip = ["99"]
values = { "great" = 5 }

[[question]]
column = "why"
kind = "text"
text = { de = "Warum?", en = "Why?" }
touchpoint = "Counter"
"""
FILE = """id;Segment;day;way;lang;nps;counter;why
A;Family;2024-03-01;tel;de;11;great;Gut
B;Single;1.3.2024;;English;1.0;0;
A;Couple;2024-03-02;Phone;;;99;
C;Single;2024-03-02;Phone;;;;
B;Single;2024-03-02;Phone;de;7;4;"Naja, =1+1"
"""


@pytest.fixture
def service(organisation: Organisation, other_organisation: Organisation) -> Organisation:
    """Beside a stranger with a survey, a customer, a channel and a touchpoint of the same names."""
    with organisation_scope(other_organisation.pk):
        counter = make_touchpoint(other_organisation, name="Counter")
        make_channel(other_organisation, name="Shop")
        make_customer(other_organisation, external_id="A", attributes={"segment": "Stranger"})
        make_response(make_survey(other_organisation, name="Before the portal", touchpoint=counter), [3, "Fremd"])
    make_department(organisation, name="Service")
    make_channel(organisation, name="Phone")
    return organisation


def bring(tmp_path: Path, content: str | bytes = FILE, mapping: str = MAPPING, **options: Any) -> str:
    file, toml, out = tmp_path / "file.csv", tmp_path / "mapping.toml", StringIO()
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    toml.write_text(mapping)
    command = ("import_responses", str(file), "--mapping", str(toml), "--organisation", "nordlicht")
    call_command(*command, stdout=out, stderr=out, **options)
    return out.getvalue()


def refused(tmp_path: Path, content: str | bytes = FILE, mapping: str = MAPPING) -> str:
    """What is said, after making sure that nothing was stored."""
    with pytest.raises(CommandError) as failure:
        bring(tmp_path, content, mapping)
    stored = (Survey, Question, Response, Customer, Touchpoint, HistoryImport)
    assert [model._default_manager.count() for model in stored] == [0] * len(stored)
    return str(failure.value)


def test_answers_customers_personas_and_touchpoints_come_as_the_mapping_says(
    service: Organisation, other_organisation: Organisation, tmp_path: Path
) -> None:
    make_persona(service, name="Alone", rule=one_of("segment", "Single"), position=0)
    known = make_customer(service, external_id="B", attributes={"tariff": "S", "segment": "Family"}, language="en")

    said = bring(tmp_path)

    assert "3 answer sheets imported, 2 rows without any answer, 0 faulty" in said
    survey = Survey.objects.get()
    assert (survey.state, survey.languages, survey.default_language) == ("closed", ["de", "en"], "de")
    nps, counter, why = survey.questions.all()
    assert counter.touchpoint
    assert (counter.touchpoint.name, counter.touchpoint.metric, counter.allows_not_applicable) == (
        "Counter",
        "csat",
        True,
    )
    sheets = Response.objects.order_by("pk").values_list(
        "customer__external_id", "channel__name", "persona__name", "language", "day", "answers"
    )
    assert list(sheets) == [
        ("A", "Phone", None, "de", date(2024, 3, 1), {str(nps.pk): 10, str(counter.pk): 5}),
        ("B", None, "Alone", "en", date(2024, 3, 1), {str(nps.pk): 0, str(counter.pk): "n/a"}),
        ("B", "Phone", "Alone", "de", date(2024, 3, 2), {str(nps.pk): 6, str(counter.pk): 4}),
    ]
    assert list(Comment.objects.values_list("customer__external_id", "question", "touchpoint__name", "text")) == [
        ("A", why.pk, "Counter", "Gut"),
        ("B", why.pk, "Counter", "Naja, =1+1"),
    ]
    assert Score.objects.filter(touchpoint__name="Counter").count() == 2
    known.refresh_from_db()
    assert known.attributes == {"tariff": "S", "segment": "Single"}
    assert known.language == "en"
    added = Customer.objects.get(external_id="A")
    assert (added.email, added.attributes) == ("", {"segment": "Family"})
    assert not Customer.objects.filter(external_id="C").exists()
    with organisation_scope(other_organisation.pk):
        assert Response.objects.count() == 1
        assert Customer.objects.get(external_id="A").attributes == {"segment": "Stranger"}


def test_the_same_survey_does_not_come_twice(service: Organisation, tmp_path: Path) -> None:
    bring(tmp_path)
    with pytest.raises(CommandError, match="There is a survey “Before the portal” already"):
        bring(tmp_path)
    assert (Survey.objects.count(), Response.objects.count(), HistoryImport.objects.count()) == (1, 3, 1)
    bring(tmp_path, mapping=MAPPING.replace("Before the portal", "Another"))
    assert (Survey.objects.count(), Touchpoint.objects.count()) == (2, 1)


def test_removing_takes_figures_back_and_leaves_all_else(service: Organisation, tmp_path: Path) -> None:
    mine = make_survey(service, kinds=["csat"], touchpoint=make_touchpoint(service, name="Counter"))
    make_response(mine, [2], day=date(2024, 3, 1))
    bring(tmp_path)
    while count_changed_days():
        pass
    assert ScoreRollup.objects.filter(grain=0, is_month=False, day=date(2024, 3, 1)).count() == 3

    remove_import(history=HistoryImport.objects.get(), user=None)

    while count_changed_days():
        pass
    assert ScoreRollup.objects.get(grain=0, is_month=False).survey == mine
    assert list(Survey.objects.all()) == [mine]
    assert (Response.objects.count(), HistoryImport.objects.count(), Customer.objects.count()) == (1, 0, 2)
    bring(tmp_path)
    assert Response.objects.count() == 4


def test_what_was_sent_since_is_not_removed(service: Organisation, tmp_path: Path) -> None:
    bring(tmp_path)
    history = HistoryImport.objects.get()
    assert history.survey
    make_invitation(history.survey)
    with pytest.raises(JobFailed):
        remove_import(history=history, user=None)
    assert Response.objects.count() == 3


@pytest.mark.parametrize(
    ("row", "place", "fault"),
    [
        ("A;;2024-03-01;;;12;;", "nps", "11 is outside the scale from 0 to 10."),
        ("A;;2024-03-01;;;7.5;;", "nps", "Not a whole number"),
        ("A;;2024-03-01;;;99999999999999999999;;", "nps", "Not a whole number"),
        ("A;;2024-03-01;;;;good;", "counter", "Not a whole number; the mapping can say what words mean."),
        ("A;;2024-03-01;;;;6;", "counter", "6 is outside the scale from 1 to 5."),
        ("A;;2024-03-01;;;;5;a\x00b", "why", "Holds a character that can't be read."),
        ("A;;2024-03-01;;;\x00;;", "nps", "Holds a character that can't be read."),
        ("A;;2024-03-01;;;;;" + "x" * 5001, "why", "Longer than 5000 characters."),
        ("A;;3/1/2024;;;5;;", "day", "Not a date such as"),
        ("A;;2124-03-01;;;5;;", "day", "before 1900 or has not come yet"),
        ("A;;;;;5;;", "day", "Not a date such as"),
        ("A;;2024-03-01;Shop;;5;;", "way", "There is no channel “Shop”."),
        ("A;;2024-03-01;;Klingonisch;5;;", "lang", "Not a language such as de or en"),
        (";;2024-03-01;;;5;;", "id", "The customer number is missing."),
        ("A;;2024-03-01;;;5", "", "Has 6 cells; the header has 8."),
    ],
)
def test_a_fault_is_said_at_its_place_and_nothing_is_stored(
    service: Organisation, tmp_path: Path, row: str, place: str, fault: str
) -> None:
    content = FILE + row + "\n"
    assert "Faulty rows: 1 of 6. Nothing has been imported." in refused(tmp_path, content)
    history = keep_file(organisation=service, name="", content=content.encode(), mapping=MAPPING, user=None)
    with pytest.raises(JobFailed) as failure:
        import_history(history=history)
    (found,) = failure.value.faults
    assert (found.row, found.column) == (7, place)
    assert fault in found.message

    assert "1 faulty rows left out" in bring(tmp_path, content, skip_faulty=True)
    assert Response.objects.count() == 3


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('kind = "nps"', 'kind = "nps"\nlo = 1\nhi = 10', "[[question]] 1 (nps), lo: An NPS is asked from 0 to 10"),
        ('kind = "nps"', 'kind = "nps"\nbox_lo = 8', "[[question]] 1 (nps), box_lo: the promoters"),
        ('kind = "csat"', 'kind = "csat"\nlo = 1\nhi = 7', "[[question]] 2 (counter), box_lo: Say which scores"),
        ('kind = "csat"', 'kind = "csat"\nhigh_is_good = false', "[[question]] 2 (counter), box_lo: Low is good"),
        ('kind = "csat"', 'kind = "rating"', "[[question]] 2 (counter), hi: The highest score"),
        ('kind = "csat"', 'kind = "mood"', "[[question]] 2 (counter), kind: must be one of: nps, csat"),
        ('kind = "csat"', 'kind = "csat"\ncolour = "red"', "[[question]] 2 (counter), colour: is not a key"),
        ("subtract = 1", "subtract = true", "[[question]] 1 (nps), subtract: has the wrong type."),
        ("subtract = 1", "subtract = 5000000000", "[[question]] 1 (nps), subtract: must be from"),
        ('"great" = 5', '"great" = 6', "[[question]] 2 (counter), values: “great” becomes 6"),
        ("[date]", "[dates]", "the table [date] is missing."),
        ('column = "day"', 'column = "day"\nvalue = 2024-03-01', "[date]: give either a value"),
        ('column = "day"', "", "[date]: give either a value"),
        ('department = "Service"', "", "[survey], department: say which department"),
        ('department = "Service"', 'department = "Sales"', "[survey], department: There is no department “Sales”."),
        ("create_touchpoints = true", "", "These touchpoints are missing: “Counter”."),
        ('"tel" = "Phone"', '"tel" = "Shop"', "[channel]: There is no channel “Shop”."),
        ('column = "nps"', 'column = "npz"', "The file has no column “npz”."),
        ("[survey]", "[survey", "The mapping is not TOML"),
        ('name = "Before the portal"', 'name = "a\\u0000b"', "[survey], name: has more than 100 characters, or one"),
    ],
)
def test_a_wrong_mapping_is_refused_at_its_place(
    service: Organisation, tmp_path: Path, old: str, new: str, fault: str
) -> None:
    assert old in MAPPING
    assert fault in refused(tmp_path, mapping=MAPPING.replace(old, new))


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "The file is empty."),
        (b"PK\x03\x04", "This is a workbook"),
        (FILE.splitlines()[0].encode(), "The file has a header, but no rows."),
        (FILE.replace("Segment", "Sector").encode(), "The file has no column “Segment”."),
        (FILE.replace("why", "nps", 1).replace("id;", "why;id;").encode(), "The file has two columns “nps”."),
        ("\n".join([FILE.splitlines()[0], "A;;2024-03-01;;;;;"]).encode(), "No row holds an answer."),
    ],
)
def test_a_file_that_does_not_fit_is_refused(service: Organisation, tmp_path: Path, content: bytes, fault: str) -> None:
    assert fault in refused(tmp_path, content)


def test_a_mapping_survives_being_written() -> None:
    mapping = Mapping.from_toml(MAPPING)
    assert Mapping.from_toml(mapping.to_toml()) == mapping
    assert "subtract = 1" in mapping.to_toml()
    odd = MAPPING.replace('"great"', r'"\"q\\\u001f ü.="')
    assert Mapping.from_toml(Mapping.from_toml(odd).to_toml()) == Mapping.from_toml(odd)
    with pytest.raises(MappingFaults):
        Mapping.from_toml("question = [1]")
    with pytest.raises(MappingFaults):
        Mapping.from_toml("a = " + "[" * 5000)
    with pytest.raises(MappingFaults):  # the parser would take hours
        Mapping.from_toml("a" + ".a" * 500_000 + " = 1")


@pytest.mark.django_db(transaction=True)
def test_of_two_imports_at_once_one_is_refused() -> None:
    organisation = make_organisation(slug="nordlicht")
    with organisation_scope(organisation.pk):
        make_department(organisation, name="Service")
        make_channel(organisation, name="Phone")
        histories = [
            keep_file(organisation=organisation, name="", content=FILE.encode(), mapping=MAPPING, user=None)
            for _ in range(2)
        ]
    refusals = []
    barrier = threading.Barrier(2)

    def meet(done: int, total: int | None) -> None:
        """Both have checked everything before either stores."""
        if done == total:
            barrier.wait(30)

    def run(history: HistoryImport) -> None:
        try:
            import_history(history=history, progress=meet)
        except JobFailed as failure:
            refusals.append(failure.message)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(history,)) for history in histories]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refusals) == 1
    with organisation_scope(organisation.pk):
        assert (Survey.objects.count(), Response.objects.count()) == (1, 3)
