"""Answer sheets stored in bulk: one COPY into a temporary table, then one statement per table."""

import json
from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.utils import timezone

from customers.domain.changes import note_everyone
from journeys.domain.assignment import fits_sql
from journeys.models import Persona
from organisations.models import LANGUAGES, Organisation
from surveys.domain.mapping import Mapping
from surveys.domain.sheets import Sheet
from surveys.models import Question, SurveyVersion

# Row-level security refuses COPY into a protected table. Each sheet gets its key here, for its scores to name it.
_STAGING = """
    CREATE TEMPORARY TABLE sheet (
        id bigint DEFAULT nextval(pg_get_serial_sequence('surveys_response', 'id')),
        position integer, external_id text, customer_id bigint, attributes jsonb, channel_id bigint, persona_id bigint,
        language text, submitted_at timestamptz, day date, answers jsonb, comments jsonb
    ) ON COMMIT DROP
"""
_COPY = """
    COPY sheet (position, external_id, attributes, channel_id, language, submitted_at, day, answers, comments)
    FROM STDIN
"""
# Who is known keeps all else, their language included; only rows that differ are written.
_CUSTOMERS = """
    INSERT INTO customers_customer AS customer (
        organisation_id, external_id, email, address_hash, salutation, first_name, last_name,
        language, attributes, created_at, updated_at
    )
    SELECT DISTINCT ON (external_id) %(organisation)s, external_id, '', '', '', '', '',
        CASE WHEN language = ANY(%(languages)s) THEN language ELSE %(language)s END, attributes, %(now)s, %(now)s
    FROM sheet ORDER BY external_id, position DESC
    ON CONFLICT (organisation_id, external_id) DO UPDATE
        SET attributes = customer.attributes || excluded.attributes, updated_at = excluded.updated_at
        WHERE NOT customer.attributes @> excluded.attributes
"""
_FIND_CUSTOMERS = """
    UPDATE sheet SET customer_id = customer.id, attributes = customer.attributes || sheet.attributes
    FROM customers_customer customer
    WHERE customer.organisation_id = %(organisation)s AND customer.external_id = sheet.external_id
"""
# The rules as for customers, on the attributes and the day of the answer.
_FIND_PERSONAS = "UPDATE sheet SET persona_id = ({fits})[1]"
_RESPONSES = """
    INSERT INTO surveys_response (
        id, organisation_id, survey_id, version_id, customer_id, channel_id, persona_id,
        language, answers, way, submitted_at, completed_at, day
    )
    SELECT id, %(organisation)s, %(survey)s, %(version)s, customer_id, channel_id, persona_id,
        language, answers, 'import', submitted_at, submitted_at, day
    FROM sheet ORDER BY position
"""
_SCORES = """
    INSERT INTO surveys_score (
        organisation_id, response_id, survey_id, question_id, touchpoint_id, channel_id, persona_id, day, score
    )
    SELECT %(organisation)s, sheet.id, %(survey)s, question.id, question.touchpoint_id, channel_id, persona_id, day,
        answer.value::text::smallint
    FROM sheet CROSS JOIN jsonb_each(answers) answer
    JOIN unnest(%(questions)s::bigint[], %(touchpoints)s::bigint[]) question (id, touchpoint_id)
        ON question.id::text = answer.key
    WHERE jsonb_typeof(answer.value) = 'number'
    ORDER BY sheet.position
"""
_COMMENTS = """
    INSERT INTO surveys_comment (
        organisation_id, response_id, customer_id, survey_id, question_id, touchpoint_id, channel_id, persona_id,
        day, language, text
    )
    SELECT %(organisation)s, sheet.id, customer_id, %(survey)s, question.id, question.touchpoint_id, channel_id,
        persona_id, day, language, comment.value
    FROM sheet CROSS JOIN jsonb_each_text(comments) comment
    JOIN unnest(%(questions)s::bigint[], %(touchpoints)s::bigint[]) question (id, touchpoint_id)
        ON question.id::text = comment.key
    ORDER BY sheet.position
"""
_CHANGED_DAYS = """
    INSERT INTO surveys_changedday (organisation_id, due_at, survey_id, day)
    SELECT DISTINCT %(organisation)s::bigint, %(now)s::timestamptz, %(survey)s::bigint, day FROM sheet
"""


def store_sheets(
    *,
    organisation: Organisation,
    version: SurveyVersion,
    questions: list[Question],
    sheets: Iterable[Sheet],
    mapping: Mapping,
) -> int:
    """Store all sheets inside the organisation's scope and one transaction; their number.

    ``questions`` stand in the mapping's order. Customers are found by number or added, without an address.
    """
    ids = [question.pk for question in questions]
    parameters: dict[str, Any] = {
        "organisation": organisation.pk,
        "survey": version.survey_id,
        "version": version.pk,
        "questions": ids,
        "touchpoints": [question.touchpoint_id for question in questions],
        "languages": [code for code, _name in LANGUAGES],
        "language": organisation.language,
        "now": timezone.now(),
    }
    fits, of_rules = fits_sql(list(Persona.objects.all()), today="sheet.day", attributes="sheet.attributes")
    count = 0
    with connection.cursor() as cursor:
        cursor.execute(_STAGING)
        with cursor.copy(_COPY) as copy:
            for sheet in sheets:
                copy.write_row(_line(sheet, ids))
                count += 1
        cursor.execute("ANALYZE sheet")
        if mapping.customer_column:
            cursor.execute(_CUSTOMERS, parameters)
            cursor.execute(_FIND_CUSTOMERS, parameters)
            note_everyone(organisation)
        cursor.execute(_FIND_PERSONAS.format(fits=fits), of_rules)
        for statement in (_RESPONSES, _SCORES, _COMMENTS, _CHANGED_DAYS):
            cursor.execute(statement, parameters)
        cursor.execute("DROP TABLE sheet")
    return count


def _line(sheet: Sheet, ids: list[int]) -> tuple[object, ...]:
    return (
        sheet.row,
        sheet.customer,
        json.dumps(sheet.attributes),
        sheet.channel,
        sheet.language,
        sheet.submitted_at,
        sheet.day,
        json.dumps({str(ids[number]): answer for number, answer in sheet.scores.items()}),
        json.dumps({str(ids[number]): text for number, text in sheet.comments.items()}),
    )
