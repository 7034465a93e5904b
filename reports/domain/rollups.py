"""Counting scores: recomputed per (survey, day) from the scores themselves, never incremented; and the months that
these days lie in from their days.

Running any of this twice changes nothing; erasing and editing answers takes the same path as adding them.
"""

import logging
from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from actions.domain.wishes import open_wished_cases
from common.periods import month_of
from organisations.models import Organisation
from organisations.tenancy import organisation_scope
from reports.domain.replacing import hashed, replace
from reports.domain.sheets import ANSWERS, SHEETS
from reports.models import AnswerRollup, BegunDay, InvitationRollup, ScoreRollup, SheetRollup
from surveys.domain.closing import close_when_full
from surveys.models import ChangedDay, Survey

logger = logging.getLogger(__name__)

BATCH = 1000
"""Queue rows taken at once: a busy day of one survey leaves many, and all of them are settled by one recount."""
PATIENCE = (timedelta(minutes=1), timedelta(hours=1), timedelta(days=1))
"""So long a count that failed, or cost its worker's life, waits: the first time, the second, and ever after."""

# Scores of surveys whose answers are never shown one by one stand in their own results alone, where nobody chooses days
# or groups; here, two figures with and without somebody would tell what that one said.
_DAYS = """
cell AS (
    SELECT question_id, touchpoint_id, channel_id, persona_id, day, score, COUNT(*)::int AS n
    FROM surveys_score
    WHERE survey_id = %(survey)s AND NOT %(is_anonymous)s AND (%(days)s::date[] IS NULL OR day = ANY(%(days)s))
    GROUP BY 1, 2, 3, 4, 5, 6
), by_grain AS (
    SELECT 1 AS grain, * FROM cell
    UNION ALL
    SELECT 0, question_id, touchpoint_id, NULL, NULL, day, score, SUM(n)::int FROM cell GROUP BY 2, 3, 6, 7
), fresh AS (
    SELECT
        grain, question_id, by_grain.touchpoint_id, channel_id, persona_id, day,
        FALSE AS is_month,
        day AS last_day,
        SUM(n) AS n,
        COALESCE(SUM(n) FILTER (WHERE score BETWEEN question.box_lo AND question.box_hi), 0) AS top,
        COALESCE(SUM(n) FILTER (WHERE question.kind = 'nps' AND score <= 6), 0) AS bottom,
        SUM(n * score) AS total,
        SUM(n::bigint * score * score) AS squares,
        ARRAY_AGG(score ORDER BY score) AS scores,
        ARRAY_AGG(n ORDER BY score) AS counts
    FROM by_grain JOIN surveys_question question ON question.id = by_grain.question_id
    GROUP BY grain, question_id, by_grain.touchpoint_id, channel_id, persona_id, day
)
"""
_MONTHS = """
fresh AS (
    SELECT
        grain, question_id, touchpoint_id, channel_id, persona_id, DATE_TRUNC('month', day)::date AS day,
        TRUE AS is_month,
        MAX(day) AS last_day,
        SUM(n) AS n, SUM(top) AS top, SUM(bottom) AS bottom, SUM(total) AS total, SUM(squares) AS squares,
        '{}'::smallint[] AS scores,
        '{}'::int[] AS counts
    FROM reports_scorerollup
    WHERE survey_id = %(survey)s AND NOT is_month AND (
        %(days)s::date[] IS NULL
        -- The range is for the index.
        OR day BETWEEN %(first)s AND %(last)s AND DATE_TRUNC('month', day)::date = ANY(%(days)s)
    )
    GROUP BY 1, 2, 3, 4, 5, 6
)
"""
_INVITATIONS = """
fresh AS (
    SELECT
        invitation.touchpoint_id, invitation.sent_day AS day,
        COUNT(*) AS sent,
        COUNT(*) FILTER (WHERE invitation.opened_at IS NOT NULL OR response.id IS NOT NULL) AS opened,
        COUNT(response.completed_at) AS answered,
        COUNT(response.id) - COUNT(response.completed_at) AS partial
    FROM surveys_invitation invitation
    LEFT JOIN surveys_response response ON response.invitation_id = invitation.id AND response.set_aside = ''
    WHERE invitation.survey_id = %(survey)s AND invitation.sent_day IS NOT NULL
        AND (%(days)s::date[] IS NULL OR invitation.sent_day = ANY(%(days)s))
    GROUP BY 1, 2
)
"""


def count_changed_days() -> bool:
    """Count the days that changed of the organisation that has waited longest; False: nothing is due.

    What is begun is committed first. So where the count fails or costs the worker's life, all others come before it,
    and then it is tried again day by day: one that cannot be counted keeps nothing waiting.
    """
    begun = _begin_again() or _begin()
    if begun is None:
        return False
    organisation_id, keys = begun
    with organisation_scope(organisation_id):
        # Locked to the end, so that nobody tries again what only takes long.
        rows = list(BegunDay.objects.filter(pk__in=keys).select_for_update(skip_locked=True))
        days_by_survey: dict[int, set[date]] = {}
        for row in rows:
            days_by_survey.setdefault(row.survey_id, set()).add(row.day)
        # In one order, so that two workers waiting for each other's surveys cannot deadlock.
        for survey_id in sorted(days_by_survey):
            count(organisation_id=organisation_id, survey_id=survey_id, days=days_by_survey[survey_id])
        BegunDay.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return True


def _begin() -> tuple[int, list[int]] | None:
    """Take the notes that have waited longest, of one organisation; those about a day that is begun wait for its end.

    Returns the organisation's key and those of the days begun; None: nothing is due.
    """
    is_begun = BegunDay.objects.filter(survey=OuterRef("survey"), day=OuterRef("day"))
    waiting = ChangedDay.objects.filter(~Exists(is_begun))
    with transaction.atomic():
        first = waiting.taken(1).first()
        if first is None:
            return None
        organisation_id = first.organisation_id
        notes = list(waiting.filter(organisation=organisation_id).taken(BATCH))
        due_at = timezone.now() + PATIENCE[0]
        # A day that another worker has begun since these notes were read is left to it: it sees what they are about.
        BegunDay.objects.bulk_create(
            [
                BegunDay(organisation_id=organisation_id, survey_id=survey_id, day=day, due_at=due_at)
                for survey_id, day in sorted({(note.survey_id, note.day) for note in notes})
            ],
            ignore_conflicts=True,
        )
        ChangedDay.objects.filter(pk__in=[note.pk for note in notes]).delete()
        own = BegunDay.objects.filter(organisation=organisation_id, due_at=due_at)
        return organisation_id, list(own.values_list("pk", flat=True))


def _begin_again() -> tuple[int, list[int]] | None:
    """As ``_begin``, with a single day that a worker left."""
    with transaction.atomic():
        left = BegunDay.objects.taken(1).first()
        if left is None:
            return None
        left.attempts += 1
        left.due_at = timezone.now() + PATIENCE[min(left.attempts, len(PATIENCE) - 1)]
        left.save(update_fields=["attempts", "due_at"])
    logger.warning(
        "Counting survey %s on %s was begun and not finished; attempt %s.", left.survey_id, left.day, left.attempts
    )
    return left.organisation_id, [left.pk]


def rebuild(organisation: Organisation) -> int:
    """Count everything of an organisation anew, one survey per transaction; the number of surveys."""
    with organisation_scope(organisation.pk):
        surveys = list(Survey.objects.order_by("pk").values_list("pk", flat=True))
    for survey_id in surveys:
        with organisation_scope(organisation.pk):
            count(organisation_id=organisation.pk, survey_id=survey_id, days=None)
    return len(surveys)


def count(*, organisation_id: int, survey_id: int, days: Collection[date] | None) -> None:
    """Replace the rollups of a survey on these days (None: on all) by a recount; inside the organisation's scope."""
    # Two workers may hold queue rows of the same day: the second waits here and then sees what the first counted.
    # This lock does not touch respondents, who only need the survey's key to stay.
    surveys = Survey.objects.select_for_update(no_key=True).only("state", "quota", "is_anonymous")
    locked = surveys.filter(pk=survey_id).first()
    if locked is None:  # removed meanwhile
        return
    of: dict[str, Any] = {"organisation": organisation_id, "survey": survey_id}
    on = of | {"days": None if days is None else list(days)}
    replace(InvitationRollup, _INVITATIONS, on)
    with hashed():
        days_on = on | {"is_anonymous": locked.is_anonymous}
        replace(ScoreRollup, _DAYS, days_on, only="NOT stored.is_month")
        replace(ScoreRollup, _MONTHS, of | _months(days), only="stored.is_month")
        replace(SheetRollup, SHEETS, on)
        replace(AnswerRollup, ANSWERS, on)
    close_when_full(survey=locked)
    open_wished_cases(survey_id=survey_id, days=days)


def _months(days: Collection[date] | None) -> dict[str, Any]:
    """First days of the months that days lie in, and the range that holds all of these months."""
    if days is None:
        return {"days": None, "first": None, "last": None}
    months = {month_of(day) for day in days}
    return {
        "days": [month.first for month in months],
        "first": min(month.first for month in months),
        "last": max(month.last for month in months),
    }
