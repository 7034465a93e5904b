#!/usr/bin/env python3
"""Do reports cost the same at 10 thousand and at 1 million scores, and how dear is counting anew?

    benchmarks/reports.py [SCORES]      the larger number of scores; 1,000,000 unless given

Prints per page the SQL statements, the server's time (median of 40, in this process) and the bytes of HTML, and
`rebuild_metrics` beside the bare GROUP BYs over the same scores and the same answer sheets, on a PostgreSQL of its own.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "bin"))
import bootstrap

bootstrap.enter("requirements.lock")

import os
from importlib import import_module
from statistics import median
from time import perf_counter

import environment
import processes
from services import Services

ROUNDS = 40
LONG = 200
"""Touchpoints of a long journey."""
PASSAGES = 3


def main() -> None:
    larger = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    os.chdir(bootstrap.ROOT)
    sys.path.insert(0, str(bootstrap.ROOT))
    folder = environment.VAR / "benchmarks"
    with processes.interruptible(), processes.sole_use(folder / "lock", "a benchmark"):
        Services.of(folder).postgres.destroy()
        services = Services.of(folder)
        with services.running():
            os.environ.update(environment.settings(services, secret_key="only-for-benchmarks-" * 3))
            import django

            django.setup()
            from django.core.management import call_command

            environment.collect_static()
            call_command("migrate", verbosity=0)
            measure(10_000, larger)
        services.postgres.destroy()


def measure(smaller: int, larger: int) -> None:
    from django.db import connection

    import_module("cxportal.wsgi")  # as the web server starts
    small, large = fill("small", smaller), fill("large", larger)
    long = [fill("long-small", smaller, touchpoints=LONG), fill("long-large", larger, touchpoints=LONG)]
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    count_anew(large)
    for organisation in (small, *long):
        count_anew(organisation, quiet=True)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    print(f"{'page':<12}{'scores':>10}{'statements':>12}{'ms':>8}{'bytes':>9}")
    journey = "journeys/{journey}/"
    for name, path, organisations in (
        ("overview", "", (small, large)),
        ("touchpoint", "touchpoints/{touchpoint}/", (small, large)),
        ("journey", journey, (small, large)),
        (f"journey {LONG}", journey, long),
        ("… persona", f"{journey}?persona={{persona}}", long),
        ("… compared", f"{journey}?persona={{persona}}&compare=persona:{{other_persona}}", long),
    ):
        pages = [Page(organisation, path) for organisation in organisations]
        for _ in range(ROUNDS):  # in turns, so that both meet the same machine
            for page in pages:
                page.visit()
        for size, page in zip((smaller, larger), pages, strict=True):
            print(f"{name:<12}{size:>10,}{page.statements:>12}{median(page.times):>8.1f}{page.size:>9,}")
        print(f"{'':<12}{'ratio':>10}{'':>12}{median(pages[1].times) / median(pages[0].times):>8.2f}")


def fill(slug: str, scores: int, touchpoints: int = 15) -> "dict[str, int | str]":
    """An organisation with touchpoints on one journey, 3 channels, 3 personas, so many CSAT scores over two years."""
    from django.db import connection
    from django.utils import timezone

    from journeys.models import Channel, Journey, Persona, Placement, Stage, Touchpoint
    from organisations.models import Department, Membership, Organisation, User
    from organisations.permissions import Role
    from organisations.tenancy import organisation_scope
    from surveys.models import Question, Survey, SurveyVersion

    organisation = Organisation.objects.create(name=slug, slug=slug)
    with organisation_scope(organisation.pk):
        of = {"organisation": organisation}
        user = User.objects.create_user(f"{slug}@example.org", None, name="Benchmark", language="de")
        Membership.objects.create(**of, user=user, role=Role.ADMIN)
        department = Department.objects.create(**of, name="Department")
        journey = Journey.objects.create(**of, name="Journey")
        stages = [Stage.objects.create(**of, journey=journey, name=f"Stage {i}", position=i) for i in range(5)]
        channels = [Channel.objects.create(**of, name=f"Channel {i}") for i in range(3)]
        personas = [Persona.objects.create(**of, name=f"Persona {i}") for i in range(3)]
        survey = Survey.objects.create(**of, name="Survey", languages=["de"], default_language="de")
        scale = {"lo": 1, "hi": 5, "box_lo": 4, "box_hi": 5}
        measured = []
        for i in range(touchpoints):
            touchpoint = Touchpoint.objects.create(
                **of,
                name=f"Touchpoint {i}",
                department=department,
                expected_value=70,
                promise="In time." if i % 2 else "",
            )
            touchpoint.channels.set(channels[: i % 3], through_defaults=of)
            Placement.objects.create(
                **of,
                stage=stages[i % 5],
                touchpoint=touchpoint,
                customer_goal="I want it done in five minutes." if i % 3 else "",
                pain_points="Nobody knows when somebody comes." if i % 2 else "",
                ideas="A window of two hours." if i % 4 else "",
                emotion=i % 5 - 2,
            )
            question = Question.objects.create(
                **of, survey=survey, kind="csat", touchpoint=touchpoint, published_at=timezone.now(), **scale
            )
            measured.append((touchpoint.pk, question.pk))
        version = SurveyVersion.objects.create(**of, survey=survey, number=1, document={})
        with connection.cursor() as cursor:
            cursor.execute(
                """
                INSERT INTO surveys_response
                    (organisation_id, survey_id, version_id, language, answers, submitted_at, day)
                SELECT %s, %s, %s, 'de', '{}', now(), current_date FROM generate_series(1, %s)
                """,
                [organisation.pk, survey.pk, version.pk, scores // 5],
            )
            cursor.execute(
                """
                INSERT INTO surveys_score (organisation_id, response_id, survey_id, question_id, touchpoint_id,
                    channel_id, persona_id, day, score)
                SELECT %(organisation)s, response.id, %(survey)s,
                    (%(questions)s::bigint[])[1 + n %% %(size)s], (%(touchpoints)s::bigint[])[1 + n %% %(size)s],
                    (%(channels)s::bigint[])[1 + n / %(size)s %% 3],
                    (%(personas)s::bigint[])[1 + n / (3 * %(size)s) %% 3],
                    current_date - abs(hashint8(n)) %% 730, 1 + (n * 7919 %% 5 + n %% 7 / 4) %% 5
                FROM (
                    SELECT id, row_number() OVER () AS place FROM surveys_response WHERE survey_id = %(survey)s
                ) response, LATERAL (SELECT place * 5 + i AS n FROM generate_series(0, 4) i) score
                """,
                {
                    "organisation": organisation.pk,
                    "survey": survey.pk,
                    "size": len(measured),
                    "touchpoints": [touchpoint for touchpoint, _ in measured],
                    "questions": [question for _, question in measured],
                    "channels": [channel.pk for channel in channels],
                    "personas": [persona.pk for persona in personas],
                },
            )
            cursor.execute(
                """
                UPDATE surveys_response SET answers = sheet.answers, day = sheet.day, channel_id = sheet.channel_id,
                    persona_id = sheet.persona_id, completed_at = submitted_at
                FROM (
                    SELECT response_id, jsonb_object_agg(question_id, score) AS answers, MIN(day) AS day,
                        MIN(channel_id) AS channel_id, MIN(persona_id) AS persona_id
                    FROM surveys_score WHERE survey_id = %s GROUP BY response_id
                ) sheet
                WHERE surveys_response.id = sheet.response_id
                """,
                [survey.pk],
            )
    return {
        "id": organisation.pk,
        "slug": slug,
        "user": user.pk,
        "touchpoint": measured[0][0],
        "journey": journey.pk,
        "persona": personas[0].pk,
        "other_persona": personas[1].pk,
    }


def count_anew(organisation: "dict[str, int | str]", quiet: bool = False) -> None:
    from django.db import connection

    from organisations.models import Organisation
    from organisations.tenancy import organisation_scope
    from reports.domain.rollups import rebuild
    from reports.models import ScoreRollup

    bare, ours = [], []
    for _ in range(1 if quiet else PASSAGES):
        with organisation_scope(int(organisation["id"])), connection.cursor() as cursor:
            start = perf_counter()
            cursor.execute(
                "SELECT survey_id, question_id, touchpoint_id, channel_id, persona_id, day, score, COUNT(*)"
                " FROM surveys_score GROUP BY 1, 2, 3, 4, 5, 6, 7"
            )
            cursor.execute(
                "SELECT version_id, language, channel_id, persona_id, day, key, value, COUNT(*)"
                " FROM surveys_response, jsonb_each(answers) GROUP BY 1, 2, 3, 4, 5, 6, 7"
            )
            bare.append(perf_counter() - start)
        start = perf_counter()
        rebuild(Organisation.objects.get(pk=organisation["id"]))
        ours.append(perf_counter() - start)
    if quiet:
        return
    with organisation_scope(int(organisation["id"])):
        rows = ScoreRollup.objects.count()
    print(
        f"rebuild_metrics {median(ours):.2f} s for {rows:,} rollups, bare GROUP BYs {median(bare):.2f} s: "
        f"{median(ours) / median(bare):.2f} times\n"
    )


class Page:
    """A page of an organisation as its administrator gets it."""

    def __init__(self, organisation: "dict[str, int | str]", path: str) -> None:
        from django.db import connection
        from django.test import Client
        from django.test.utils import CaptureQueriesContext

        from organisations.models import User

        self.client = Client(HTTP_HOST="localhost")
        self.client.force_login(User.objects.get(pk=organisation["user"]))
        self.url = f"/o/{organisation['slug']}/{path.format(**organisation)}"
        self.client.get(self.url)
        with CaptureQueriesContext(connection) as queries:
            page = self.client.get(self.url)
        assert page.status_code == 200, page
        self.statements, self.size = len(queries), len(page.content)
        self.times: list[float] = []

    def visit(self) -> None:
        start = perf_counter()
        self.client.get(self.url)
        self.times.append(1000 * (perf_counter() - start))


if __name__ == "__main__":
    main()
