"""Reading a TOML document that people wrote: each key of the right type, and every flaw said at its place."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from django.utils.translation import gettext as _

from organisations.models import LANGUAGES
from surveys.models import Texts

HIGHEST_NUMBER = 1000
MOST_TABLES = 100
CODES = [code for code, _name in LANGUAGES]


@dataclass(frozen=True)
class Flaw:
    """One thing that is wrong with a mapping, in the active language."""

    sentence: str
    place: str = ""
    """Its table, such as ``[date]``."""
    key: str = ""
    question: int | None = None
    """Its number, from 1."""

    def __str__(self) -> str:
        place = ", ".join(filter(None, (self.place, self.key)))
        return f"{place}: {self.sentence}" if place else self.sentence


class MappingFaults(Exception):
    """The mapping can't be used."""

    def __init__(self, flaws: list[Flaw]) -> None:
        super().__init__(*map(str, flaws))
        self.flaws = flaws

    @property
    def faults(self) -> list[str]:
        """A sentence each, with its place."""
        return list(map(str, self.flaws))


class Table:
    """One table of the mapping: hands out its keys, each of the right type, and knows which nobody asked for."""

    def __init__(self, place: str, values: dict[str, Any], faults: list[Flaw], question: int | None = None) -> None:
        self.place = place
        self.faults = faults
        self.question = question
        self._left = dict(values)

    def complain(self, key: str, sentence: str) -> None:
        self.faults.append(Flaw(sentence, self.place, key, self.question))

    def table(self, key: str, *, is_needed: bool = False) -> "Table":
        values = self._take(key, dict)
        if values is None and is_needed:
            self.complain("", _("the table [%(name)s] is missing.") % {"name": key})
        # What is said about a table that is not there would only repeat that.
        return Table(f"[{key}]", values or {}, self.faults if values is not None or not is_needed else [])

    def tables(self, key: str) -> Iterator["Table"]:
        rows = self._take(key, list) or []
        if len(rows) > MOST_TABLES:
            self.complain(key, _("more than %(limit)d.") % {"limit": MOST_TABLES})
            rows = []
        for number, row in enumerate(rows, start=1):
            column = row.get("column") if isinstance(row, dict) else None
            place = f"[[{key}]] {number}" + (f" ({column})" if isinstance(column, str) else "")
            if isinstance(row, dict):
                yield Table(place, row, self.faults, number)
            else:
                self.complain(place, _("is not a table."))

    def text(self, key: str, *, is_needed: bool = False, longest: int = 200) -> str:
        value = self._take(key, str)
        if is_needed and not value:
            self.complain(key, _("is missing."))
        return self._storable(key, value or "", longest)

    def choice(self, key: str, choices: list[str], *, otherwise: str = "") -> str:
        value = self._take(key, str)
        if value is None and otherwise:
            return otherwise
        if value not in choices:
            self.complain(key, _("must be one of: %(choices)s.") % {"choices": ", ".join(choices)})
        return value or ""

    def number(self, key: str, lowest: int = 0) -> int | None:
        value = self._take(key, int)
        if value is not None and not lowest <= value <= HIGHEST_NUMBER:
            self.complain(key, _("must be from %(lo)s to %(hi)s.") % {"lo": lowest, "hi": HIGHEST_NUMBER})
            return None
        return cast(int | None, value)

    def flag(self, key: str, *, otherwise: bool = False) -> bool:
        value = self._take(key, bool)
        return otherwise if value is None else value

    def day(self, key: str) -> date | None:
        value = self._take(key, (date, str))
        if isinstance(value, str):
            try:
                return date.fromisoformat(value)
            except ValueError:
                self.complain(key, _("is not a day such as 2024-03-31."))
                return None
        return cast(date | None, value)

    def names(self, key: str) -> tuple[str, ...]:
        values = self._take(key, list) or []
        if any(isinstance(value, bool) or not isinstance(value, str | int) for value in values):
            self.complain(key, _("must be a list of texts."))
            return ()
        return tuple(str(value).strip() for value in values)

    def texts(self, key: str, longest: int = 200) -> dict[str, str]:
        values = self._take(key, dict) or {}
        if not all(isinstance(value, str) and value for value in values.values()):
            self.complain(key, _("must be a table of texts."))
            return {}
        return {name: self._storable(key, value, longest) for name, value in values.items()}

    def scores(self, key: str) -> dict[str, int]:
        values = self._take(key, dict) or {}
        if not all(isinstance(value, int) and not isinstance(value, bool) for value in values.values()):
            self.complain(key, _("must be a table of whole numbers."))
            return {}
        return {name.strip(): value for name, value in values.items()}

    def wording(self, key: str, language: str) -> Texts:
        value = self._take(key, (str, dict))
        texts = {language: value} if isinstance(value, str) else value or {}
        if not texts.keys() <= set(CODES) or not all(isinstance(text, str) for text in texts.values()):
            self.complain(key, _("must be a text, or one per language: %(choices)s.") % {"choices": ", ".join(CODES)})
            return {}
        return {code: self._storable(key, text.strip(), 1000) for code, text in texts.items() if text.strip()}

    def close(self) -> None:
        for key in self._left:
            self.complain(key, _("is not a key of a mapping here."))

    def _take(self, key: str, kind: type | tuple[type, ...]) -> Any:
        value = self._left.pop(key, None)
        if value is None:
            return None
        kinds = kind if isinstance(kind, tuple) else (kind,)
        # To Python a truth value is a number, and a moment a day; not so to people.
        if type(value) not in kinds:
            self.complain(key, _("has the wrong type."))
            return None
        return value

    def _storable(self, key: str, text: str, longest: int) -> str:
        if "\x00" in text or len(text) > longest:
            self.complain(
                key, _("has more than %(limit)d characters, or one that can't be stored.") % {"limit": longest}
            )
            return ""
        return text.strip()
