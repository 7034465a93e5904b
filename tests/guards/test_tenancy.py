"""Every model carries its organisation, and PostgreSQL guards every such table (DESIGN.md, section 4)."""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import FieldDoesNotExist
from django.db import Error, connection, models, transaction
from django.utils import timezone

from organisations.models import Organisation, OrganisationOwned
from organisations.queues import QueueRow
from organisations.tenancy import organisation_scope, tenant_transaction
from tests.guards.project import MODELS
from tests.makers import make_organisation

QUEUE = "a queue that a worker drains for all organisations at once: ids only, no personal data"
WITHOUT_WALL = {
    "organisations.Organisation": "is the organisation",
    "organisations.User": "a person may belong to several organisations; memberships are behind the wall",
    "customers.UploadQueue": QUEUE,
    "organisations.ColleagueInviteQueue": QUEUE,
    "organisations.JobQueue": QUEUE,
    "customers.ChangedCustomer": QUEUE,
    "journeys.NewInteractions": QUEUE,
    "reports.BegunDay": QUEUE,
    "surveys.Arrival": QUEUE,
    "surveys.ChangedDay": QUEUE,
    "surveys.CampaignQueue": QUEUE,
    "surveys.HistoryQueue": QUEUE,
    "surveys.MailBatch": QUEUE,
    "surveys.MailCheckQueue": QUEUE,
    "surveys.MailQueue": QUEUE,
    "surveys.ReminderQueue": QUEUE,
    "surveys.TriggerQueue": QUEUE,
}
# Fields that a row needs beyond what its types tell, for constraints that a generic row would break.
FIELDS: dict[str, dict[str, Any]] = {
    "surveys.Question": {"kind": "text", "lo": None, "hi": None},
}
# What such a row has to point to although the field may be empty.
NEEDED = {"journeys.MapChange": {"journey"}}
TENANTS = [model for model in MODELS if model._meta.label not in WITHOUT_WALL]
IDS_ONLY = (models.ForeignKey, models.AutoField, models.IntegerField, models.DateTimeField, models.DateField)

all_tenants = pytest.mark.parametrize("model", TENANTS, ids=lambda model: model._meta.label)


@all_tenants
def test_a_model_carries_its_organisation(model: type[models.Model]) -> None:
    label = model._meta.label
    try:
        field = model._meta.get_field("organisation")
    except FieldDoesNotExist:
        pytest.fail(f"{label}: derive it from OrganisationOwned, or add it to WITHOUT_WALL in {__name__} with a reason")
    assert issubclass(model, OrganisationOwned), f"{label}: derive it from OrganisationOwned"
    assert not field.null, f"{label}: its organisation may not be null"


@pytest.mark.parametrize("label", [label for label, reason in WITHOUT_WALL.items() if reason == QUEUE])
def test_a_queue_holds_ids_only(label: str) -> None:
    model = next((each for each in MODELS if each._meta.label == label), None)
    assert model is not None, f"{label} is gone: take it off WITHOUT_WALL in {__name__}"
    assert issubclass(model, QueueRow)
    fields = {field.name: field.base_field if isinstance(field, ArrayField) else field for field in model._meta.fields}
    others = [name for name, field in fields.items() if not isinstance(field, IDS_ONLY)]
    assert others == [], f"{label}: {others} may hold personal data; a queue stands outside row-level security"


@all_tenants
def test_its_table_is_behind_forced_row_level_security(model: type[models.Model], db: None) -> None:
    table = model._meta.db_table
    hint = f'{model._meta.label}: add ForceRowLevelSecurity("{model.__name__}") to the migration that makes the table'
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = to_regclass(%s)", [f'"{table}"']
        )
        assert cursor.fetchone() == (True, True), hint
        cursor.execute(
            "SELECT policyname, cmd, qual, with_check, permissive FROM pg_policies WHERE tablename = %s", [table]
        )
        policies = {name: rest for name, *rest in cursor.fetchall()}
    command, using, check, _permissive = policies.pop("organisation", (None, None, None, None))
    assert command == "ALL", hint
    assert using == check, hint
    assert "organisation_id =" in using, hint
    assert "cxportal.organisation" in using, hint
    # Policies add up, so any other one may let nobody write and only a user read their own rows.
    for name, (command, using, _check, _permissive) in policies.items():
        assert (name, command) == ("own_rows", "SELECT"), f"{model._meta.label}: unknown policy {name}"
        assert "user_id =" in using
        assert "cxportal.user" in using


def test_no_table_with_an_organisation_is_forgotten(db: None) -> None:
    """From the database's side: tables that no model stands for (partitions, tables made by hand), too."""
    known = {model._meta.db_table for model in MODELS if model._meta.label in WITHOUT_WALL}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
            " WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace"
            " AND a.attname = 'organisation_id' AND NOT a.attisdropped"
            " AND NOT (c.relrowsecurity AND c.relforcerowsecurity)"
        )
        open_tables = {name for (name,) in cursor.fetchall()}
    assert open_tables - known == set(), "put these tables behind forced row-level security"


@all_tenants
def test_strangers_read_nothing_and_write_nothing(
    model: type[models.Model], organisation: Organisation, other_organisation: Organisation
) -> None:
    table, key = connection.ops.quote_name(model._meta.db_table), str(model._meta.pk.column)
    with organisation_scope(other_organisation.pk):
        try:
            with transaction.atomic():
                if not model._base_manager.exists():  # an organisation has a contact policy from the start
                    make_row(model, other_organisation)
        except Error as error:
            pytest.fail(f"no {model._meta.label} could be made: add what it needs to FIELDS in {__name__}: {error}")
        columns, row = read_one(table, key)
    own = dict(zip(columns, row, strict=True))
    assert own["organisation_id"] == other_organisation.pk

    # In the organisation of the fixture: the other one's row is neither seen nor changed nor deleted …
    with connection.cursor() as cursor:
        for statement in (
            f"SELECT {key} FROM {table} WHERE {key} = %s",
            f"UPDATE {table} SET organisation_id = organisation_id WHERE {key} = %s",
            f"DELETE FROM {table} WHERE {key} = %s",
        ):
            cursor.execute(statement, [own[key]])
            assert cursor.rowcount == 0, statement
    # … and no row can be put into the other one.
    quoted = ", ".join(map(connection.ops.quote_name, columns))
    with (
        pytest.raises(Error, match="row-level security"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"INSERT INTO {table} ({quoted}) VALUES ({', '.join(['%s'] * len(row))})", row)

    # Without any organisation there is nothing at all, and nothing can be written.
    with no_scope(), connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        assert cursor.fetchone() == (0,)
        with pytest.raises(Error, match="row-level security"), transaction.atomic():
            cursor.execute(f"INSERT INTO {table} ({quoted}) VALUES ({', '.join(['%s'] * len(row))})", row)


@contextmanager
def no_scope() -> Iterator[None]:
    """Until it is left, no organisation and no user is set."""
    with tenant_transaction(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('cxportal.organisation', '', true), set_config('cxportal.user', '', true)")
        yield


def read_one(table: str, key: str) -> tuple[list[str], list[Any]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
            " WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped AND attgenerated = ''"
            " ORDER BY attnum",
            [table],
        )
        columns = [name for name, _type in cursor.fetchall()]
        # As text, which every type takes back.
        listed = ", ".join(f"{connection.ops.quote_name(column)}::text" for column in columns)
        cursor.execute(f"SELECT {listed} FROM {table} LIMIT 1")
        row = list(cursor.fetchone())
    for column in (key, "organisation_id"):
        row[columns.index(column)] = int(row[columns.index(column)])
    return columns, row


_numbers = count(1)


def make_row(model: type[models.Model], organisation: Organisation) -> models.Model:
    """A row with a plausible value in every field that needs one; what it points to is made as well."""
    values: dict[str, Any] = dict(FIELDS.get(model._meta.label, {}))
    for field in model._meta.concrete_fields:
        if field.name in values or field.generated or isinstance(field, models.AutoField):
            continue
        if isinstance(field, models.ForeignKey):
            if not field.null or field.name in NEEDED.get(model._meta.label, ()):
                related = field.related_model
                values[field.name] = organisation if related is Organisation else make_row(related, organisation)
        elif not field.has_default() and not field.null:
            values[field.name] = value_for(field)
    row = model(**values)
    row.save(force_insert=True)
    return row


def value_for(field: "models.Field[Any, Any]") -> Any:
    number = next(_numbers)
    if field.choices:
        return field.flatchoices[0][0]
    if isinstance(field, ArrayField | models.JSONField):
        return []
    if isinstance(field, models.EmailField):
        return f"row{number}@example.org"
    if isinstance(field, models.CharField | models.TextField):
        return f"row{number}"[: field.max_length]
    if isinstance(field, models.BooleanField):
        return False
    if isinstance(field, models.IntegerField):
        return number
    if isinstance(field, models.DecimalField):
        return Decimal(1)
    if isinstance(field, models.FloatField):
        return 1.0
    if isinstance(field, models.DateTimeField):
        return timezone.now()
    if isinstance(field, models.DateField):
        return datetime.date(2026, 1, 1)
    if isinstance(field, models.BinaryField):
        return b"row"
    if isinstance(field, models.UUIDField):
        return uuid4()
    raise AssertionError(f"{field}: teach value_for in {__name__} what a {type(field).__name__} may hold")


def test_the_wall_binds_the_role_of_the_tests(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False, False)
    first, second = make_organisation(), make_organisation()
    with organisation_scope(first.pk):
        make_row(TENANTS[0], first)
        assert TENANTS[0]._default_manager.count() == 1
    with organisation_scope(second.pk):
        assert TENANTS[0]._default_manager.count() == 0
