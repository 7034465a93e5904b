"""Storing an answer sheet: response, scores, comments and the note for the counters, in one transaction."""

from dataclasses import dataclass
from datetime import date, datetime

from surveys.documents import Answers, Document
from surveys.models import ChangedDay, Comment, Invitation, Response, Score


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


def store_response(
    *,
    document: Document,
    answers: Answers,
    context: Context,
    language: str,
    submitted_at: datetime,
    day: date,
    invitation: Invitation | None = None,
) -> Response:
    """Store one checked answer sheet, inside the organisation's scope; ``day`` is the organisation's calendar day.

    Raises IntegrityError where the invitation has been answered: one invitation, one response.
    """
    assert not answers.errors
    assert document.version_id is not None
    organisation_id, survey_id = document.organisation_id, document.survey_id
    response = Response.objects.create(
        organisation_id=organisation_id,
        survey_id=survey_id,
        version_id=document.version_id,
        invitation=invitation,
        customer_id=context.customer_id,
        touchpoint_id=context.touchpoint_id,
        channel_id=context.channel_id,
        persona_id=context.persona_id,
        language=language,
        answers=answers.to_json(),
        submitted_at=submitted_at,
        day=day,
    )
    touchpoints = {question.id: question.touchpoint_id or context.touchpoint_id for question in document.questions}
    Score.objects.bulk_create(
        Score(
            organisation_id=organisation_id,
            response=response,
            survey_id=survey_id,
            question_id=question_id,
            touchpoint_id=touchpoints[question_id],
            channel_id=context.channel_id,
            persona_id=context.persona_id,
            day=day,
            score=score,
        )
        for question_id, score in answers.scores.items()
    )
    Comment.objects.bulk_create(
        Comment(
            organisation_id=organisation_id,
            response=response,
            customer_id=context.customer_id,
            survey_id=survey_id,
            question_id=question_id,
            touchpoint_id=touchpoints[question_id],
            channel_id=context.channel_id,
            persona_id=context.persona_id,
            day=day,
            language=language,
            text=text,
        )
        for question_id, text in answers.comments.items()
    )
    # The day the mail was sent is counted anew, too: one more of its invitations has been answered.
    days = {day} | ({invitation.sent_day} if invitation and invitation.sent_day else set())
    ChangedDay.objects.bulk_create(
        ChangedDay(organisation_id=organisation_id, survey_id=survey_id, day=changed) for changed in sorted(days)
    )
    return response
