"""Row-level security does not bind superusers nor roles with BYPASSRLS, so the portal refuses to run as one."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper


def refuse_powerful_role(*, connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """On every new connection, of whatever process: no statement is run with such a role."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolname FROM pg_roles WHERE rolname = current_user AND (rolsuper OR rolbypassrls)")
        powerful = cursor.fetchone()
    if powerful:
        connection.close()
        raise ImproperlyConfigured(
            f"The database role {powerful[0]!r} is a superuser or has BYPASSRLS, so it would see every organisation's "
            "data. Use a plain role that owns the tables; see README.md, section 'Production'."
        )


def check_at_start(**kwargs: Any) -> None:
    """A web server or worker with such a role does not even start. A database that is away is no reason not to."""
    try:
        connection.ensure_connection()
    except OperationalError:
        return
    connection.close()
