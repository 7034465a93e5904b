"""What the columns of a customer file may mean, how their headers are recognised, and how their cells are read."""

import re
from datetime import date

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import Consent, fold
from organisations.models import validate_time_zone


class Column(models.TextChoices):
    """Meanings of a column; each but the attribute and the ignored one at most once in a file."""

    IGNORED = "", gettext_lazy("– ignore –")
    NUMBER = "external_id", gettext_lazy("customer number")
    EMAIL = "email", gettext_lazy("e-mail address")
    SALUTATION = "salutation", gettext_lazy("salutation")
    FIRST_NAME = "first_name", gettext_lazy("first name")
    LAST_NAME = "last_name", gettext_lazy("last name")
    LANGUAGE = "language", gettext_lazy("language")
    TIME_ZONE = "time_zone", gettext_lazy("time zone")
    BASIS = "basis", gettext_lazy("legal basis")
    SOURCE = "source", gettext_lazy("how it was given")
    GIVEN_ON = "given_on", gettext_lazy("date of consent")
    ATTRIBUTE = "attribute", gettext_lazy("attribute of this name")


HEADERS: dict[Column, str] = {
    Column.NUMBER: "kundennummer kundennr kdnr kundenid kundeid kunde nummer nr customernumber customerno customerid"
    " clientid externalid accountnumber number id",
    Column.EMAIL: "email mail emailadresse mailadresse emailaddress",
    Column.SALUTATION: "anrede salutation",
    Column.FIRST_NAME: "vorname firstname givenname forename",
    Column.LAST_NAME: "nachname name familienname zuname lastname surname familyname",
    Column.LANGUAGE: "sprache language locale lang sprachcode",
    Column.TIME_ZONE: "zeitzone timezone tz",
    Column.BASIS: "rechtsgrundlage einwilligung legalbasis consent optin",
    Column.SOURCE: "quelle einwilligungsquelle einwilligunguber einwilligungueber erteiltueber source "
    " consentsource howgiven",
    Column.GIVEN_ON: "einwilligungsdatum einwilligungvom einwilligungam erteiltam datumdereinwilligung consentdate"
    " dateofconsent givenon givenat optindate",
}
_BY_HEADER = {name: column for column, names in HEADERS.items() for name in names.split()}

SALUTATIONS = {"": "", "frau": "ms", "fr": "ms", "ms": "ms", "mrs": "ms", "miss": "ms", "w": "ms", "f": "ms"} | {
    "herr": "mr", "hr": "mr", "herrn": "mr", "mr": "mr", "m": "mr", "divers": "", "d": "", "none": "", "keine": ""
}  # fmt: skip
LANGUAGE_NAMES = {"de": "de", "deutsch": "de", "german": "de", "ger": "de", "deu": "de"} | {
    "en": "en", "englisch": "en", "english": "en", "eng": "en"
}  # fmt: skip
BASES: dict[str, str] = {
    **dict.fromkeys(
        ["consent", "einwilligung", "optin", "doubleoptin", "ja", "yes", "true", "wahr", "1", "x"],
        Consent.Basis.CONSENT,
    ),
    **dict.fromkeys(
        ["existingcustomer", "bestandskunde", "bestandskundin", "bestandskunden"], Consent.Basis.EXISTING_CUSTOMER
    ),
    **dict.fromkeys(["", "keine", "none", "nein", "no", "false", "falsch", "0"], ""),
}
LENGTHS = {
    Column.NUMBER: 100,
    Column.EMAIL: 254,
    Column.FIRST_NAME: 100,
    Column.LAST_NAME: 100,
    Column.SOURCE: 200,
    Column.ATTRIBUTE: 500,
}
DATE_FORMS = (
    (re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?:[T ].*)?"), 0),
    (re.compile(r"(?P<day>\d{1,2})\.\s*(?P<month>\d{1,2})\.\s*(?P<year>\d{4})(?: .*)?"), 0),
    (re.compile(r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{2})"), 2000),
)


def guess(header: list[str]) -> list[Column]:
    """What each column probably is: known names once each, all others attributes, those without a name ignored."""
    guessed: list[Column] = []
    for name in header:
        column = _BY_HEADER.get(plain(name), Column.ATTRIBUTE) if name else Column.IGNORED
        guessed.append(Column.ATTRIBUTE if column in guessed and name else column)
    return guessed


def plain(text: str) -> str:
    """Letters and digits only, as spellings vary: "E-Mail Adresse" as "emailadresse"."""
    return re.sub(r"[\W_]+", "", fold(text))


def read_cell(column: Column, text: str) -> str:
    """The cell's value as it is stored; raises ``ValidationError`` with what is wrong with it."""
    if column == Column.SALUTATION:
        return _one_of(SALUTATIONS, text, _("Neither “Ms” (“Frau”) nor “Mr” (“Herr”)."))
    if column == Column.LANGUAGE:
        language = re.split(r"[-_]", text.lower())[0]
        return _one_of({"": "", **LANGUAGE_NAMES}, language, _("Neither German (de) nor English (en)."))
    if column == Column.BASIS:
        return _one_of(BASES, text, _("Neither “consent” nor “existing customer”, nor empty."))
    if column == Column.TIME_ZONE:
        if text:
            validate_time_zone(text)
        return text
    if column == Column.GIVEN_ON:
        return read_date(text).isoformat() if text else ""
    value = _short_enough(text, LENGTHS[column])
    if column == Column.NUMBER and not value:
        raise ValidationError(_("The customer number is missing."))
    if column == Column.EMAIL and value:
        validate_email(value)
    return value


def read_date(text: str) -> date:
    """2024-03-01 or 1.3.2024, a time behind it is dropped; 1/3/2024 is refused, as it means two days."""
    for form, century in DATE_FORMS:
        found = form.fullmatch(text)
        if found:
            try:
                day = date(int(found["year"]) + century, int(found["month"]), int(found["day"]))
            except ValueError:
                break
            if day.year < 1900 or day > timezone.localdate():
                raise ValidationError(_("This day is before 1900 or has not come yet."))
            return day
    raise ValidationError(_("Not a date such as 2024-03-31 or 31.3.2024."))


def _one_of(values: dict[str, str], text: str, otherwise: str) -> str:
    try:
        return values[plain(text)]
    except KeyError:
        raise ValidationError(otherwise) from None


def _short_enough(text: str, limit: int) -> str:
    if len(text) > limit:
        raise ValidationError(_("Longer than %(limit)d characters."), params={"limit": limit})
    return text
