"""Counts replaced by a recount: only rows that come out differently are touched.

Each answer to a busy survey counts its whole day anew, so nearly all rows come out as they were.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from organisations.models import OrganisationOwned

_CONCERNED = "stored.survey_id = %(survey)s AND (%(days)s::date[] IS NULL OR stored.day = ANY(%(days)s)) AND {only}"
# Rows that come out as they were are not even locked.
_REPLACE = """
WITH {fresh}, changed AS (
    SELECT stored.id, fresh.*
    FROM fresh FULL JOIN (SELECT * FROM {table} stored WHERE {concerned}) stored ON {same_key}
    WHERE ({fresh_counts}) IS DISTINCT FROM ({stored_counts})
)
MERGE INTO {table} stored USING changed ON stored.id = changed.id AND {concerned}
WHEN MATCHED AND changed.day IS NULL THEN DELETE
WHEN MATCHED THEN UPDATE SET {update}
WHEN NOT MATCHED THEN INSERT (organisation_id, survey_id, {columns})
    VALUES (%(organisation)s, %(survey)s, {values})
"""


def replace(model: type[OrganisationOwned], fresh: str, parameters: dict[str, Any], *, only: str = "TRUE") -> None:
    """Make a survey's rows of ``model`` be what ``fresh`` yields: on some days, or on all where these are None.

    ``fresh`` is SQL that ends with a common table expression of this name, which has the model's columns but for
    organisation and survey; these and the days are its ``parameters``. ``only`` is a further condition on the rows that
    are ``stored``. Rows are told apart by the model's one constraint, and each counts something that is never null.

    Inside the organisation's scope, by who holds the survey's lock: nobody else counts these rows meanwhile.
    """
    [once] = model._meta.total_unique_constraints
    fields = [field for field in model._meta.concrete_fields if field.name not in ("id", "organisation", "survey")]
    key = [field for field in fields if field.name in once.fields]
    counts = [field.attname for field in fields if field not in key]
    columns = [field.attname for field in fields]
    # IS NOT DISTINCT FROM cannot be hashed; no row has the id 0.
    same_key = (
        f"COALESCE(fresh.{field.attname}, 0) = COALESCE(stored.{field.attname}, 0)"
        if field.null
        else f"fresh.{field.attname} = stored.{field.attname}"
        for field in key
    )
    statement = _REPLACE.format(
        table=model._meta.db_table,
        fresh=fresh,
        concerned=_CONCERNED.format(only=only),
        same_key=" AND ".join(same_key),
        fresh_counts=", ".join(f"fresh.{column}" for column in counts),
        stored_counts=", ".join(f"stored.{column}" for column in counts),
        update=", ".join(f"{column} = changed.{column}" for column in counts),
        columns=", ".join(columns),
        values=", ".join(f"changed.{column}" for column in columns),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


@contextmanager
def hashed() -> Iterator[None]:
    """Keeps the database from two kinds of plans that it takes where it guesses wrong, and that take far longer.

    After a large import it does not know yet how much there is, and would compare each with each; and it takes each
    answer sheet for a hundred answers, and would sort those of each day instead of hashing all.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off; SET LOCAL enable_incremental_sort = off")
        yield
        cursor.execute("SET LOCAL enable_nestloop = on; SET LOCAL enable_incremental_sort = on")
