"""Which organisation the database shows: set per transaction, never per session (DESIGN.md, section 4)."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

ORGANISATION = "cxportal.organisation"
USER = "cxportal.user"

ENTERED = f"entered AS (SELECT set_config('{ORGANISATION}', %(organisation)s::bigint::text, true) AS organisation)"
"""For a statement that customers wait for: a transaction of its own, which enters the organisation by itself, needs one
way to the database and back, where BEGIN, ``enter_organisation``, the statement and COMMIT need four.

It goes first in the WITH clause, and whatever touches a table must get its rows from it, so that it runs before. Else
row-level security would show nothing and take nothing: a mistake can lose rows, never show those of others.
"""


@contextmanager
def tenant_transaction() -> Iterator[None]:
    """Open a transaction; who is entered in it is left again at its end."""
    nested = connection.in_atomic_block
    with transaction.atomic():
        if not nested:
            yield
            return
        # Settings last to the end of the outermost transaction, so an inner one puts the former values back.
        # (After an error the rollback to its savepoint does.)
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting(%s, true), current_setting(%s, true)", [ORGANISATION, USER])
            organisation, user = cursor.fetchone()
        yield
        if not transaction.get_rollback():
            _set({ORGANISATION: organisation or "", USER: user or ""})


def enter_organisation(organisation_id: int) -> None:
    """From here to the end of the transaction, only rows of this organisation can be read and written."""
    _set({ORGANISATION: str(organisation_id)})


def enter_user(user_id: int) -> None:
    """From here to the end of the transaction, this user's own memberships can be read in every organisation."""
    _set({USER: str(user_id)})


@contextmanager
def organisation_scope(organisation_id: int) -> Iterator[None]:
    """A transaction in which only rows of this organisation can be read and written."""
    with tenant_transaction():
        enter_organisation(organisation_id)
        yield


@contextmanager
def organisation_snapshot(organisation_id: int) -> Iterator[None]:
    """As ``organisation_scope``, with all statements seeing the same moment: for counting what others are changing."""
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        enter_organisation(organisation_id)
        yield


@contextmanager
def user_scope(user_id: int) -> Iterator[None]:
    """A transaction in which this user's own memberships can be read, whatever their organisation."""
    with tenant_transaction():
        enter_user(user_id)
        yield


def _set(settings: dict[str, str]) -> None:
    calls = ", ".join(["set_config(%s, %s, true)"] * len(settings))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {calls}", [part for item in settings.items() for part in item])
