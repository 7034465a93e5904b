"""A walk through a survey whose answers all come along and are stored nowhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from surveys.answers import Answers, Form, check_answers
from surveys.answersheets import AnswerSheet, Page
from surveys.documents import Document
from surveys.logic import Facts


@dataclass(frozen=True)
class Step:
    """Where one is on the walk."""

    sheet: AnswerSheet
    page: Page | None
    """None: the survey is at its end."""
    refused: Answers | None = None
    """What is wrong with the page that was sent, which is shown again."""


def walk(document: Document, facts: Facts, form: Form, *, sent: int = 0, wanted: int = 0) -> Step:
    """Go on after the pages up to number ``sent``, whose fields are all in ``form``; or back to the page ``wanted``."""
    sheet, number = AnswerSheet(document, facts), 0
    while page := next((each for each in sheet.pages if number < each.number <= sent), None):
        answers = check_answers(page.questions, form)
        if answers.errors:
            return Step(sheet, page, answers)
        sheet, number = sheet.with_page(page, answers), page.number
    if not sheet.pages:
        return Step(sheet, None)
    if wanted:
        return Step(sheet, sheet.page(wanted))
    if not number:
        return Step(sheet, sheet.pages[0])
    following = sheet.after(number)
    if following is None and sheet.is_empty and any(not each.is_to_be_read for each in sheet.pages):
        return Step(sheet, sheet.pages[-1], Answers())
    return Step(sheet, following)


@dataclass(frozen=True)
class Carried:
    """What goes along from page to page in the address."""

    settings: Mapping[str, str]
    """Language, version and who is tried out."""
    form: Form = field(default_factory=dict)
    sent: int = 0

    def besides(self, page: Page) -> list[tuple[str, str]]:
        """Names and values of hidden fields: all but the page's own."""
        own = {question.field for question in page.questions}
        fields = [(name, value) for name, values in self.form.items() for value in values]
        return [*self.settings.items(), *(each for each in fields if each[0].split(".")[0] not in own)]

    @property
    def query(self) -> str:
        """All of it, as the end of an address."""
        fields = [(name, value) for name, values in self.form.items() for value in values]
        return "&" + urlencode([*self.settings.items(), *fields, ("sent", self.sent)])
