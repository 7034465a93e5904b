"""Storing an answer sheet: response, scores, comments and the note for the counters."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from common.prepared import prepared_cursor
from surveys.answers import Answers
from surveys.documents import Document
from surveys.models import Invitation


@dataclass(frozen=True)
class Context:
    """Of whom and about what an answer sheet is; the ids belong to the document's organisation."""

    customer_id: int | None = None
    touchpoint_id: int | None = None
    """What questions without a touchpoint of their own measure."""
    channel_id: int | None = None
    persona_id: int | None = None

    @classmethod
    def of(cls, invitation: Invitation) -> "Context":
        return cls(
            customer_id=invitation.customer_id,
            touchpoint_id=invitation.touchpoint_id,
            channel_id=invitation.channel_id,
            persona_id=invitation.persona_id,
        )


# One statement instead of four: customers wait for each of them, and the ORM takes longer to word an insert than the
# database to do it.
_STORE = """
WITH response AS (
    INSERT INTO surveys_response (organisation_id, survey_id, version_id, invitation_id, customer_id, touchpoint_id,
        channel_id, persona_id, language, answers, submitted_at, completed_at, day)
    VALUES (%(organisation)s, %(survey)s, %(version)s, %(invitation)s, %(customer)s, %(touchpoint)s,
        %(channel)s, %(persona)s, %(language)s, %(answers)s, %(submitted_at)s, %(submitted_at)s, %(day)s)
    RETURNING id
), score AS (
    INSERT INTO surveys_score (organisation_id, response_id, survey_id, question_id, touchpoint_id, channel_id,
        persona_id, day, score)
    SELECT %(organisation)s, response.id, %(survey)s, question, touchpoint, %(channel)s, %(persona)s, %(day)s, score
    FROM response, unnest(%(scored)s::bigint[], %(scored_touchpoints)s::bigint[], %(scores)s::smallint[])
        AS answer (question, touchpoint, score)
), comment AS (
    INSERT INTO surveys_comment (organisation_id, response_id, customer_id, survey_id, question_id, touchpoint_id,
        channel_id, persona_id, day, language, text)
    SELECT %(organisation)s, response.id, %(customer)s, %(survey)s, question, touchpoint, %(channel)s, %(persona)s,
        %(day)s, %(language)s, text
    FROM response, unnest(%(commented)s::bigint[], %(commented_touchpoints)s::bigint[], %(texts)s::text[])
        AS answer (question, touchpoint, text)
), note AS (
    INSERT INTO surveys_changedday (organisation_id, survey_id, day, due_at)
    SELECT %(organisation)s, %(survey)s, changed, now() FROM unnest(%(changed)s::date[]) AS changed
)
SELECT id FROM response
"""


def store_response(
    *,
    document: Document,
    answers: Answers,
    context: Context,
    language: str,
    submitted_at: datetime,
    day: date,
    invitation: Invitation | None = None,
) -> int:
    """Store one checked answer sheet, inside the organisation's scope; the new response's id.

    ``day`` is the organisation's calendar day. Raises IntegrityError where the invitation has been answered: one
    invitation, one response.
    """
    assert not answers.errors
    touchpoints = {question.id: question.touchpoint_id or context.touchpoint_id for question in document.questions}
    # The day the mail was sent is counted anew, too: one more of its invitations has been answered.
    changed = {day} | ({invitation.sent_day} if invitation and invitation.sent_day else set())
    parameters: dict[str, Any] = {
        "organisation": document.organisation_id,
        "survey": document.survey_id,
        "version": document.version_id,
        "invitation": invitation and invitation.pk,
        "customer": context.customer_id,
        "touchpoint": context.touchpoint_id,
        "channel": context.channel_id,
        "persona": context.persona_id,
        "language": language,
        "answers": json.dumps(answers.to_json()),
        "submitted_at": submitted_at,
        "day": day,
        "scored": list(answers.scores),
        "scored_touchpoints": [touchpoints[question] for question in answers.scores],
        "scores": list(answers.scores.values()),
        "commented": list(answers.comments),
        "commented_touchpoints": [touchpoints[question] for question in answers.comments],
        "texts": list(answers.comments.values()),
        "changed": sorted(changed),
    }
    with prepared_cursor() as cursor:
        cursor.execute(_STORE, parameters)
        return int(cursor.fetchone()[0])
