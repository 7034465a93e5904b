"""Import of contacts from a CSV file: everything is checked first, then everything is stored at once, or nothing."""

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, time
from functools import partial
from itertools import islice

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from common.csv_file import UNREADABLE, CsvError, CsvFile, Row
from customers.domain.columns import HEADERS as CUSTOMER_HEADERS
from customers.domain.columns import Column as CustomerColumn
from customers.domain.columns import plain, read_date
from customers.domain.importing import BATCH, Faults
from customers.models import UploadedFile
from journeys.domain.interactions import Contact, check_moment, known_customers, record_interactions
from journeys.models import Channel, Touchpoint
from organisations.domain.audit import record
from organisations.domain.data_sources import mark_refreshed
from organisations.domain.jobs import JobFailed, Outcome, Progress, start_job
from organisations.models import DataSource, Job, Organisation, User
from organisations.tenancy import organisation_scope

JOB = "journeys.import_interactions"
LONGEST_ID = 100
_CLOCK = re.compile(r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,]\d+)?)?(?: ?(?:Uhr|h))?", re.IGNORECASE)


class Column(models.TextChoices):
    """Meanings of a column; each but the ignored one at most once in a file."""

    IGNORED = "", gettext_lazy("– ignore –")
    NUMBER = "number", gettext_lazy("customer number")
    EMAIL = "email", gettext_lazy("e-mail address")
    TOUCHPOINT = "touchpoint", gettext_lazy("touchpoint")
    CHANNEL = "channel", gettext_lazy("channel")
    AT = "at", gettext_lazy("date and time")
    CLOCK = "clock", gettext_lazy("time of day")
    EXTERNAL_ID = "external_id", gettext_lazy("number of the contact")


HEADERS: dict[Column, str] = {
    Column.NUMBER: CUSTOMER_HEADERS[CustomerColumn.NUMBER].removesuffix(" id"),
    Column.EMAIL: CUSTOMER_HEADERS[CustomerColumn.EMAIL],
    Column.TOUCHPOINT: "touchpoint kontaktpunkt beruhrungspunkt anlass touchpointname",
    Column.CHANNEL: "kanal channel kontaktweg weg",
    Column.AT: "zeitpunkt datum zeitstempel datumundzeit datumuhrzeit am date datetime timestamp at when occurredat",
    Column.CLOCK: "uhrzeit zeit time timeofday",
    Column.EXTERNAL_ID: "id kontaktnummer kontaktid vorgang vorgangsnummer ticket ticketnummer bestellnummer"
    " auftragsnummer interactionid contactid eventid ordernumber orderid ticketid reference externalid",
}
_BY_HEADER = {name: column for column, names in HEADERS.items() for name in names.split()}


@dataclass(frozen=True)
class Plan:
    """What the people chose; stands in the job's parameters."""

    columns: list[str]
    """A ``Column`` for each column of the file, in order."""
    touchpoint: int | None = None
    """Of rows that do not name one, as the channel."""
    channel: int | None = None
    skips_faulty: bool = False
    """Leave faulty rows out, instead of importing nothing."""
    data_source: int | None = None


@dataclass(frozen=True)
class Line:
    """A row as far as it can be read by itself."""

    row: int
    customer: str
    customer_column: str
    touchpoint_id: int
    channel_id: int | None
    at: datetime
    external_id: str


def guess(header: list[str]) -> list[Column]:
    """What each column probably is: known names once each, all others ignored."""
    guessed: list[Column] = []
    for name in header:
        column = _BY_HEADER.get(plain(name), Column.IGNORED)
        guessed.append(Column.IGNORED if column in guessed else column)
    return guessed


def start_import(*, upload: UploadedFile, plan: Plan, user: User) -> Job:
    """Hand the file over to a worker."""
    job = start_job(
        organisation=upload.organisation,
        kind=JOB,
        user=user,
        parameters=asdict(plan),
        file=bytes(upload.content),
        file_name=upload.name,
    )
    upload.delete()
    return job


def run(job: Job, progress: Progress) -> Outcome:
    organisation = job.organisation
    language = (job.created_by and job.created_by.language) or organisation.language
    with translation.override(language), timezone.override(organisation.zone):
        try:
            reading = _Reading(organisation, CsvFile(bytes(job.file or b"")), Plan(**job.parameters))
            total = reading.check(progress)
        except CsvError as error:
            raise JobFailed(str(error)) from error
        faults = reading.faults
        if faults.count and not reading.plan.skips_faulty:
            message = gettext_noop("Faulty rows: %(rows)s of %(total)s. Nothing has been imported.")
            raise JobFailed(message, {"rows": len(faults.rows), "total": total}, faults.found, faults.count)
        with organisation_scope(organisation.pk):
            added = record_interactions(organisation=organisation, contacts=reading.contacts(Faults()))
            record(
                organisation=organisation, actor=job.created_by, action="interactions.imported", subject=job, n=added
            )
            source = reading.plan.data_source and DataSource.objects.filter(pk=reading.plan.data_source).first()
            if source:
                mark_refreshed(source=source, rows=total - len(faults.rows), actor=job.created_by)
    known = total - len(faults.rows) - added
    message = gettext_noop("Added: %(added)s. Known already: %(known)s. Left out: %(skipped)s.")
    return Outcome(message, {"added": added, "known": known, "skipped": len(faults.rows)}, faults.found, faults.count)


class _Reading:
    """One file, read with what the people chose and the names that the organisation has."""

    def __init__(self, organisation: Organisation, file: CsvFile, plan: Plan) -> None:
        self.organisation, self.file, self.plan = organisation, file, plan
        self.faults = Faults()
        self.columns = [Column(column) for column in plan.columns]
        if len(self.columns) != len(file.header) or Column.AT not in self.columns:
            raise CsvError(_("The columns of the file are not those that were chosen."))
        self.headers = {
            column: name for column, name in zip(self.columns, file.header, strict=True) if column != Column.IGNORED
        }
        with organisation_scope(organisation.pk):
            self.touchpoints = {plain(one.name): one.pk for one in Touchpoint.objects.current()}
            self.channels = {plain(one.name): one.pk for one in Channel.objects.all()}

    def check(self, progress: Progress) -> int:
        """The number of rows; all that is wrong with them goes into ``faults``."""
        total = sum(1 for _row in self.file.rows())
        if not total:
            raise CsvError(_("The file has a header, but no rows."))
        progress(0, total)
        ids: dict[str, int] = {}
        lines = self._lines(self.faults)
        while batch := list(islice(lines, BATCH)):
            for line in batch:
                if line.external_id and (first := ids.setdefault(line.external_id, line.row)) != line.row:
                    complaint = _("Stands in row %(row)d already.") % {"row": first}
                    self.faults.add(line.row, self.headers[Column.EXTERNAL_ID], complaint)
            with organisation_scope(self.organisation.pk):
                self._known(batch, self.faults)
            progress(min(batch[-1].row - 1, total), total)
        progress(total, total)
        return total

    def contacts(self, faults: Faults) -> Iterator[Contact]:
        """The rows in which nothing is wrong, inside the organisation's scope."""
        lines = (line for line in self._lines(faults) if line.row not in self.faults.rows)
        while batch := list(islice(lines, BATCH)):
            yield from self._known(batch, faults)

    def _known(self, batch: list[Line], faults: Faults) -> list[Contact]:
        customers = known_customers({line.customer for line in batch})
        found = []
        for line in batch:
            if customer := customers.get(line.customer):
                found.append(Contact(customer.pk, line.touchpoint_id, line.channel_id, line.at, line.external_id))
            else:
                faults.add(line.row, line.customer_column, _("Not one of your customers."))
        return found

    def _lines(self, faults: Faults) -> Iterator[Line]:
        """The rows that are right by themselves; what is wrong with the others goes into ``faults``."""
        for row in self.file.rows():
            if line := self._line(row, faults):
                yield line

    def _line(self, row: Row, faults: Faults) -> Line | None:
        complain = partial(faults.add, row.number)
        if misfit := row.misfit(len(self.columns)):
            complain("", misfit)
            return None
        values = {
            column: cell.strip()
            for column, cell in zip(self.columns, row.cells, strict=False)
            if column in self.headers
        }
        is_right = True
        for column, value in values.items():
            if "\x00" in value or UNREADABLE.search(value):
                complain(self.headers[column], _("Holds a character that can't be read."))
                return None
        column = Column.NUMBER if values.get(Column.NUMBER) else Column.EMAIL
        customer = values.get(column, "")
        if not customer:
            complain(self.headers.get(Column.NUMBER, self.headers.get(Column.EMAIL, "")), _("The customer is missing."))
            is_right = False
        touchpoint_id, channel_id = self.plan.touchpoint, self.plan.channel
        if name := values.get(Column.TOUCHPOINT):
            touchpoint_id = self.touchpoints.get(plain(name))
            if touchpoint_id is None:
                complain(self.headers[Column.TOUCHPOINT], _("You have no touchpoint of this name."))
                is_right = False
        elif touchpoint_id is None:
            complain(self.headers.get(Column.TOUCHPOINT, ""), _("The touchpoint is missing."))
            is_right = False
        if name := values.get(Column.CHANNEL):
            channel_id = self.channels.get(plain(name))
            if channel_id is None:
                complain(self.headers[Column.CHANNEL], _("You have no channel of this name."))
                is_right = False
        if len(external_id := values.get(Column.EXTERNAL_ID, "")) > LONGEST_ID:
            complain(self.headers[Column.EXTERNAL_ID], _("Longer than %(limit)d characters.") % {"limit": LONGEST_ID})
            is_right = False
        try:
            at = read_moment(" ".join(filter(None, [values[Column.AT], values.get(Column.CLOCK)])))
        except ValidationError as error:
            complain(self.headers[Column.AT], " ".join(error.messages))
            return None
        if not is_right or touchpoint_id is None:
            return None
        return Line(row.number, customer, self.headers[column], touchpoint_id, channel_id, at, external_id)


def read_moment(text: str) -> datetime:
    """2026-03-31 14:05, 31.3.2026 14:05 Uhr or, with its time zone, 2026-03-31T14:05:00Z; a day alone means noon.

    Without a time zone the active one is meant. Raises ValidationError for anything else, and for times to come.
    """
    text = text.strip()
    day, _between, clock = text.replace("T", " ", 1).partition(" ")
    found = _CLOCK.fullmatch(clock.strip())
    try:
        if not clock.strip():
            moment = timezone.make_aware(datetime.combine(read_date(day), time(12)))
            moment = min(moment, timezone.now())
        elif found:
            hour, minute, second = (int(part or 0) for part in found.groups())
            moment = timezone.make_aware(datetime.combine(read_date(day), time(hour, minute, second)))
        else:
            moment = datetime.fromisoformat(text)
            if timezone.is_naive(moment):
                moment = timezone.make_aware(moment)
    except (ValueError, OverflowError):
        raise ValidationError(_("Not a date and time such as 2026-03-31 14:05 or 31.3.2026 14:05.")) from None
    check_moment(moment)
    return moment
