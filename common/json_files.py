"""Reads JSON files that anybody may have written: every fault is named with its place."""

import json
from collections import Counter
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

FAULTS_SHOWN = 20


def load(content: bytes | str, max_bytes: int) -> Any:
    """What stands in the file. Raises ValidationError where it is too large, no JSON, or says something twice."""
    data = content.encode(errors="replace") if isinstance(content, str) else content
    if len(data) > max_bytes:
        raise ValidationError(_("The file is larger than %(limit)s MB.") % {"limit": max_bytes // 2**20})
    try:
        return json.loads(data.decode("utf-8-sig"), object_pairs_hook=_each_once, parse_constant=_no_number)
    except UnicodeDecodeError as error:
        raise ValidationError(_("The file is not UTF-8 text.")) from error
    except json.JSONDecodeError as error:
        message = _("This is no JSON: line %(line)s, column %(column)s.")
        raise ValidationError(message % {"line": error.lineno, "column": error.colno}) from error
    except (RecursionError, ValueError) as error:  # nested too deeply; a number of thousands of digits
        raise ValidationError(_("This JSON is nested too deeply, or a number in it is too long.")) from error


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice, _times = Counter(name for name, _value in pairs).most_common(1)[0]
        raise ValidationError(_("“%s” is there twice in the same place.") % shown(twice))
    return found


def _no_number(name: str) -> Any:
    raise ValidationError(_("%s is no number.") % name)


def shown(text: str) -> str:
    """A piece of the file for a message."""
    return text[:40] if text.isprintable() else ascii(text[:40])[1:-1]


class JsonReader:
    """Takes parts of a file for what they should be, and notes at which places ("stages[0].name") they are not."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def fault(self, place: str, message: str) -> None:
        """Raises ValidationError with all of them once there are ``FAULTS_SHOWN``."""
        self.faults.append(f"{place}: {message}" if place else message)
        if len(self.faults) == FAULTS_SHOWN:
            raise ValidationError(self.faults)

    def refuse_faulty(self) -> None:
        """Raises ValidationError where there is any fault."""
        if self.faults:
            raise ValidationError(self.faults)

    def part(self, value: Any, place: str, keys: set[str]) -> dict[str, Any]:
        if not isinstance(value, dict):
            self.fault(place, _("an object is expected here."))
            return {}
        for unknown in value.keys() - keys:
            self.fault(f"{place}.{shown(unknown)}".lstrip("."), _("this is not known here."))
        return value

    def items(self, value: Any, place: str, limit: int) -> list[tuple[str, Any]]:
        """Each item with its place."""
        if not isinstance(value, list):
            self.fault(place, _("a list is expected here."))
            return []
        if len(value) > limit:
            counted = {"number": len(value), "limit": limit}
            self.fault(place, _("%(number)s entries; at most %(limit)s are allowed.") % counted)
            return []
        return [(f"{place}[{number}]", item) for number, item in enumerate(value)]

    def text(self, value: Any, place: str, limit: int, *, required: bool = False) -> str:
        if not isinstance(value, str):
            self.fault(place, _("a text is expected here."))
        elif required and not value.strip():
            self.fault(place, _("this is missing."))
        elif len(value) > limit:
            self.fault(place, _("longer than %s characters.") % limit)
        elif "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
            self.fault(place, _("a character in it can't be stored."))
        else:
            return value.strip()
        return ""
