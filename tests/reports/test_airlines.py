"""Real files of earlier answers: every figure the reports show is recounted here from the file, by METRICS.md."""

import csv
import math
import os
import re
from collections import Counter
from datetime import date
from io import StringIO
from pathlib import Path
from statistics import NormalDist

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client

from common.periods import Period
from customers.models import Customer
from journeys.models import Touchpoint
from organisations.models import Organisation
from organisations.tenancy import organisation_scope
from reports.domain import measuring
from reports.domain.rollups import count_changed_days
from reports.models import ScoreRollup
from reports.statistics import Figure, Scale
from surveys.models import Response
from tests.makers import (
    make_department,
    make_member,
    make_organisation,
    make_persona,
    make_response,
    make_survey,
    one_of,
)

DATA = Path(os.environ.get("CXPORTAL_SHARED_DATA") or settings.BASE_DIR.parent / "shared" / "data")
EXAMPLES = settings.BASE_DIR / "docs" / "examples"
DAY = date(2025, 6, 30)
AROUND = Period(date(2025, 6, 1), date(2025, 7, 31))
Z = NormalDist().inv_cdf(0.975)

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not DATA.is_dir(), reason="The folder of real data is not here (CXPORTAL_SHARED_DATA)."),
]


@pytest.fixture
def stranger() -> Organisation:
    """With a touchpoint and answers of its own, which must neither be used nor counted."""
    stranger = make_organisation(name="Südwind", slug="suedwind")
    with organisation_scope(stranger.pk):
        touchpoint = Touchpoint.objects.create(
            organisation=stranger, name="Seat comfort", department=make_department(stranger), metric="csat"
        )
        survey = make_survey(stranger, kinds=["csat"], touchpoint=touchpoint)
        for _ in range(7):
            make_response(survey, [1], day=DAY)
    return stranger


@pytest.fixture
def airline(stranger: Organisation) -> Organisation:
    airline = make_organisation(name="Airline", slug="airline")
    with organisation_scope(airline.pk):
        make_department(airline, name="Passenger service")
        make_persona(airline, name="Frequent flyer", rule=one_of("class", "Business"), position=1)
        make_persona(airline, name="Holidaymaker", rule=one_of("class", "Eco", "Economy"), position=0)
    return airline


def bring(name: str) -> list[dict[str, str]]:
    """Import a file by the public command and count it; its rows as the csv module reads them."""
    file = DATA / f"{name}.csv"
    command = ("import_responses", str(file), "--mapping", str(EXAMPLES / f"{name}.toml"), "--organisation", "airline")
    call_command(*command, stdout=StringIO())
    while count_changed_days():
        pass
    call_command("verify_metrics", stdout=StringIO())
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def shown(airline: Organisation, aspect: str = "experience") -> dict[str, dict[Scale, measuring.Reading]]:
    """All that the reports say, by touchpoint; "" is what belongs to none."""
    with organisation_scope(airline.pk):
        names: dict[int | None, str] = {None: ""}
        names.update(Touchpoint.objects.values_list("pk", "name"))
        readings = measuring.readings_by(ScoreRollup.objects.seen(), AROUND, "touchpoint_id", minimum=5)
    return {
        names[pk]: {meaning.scale: reading for meaning, reading in found.items() if meaning.aspect == aspect}
        for pk, found in readings.items()
    }


def wilson(k: int, n: int) -> tuple[float, float]:
    p, spread = k / n, Z * math.sqrt(k / n * (1 - k / n) / n + Z * Z / (4 * n * n))
    centre, size = p + Z * Z / (2 * n), 1 + Z * Z / n
    return 100 * (centre - spread) / size, 100 * (centre + spread) / size


def mean(scores: list[int]) -> tuple[float, float, float]:
    n, centre = len(scores), sum(scores) / len(scores)
    error = math.sqrt(sum((score - centre) ** 2 for score in scores) / (n - 1) / n)
    # Cornish-Fisher; for the hundreds of answers here exact to six digits.
    v = n - 1
    t = Z + (Z**3 + Z) / (4 * v) + (5 * Z**5 + 16 * Z**3 + 3 * Z) / (96 * v * v)
    return centre, centre - t * error, centre + t * error


def nps(scores: list[int]) -> tuple[float, float, float]:
    n = len(scores)
    promoters, detractors = sum(score >= 9 for score in scores), sum(score <= 6 for score in scores)
    p, d = (promoters + 0.75) / (n + 3), (detractors + 0.75) / (n + 3)
    error = math.sqrt((p + d - (p - d) ** 2) / (n + 3))
    return 100 * (promoters - detractors) / n, 100 * (p - d - Z * error), 100 * (p - d + Z * error)


def same(figure: Figure | None, n: int, expected: tuple[float, float, float]) -> None:
    assert figure is not None
    assert figure.n == n
    assert (figure.value, figure.low, figure.high) == pytest.approx(expected, rel=1e-6)


def page(client: Client, airline: Organisation, path: str) -> str:
    html = client.get(f"/o/airline/{path}", {"from": AROUND.first.isoformat(), "to": AROUND.last.isoformat()})
    return " ".join(re.sub(r"<[^>]+>", " ", html.content.decode()).replace("\xa0", " ").split())


def test_fourteen_touchpoints_of_25976_passengers(
    airline: Organisation, stranger: Organisation, client: Client
) -> None:
    rows = bring("airline_touchpoints")
    found = shown(airline)
    columns = list(rows[0])[7:21]
    assert len(columns) == 14
    assert set(found) == {*columns, ""}
    pooled: Counter[int] = Counter()
    answers = {}
    for column in columns:
        scores = [int(row[column]) for row in rows if row[column] != "0"]
        pooled.update(scores)
        (reading,) = found[column].values()
        assert reading.scale == Scale("csat", 1, 5, 4, 5)
        k, n = sum(score >= 4 for score in scores), len(scores)
        same(reading.figure, n, (100 * k / n, *wilson(k, n)))
        same(reading.mean, n, mean(scores))
        answers[column] = (n, 100 * k / n)
    (overall,) = found[""].values()
    same(overall.figure, len(rows), mean([int(row["satisfaction"] == "satisfied") for row in rows]))

    with organisation_scope(airline.pk):
        assert Response.objects.filter(day=DAY).count() == Customer.objects.count() == len(rows)
        assert not Customer.objects.askable().exists()
        names = {"Frequent flyer": "Business", "Holidaymaker": "Eco"}
        for persona, travel_class in names.items():
            expected = sum(row["Class"] == travel_class for row in rows)
            assert Response.objects.filter(persona__name=persona).count() == expected
        spread = measuring.distribution(ScoreRollup.objects.seen().filter(touchpoint__name="Food and drink"), AROUND)
        member = make_member(airline)
        wifi = Touchpoint.objects.get(name="Inflight wifi service")
    (counts,) = spread.values()
    assert counts == {score: sum(row["Food and drink"] == str(score) for row in rows) for score in range(1, 6)}

    client.force_login(member.user)
    n, share = answers[wifi.name]
    text = page(client, airline, f"touchpoints/{wifi.pk}/")
    assert f"{share:.0f}%" in text
    assert f"n {n:,}" in text
    overview = page(client, airline, "")
    assert f"n {pooled.total():,}" in overview
    assert f"{100 * (pooled[4] + pooled[5]) / pooled.total():.0f}%" in overview

    with organisation_scope(stranger.pk):
        assert Response.objects.count() == 7
        assert ScoreRollup.objects.seen().get(is_month=False).n == 7


def test_expectations_and_experience_of_1065_passengers(
    airline: Organisation, stranger: Organisation, client: Client
) -> None:
    rows = bring("airline_expectations")
    experienced, expected = shown(airline), shown(airline, "expectation")
    for point in range(1, 24):
        for found, column in ((experienced, f"s{point}"), (expected, f"e{point}")):
            scores = [int(float(row[column])) for row in rows if row[column]]
            (reading,) = found[f"Service point {point}"].values()
            assert reading.scale == Scale("rating", 1, 100)
            same(reading.figure, len(scores), mean(scores))
    whole = {scale.metric: reading for scale, reading in experienced["Whole journey"].items()}
    recommended = [int(float(row["nps"])) - 1 for row in rows]
    same(whole["nps"].figure, len(rows), nps(recommended))
    satisfied = sum(float(row["overall_sat"]) >= 6 for row in rows)
    same(whole["csat"].figure, len(rows), (100 * satisfied / len(rows), *wilson(satisfied, len(rows))))

    with organisation_scope(airline.pk):
        assert Customer.objects.count() == 0
        languages = Counter(Response.objects.values_list("language", flat=True))
        names = {"de": "German", "en": "English", "fr": "French"}
        assert languages == {code: sum(row["language"] == name for row in rows) for code, name in names.items()}
        personas = Counter(Response.objects.values_list("persona__name", flat=True))
        economy = sum(row["flight_class"] == "Economy" for row in rows)
        assert personas["Holidaymaker"] == economy
        member = make_member(airline)
        journey = Touchpoint.objects.get(name="Whole journey")
    client.force_login(member.user)
    text = page(client, airline, f"touchpoints/{journey.pk}/")
    value = nps(recommended)[0]
    assert f"{'+' if value > 0 else '−'}{abs(value):.0f}" in text
    assert f"n {len(rows):,}" in text
