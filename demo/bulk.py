"""Many rows at once into tables behind row-level security, which refuse COPY: by way of a temporary table."""

from collections.abc import Iterable, Sequence

from django.db import connection, models
from psycopg import sql


def new_ids(model: type[models.Model], number: int) -> list[int]:
    """So many keys of a table that nobody else will get, ascending."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, number],
        )
        return sorted(key for (key,) in cursor.fetchall())


def insert(model: type[models.Model], columns: str, rows: Iterable[Sequence[object]]) -> None:
    """Insert rows of these columns (names with blanks between), inside the organisation's scope."""
    table, arriving = sql.Identifier(model._meta.db_table), sql.Identifier("arriving")
    names = sql.SQL(", ").join(map(sql.Identifier, columns.split()))
    create = sql.SQL("CREATE TEMPORARY TABLE {} ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA")
    with connection.cursor() as cursor:
        cursor.execute(create.format(arriving, names, table))
        with cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(arriving, names)) as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {}").format(table, names, names, arriving))
        cursor.execute(sql.SQL("DROP TABLE {}").format(arriving))


def analyse(*tables: type[models.Model]) -> None:
    """Has PostgreSQL look at many new rows at once: what reads them next would be planned as for empty tables."""
    names = sql.SQL(", ").join(sql.Identifier(model._meta.db_table) for model in tables)
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("ANALYZE {}").format(names))
