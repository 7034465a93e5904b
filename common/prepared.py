import psycopg
from django.db import connection
from django.db.backends.utils import CursorDebugWrapper, CursorWrapper


def prepared_cursor() -> CursorWrapper:
    """A cursor whose statements PostgreSQL plans once per connection instead of each time: for what customers wait for.

    Django's own cursors write the values into the text, which makes it another statement each time; and for reports a
    plan made without the values could be the wrong one.
    """
    connection.ensure_connection()
    wrapper = CursorDebugWrapper if connection.queries_logged else CursorWrapper
    return wrapper(psycopg.Cursor(connection.connection), connection)
