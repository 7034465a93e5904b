"""Counting scores: recomputed per (survey, day) from the scores themselves, never incremented; and the months that
these days lie in from their days.

Running any of this twice changes nothing; erasing and editing answers takes the same path as adding them.
"""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db import connection

from common.periods import month_of
from organisations.models import Organisation
from organisations.tenancy import enter_organisation, organisation_scope, tenant_transaction
from reports.domain.sheets import count_sheets
from reports.models import InvitationRollup
from surveys.domain.closing import close_when_full
from surveys.models import ChangedDay, Survey

BATCH = 1000
"""Queue rows taken at once: a busy day of one survey leaves many, and all of them are settled by one recount."""

# One key to join by: of six, the planner would take the two that sort well and compare millions of pairs.
_KEY = (
    "ARRAY[{row}.grain, {row}.question_id, {row}.touchpoint_id, {row}.channel_id, {row}.persona_id, "
    "{row}.day - DATE 'epoch']"
)
_DAYS = """
cell AS (
    SELECT question_id, touchpoint_id, channel_id, persona_id, day, score, COUNT(*)::int AS n
    FROM surveys_score
    WHERE survey_id = %(survey)s {some}
    GROUP BY 1, 2, 3, 4, 5, 6
), by_grain AS (
    SELECT 1 AS grain, * FROM cell
    UNION ALL
    SELECT 0, question_id, touchpoint_id, NULL, NULL, day, score, SUM(n)::int FROM cell GROUP BY 2, 3, 6, 7
), fresh AS (
    SELECT
        grain, question_id, by_grain.touchpoint_id, channel_id, persona_id, day,
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
        MAX(day) AS last_day,
        SUM(n) AS n, SUM(top) AS top, SUM(bottom) AS bottom, SUM(total) AS total, SUM(squares) AS squares,
        '{{}}'::smallint[] AS scores,
        '{{}}'::int[] AS counts
    FROM reports_scorerollup
    WHERE survey_id = %(survey)s AND NOT is_month {some}
    GROUP BY 1, 2, 3, 4, 5, 6
)
"""
# Only rows that come out differently are written: each answer to a busy survey counts its whole day anew.
# MERGE also leaves the others unlocked, which ON CONFLICT would not; the lock on the survey keeps others away.
_STORE = """
WITH {fresh}, gone AS (
    DELETE FROM reports_scorerollup old
    WHERE survey_id = %(survey)s AND is_month = %(is_month)s {same_of_old} AND NOT EXISTS (
        SELECT FROM fresh WHERE {key_of_fresh} = {key_of_old}
    )
)
MERGE INTO reports_scorerollup AS old USING fresh
ON old.survey_id = %(survey)s AND old.is_month = %(is_month)s {same_of_old} AND {key_of_fresh} = {key_of_old}
WHEN MATCHED AND (
    old.last_day, old.n, old.top, old.bottom, old.total, old.squares, old.scores, old.counts
) IS DISTINCT FROM (
    fresh.last_day, fresh.n, fresh.top, fresh.bottom, fresh.total, fresh.squares, fresh.scores, fresh.counts
) THEN UPDATE SET
    last_day = fresh.last_day, n = fresh.n, top = fresh.top, bottom = fresh.bottom, total = fresh.total,
    squares = fresh.squares, scores = fresh.scores, counts = fresh.counts
WHEN NOT MATCHED THEN INSERT (
    organisation_id, survey_id, grain, is_month, question_id, touchpoint_id, channel_id, persona_id, day, last_day,
    n, top, bottom, total, squares, scores, counts
) VALUES (
    %(organisation)s, %(survey)s, fresh.grain, %(is_month)s, fresh.question_id, fresh.touchpoint_id, fresh.channel_id,
    fresh.persona_id, fresh.day, fresh.last_day, fresh.n, fresh.top, fresh.bottom, fresh.total, fresh.squares,
    fresh.scores, fresh.counts
)
"""


def _stored(fresh: str, *, some: str, same_of_old: str) -> str:
    """The statement that replaces rows by fresh ones; both limited to some days, or to none where all are counted."""
    keys = {f"key_of_{row}": _KEY.format(row=row) for row in ("fresh", "old")}
    return _STORE.format(fresh=fresh.format(some=some), same_of_old=same_of_old, **keys)


COUNT_ALL = (
    _stored(_DAYS, some="", same_of_old=""),
    _stored(_MONTHS, some="", same_of_old=""),
)
COUNT_SOME = (
    _stored(_DAYS, some="AND day = ANY(%(days)s)", same_of_old="AND old.day = ANY(%(days)s)"),
    _stored(
        _MONTHS,
        # The range is for the index.
        some="AND day BETWEEN %(first)s AND %(last)s AND DATE_TRUNC('month', day)::date = ANY(%(days)s)",
        same_of_old="AND old.day = ANY(%(days)s)",
    ),
)
"""Days first, then the months that are made of them."""

_COUNT_INVITATIONS = """
INSERT INTO reports_invitationrollup (organisation_id, survey_id, touchpoint_id, day, sent, opened, answered, partial)
SELECT
    %(organisation)s, %(survey)s, invitation.touchpoint_id, invitation.sent_day, COUNT(*),
    COUNT(*) FILTER (WHERE invitation.opened_at IS NOT NULL OR response.id IS NOT NULL),
    COUNT(response.completed_at), COUNT(response.id) - COUNT(response.completed_at)
FROM surveys_invitation invitation
LEFT JOIN surveys_response response ON response.invitation_id = invitation.id AND response.set_aside = ''
WHERE invitation.survey_id = %(survey)s AND invitation.sent_day IS NOT NULL {days}
GROUP BY 3, 4
"""


def count_changed_days() -> bool:
    """Settle the queue rows of the organisation that has waited longest; False: nothing is due."""
    with tenant_transaction():
        first = ChangedDay.objects.taken(1).first()
        if first is None:
            return False
        rows = ChangedDay.objects.filter(organisation=first.organisation_id).taken(BATCH)
        pending = [(row.pk, row.survey_id, row.day) for row in rows]
        enter_organisation(first.organisation_id)
        days_by_survey: dict[int, set[date]] = {}
        for _, survey_id, day in pending:
            days_by_survey.setdefault(survey_id, set()).add(day)
        # In one order, so that two workers waiting for each other's surveys cannot deadlock.
        for survey_id in sorted(days_by_survey):
            count(organisation_id=first.organisation_id, survey_id=survey_id, days=days_by_survey[survey_id])
        ChangedDay.objects.filter(pk__in=[pk for pk, _, _ in pending]).delete()
    return True


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
    locked = Survey.objects.select_for_update(no_key=True).only("state", "quota").get(pk=survey_id)
    invitations = InvitationRollup.objects.filter(survey=survey_id)
    if days is not None:
        invitations = invitations.filter(day__in=days)
    invitations.delete()
    survey: dict[str, Any] = {"organisation": organisation_id, "survey": survey_id}
    count_days, count_months = COUNT_ALL if days is None else COUNT_SOME
    with connection.cursor() as cursor:
        # After a large import the database does not know yet how much there is, and would compare each with each.
        cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute(count_days, survey | {"is_month": False, "days": list(days or ())})
        cursor.execute(count_months, survey | {"is_month": True} | _months(days or ()))
        cursor.execute("SET LOCAL enable_nestloop = on")
        cursor.execute(
            _COUNT_INVITATIONS.format(days="" if days is None else "AND sent_day = ANY(%(days)s)"),
            survey | {"days": list(days or ())},
        )
    count_sheets(organisation_id=organisation_id, survey_id=survey_id, days=days)
    close_when_full(survey=locked)


def _months(days: Collection[date]) -> dict[str, Any]:
    """First days of the months that days lie in, and the range that holds all of these months."""
    months = {month_of(day) for day in days}
    return {
        "days": [month.first for month in months],
        "first": min((month.first for month in months), default=None),
        "last": max((month.last for month in months), default=None),
    }
