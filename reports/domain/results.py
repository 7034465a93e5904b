"""What a survey brought in, question by question: from the counted sheets, never from the sheets themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import F, QuerySet, Sum

from common.periods import Period
from journeys.models import Channel, Persona
from reports.models import AnswerRollup, InvitationRollup, SheetRollup, Unnest
from reports.statistics import median
from surveys.documents import Document, DocumentQuestion
from surveys.models import Question, Survey, SurveyVersion, Texts


@dataclass(frozen=True)
class Selection:
    """Which answer sheets of a survey are looked at."""

    survey: Survey
    period: Period | None
    """None: no day of it may be shown."""
    version: SurveyVersion | None = None
    language: str = ""
    channel: Channel | None = None
    persona: Persona | None = None

    def of(self, rows: "QuerySet[Any, Any]") -> "QuerySet[Any, Any]":
        """Those of a table of sheets, or of counts of sheets, that are selected."""
        wanted = {
            "version": self.version,
            "language": self.language,
            "channel": self.channel,
            "persona": self.persona,
        }
        if self.period is None:
            return rows.none()
        return rows.filter(
            survey=self.survey,
            day__range=(self.period.first, self.period.last),
            **{name: value for name, value in wanted.items() if value},
        )


@dataclass
class QuestionResult:
    """How one question was answered. What ``codes`` mean for each kind: ``AnswerRollup.codes``."""

    question: DocumentQuestion
    """In its newest wording."""
    meaning: Question
    """Which never changes."""
    options: dict[int, Texts]
    """All that were ever offered."""
    is_asked: bool
    """By the newest version; otherwise it was removed."""
    n: int = 0
    skipped: int = 0
    not_applicable: int = 0
    codes: dict[int, int] = field(default_factory=dict)
    rows: "list[QuestionResult]" = field(default_factory=list)
    """Of a matrix."""

    @property
    def base(self) -> int:
        """Of how many sheets shares are counted: a consent not given is an answer, too."""
        return self.n + self.skipped if self.question.kind == Question.Kind.CONSENT else self.n


@dataclass(frozen=True)
class Sheets:
    """How many answer sheets there are, and how long it took to fill them in."""

    complete: int
    partial: int
    seconds: dict[int, int]
    """From the first page to the last, in steps of 5 s up to an hour → number of sheets."""

    @property
    def median_seconds(self) -> int | None:
        """None where nobody's time is known."""
        return median(self.seconds) if self.seconds else None


@dataclass(frozen=True)
class Funnel:
    """What became of the invitations sent in the period, whenever it came."""

    delivered: int
    opened: int
    begun: int
    answered: int


def question_results(selection: Selection) -> list[QuestionResult]:
    """In the order of the newest version, then those that are no longer asked; four statements."""
    survey = selection.survey
    documents = [Document.of_version(version) for version in survey.versions.order_by("number")]
    asked = {question.id for question in documents[-1].questions} if documents else set()
    meanings = survey.questions.in_bulk()
    found: dict[int, QuestionResult] = {}
    options: dict[int, dict[int, Texts]] = {}
    for document in reversed(documents):
        for question in document.questions:
            earlier = options.setdefault(question.id, {})
            earlier.update({option.id: option.text for option in question.options if option.id not in earlier})
            if question.id not in found:
                is_asked = question.id in asked
                found[question.id] = QuestionResult(question, meanings[question.id], earlier, is_asked)
    rows = selection.of(AnswerRollup.objects.all())
    for row in rows.values("question_id").annotate(
        answered=Sum("n"), left_empty=Sum("skipped"), inapplicable=Sum("not_applicable")
    ):
        if result := found.get(row["question_id"]):
            result.n, result.skipped = row["answered"], row["left_empty"]
            result.not_applicable = row["inapplicable"]
    for question_id, code, count in _unnested(rows, "question_id", "codes"):
        if result := found.get(question_id):
            result.codes[code] = count
    top = []
    for result in found.values():
        matrix = found.get(result.question.matrix_id or 0)
        if matrix:
            matrix.rows.append(result)
        elif result.question.kind != Question.Kind.INFO:
            top.append(result)
    return top


def sheets(selection: Selection) -> Sheets:
    """Two statements."""
    rows = selection.of(SheetRollup.objects.all())
    sums = rows.aggregate(complete=Sum("complete", default=0), partial=Sum("partial", default=0))
    seconds = {code: count for _survey, code, count in _unnested(rows, "survey_id", "seconds")}
    return Sheets(sums["complete"], sums["partial"], seconds)


def shown_together(survey: Survey, period: Period, *, minimum: int, today: date) -> Period | None:
    """Of a survey whose answers are never shown one by one: the days of the period that may be shown; None: none.

    Days that are over are put together, from the first on, until at least ``minimum`` people have answered; then the
    next such step begins. A step is shown as a whole or not at all, so neither waiting for the next answer nor
    comparing periods tells what fewer people said. A step belongs to the period in which it ends.
    """
    days = SheetRollup.objects.filter(survey=survey, day__lt=today).values("day").order_by("day")
    steps: list[Period] = []
    first, people = None, 0
    for row in days.annotate(people=Sum("complete") + Sum("partial")):
        first, people = first or row["day"], people + row["people"]
        if people >= minimum:
            steps.append(Period(first, row["day"]))
            first, people = None, 0
    ended = [step for step in steps if period.first <= step.last <= period.last]
    return Period(ended[0].first, ended[-1].last) if ended else None


def sheet_counts(surveys: Sequence[Survey], period: Period) -> dict[int, tuple[int, int]]:
    """Complete and partial answer sheets per survey, one statement."""
    rows = SheetRollup.objects.filter(survey__in=surveys, day__range=(period.first, period.last)).values("survey_id")
    sums = rows.annotate(whole=Sum("complete"), begun=Sum("partial"))
    return {row["survey_id"]: (row["whole"], row["begun"]) for row in sums}


def has_invited(survey: Survey) -> bool:
    """Whether an invitation to the survey ever arrived."""
    return InvitationRollup.objects.filter(survey=survey, sent__gt=0).exists()


def funnel(survey: Survey, period: Period | None) -> Funnel:
    """None: of all that were ever sent."""
    rows = InvitationRollup.objects.filter(survey=survey)
    if period:
        rows = rows.filter(day__range=(period.first, period.last))
    names = ("sent", "opened", "partial", "answered")
    sums = rows.aggregate(**{f"sum_of_{name}": Sum(name, default=0) for name in names})
    delivered, opened, partial, answered = (sums[f"sum_of_{name}"] for name in names)
    return Funnel(delivered, opened, partial + answered, answered)


def _unnested(rows: "QuerySet[Any, Any]", by: str, codes: str) -> list[tuple[int, int, int]]:
    """(``by``, code, how often), summed over all rows; one statement, in which the ORM could not group."""
    each = rows.values_list(F(by), Unnest(codes), Unnest("counts"))
    try:
        sql, parameters = each.query.sql_with_params()
    except EmptyResultSet:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT key, code, SUM(times)::bigint FROM ({sql}) AS row (key, code, times) GROUP BY key, code",  # noqa: S608  # the ORM's own SQL
            parameters,
        )
        return list(cursor.fetchall())


def places(result: QuestionResult) -> Mapping[int, dict[int, int]]:
    """Of a ranking: option id → place → how often."""
    found: dict[int, dict[int, int]] = {}
    for code, times in result.codes.items():
        option, place = divmod(code, 1000)
        found.setdefault(option, {})[place] = times
    return found
