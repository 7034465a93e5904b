from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import psycopg
from django.db import connection
from django.db.backends.utils import CursorDebugWrapper, CursorWrapper
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult


def prepared_cursor() -> CursorWrapper:
    """A cursor whose statements PostgreSQL plans once per connection instead of each time: for what customers wait for.

    Django's own cursors write the values into the text, which makes it another statement each time; and for reports a
    plan made without the values could be the wrong one.
    """
    connection.ensure_connection()
    wrapper = CursorDebugWrapper if connection.queries_logged else CursorWrapper
    return wrapper(psycopg.Cursor(connection.connection), connection)


@contextmanager
def repeated_update(sql: str) -> Iterator[Callable[..., int]]:
    """An UPDATE for a loop: called with whole numbers for $1, $2 …, it says how many rows it has changed.

    It goes to libpq as it is: what Django and psycopg do around a statement takes five times as long as a small one.
    One at a time.
    """
    connection.ensure_connection()
    postgres = connection.connection.pgconn

    def update(*numbers: int) -> int:
        if connection.queries_logged:
            connection.queries_log.append({"sql": sql, "time": "0"})
        with connection.wrap_database_errors:
            result = postgres.exec_prepared(b"repeated_update", [b"%d" % number for number in numbers])
            return _done(result).command_tuples or 0

    with connection.wrap_database_errors:
        _done(postgres.prepare(b"repeated_update", sql.encode()))
    try:
        yield update
    finally:
        with suppress(psycopg.OperationalError):  # the connection is gone, and the statement with it
            postgres.close_prepared(b"repeated_update")  # DEALLOCATE would go past PgBouncer


def _done(result: PGresult) -> PGresult:
    """Raises psycopg's exception for what the server answered."""
    if result.status != ExecStatus.COMMAND_OK:
        raise psycopg.errors.error_from_result(result)
    return result
