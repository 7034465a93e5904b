"""Making a survey of a file, see ``surveys.portable``."""

from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from journeys.models import Channel, Persona, Touchpoint
from organisations.models import Organisation
from surveys.domain.making import made_once
from surveys.domain.questions import OF_ROWS
from surveys.domain.reminders import give_reminders
from surveys.logic import Rule, Subject
from surveys.models import Question, Survey
from surveys.portable_reader import QuestionRead, SurveyRead, conditions


def unknown_touchpoints(read: SurveyRead) -> list[str]:
    """Names that are no touchpoint here; what measures them will measure that of the survey, or none yet."""
    known = _by_name(Touchpoint.objects.filter(archived_at=None))
    return sorted(name for name in read.touchpoints if name.casefold() not in known)


@transaction.atomic
def import_survey(*, organisation: Organisation, read: SurveyRead, form_key: UUID | None = None) -> Survey:
    """A draft; the one that was made with the same ``form_key``, if there is one.

    Raises ValidationError where a condition names a persona or channel that is not there.
    """
    touchpoints = _by_name(Touchpoint.objects.filter(archived_at=None))
    maker = _Maker(organisation)
    draft = Survey(
        organisation=organisation,
        touchpoint_id=touchpoints.get(read.touchpoint.casefold()),
        **read.fields,
    )
    survey, is_new = made_once(draft, form_key)
    if not is_new:
        return survey
    made: dict[int, Question] = {}
    for position, question in enumerate(read.questions):
        asked = Question.objects.create(
            organisation=organisation,
            survey=survey,
            position=position,
            touchpoint_id=touchpoints.get(question.touchpoint.casefold()),
            **question.fields,
        )
        made[question.number] = asked
        shared = {name: getattr(asked, name) for name in OF_ROWS}
        for place, row in enumerate(question.rows):
            made[row.number] = Question.objects.create(
                organisation=organisation,
                survey=survey,
                matrix=asked,
                kind=Question.Kind.RATING,
                position=place,
                text=row.text,
                touchpoint_id=touchpoints.get(row.touchpoint.casefold()),
                **shared,
            )
    give_reminders(survey=survey, reminders=read.reminders)
    keys = {number: question.pk for number, question in made.items()}
    for place, question in enumerate(read.questions):
        maker.add_logic(made[question.number], question, keys, f"questions[{place}]")
    if maker.faults:
        raise ValidationError(maker.faults)
    return survey


class _Maker:
    def __init__(self, organisation: Organisation) -> None:
        self.names = {
            Subject.PERSONA: _by_name(Persona.objects.all()),
            Subject.CHANNEL: _by_name(Channel.objects.all()),
        }
        self.faults: list[str] = []

    def add_logic(self, question: Question, read: QuestionRead, keys: dict[int, int], place: str) -> None:
        question.condition = self.rule(read.condition, keys, f"{place}.condition")
        question.ends_if = self.rule(read.ends_if, keys, f"{place}.ends_if")
        question.variants = [
            {
                "condition": self.rule(each["condition"], keys, f"{place}.variants[{number}].condition"),
                "text": each["text"],
            }
            for number, each in enumerate(read.variants)
        ]
        if question.condition or question.ends_if or question.variants:
            question.save(update_fields=["condition", "ends_if", "variants"])

    def rule(self, read: dict[str, Any], keys: dict[int, int], place: str) -> dict[str, Any]:
        if not read:
            return {}
        faults = [
            _("%(place)s: there is no “%(name)s” here.") % {"place": place, "name": str(name)[:60]}
            for part in conditions(read)
            if (subject := Subject(part["subject"])) in self.names
            for name in part.get("values", [])
            if str(name).casefold() not in self.names[subject]
        ]
        self.faults += faults
        rule = None if faults else Rule.from_json(self._stored(read, keys))
        return rule.to_json() if rule else {}

    def _stored(self, read: dict[str, Any], keys: dict[int, int]) -> dict[str, Any]:
        if "parts" in read:
            return {"match": read["match"], "parts": [self._stored(part, keys) for part in read["parts"]]}
        subject = Subject(read["subject"])
        values = read.get("values", [])
        if subject in self.names:
            values = [self.names[subject][str(name).casefold()] for name in values]
        key = keys[read["question"]] if subject == Subject.QUESTION else read.get("attribute")
        return {"subject": subject.value, "key": key, "operator": read["operator"], "values": values}


def _by_name(found: QuerySet[Touchpoint] | QuerySet[Persona] | QuerySet[Channel]) -> dict[str, int]:
    return {name.casefold(): pk for pk, name in found.order_by("-pk").values_list("pk", "name")}
