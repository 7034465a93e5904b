"""Reading earlier answers: each row of a file becomes an answer sheet as its mapping says, or faults at their place."""

import re
from collections.abc import Iterator
from collections.abc import Mapping as Readable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from common.csv_file import UNREADABLE, CsvError, CsvFile, Row
from customers.domain.columns import LANGUAGE_NAMES, LENGTHS, Column, plain, read_date
from customers.domain.importing import Faults
from organisations.models import Organisation
from surveys.answers import LONGEST_COMMENT, NOT_APPLICABLE
from surveys.domain.mapping import Asked, Fact, Mapping

# 76.0 and 76,0 are 76, as statistics programs write whole numbers; 76.5 is no score.
WHOLE_NUMBER = re.compile(r"([+-]?)0*(\d{1,6})(?:[.,]0*)?")
LANGUAGE_CODE = re.compile("[a-z]{2}")
KEPT_READINGS = 5000

Answer = int | str
"""A score, or ``NOT_APPLICABLE``."""


@dataclass
class Sheet:
    """The answers of one row; ``scores`` and ``comments`` by the question's place in the mapping."""

    row: int
    submitted_at: datetime
    day: date
    language: str
    channel: int | None
    customer: str
    attributes: dict[str, str]
    scores: dict[int, Answer] = field(default_factory=dict)
    comments: dict[int, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not (self.scores or self.comments)


class SheetReader:
    """Raises CsvError where the file does not have the mapping's columns.

    ``channels``: ids by name in small letters.
    """

    def __init__(self, file: CsvFile, mapping: Mapping, organisation: Organisation, channels: Readable[str, int]):
        self.file = file
        self.mapping = mapping
        self.zone = organisation.zone
        self.today = organisation.today()
        self.channels = channels
        for column in mapping.columns:
            if column not in file.header:
                raise CsvError(_("The file has no column “%(column)s”.") % {"column": column})
            if file.header.count(column) > 1:
                raise CsvError(_("The file has two columns “%(column)s”.") % {"column": column})
        self.place = {column: file.header.index(column) for column in mapping.columns}
        # Scores repeat: each different cell of a column is understood once.
        self.known: list[dict[str, Answer | None]] = [{} for _asked in mapping.questions]

    def sheets(self, faults: Faults) -> Iterator[Sheet]:
        """Those of rows without a fault, empty ones included; what is wrong with the others goes into ``faults``."""
        for row in self.file.rows():
            sheet = self.sheet(row, faults)
            if sheet is not None:
                yield sheet

    def sheet(self, row: Row, faults: Faults) -> Sheet | None:
        """None where the row has a fault."""
        if misfit := row.misfit(len(self.file.header)):
            faults.add(row.number, "", misfit)
            return None
        before = faults.count
        mapping = self.mapping

        def cell(column: str) -> str:
            return row.cells[self.place[column]].strip()

        def read(column: str, reading: Any) -> Any:
            try:
                text = cell(column) if column else ""
                if "\x00" in text or UNREADABLE.search(text):
                    raise ValidationError(_("Holds a character that can't be read."))
                return reading(text)
            except ValidationError as error:
                faults.add(row.number, column, " ".join(error.messages))

        moment = read(mapping.date_column, self._moment)
        sheet = Sheet(
            row=row.number,
            submitted_at=moment or datetime.min,
            day=moment.date() if moment else date.min,
            language=read(mapping.answer_language.column, self._language) or mapping.language,
            channel=read(mapping.channel.column, self._channel),
            customer=read(mapping.customer_column, self._customer) or "",
            attributes={},
        )
        for column, attribute in mapping.attributes.items():
            if value := read(column, _attribute):
                sheet.attributes[attribute] = value
        for number, asked in enumerate(mapping.questions):
            if asked.is_scored:
                known = self.known[number]
                text = cell(asked.column)
                if text in known:
                    answer = known[text]
                else:
                    errors = faults.count
                    answer = read(asked.column, lambda text, asked=asked: _answer(asked, text))
                    if faults.count == errors and len(known) < KEPT_READINGS:
                        known[text] = answer
                if answer is not None:
                    sheet.scores[number] = answer
            elif comment := read(asked.column, lambda text, asked=asked: _comment(asked, text)):
                sheet.comments[number] = comment
        return sheet if faults.count == before else None

    def _moment(self, text: str) -> datetime:
        """In the organisation's time zone; noon where only the day is known."""
        mapping = self.mapping
        if mapping.day:
            return datetime.combine(self._past(mapping.day), time(12), self.zone)
        if not mapping.date_format:
            return datetime.combine(self._past(read_date(text)), time(12), self.zone)
        try:
            moment = datetime.strptime(text, mapping.date_format)
        except ValueError:
            form = {"format": mapping.date_format}
            raise ValidationError(_("Not a date in the form %(format)s."), params=form) from None
        if moment.tzinfo:
            try:
                moment = moment.astimezone(self.zone)
            except OverflowError:
                raise ValidationError(_("This day is before 1900 or has not come yet.")) from None
        elif "%H" not in mapping.date_format and "%I" not in mapping.date_format:
            moment = moment.replace(hour=12)
        self._past(moment.date())
        return moment.replace(tzinfo=self.zone)

    def _past(self, day: date) -> date:
        if day.year < 1900 or day > self.today:
            raise ValidationError(_("This day is before 1900 or has not come yet."))
        return day

    def _language(self, text: str) -> str:
        fact = self.mapping.answer_language
        said = _translated(fact, text)
        found = LANGUAGE_NAMES.get(plain(said)) or said.lower()
        if found and not LANGUAGE_CODE.fullmatch(found):
            raise ValidationError(_("Not a language such as de or en; the mapping can translate it."))
        return found

    def _channel(self, text: str) -> int | None:
        name = _translated(self.mapping.channel, text)
        if not name:
            return None
        found = self.channels.get(name.lower())
        if found is None:
            raise ValidationError(_("There is no channel “%(name)s”."), params={"name": name})
        return found

    def _customer(self, text: str) -> str:
        if self.mapping.customer_column and not text:
            raise ValidationError(_("The customer number is missing."))
        return _short(text, LENGTHS[Column.NUMBER])


def _answer(asked: Asked, text: str) -> Answer | None:
    number = _number(text)
    said = {text} if number is None else {text, str(number)}
    if not text or said.intersection(asked.skip):
        return None
    if said.intersection(asked.not_applicable):
        return NOT_APPLICABLE
    word = said.intersection(asked.values)
    score = asked.values[word.pop()] if word else None if number is None else number - asked.subtract
    if score is None:
        raise ValidationError(_("Not a whole number; the mapping can say what words mean."))
    assert asked.lo is not None
    assert asked.hi is not None
    if not asked.lo <= score <= asked.hi:
        outside = {"score": score, "lo": asked.lo, "hi": asked.hi}
        raise ValidationError(_("%(score)s is outside the scale from %(lo)s to %(hi)s."), params=outside)
    return score


def _number(text: str) -> int | None:
    found = WHOLE_NUMBER.fullmatch(text)
    return int(found[1] + found[2]) if found else None


def _comment(asked: Asked, text: str) -> str:
    return "" if text in asked.skip else _short(text.replace("\r\n", "\n"), LONGEST_COMMENT)


def _attribute(text: str) -> str:
    return _short(text, LENGTHS[Column.ATTRIBUTE])


def _short(text: str, limit: int) -> str:
    if len(text) > limit:
        raise ValidationError(_("Longer than %(limit)d characters."), params={"limit": limit})
    return text


def _translated(fact: Fact, text: str) -> str:
    said = text if fact.column else fact.value
    return fact.values.get(said, said)
