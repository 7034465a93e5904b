"""Storing an answer sheet: response, scores, comments and the note for the counters."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from common.prepared import Prepared
from organisations.tenancy import ENTERED
from surveys.answersheets import AnswerSheet
from surveys.models import Comment, Invitation, Response


class Overtaken(Exception):
    """The sheet was stored by another request since it was read. Nothing is stored; reading again tells what is."""


@dataclass(frozen=True)
class Context:
    """Of whom and about what an answer sheet is; the ids belong to the document's organisation."""

    customer_id: int | None = None
    touchpoint_id: int | None = None
    """What questions without a touchpoint of their own measure."""
    channel_id: int | None = None
    persona_id: int | None = None
    way: Response.Way = Response.Way.MAIL
    entrance_id: int | None = None
    sheet: int | None = None
    """``Response.sheet``."""
    set_aside: str = ""
    """Why it does not count, see ``Response.SetAside``; then it is stored without scores."""

    @classmethod
    def of(cls, invitation: Invitation, **more: Any) -> "Context":
        return cls(
            customer_id=invitation.customer_id,
            touchpoint_id=invitation.touchpoint_id,
            channel_id=invitation.channel_id,
            persona_id=invitation.persona_id,
            **more,
        )


# One statement instead of four: customers wait for each of them, and the ORM takes longer to word an insert than the
# database to do it.
_STORE = """
WITH {entered}response AS ({response}), score AS (
    INSERT INTO surveys_score (organisation_id, response_id, survey_id, question_id, touchpoint_id, channel_id,
        persona_id, day, score)
    SELECT %(organisation)s::bigint, response.id, %(survey)s::bigint, question, touchpoint, %(channel)s::bigint,
        %(persona)s::bigint, %(day)s::date, score
    FROM response, json_to_recordset(%(scores)s) AS answer (question bigint, touchpoint bigint, score smallint)
), comment AS (
    INSERT INTO surveys_comment (organisation_id, response_id, customer_id, survey_id, question_id, touchpoint_id,
        channel_id, persona_id, day, language, text, is_set_aside)
    SELECT %(organisation)s, response.id, %(customer)s::bigint, %(survey)s, question, touchpoint, %(channel)s,
        %(persona)s, %(day)s, %(language)s::text, text, %(set_aside)s::text != ''
    FROM response, json_to_recordset(%(comments)s) AS answer (question bigint, touchpoint bigint, text text)
    {only_new_comments}
), note AS (
    INSERT INTO surveys_changedday (organisation_id, survey_id, day, due_at)
    SELECT %(organisation)s, %(survey)s, changed::date, now()
    FROM response, json_array_elements_text(%(changed)s) AS changed
){more}
SELECT id FROM response
"""
_FIRST = Prepared(
    _STORE.format(
        entered=f"{ENTERED}, ",
        response="""
    INSERT INTO surveys_response (organisation_id, survey_id, version_id, invitation_id, customer_id, touchpoint_id,
        channel_id, persona_id, entrance_id, sheet, language, answers, way, set_aside, begun_at, submitted_at,
        completed_at, day)
    SELECT %(organisation)s, %(survey)s::bigint, %(version)s::bigint, %(invitation)s::bigint, %(customer)s::bigint,
        %(touchpoint)s::bigint, %(channel)s::bigint, %(persona)s::bigint, %(entrance)s::bigint, %(sheet)s::bigint,
        %(language)s::text, %(answers)s::jsonb, %(way)s::text, %(set_aside)s::text, %(begun_at)s::timestamptz,
        %(submitted_at)s::timestamptz, %(completed_at)s::timestamptz, %(day)s::date
    FROM entered
    RETURNING id""",
        only_new_comments="",
        more="",
    )
)
# Scores are written anew; comments are changed in place, since people may have picked them by then. Both are found by
# the given key: joined with the row that was changed, a plan made for a small table reads all of the organisation's.
_AGAIN = Prepared(
    _STORE.format(
        entered="",
        response="""
    UPDATE surveys_response
    SET language = %(language)s::text, answers = %(answers)s, submitted_at = %(submitted_at)s,
        completed_at = %(completed_at)s, day = %(day)s
    WHERE id = %(response)s AND submitted_at = %(seen)s AND completed_at IS NULL AND set_aside = %(set_aside)s::text
    RETURNING id""",
        only_new_comments="""
    WHERE question NOT IN (SELECT old.question_id FROM surveys_comment old WHERE old.response_id = %(response)s)""",
        more=""", former_score AS (
    DELETE FROM surveys_score old USING response WHERE old.response_id = %(response)s
), former_comment AS (
    UPDATE surveys_comment old
    SET day = %(day)s, text = answer.text,
        language = CASE WHEN old.text = answer.text THEN old.language ELSE %(language)s END
    FROM response, json_to_recordset(%(comments)s) AS answer (question bigint, text text)
    WHERE old.response_id = %(response)s AND old.question_id = answer.question
)""",
    )
)


def store_response(
    *,
    sheet: AnswerSheet,
    context: Context,
    language: str,
    submitted_at: datetime,
    day: date,
    invitation: Invitation | None = None,
    begun_at: datetime | None = None,
    is_complete: bool = True,
) -> int:
    """Store a new answer sheet; the new response's id. One statement, which enters the organisation by itself.

    ``day`` is the organisation's calendar day. Raises IntegrityError where the invitation or the sheet's number has a
    response: one invitation, one response.
    """
    parameters = _parameters(sheet, context, language, submitted_at, is_complete, day)
    # The day the mail was sent is counted anew, too: one more of its invitations has been answered.
    changed = {day, (invitation and invitation.sent_day) or day}
    (pk,) = _FIRST(
        **parameters, invitation=invitation and invitation.pk, begun_at=begun_at, changed=_json(sorted(changed))
    )
    return int(pk)


def replace_response(
    *,
    former: Response,
    sheet: AnswerSheet,
    former_sheet: AnswerSheet,
    context: Context,
    language: str,
    submitted_at: datetime,
    day: date,
    invitation: Invitation | None = None,
    is_complete: bool,
) -> None:
    """Store a partial answer sheet anew, with a page more or another answer, in place of the former one.

    Nobody else's row is locked or waited for. Raises Overtaken where ``former`` is not what is stored by now, and for
    a sheet that is complete.
    """
    gone = former_sheet.comments.keys() - sheet.comments.keys()
    if gone:
        Comment.all_objects.filter(response_id=former.pk, question_id__in=gone).delete()
    changed = {day, former.day}
    if is_complete and invitation and invitation.sent_day:
        changed.add(invitation.sent_day)
    parameters = _parameters(sheet, context, language, submitted_at, is_complete, day)
    if not _AGAIN(**parameters, response=former.pk, seen=former.submitted_at, changed=_json(sorted(changed))):
        raise Overtaken


def _parameters(
    sheet: AnswerSheet, context: Context, language: str, submitted_at: datetime, is_complete: bool, day: date
) -> dict[str, Any]:
    document, scores = sheet.document, {} if context.set_aside else sheet.scores
    touchpoints = {question.id: question.touchpoint_id or context.touchpoint_id for question in document.questions}
    return {
        "organisation": document.organisation_id,
        "survey": document.survey_id,
        "version": document.version_id,
        "customer": context.customer_id,
        "touchpoint": context.touchpoint_id,
        "channel": context.channel_id,
        "persona": context.persona_id,
        "entrance": context.entrance_id,
        "sheet": context.sheet,
        "way": context.way,
        "set_aside": context.set_aside,
        "language": language,
        "answers": _json(sheet.values),
        "submitted_at": submitted_at,
        "completed_at": submitted_at if is_complete else None,
        "day": day,
        "scores": _json(
            [{"question": pk, "touchpoint": touchpoints[pk], "score": score} for pk, score in scores.items()]
        ),
        "comments": _json(
            [{"question": pk, "touchpoint": touchpoints[pk], "text": text} for pk, text in sheet.comments.items()]
        ),
    }


def _json(value: Any) -> str:
    return json.dumps(value, default=str)
