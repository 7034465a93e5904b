"""Counting whole answer sheets, for the results of a survey: recomputed per (survey, day), like the scores.

Of each sheet one row says when and by whom; its answers are taken apart by kind, see ``AnswerRollup.codes``.
"""

SECONDS_COUNTED = 5
"""Times to answer are counted in steps of so many seconds, each as its beginning."""

_CELL = "version_id, language, channel_id, persona_id, day"

SHEETS = f"""
sheet AS (
    SELECT {_CELL}, completed_at IS NOT NULL AS is_complete,
        -- LEAST passes over what is not known.
        CASE WHEN begun_at IS NOT NULL
            THEN LEAST(
                FLOOR(EXTRACT(EPOCH FROM completed_at - begun_at) / {SECONDS_COUNTED})::int * {SECONDS_COUNTED}, 3600
            )
        END AS seconds
    FROM surveys_response
    WHERE survey_id = %(survey)s AND set_aside = '' AND (%(days)s::date[] IS NULL OR day = ANY(%(days)s))
), timed AS (
    SELECT {_CELL}, is_complete, seconds, COUNT(*) AS n FROM sheet GROUP BY {_CELL}, is_complete, seconds
), fresh AS (
    SELECT {_CELL},
        COALESCE(SUM(n) FILTER (WHERE is_complete), 0) AS complete,
        COALESCE(SUM(n) FILTER (WHERE NOT is_complete), 0) AS partial,
        COALESCE(ARRAY_AGG(seconds ORDER BY seconds) FILTER (WHERE is_complete AND seconds >= 0), '{{}}') AS seconds,
        COALESCE(ARRAY_AGG(n::int ORDER BY seconds) FILTER (WHERE is_complete AND seconds >= 0), '{{}}') AS counts
    FROM timed GROUP BY {_CELL}
)
"""  # noqa: S608  # names from here

# Counted as they stand before they are taken apart: the same few answers are given again and again.
# Each answer then gives one row that says whether there is one, with its code; one of several parts a row for each.
ANSWERS = f"""
given AS (
    SELECT {_CELL}, entry.key::bigint AS question_id, entry.value, COUNT(*)::int AS n
    FROM surveys_response, jsonb_each(answers) entry
    WHERE survey_id = %(survey)s AND set_aside = '' AND (%(days)s::date[] IS NULL OR day = ANY(%(days)s))
    GROUP BY {_CELL}, entry.key, entry.value
), answer AS (
    SELECT given.*, question.kind, jsonb_typeof(value) AS form
    FROM given JOIN surveys_question question ON question.id = given.question_id
), counted AS (
    SELECT {_CELL}, question_id, part.outcome, part.code, SUM(n)::int AS n
    FROM answer CROSS JOIN LATERAL (
        SELECT CASE WHEN form = 'null' THEN 'skipped' WHEN value = '"n/a"' THEN 'not_applicable' ELSE 'answered' END
            AS outcome, CASE
            WHEN form IN ('null', 'array') OR value = '"n/a"' THEN NULL
            WHEN kind = 'number' THEN ((value #>> '{{}}')::numeric * 10000)::bigint
            WHEN form = 'number' THEN value::int
            WHEN kind = 'date' THEN (value #>> '{{}}')::date - DATE 'epoch'
            WHEN value = '"no"' THEN 0
            ELSE 1
        END AS code
        UNION ALL
        SELECT 'part', CASE WHEN kind = 'ranking' THEN chosen.value::int * 1000 + place::int ELSE chosen.value::int END
        FROM jsonb_array_elements(CASE WHEN form = 'array' THEN value ELSE '[]' END)
            WITH ORDINALITY AS chosen (value, place)
    ) part
    GROUP BY {_CELL}, question_id, part.outcome, part.code
), fresh AS (
    SELECT {_CELL}, question_id,
        COALESCE(SUM(n) FILTER (WHERE outcome = 'answered'), 0) AS n,
        COALESCE(SUM(n) FILTER (WHERE outcome = 'skipped'), 0) AS skipped,
        COALESCE(SUM(n) FILTER (WHERE outcome = 'not_applicable'), 0) AS not_applicable,
        COALESCE(ARRAY_AGG(code ORDER BY code) FILTER (WHERE code IS NOT NULL), '{{}}') AS codes,
        COALESCE(ARRAY_AGG(n ORDER BY code) FILTER (WHERE code IS NOT NULL), '{{}}') AS counts
    FROM counted GROUP BY {_CELL}, question_id
)
"""  # noqa: S608  # names from here
