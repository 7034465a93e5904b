"""Counting whole answer sheets, for the results of a survey: recomputed per (survey, day), like the scores.

Of each sheet one row says when and by whom; its answers are taken apart by kind, see ``AnswerRollup.codes``.
"""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db import connection

from reports.models import AnswerRollup, SheetRollup

SECONDS_COUNTED = 5
"""Times to answer are counted in steps of so many seconds, each as its beginning."""

_CELL = "version_id, language, channel_id, persona_id, day"

_COUNT_SHEETS = f"""
WITH sheet AS (
    SELECT {_CELL}, completed_at IS NOT NULL AS is_complete,
        -- LEAST passes over what is not known.
        CASE WHEN begun_at IS NOT NULL
            THEN LEAST(
                FLOOR(EXTRACT(EPOCH FROM completed_at - begun_at) / {SECONDS_COUNTED})::int * {SECONDS_COUNTED}, 3600
            )
        END AS seconds
    FROM surveys_response
    WHERE survey_id = %(survey)s AND set_aside = '' {{days}}
), timed AS (
    SELECT {_CELL}, is_complete, seconds, COUNT(*)::int AS n FROM sheet GROUP BY {_CELL}, is_complete, seconds
)
INSERT INTO reports_sheetrollup (organisation_id, survey_id, {_CELL}, complete, partial, seconds, counts)
SELECT %(organisation)s, %(survey)s, {_CELL},
    COALESCE(SUM(n) FILTER (WHERE is_complete), 0),
    COALESCE(SUM(n) FILTER (WHERE NOT is_complete), 0),
    COALESCE(ARRAY_AGG(seconds ORDER BY seconds) FILTER (WHERE is_complete AND seconds >= 0), '{{{{}}}}'),
    COALESCE(ARRAY_AGG(n ORDER BY seconds) FILTER (WHERE is_complete AND seconds >= 0), '{{{{}}}}')
FROM timed GROUP BY {_CELL}
"""  # noqa: S608  # names from here

# Each answer gives one row that says whether there is one, and one row per code.
_COUNT_ANSWERS = f"""
WITH answer AS (
    SELECT {_CELL}, question.id AS question_id, question.kind, entry.value, jsonb_typeof(entry.value) AS form
    FROM surveys_response, jsonb_each(answers) entry
    JOIN surveys_question question ON question.id = entry.key::bigint
    WHERE surveys_response.survey_id = %(survey)s AND set_aside = '' {{days}}
), counted AS (
    SELECT {_CELL}, question_id, part.outcome, part.code, COUNT(*)::int AS n
    FROM answer CROSS JOIN LATERAL (
        SELECT CASE WHEN form = 'null' THEN 'skipped' WHEN value = '"n/a"' THEN 'not_applicable' ELSE 'answered' END
            AS outcome, NULL::bigint AS code
        UNION ALL
        SELECT 'code', CASE
            WHEN kind = 'number' THEN ((value #>> '{{{{}}}}')::numeric * 10000)::bigint
            WHEN form = 'number' THEN value::int
            WHEN kind = 'date' THEN (value #>> '{{{{}}}}')::date - DATE 'epoch'
            WHEN value = '"no"' THEN 0
            ELSE 1
        END
        WHERE form NOT IN ('null', 'array') AND value <> '"n/a"'
        UNION ALL
        SELECT 'code', CASE WHEN kind = 'ranking' THEN chosen.value::int * 1000 + place::int ELSE chosen.value::int END
        FROM jsonb_array_elements(CASE WHEN form = 'array' THEN value ELSE '[]' END)
            WITH ORDINALITY AS chosen (value, place)
    ) part
    GROUP BY {_CELL}, question_id, part.outcome, part.code
)
INSERT INTO reports_answerrollup (
    organisation_id, survey_id, {_CELL}, question_id, n, skipped, not_applicable, codes, counts
)
SELECT %(organisation)s, %(survey)s, {_CELL}, question_id,
    COALESCE(SUM(n) FILTER (WHERE outcome = 'answered'), 0),
    COALESCE(SUM(n) FILTER (WHERE outcome = 'skipped'), 0),
    COALESCE(SUM(n) FILTER (WHERE outcome = 'not_applicable'), 0),
    COALESCE(ARRAY_AGG(code ORDER BY code) FILTER (WHERE outcome = 'code'), '{{{{}}}}'),
    COALESCE(ARRAY_AGG(n ORDER BY code) FILTER (WHERE outcome = 'code'), '{{{{}}}}')
FROM counted GROUP BY {_CELL}, question_id
"""  # noqa: S608  # names from here


def count_sheets(*, organisation_id: int, survey_id: int, days: Collection[date] | None) -> None:
    """Replace what is counted of a survey's sheets on these days (None: on all).

    Inside the organisation's scope, by who holds the survey's lock (``rollups.count``).
    """
    for model in (SheetRollup, AnswerRollup):
        rows = model.objects.filter(survey=survey_id)
        (rows if days is None else rows.filter(day__in=days)).delete()
    parameters: dict[str, Any] = {"organisation": organisation_id, "survey": survey_id, "days": list(days or ())}
    limited = "" if days is None else "AND day = ANY(%(days)s)"
    with connection.cursor() as cursor:
        for statement in (_COUNT_SHEETS, _COUNT_ANSWERS):
            cursor.execute(statement.format(days=limited), parameters)
