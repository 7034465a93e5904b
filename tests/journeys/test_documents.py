"""A journey as JSON: round trip, templates, and files that nobody should have written."""

import json
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from journeys.document_reader import read_document
from journeys.documents import Facts, JourneyDocument, LanePart, Placed, StagePart, key
from journeys.domain.importing import Matches, import_journey
from journeys.models import Channel, Journey, Metric
from organisations.models import AuditEntry, DataSource, Organisation
from organisations.tenancy import organisation_scope
from tests.makers import make_department, make_persona, make_touchpoint

letters = st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"])
texts = st.text(letters, max_size=40).map(str.strip)
names = st.text(letters, min_size=1, max_size=40).map(str.strip).filter(bool)
DEPARTMENTS, CHANNELS, PERSONAS = ["Sales", "Service"], ["Web", "Phone", "Shop"], ["Kim", "Noor"]
SOURCES = ["CRM", "Tickets"]
MANY = ",".join(f'"{number}":1' for number in range(150_000))


def some(of: list[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.sets(st.sampled_from(of)).map(lambda found: tuple(sorted(found)))


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    metric = draw(st.sampled_from(Metric.values))
    scores = st.integers(*(10 * end for end in Metric(metric).range)).map(lambda tenths: Decimal(tenths) / 10)
    return Facts(
        department=draw(st.sampled_from(DEPARTMENTS)),
        description=draw(texts),
        promise=draw(texts),
        metric=metric,
        expected=draw(st.none() | scores),
        expected_by_persona=draw(st.dictionaries(st.sampled_from(PERSONAS), scores)),
        channels=draw(some(CHANNELS)),
        is_moment_of_truth=draw(st.booleans()),
        freshness_days=draw(st.integers(1, 400)),
        data_sources=draw(some(SOURCES)),
    )


@st.composite
def documents(draw: st.DrawFn) -> JourneyDocument:
    touchpoints = draw(st.lists(names, unique_by=key, max_size=5))
    introduced: set[str] = set()

    def placed(name: str) -> Placed:
        first = name not in introduced
        introduced.add(name)
        emotion = draw(st.none() | st.integers(-2, 2))
        return Placed(name, draw(facts()) if first else None, draw(texts), draw(texts), draw(texts), emotion)

    columns = draw(
        st.lists(st.lists(st.sampled_from(touchpoints), unique=True) if touchpoints else st.just([]), max_size=4)
    )
    stages = tuple(StagePart(draw(names), draw(texts), tuple(map(placed, column))) for column in columns)
    lanes = draw(st.lists(st.tuples(names, st.tuples(*[texts for _ in stages])), max_size=3))
    return JourneyDocument(draw(names), draw(texts), stages, tuple(LanePart(*lane) for lane in lanes))


def furnish(organisation: Organisation) -> None:
    departments = [make_department(organisation, name=name) for name in DEPARTMENTS]
    for name in PERSONAS:
        make_persona(organisation, name=name)
    for name in SOURCES:
        DataSource.objects.create(organisation=organisation, name=name, department=departments[0])


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(document=documents())
def test_there_and_back_into_another_organisation(
    organisation: Organisation, other_organisation: Organisation, document: JourneyDocument
) -> None:
    exported = document
    for target in (organisation, other_organisation):
        with transaction.atomic(), organisation_scope(target.pk):
            furnish(target)
            read = read_document(json.dumps(exported.to_json()))
            assert read == document
            exported = JourneyDocument.of(import_journey(organisation=target, actor=None, document=read))
            assert exported.to_json() == document.to_json()
            transaction.set_rollback(True)


def written(**changed: Any) -> dict[str, Any]:
    parcel = {"name": "Parcel", "department": "Logistics", "channels": ["Post"], "promise": "Two days"}
    stages = [{"name": "Buy", "touchpoints": []}, {"name": "Get", "touchpoints": [parcel]}]
    return {"format": "cxportal-journey", "version": 1, "name": "Buying", "stages": stages, **changed}


def one_touchpoint(**changed: Any) -> dict[str, Any]:
    touchpoint = {"name": "Parcel", "department": "Logistics", **changed}
    return written(stages=[{"name": "Get", "touchpoints": [touchpoint]}])


def many(number: int) -> list[dict[str, Any]]:
    return [{"name": f"T{index}", "department": "Logistics"} for index in range(number)]


PLACE = "stages[0].touchpoints[0]"


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"\xff\xfe", "The file is not UTF-8 text."),
        ("", "This is no JSON: line 1, column 1."),
        ("[" * 100_000, "This JSON is nested too deeply"),
        ('{"format": ' + "9" * 5000 + "}", "This JSON is nested too deeply"),
        ('{"format": NaN}', "NaN is no number."),
        ('{"name": 1, "name": 2}', "“name” is there twice"),
        # Each looked for among all others, this would take half an hour.
        pytest.param(f'{{{MANY}, "x": 1, "x": 2}}', "“x” is there twice", id="many names"),
        (" " * (2 * 2**20 + 1), "The file is larger than 2 MB."),
        ([], "This is no journey"),
        ({"format": "something else"}, "This is no journey"),
        (written(version=2), "version: this portal reads version 1."),
        (written(name=""), "name: this is missing."),
        (written(name="x" * 101), "name: longer than 100 characters."),
        (written(name="x\0y"), "name: a character in it can't be stored."),
        (written(name="\ud800"), "name: a character in it can't be stored."),
        (written(extra=1), "extra: this is not known here."),
        (written(stages={}), "stages: a list is expected here."),
        (written(stages=[1]), "stages[0]: an object is expected here."),
        (written(stages=[{"name": "x"}] * 31), "stages: 31 entries; at most 30 are allowed."),
        (written(stages=[{"name": "x", "touchpoints": many(10_000)}]), "stages: 10000 touchpoints; at most 500"),
        (written(stages=[{"name": "x", "touchpoints": many(300)}] * 2), "stages: 600 touchpoints; at most 500"),
        (written(lanes=[{"name": "x"}] * 21), "lanes: 21 entries; at most 20 are allowed."),
        (written(lanes=[{"name": "x", "texts": ["a", "b", "c"]}]), "lanes[0].texts: 3 entries; at most 2"),
        (written(lanes=[{"name": "x", "texts": [None]}]), "lanes[0].texts[0]: a text is expected here."),
        (one_touchpoint(metric="happiness"), f"{PLACE}.metric: one of nps, csat, ces, rating."),
        (one_touchpoint(metric=["nps"]), f"{PLACE}.metric: a text is expected here."),
        (one_touchpoint(expected=101), f"{PLACE}.expected: a number from 0 to 100"),
        (one_touchpoint(expected=1e400), f"{PLACE}.expected: a number from 0 to 100"),
        (one_touchpoint(expected=5.55), f"{PLACE}.expected: a number from 0 to 100"),
        (one_touchpoint(expected=True), f"{PLACE}.expected: a number from 0 to 100"),
        (one_touchpoint(expected_by_persona={"Kim": "80"}), f"{PLACE}.expected_by_persona.Kim: a number from"),
        (one_touchpoint(expected_by_persona={"a": 1, "A": 1}), f"{PLACE}.expected_by_persona: a name is there twice."),
        (one_touchpoint(emotion="furious"), f"{PLACE}.emotion: one of annoyed, uneasy, neutral, pleased, delighted."),
        (one_touchpoint(moment_of_truth="yes"), f"{PLACE}.moment_of_truth: true or false."),
        (one_touchpoint(freshness_days=0), f"{PLACE}.freshness_days: a whole number of days"),
        (one_touchpoint(channels=["a", "A"]), f"{PLACE}.channels: a name is there twice."),
        (one_touchpoint(channels=[""]), f"{PLACE}.channels[0]: this is missing."),
        (one_touchpoint(department=None), f"{PLACE}.department: a text is expected here."),
        (one_touchpoint(promise="x" * 10_001), f"{PLACE}.promise: longer than 10000 characters."),
        (one_touchpoint(**{"x\n<b>": 1}), PLACE + r".x\n<b>: this is not known here."),
        (
            written(stages=[{"name": "x", "touchpoints": [*many(1), {"name": "t0"}]}]),
            "stages[0].touchpoints[1].name: “t0” is in this stage already.",
        ),
        (
            written(stages=[{"name": "x", "touchpoints": many(1)}] * 2),
            "stages[1].touchpoints[0].department: “T0” has its facts further ahead",
        ),
    ],
)  # fmt: skip
def test_a_hostile_file_is_refused_at_its_place(content: Any, fault: str) -> None:
    if not isinstance(content, str | bytes):
        content = json.dumps(content)
        content = content.replace("Infinity", "1e999")
    with pytest.raises(ValidationError) as refusal:
        read_document(content)
    assert any(message.startswith(fault) for message in refusal.value.messages), refusal.value.messages


def test_many_faults_are_told_at_once_but_not_endlessly() -> None:
    with pytest.raises(ValidationError) as refusal:
        read_document(json.dumps(one_touchpoint(metric="x", emotion="y", freshness_days="z")))
    assert len(refusal.value.messages) == 3
    with pytest.raises(ValidationError) as refusal:
        read_document(json.dumps(written(stages=[{"name": "x", "touchpoints": [{"name": ""}] * 400}])))
    assert len(refusal.value.messages) == 20


def test_what_there_is_of_the_same_name_is_used_and_stays_as_it_is(
    organisation: Organisation, other_organisation: Organisation
) -> None:
    with organisation_scope(other_organisation.pk):
        make_touchpoint(other_organisation, make_department(other_organisation, name="Logistics"), name="New one")
    own = make_touchpoint(organisation, name="PARCEL", promise="Three days")
    document = read_document(
        json.dumps(
            written(
                stages=[
                    {
                        "name": "Get",
                        "touchpoints": [
                            {"name": "Parcel", "department": "Unheard of", "pain_points": "Late"},
                            {
                                "name": "New one",
                                "department": "Logistics",
                                "channels": ["Drone"],
                                "expected_by_persona": {"Nobody": 5},
                                "data_sources": ["Nothing"],
                            },
                        ],
                    }
                ]
            )
        )
    )
    matches = Matches.of(document)
    assert matches == Matches(["Parcel"], ["New one"], ["Drone"], ["Logistics"], ["Nobody", "Nothing"])
    with pytest.raises(ValidationError, match="There is no department “Logistics”"):
        import_journey(organisation=organisation, actor=None, document=document)
    assert not Journey.objects.exists()
    assert not Channel.objects.exists()
    sales = make_department(organisation, name="Sales")
    journey = import_journey(organisation=organisation, actor=None, document=document, departments={"logistics": sales})
    first, second = journey.stages.get().placements.select_related("touchpoint__department")
    assert (first.touchpoint, first.touchpoint.promise, first.pain_points) == (own, "Three days", "Late")
    assert second.touchpoint.department == sales
    assert not second.touchpoint.persona_expectations.exists()
    assert Channel.objects.get().name == "Drone"
    assert AuditEntry.objects.get(action="journey.imported").details["touchpoints"] == ["New one"]
    with pytest.raises(ValidationError):
        import_journey(organisation=organisation, actor=None, document=document)


def test_five_hundred_touchpoints_cost_no_more_statements_than_one(organisation: Organisation) -> None:
    make_department(organisation, name="Logistics")

    def statements(number: int, name: str) -> int:
        touchpoints = [{**one, "name": f"{name} {one['name']}", "channels": ["Web"]} for one in many(number)]
        content = json.dumps(written(name=name, stages=[{"name": "x", "touchpoints": touchpoints}]))
        with CaptureQueriesContext(connection) as queries:
            journey = import_journey(organisation=organisation, actor=None, document=read_document(content))
            assert len(JourneyDocument.of(journey).touchpoints) == number
        return len(queries)

    assert statements(500, "many") <= statements(1, "one") + 2  # the new channel; a batch more
