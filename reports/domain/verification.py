"""An independent recount: from the stored answer sheets, in Python, not from the scores and not in SQL."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from organisations.models import Organisation
from organisations.tenancy import organisation_snapshot
from reports.models import AnswerRollup, BegunDay, InvitationRollup, ScoreRollup, SheetRollup
from surveys.answers import NOT_APPLICABLE
from surveys.logic import Answer
from surveys.models import ChangedDay, Invitation, Question, Response, SurveyVersion

ScoreKey = tuple[int, int, int | None, int | None, int | None, date]
"""Survey, question, touchpoint, channel, persona, and the day or a month's first; channel and persona are None at the
total grain."""
Recount = dict[ScoreKey, Counter[tuple[date, int]]]
"""How often each score was given on each day."""
MailKey = tuple[int, int | None, date]
"""Survey, touchpoint, day sent."""

Place = tuple[Any, ...]
"""Survey, day, version, language, channel, persona, and the question where one is counted."""
CELL = ("survey_id", "day", "version_id", "language", "channel_id", "persona_id")

K = TypeVar("K")


@dataclass(frozen=True)
class Difference:
    survey_id: int
    day: date
    what: str
    recounted: object
    stored: object


@dataclass(frozen=True)
class Verification:
    responses: int
    pending_days: int
    """(Survey, day)s still to be counted; they are left out of the comparison, unless counting them failed before."""
    differences: list[Difference]


def verify(organisation: Organisation) -> Verification:
    """Compare every rollup of an organisation with a recount of its responses, in one snapshot of the database."""
    with organisation_snapshot(organisation.pk):
        begun = BegunDay.objects.filter(organisation=organisation).values_list("survey_id", "day")
        pending = {*ChangedDay.objects.filter(organisation=organisation).values_list("survey_id", "day"), *begun}
        pending.difference_update(begun.filter(attempts__gt=0))  # nobody knows when these will be counted
        details: Recount = {}
        totals: Recount = {}
        for (survey, question, touchpoint, channel, persona, day), score in _recounted_scores():
            details.setdefault((survey, question, touchpoint, channel, persona, day), Counter())[day, score] += 1
            totals.setdefault((survey, question, touchpoint, None, None, day), Counter())[day, score] += 1
        responses = Response.objects.count()
        boxes = {question.pk: question for question in Question.objects.filter(kind__in=Question.SCORED)}
        unsettled = {False: pending, True: {(survey, day.replace(day=1)) for survey, day in pending}}
        differences = []
        for grain, days in ((ScoreRollup.Grain.TOTAL, totals), (ScoreRollup.Grain.DETAIL, details)):
            for is_month, counted in ((False, days), (True, _by_month(days))):
                expected = {key: _row(boxes[key[1]], counts, is_month) for key, counts in counted.items()}
                what = f"{grain.label}{', month,' * is_month} of"
                for key, recounted, stored in _compare(expected, dict(_stored_scores(grain, is_month))):
                    if (key[0], key[5]) not in unsettled[is_month]:
                        differences.append(Difference(key[0], key[5], f"{what} {key[1:5]}", recounted, stored))
        for mail, recounted, stored in _compare(_recounted_mails(), dict(_stored_mails())):
            if (mail[0], mail[2]) not in pending:
                differences.append(
                    Difference(mail[0], mail[2], "invitations (sent, opened, answered, partial)", recounted, stored)
                )
        for what, recounted_all, stored_all in _sheets():
            for place, recounted, stored in _compare(recounted_all, stored_all):
                if place[:2] not in pending:
                    differences.append(Difference(place[0], place[1], f"{what} of {place[2:]}", recounted, stored))
        return Verification(responses, len(pending), differences)


def _recounted_scores() -> Iterator[tuple[ScoreKey, int]]:
    touchpoint_of = {
        (version, question["id"]): question.get("touchpoint")
        for version, document in SurveyVersion.objects.values_list("pk", "document")
        for question in document["questions"]
        if question["kind"] in Question.SCORED
    }
    sheets = Response.objects.filter(set_aside="", survey__is_anonymous=False).values_list(
        "survey_id", "version_id", "channel_id", "persona_id", "day", "answers", "touchpoint_id"
    )
    for survey, version, channel, persona, day, answers, contact in sheets.iterator(chunk_size=5000):
        for question, answer in answers.items():
            if isinstance(answer, int) and (version, int(question)) in touchpoint_of:
                touchpoint = touchpoint_of[version, int(question)] or contact
                yield (survey, int(question), touchpoint, channel, persona, day), answer


def _by_month(days: Recount) -> Recount:
    months: Recount = {}
    for key, counts in days.items():
        months.setdefault((*key[:5], key[5].replace(day=1)), Counter()).update(counts)
    return months


def _row(question: Question, counts: Mapping[tuple[date, int], int], is_month: bool) -> tuple[Any, ...]:
    in_box = (
        range(0) if question.box_lo is None or question.box_hi is None else range(question.box_lo, question.box_hi + 1)
    )
    scores: Counter[int] = Counter()
    for (_day, score), n in counts.items():
        scores[score] += n
    return (
        max(day for day, _score in counts),
        sum(scores.values()),
        sum(n for score, n in scores.items() if score in in_box),
        sum(n for score, n in scores.items() if question.kind == Question.Kind.NPS and score <= 6),
        sum(n * score for score, n in scores.items()),
        sum(n * score * score for score, n in scores.items()),
        {} if is_month else dict(scores),
    )


def _stored_scores(grain: int, is_month: bool) -> Iterator[tuple[ScoreKey, tuple[Any, ...]]]:
    rows = ScoreRollup.objects.filter(grain=grain, is_month=is_month).values_list(
        "survey_id", "question_id", "touchpoint_id", "channel_id", "persona_id", "day",
        "last_day", "n", "top", "bottom", "total", "squares", "scores", "counts",
    )  # fmt: skip
    for row in rows.iterator(chunk_size=5000):
        yield row[:6], (*row[6:12], dict(zip(row[12], row[13], strict=True)))


def _recounted_mails() -> dict[MailKey, tuple[int, int, int, int]]:
    sheets = Response.objects.filter(set_aside="").exclude(invitation=None)
    completed_at = dict(sheets.values_list("invitation_id", "completed_at"))
    sent: Counter[MailKey] = Counter()
    complete: Counter[MailKey] = Counter()
    partial: Counter[MailKey] = Counter()
    opened: Counter[MailKey] = Counter()
    was_sent = Invitation.objects.filter(sent_day__isnull=False)
    mails = was_sent.values_list("pk", "survey_id", "touchpoint_id", "sent_day", "opened_at")
    for invitation, survey, touchpoint, day, opened_at in mails.iterator(chunk_size=5000):
        assert day is not None
        sent[survey, touchpoint, day] += 1
        opened[survey, touchpoint, day] += opened_at is not None or invitation in completed_at
        if invitation in completed_at:
            replies = complete if completed_at[invitation] else partial
            replies[survey, touchpoint, day] += 1
    return {key: (n, opened[key], complete[key], partial[key]) for key, n in sent.items()}


def _stored_mails() -> Iterator[tuple[MailKey, tuple[int, int, int, int]]]:
    counts = ("sent", "opened", "answered", "partial")
    for row in InvitationRollup.objects.values_list("survey_id", "touchpoint_id", "day", *counts):
        yield row[:3], row[3:]


def _sheets() -> Iterator[tuple[str, dict[Place, Any], dict[Place, Any]]]:
    """What is counted for the results of surveys: recounted, and as stored."""
    kinds = dict(Question.objects.values_list("pk", "kind"))
    whole: dict[Place, tuple[list[int], Counter[int]]] = {}
    answered: dict[Place, tuple[list[int], Counter[int]]] = {}
    rows = Response.objects.filter(set_aside="").values_list(*CELL, "begun_at", "completed_at", "answers")
    for *cell, begun_at, completed_at, answers in rows.iterator(chunk_size=5000):
        sums, seconds = whole.setdefault(tuple(cell), ([0, 0], Counter()))
        sums[completed_at is None] += 1
        if begun_at and completed_at and begun_at <= completed_at:
            seconds[min((completed_at - begun_at) // timedelta(seconds=5) * 5, 3600)] += 1
        for key, answer in answers.items():
            counts, codes = answered.setdefault((*cell, int(key)), ([0, 0, 0], Counter()))
            counts[1 if answer is None else 2 if answer == NOT_APPLICABLE else 0] += 1
            codes.update(_codes(kinds[int(key)], answer))
    stored_whole = {
        tuple(row[:6]): (list(row[6:8]), Counter(dict(zip(row[8], row[9], strict=True))))
        for row in SheetRollup.objects.values_list(*CELL, "complete", "partial", "seconds", "counts")
    }
    stored_answers = {
        tuple(row[:7]): (list(row[7:10]), Counter(dict(zip(row[10], row[11], strict=True))))
        for row in AnswerRollup.objects.values_list(
            *CELL, "question_id", "n", "skipped", "not_applicable", "codes", "counts"
        )
    }
    yield "sheets (complete, partial; by seconds)", whole, stored_whole
    yield "answers (answered, left empty, not applicable; by code)", answered, stored_answers


def _codes(kind: str, answer: Answer) -> list[int]:
    """See ``AnswerRollup.codes``."""
    match answer:
        case None | "n/a":
            return []
        case bool():
            return [1]
        case int() | float():
            return [int(Decimal(str(answer)) * 10_000) if kind == Question.Kind.NUMBER else int(answer)]
        case str():
            words = {"yes": 1, "no": 0}
            return [words[answer] if answer in words else (date.fromisoformat(answer) - date(1970, 1, 1)).days]
    if kind == Question.Kind.RANKING:
        return [option * 1000 + place for place, option in enumerate(answer, start=1)]
    return list(answer)


def _compare(expected: Mapping[K, Any], stored: Mapping[K, Any]) -> Iterator[tuple[K, Any, Any]]:
    for key in expected.keys() | stored.keys():
        if expected.get(key) != stored.get(key):
            yield key, expected.get(key), stored.get(key)
