"""Import of customers from a CSV file: everything is checked first, then everything is stored at once, or nothing."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import islice

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from common.csv_file import UNREADABLE, CsvError, CsvFile, Row
from customers.domain.columns import Column, read_cell
from customers.domain.storing import Record, store
from customers.models import Customer, UploadedFile, UploadQueue, address_hash
from organisations.domain.audit import record
from organisations.domain.data_sources import mark_refreshed
from organisations.domain.jobs import Fault, JobFailed, Outcome, Progress, start_job
from organisations.models import DataSource, Job, Organisation, User
from organisations.tenancy import enter_organisation, organisation_scope, tenant_transaction

FAULTS_KEPT = 1000
BATCH = 1000


@dataclass(frozen=True)
class Plan:
    """What the people chose; stands in the job's parameters."""

    columns: list[str]
    """A ``Column`` for each column of the file, in order."""
    skips_faulty: bool = False
    """Leave faulty rows out, instead of importing nothing."""
    basis: str = ""
    """Legal basis, how and when it was given, where a row itself does not say so."""
    source: str = ""
    given_on: str = ""
    data_source: int | None = None

    @property
    def fields(self) -> set[Column]:
        return {Column(column) for column in self.columns}


@dataclass
class Faults:
    """The first ones in full, all of them counted; and which rows they are in."""

    found: list[Fault] = field(default_factory=list)
    count: int = 0
    rows: set[int] = field(default_factory=set)

    def add(self, row: int, column: str, message: str) -> None:
        self.count += 1
        self.rows.add(row)
        if len(self.found) < FAULTS_KEPT:
            self.found.append(Fault(row, column, message))


def keep_upload(*, organisation: Organisation, name: str, content: bytes, user: User) -> UploadedFile:
    """Keep a file until its import starts, or for a day."""
    with transaction.atomic():
        upload = UploadedFile.objects.create(
            organisation=organisation, name=name[:200], content=content, uploaded_by=user
        )
        UploadQueue.objects.create(
            organisation=organisation, upload=upload, due_at=timezone.now() + UploadedFile.KEPT_FOR
        )
    return upload


def discard_next_upload() -> bool:
    """Throw the file away that nobody has imported for longest; False: none has waited long enough."""
    with tenant_transaction():
        row = UploadQueue.objects.taken(1).first()
        if row is None:
            return False
        enter_organisation(row.organisation_id)
        UploadedFile.objects.filter(pk=row.upload_id).delete()
    return True


def start_import(*, upload: UploadedFile, plan: Plan, user: User) -> Job:
    """Hand the file over to a worker."""
    job = start_job(
        organisation=upload.organisation,
        kind="customers.import",
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
        plan = Plan(**job.parameters)
        try:
            file = CsvFile(bytes(job.file or b""))
            total, faults = _check(file, plan, organisation.pk, progress)
        except CsvError as error:
            raise JobFailed(str(error)) from error
        if faults.count and not plan.skips_faulty:
            message = gettext_noop("Faulty rows: %(rows)s of %(total)s. Nothing has been imported.")
            raise JobFailed(message, {"rows": len(faults.rows), "total": total}, faults.found, faults.count)
        try:
            with organisation_scope(organisation.pk):
                records = (found for found in _records(file, plan, Faults()) if found.row not in faults.rows)
                result = store(
                    organisation=organisation,
                    records=records,
                    fields=plan.fields,
                    attributes=[
                        name
                        for column, name in zip(plan.columns, file.header, strict=True)
                        if column == Column.ATTRIBUTE
                    ],
                )
                record(
                    organisation=organisation,
                    actor=job.created_by,
                    action="customers.imported",
                    subject=job,
                    added=result.added,
                    changed=result.changed,
                )
                source = DataSource.objects.filter(pk=plan.data_source).first() if plan.data_source else None
                if source:
                    mark_refreshed(source=source, rows=total - len(faults.rows), actor=job.created_by)
        except IntegrityError as error:
            message = gettext_noop("Customers were changed while the import ran. Nothing has been imported; try again.")
            raise JobFailed(message) from error
    values = {
        "added": result.added,
        "changed": result.changed,
        "unchanged": total - len(faults.rows) - result.added - result.changed,
        "skipped": len(faults.rows),
    }
    message = gettext_noop("Added: %(added)s. Changed: %(changed)s. Unchanged: %(unchanged)s. Left out: %(skipped)s.")
    return Outcome(message, values, faults.found, faults.count)


def _check(file: CsvFile, plan: Plan, organisation_id: int, progress: Progress) -> tuple[int, Faults]:
    """The number of rows, and all that is wrong with them, alone, with each other and with other customers."""
    faults = Faults()
    if len(plan.columns) != len(file.header) or Column.NUMBER not in plan.fields:
        raise CsvError(_("The columns of the file are not those that were chosen."))
    total = sum(1 for _row in file.rows())
    if not total:
        raise CsvError(_("The file has a header, but no rows."))
    progress(0, total)
    headers = dict(zip(plan.columns, file.header, strict=True))
    numbers: dict[str, int] = {}
    addresses: dict[str, int] = {}
    records = _records(file, plan, faults)
    while batch := list(islice(records, BATCH)):
        for found in batch:
            _note_repeated(numbers, found.values[Column.NUMBER], found.row, headers[Column.NUMBER], faults)
            if email := found.values.get(Column.EMAIL, "").lower():
                _note_repeated(addresses, email, found.row, headers[Column.EMAIL], faults)
        if Column.EMAIL in plan.fields:
            with organisation_scope(organisation_id):
                _note_taken(batch, headers[Column.EMAIL], faults)
        progress(min(batch[-1].row - 1, total), total)
    progress(total, total)
    return total, faults


def _note_repeated(seen: dict[str, int], value: str, row: int, column: str, faults: Faults) -> None:
    first = seen.setdefault(value, row)
    if first != row:
        faults.add(row, column, _("Stands in row %(row)d already.") % {"row": first})


def _note_taken(batch: list[Record], column: str, faults: Faults) -> None:
    """An address stays with its customer: who is to get it there by an import is refused."""
    hashes = {found.row: address_hash(email) for found in batch if (email := found.values[Column.EMAIL])}
    owners = dict(
        Customer.objects.filter(address_hash__in=set(hashes.values())).values_list("address_hash", "external_id")
    )
    for found in batch:
        owner = owners.get(hashes.get(found.row, ""))
        if owner is not None and owner != found.values[Column.NUMBER]:
            faults.add(found.row, column, _("Another customer has this address."))


def _records(file: CsvFile, plan: Plan, faults: Faults) -> Iterator[Record]:
    """The rows that are right by themselves; what is wrong with the others goes into ``faults``."""
    columns = [Column(column) for column in plan.columns]
    for row in file.rows():
        found = _record(row, columns, file.header, plan, partial(faults.add, row.number))
        if found:
            yield found


def _record(
    row: Row, columns: list[Column], header: list[str], plan: Plan, complain: Callable[[str, str], None]
) -> Record | None:
    if misfit := row.misfit(len(columns)):
        complain("", misfit)
        return None
    is_right = True
    values: dict[Column, str] = {}
    attributes: dict[str, str] = {}
    for column, name, cell in zip(columns, header, row.cells, strict=False):
        if column == Column.IGNORED:
            continue
        text = cell.strip()
        try:
            if "\x00" in text or UNREADABLE.search(text):
                raise ValidationError(_("Holds a character that can't be read."))
            value = read_cell(column, text)
        except ValidationError as error:
            complain(name, " ".join(error.messages))
            is_right = False
            continue
        if column == Column.ATTRIBUTE:
            attributes |= {name: value} if value else {}
        else:
            values[column] = value
    if not (is_right and _complete_basis(values, plan, columns, header, complain)):
        return None
    return Record(row.number, values, attributes)


def _complete_basis(
    values: dict[Column, str],
    plan: Plan,
    columns: list[Column],
    header: list[str],
    complain: Callable[[str, str], None],
) -> bool:
    """A legal basis needs its evidence: from the row, else from what was chosen for all rows."""
    if Column.BASIS not in columns:
        values[Column.BASIS] = plan.basis
    if not values[Column.BASIS]:
        return True
    is_complete = True
    evidence = (
        (Column.SOURCE, plan.source, _("There is a legal basis, but not how it was given.")),
        (Column.GIVEN_ON, plan.given_on, _("There is a legal basis, but not its date.")),
    )
    for column, otherwise, complaint in evidence:
        values[column] = values.get(column) or otherwise
        if not values[column]:
            complain(header[columns.index(column)] if column in columns else "", complaint)
            is_complete = False
    return is_complete
