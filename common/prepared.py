import itertools
import re
import threading
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus
from psycopg.pq.abc import PGconn, PGresult

_numbers = itertools.count()


class Prepared(threading.local):
    """A statement that somebody waits for, or that is repeated thousands of times, with ``%(name)s`` for its values.

    It goes to libpq as it is: what Django and psycopg do around a small statement takes several times as long as the
    statement. PostgreSQL plans it once per connection, without the values (for a report that could be the wrong plan),
    so where it cannot tell a value's type from the text, the text casts it.
    """

    def __init__(self, sql: str) -> None:
        names: dict[str, int] = {}
        text = re.sub(r"%\((\w+)\)s", lambda found: f"${names.setdefault(found[1], len(names) + 1)}", sql)
        self._sql, self._names = text.encode(), tuple(names)
        self._formats = [PyFormat.TEXT] * len(names)
        self._name = b"portal_%d" % next(_numbers)
        self._on: psycopg.Connection[Any] | None = None
        self._transformer = Transformer()
        self._knows_columns = False

    def __call__(self, **values: Any) -> tuple[Any, ...]:
        """The first row that the statement returns; (): it returns none. Raises the database errors of Django."""
        database = connections[DEFAULT_DB_ALIAS]  # ``django.db.connection`` looks it up for each attribute
        database.ensure_connection()
        if database.queries_logged:
            database.queries_log.append({"sql": self._sql.decode(), "time": "0"})
        postgres: psycopg.Connection[Any] = database.connection
        with database.wrap_database_errors:
            if self._on is not postgres:
                _check(postgres.pgconn, postgres.pgconn.prepare(self._name, self._sql))
                self._on, self._transformer, self._knows_columns = postgres, Transformer(postgres), False
            given = self._transformer.dump_sequence([values[name] for name in self._names], self._formats)
            # None is NULL here, too.
            result = postgres.pgconn.exec_prepared(self._name, given)  # type: ignore[arg-type]
            _check(postgres.pgconn, result)
            self._transformer.set_pgresult(result, set_loaders=not self._knows_columns)
            self._knows_columns = True
            return self._transformer.load_row(0, tuple) if result.ntuples else ()


def _check(postgres: PGconn, result: PGresult) -> None:
    """Raises psycopg's exception for a server that refused, or that is gone."""
    if postgres.status == ConnStatus.BAD:
        raise psycopg.OperationalError(postgres.get_error_message())
    if result.status not in (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK):
        if not result.error_field(DiagnosticField.SQLSTATE):  # libpq's own words: no server has answered
            raise psycopg.OperationalError(postgres.get_error_message())
        raise psycopg.errors.error_from_result(result)
