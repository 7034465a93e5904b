"""Answer sheets that do not count: set aside by themselves or by hand, looked at, counted after all, or deleted."""

from collections.abc import Collection, Iterator

from django.db import models, transaction
from django.utils import timezone

from common.background import wake
from organisations.domain.audit import record
from organisations.models import User
from surveys.documents import published_document
from surveys.domain.changed_days import note_changed_days
from surveys.models import Comment, PickedQuote, Response, Score, Survey


@transaction.atomic
def set_aside(*, survey: Survey, responses: Collection[int], user: User | None) -> int:
    """Take these answers of a survey out of all figures, by hand; how many were counted until now.

    Their comments are no longer shown nor quoted; a case about one of them stays.
    """
    sheets = list(_locked(survey, responses).filter(set_aside=""))
    keys = [sheet.pk for sheet in sheets]
    Response.objects.filter(pk__in=keys).update(set_aside=Response.SetAside.BY_HAND, left_out_at=timezone.now())
    Score.objects.filter(response__in=keys).delete()
    PickedQuote.objects.filter(comment__response__in=keys).delete()
    Comment.objects.filter(response__in=keys).update(is_set_aside=True)
    _note(survey, sheets, user, "response.set_aside")
    return len(sheets)


@transaction.atomic
def count_after_all(*, survey: Survey, responses: Collection[int], user: User | None) -> int:
    """These answers count from now on, as if they had never been set aside; how many did not."""
    sheets = list(_locked(survey, responses).exclude(set_aside=""))
    keys = [sheet.pk for sheet in sheets]
    Response.objects.filter(pk__in=keys).update(set_aside="", left_out_at=None)
    Comment.all_objects.filter(response__in=keys).update(is_set_aside=False)
    Score.objects.bulk_create(score for sheet in sheets for score in _scores(sheet))
    _note(survey, sheets, user, "response.counted")
    return len(sheets)


@transaction.atomic
def leave_out(*, survey: Survey, responses: Collection[int], user: User | None) -> int:
    """Somebody has looked at these, and they stay set aside; how many were waiting for that."""
    sheets = list(_locked(survey, responses).exclude(set_aside="").filter(left_out_at=None))
    Response.objects.filter(pk__in=[sheet.pk for sheet in sheets]).update(left_out_at=timezone.now())
    if sheets:
        _record(survey, user, "response.left_out", len(sheets))
    return len(sheets)


@transaction.atomic
def delete(*, survey: Survey, responses: Collection[int], user: User | None) -> int:
    """Delete these answers, of those that are set aside, with all that was written; how many there were."""
    sheets = list(_locked(survey, responses).exclude(set_aside=""))
    Response.objects.filter(pk__in=[sheet.pk for sheet in sheets]).delete()
    _note(survey, sheets, user, "response.deleted")
    return len(sheets)


def _locked(survey: Survey, responses: Collection[int]) -> "models.QuerySet[Response]":
    """In one order, so that two people who choose the same rows wait instead of blocking each other."""
    chosen = survey.responses.exclude(set_aside=Response.SetAside.TEST).filter(pk__in=responses).order_by("pk")
    return chosen.select_for_update(of=("self",)).select_related("invitation")


def _scores(sheet: Response) -> Iterator[Score]:
    """As ``store_response`` would have stored them."""
    questions = {question.id: question for question in published_document(sheet.version_id).questions}
    for key, answer in sheet.answers.items():
        question = questions[int(key)]
        if question.is_scored and isinstance(answer, int):
            yield Score(
                organisation_id=sheet.organisation_id,
                response=sheet,
                survey_id=sheet.survey_id,
                question_id=question.id,
                touchpoint_id=question.touchpoint_id or sheet.touchpoint_id,
                channel_id=sheet.channel_id,
                persona_id=sheet.persona_id,
                day=sheet.day,
                score=answer,
            )


def _note(survey: Survey, sheets: list[Response], user: User | None, action: str) -> None:
    """Have the days counted anew, and write down who did it."""
    if not sheets:
        return
    days = {sheet.day for sheet in sheets}
    days |= {sheet.invitation.sent_day for sheet in sheets if sheet.invitation and sheet.invitation.sent_day}
    note_changed_days(organisation_id=survey.organisation_id, days=((survey.pk, day) for day in days))
    wake("reports.count_changed_days")
    _record(survey, user, action, len(sheets))


def _record(survey: Survey, user: User | None, action: str, number: int) -> None:
    record(organisation=survey.organisation, actor=user, action=action, subject=survey, name=survey.name, number=number)
