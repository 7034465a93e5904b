"""Personal words in texts: ``{first_name|dear customer}`` stands for the first name, or for what follows the bar.

Known are the names below and each attribute of customers; capital and small letters are the same.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _

FORM = re.compile(r"\{([^{}|\n]{1,100})(?:\|([^{}|\n]{0,200}))?\}")

Values = Mapping[str, str]
"""What is known of one customer: by name in small letters."""


class Name(models.TextChoices):
    FIRST_NAME = "first_name", _("first name")
    LAST_NAME = "last_name", _("last name")
    ORGANISATION = "organisation", _("name of the organisation")
    TOUCHPOINT = "touchpoint", _("touchpoint")
    CONTACT_DATE = "contact_date", _("day of the contact")


ALWAYS_KNOWN = frozenset({Name.ORGANISATION.value})


@dataclass(frozen=True)
class Placeholder:
    source: str
    """As it is written, braces and all."""
    written: str
    name: str
    """The same in small letters."""
    fallback: str | None
    """None: there is none; an empty one says that nothing is to stand there."""


def _read(match: re.Match[str]) -> Placeholder:
    written = match[1].strip(" ")
    return Placeholder(match[0], written, written.casefold(), match[2])


def found_in(text: str) -> list[Placeholder]:
    """In order, each as often as it occurs."""
    return [_read(match) for match in FORM.finditer(text)]


def occur_in(*texts: Mapping[str, str]) -> bool:
    """In any of these wordings by language."""
    return any("{" in text and FORM.search(text) for wording in texts for text in wording.values())


def fill(text: str, values: Values) -> str:
    """Plain text with the values in place; nothing stands where neither value nor fallback is known."""
    return replace(text, lambda placeholder: values.get(placeholder.name) or placeholder.fallback or "")


def for_nobody(text: str) -> str:
    """As it stands in reports, which speak of many: the fallback, or else in brackets what is filled in."""
    return replace(text, lambda placeholder: placeholder.fallback or f"[{placeholder.written}]")


def replace(text: str, by: Callable[[Placeholder], str]) -> str:
    if "{" not in text:
        return text
    return FORM.sub(lambda match: by(_read(match)), text)


def unknown(text: str, attributes: Collection[str]) -> list[Placeholder]:
    """Those whose name is neither one of ``Name`` nor an attribute that customers have."""
    names = {*Name.values, *(attribute.casefold() for attribute in attributes)}
    return [placeholder for placeholder in found_in(text) if placeholder.name not in names]


def without_fallback(text: str) -> list[Placeholder]:
    """Those that leave a hole where nothing is known."""
    return [each for each in found_in(text) if each.fallback is None and each.name not in ALWAYS_KNOWN]
