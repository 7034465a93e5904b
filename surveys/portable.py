"""A survey as a file: what docs/survey-json.md describes.

A file knows names only, no keys of the database, so that it can go from one organisation to another. Its questions are
numbered from 1, each row of a table with a number of its own; conditions name them by these numbers.
"""

from collections.abc import Mapping
from typing import Any

from journeys.models import Channel, Persona
from organisations.models import LANGUAGES
from surveys.logic import Subject
from surveys.models import Question, Survey

FORMAT = "cxportal-survey"
VERSION = 1
MAX_BYTES = 2 * 2**20
TEXTS = ("intro", "thanks", "thanks_high", "thanks_low", "mail_subject", "mail_text")
OF_QUESTION = ("lo", "hi", "box_lo", "box_hi", "high_is_good", "look", "aspect")
TICKS = ("is_required", "allows_not_applicable", "allows_other", "random_order", "starts_page")
DEFAULTS: dict[str, Any] = {
    "high_is_good": True,
    "look": Question.Look.NUMBERS.value,
    "aspect": Question.Aspect.EXPERIENCE.value,
    **dict.fromkeys(TICKS, False),
}


def to_json(survey: Survey) -> dict[str, Any]:
    """What is asked, and nothing that was answered; removed questions stay behind."""
    questions = list(survey.asked_questions().select_related("touchpoint"))
    writer = _Writer({question.pk: number for number, question in enumerate(questions, start=1)})
    written: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "name": survey.name,
        "type": survey.type,
        "languages": [code for code, _name in LANGUAGES if code in survey.languages],
        "default_language": survey.default_language,
        "touchpoint": survey.touchpoint.name if survey.touchpoint else None,
        **{name: spoken(getattr(survey, name), survey) for name in TEXTS},
        "review_url": survey.review_url,
        "offers_contact": survey.offers_contact,
        "is_anonymous": survey.is_anonymous,
        "answer_days": survey.answer_days,
        "closes_on": str(survey.closes_on) if survey.closes_on else None,
        "quota": survey.quota,
        "reminders": [
            {
                "days": reminder.days,
                "subject": spoken(reminder.subject, survey),
                "text": spoken(reminder.text, survey),
            }
            for reminder in survey.reminders.all()
        ],
        "questions": [
            writer.question(question, [row for row in questions if row.matrix_id == question.pk], survey)
            for question in questions
            if question.matrix_id is None
        ],
    }
    return {name: value for name, value in written.items() if value not in (None, "", {}, [], False)}


def spoken(texts: Mapping[str, str], survey: Survey) -> dict[str, str]:
    return {language: texts[language] for language in survey.languages if texts.get(language)}


class _Writer:
    def __init__(self, numbers: dict[int, int]) -> None:
        self.numbers = numbers
        self.names: dict[Subject, dict[int, str]] = {
            Subject.PERSONA: dict(Persona.objects.values_list("pk", "name")),
            Subject.CHANNEL: dict(Channel.objects.values_list("pk", "name")),
        }

    def question(self, question: Question, rows: list[Question], survey: Survey) -> dict[str, Any]:
        scaled = {name: getattr(question, name) for name in (*OF_QUESTION, *TICKS)}
        written: dict[str, Any] = {
            "number": self.numbers[question.pk],
            "kind": question.kind,
            **{name: spoken(getattr(question, name), survey) for name in ("text", "low_label", "high_label")},
            **{name: value for name, value in scaled.items() if value != DEFAULTS.get(name)},
            "touchpoint": question.touchpoint.name if question.touchpoint else None,
            "options": [
                {"id": option["id"], "text": spoken(option["text"], survey)}
                | ({"archived": True} if option.get("archived") else {})
                for option in question.options
            ],
            "rows": [self.row(row, survey) for row in rows],
            "condition": self.rule(question.condition),
            "ends_if": self.rule(question.ends_if),
            "variants": [
                {"condition": self.rule(variant["condition"]), "text": spoken(variant["text"], survey)}
                for variant in question.variants
            ],
        }
        return {name: value for name, value in written.items() if value not in (None, {}, [])}

    def row(self, row: Question, survey: Survey) -> dict[str, Any]:
        written = {
            "number": self.numbers[row.pk],
            "text": spoken(row.text, survey),
            "touchpoint": row.touchpoint.name if row.touchpoint else None,
        }
        return {name: value for name, value in written.items() if value is not None}

    def rule(self, stored: dict[str, Any]) -> dict[str, Any]:
        if "parts" in stored:
            return {"match": stored["match"], "parts": [self.rule(part) for part in stored["parts"]]}
        if not stored:
            return {}
        subject, key, values = Subject(stored["subject"]), stored.get("key"), stored["values"]
        if subject in self.names:
            values = [self.names[subject].get(value, "?") for value in values]
        written = {"subject": subject.value, "operator": stored["operator"], "values": values}
        if subject == Subject.QUESTION:
            return {**written, "question": self.numbers.get(key or 0, 0)}
        return {**written, "attribute": key} if subject == Subject.ATTRIBUTE else written
