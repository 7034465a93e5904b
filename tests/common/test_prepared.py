from datetime import date

import pytest
from django.db import IntegrityError, OperationalError, ProgrammingError, connection

from common.prepared import Prepared
from tests.makers import make_organisation

pytestmark = pytest.mark.django_db(transaction=True)
RENAME = Prepared("UPDATE organisations_organisation SET name = %(to)s WHERE name = %(name)s RETURNING name, minimum_n")
SUM = Prepared("SELECT %(a)s::int + %(b)s::int + %(a)s::int, %(day)s::date + 1, %(text)s::text")


def test_a_row_comes_back_in_the_types_of_python() -> None:
    day = date(2026, 2, 28)
    assert SUM(a=1, b=70_000, day=day, text="Ä'\\%(a)s") == (70_002, date(2026, 3, 1), "Ä'\\%(a)s")
    assert SUM(a=3_000, b=None, day=day, text="") == (None, date(2026, 3, 1), "")


def test_a_statement_that_finds_nothing_returns_nothing() -> None:
    make_organisation(name="Ab", minimum_n=7)
    assert RENAME(name="Ab", to="Cd") == ("Cd", 7)
    assert RENAME(name="Ab", to="Cd") == ()


def test_it_is_prepared_anew_on_a_new_connection() -> None:
    assert SUM(a=1, b=1, day=date.min, text="")
    connection.close()
    assert SUM(a=1, b=1, day=date.min, text="")


def test_statements_are_counted_as_djangos_are(django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    with django_assert_num_queries(2):
        SUM(a=1, b=1, day=date.min, text="")
        SUM(a=1, b=1, day=date.min, text="")


def test_what_the_database_refuses_is_raised_as_djangos_own_error() -> None:
    make_organisation(slug="one")
    make_organisation(slug="two", name="Two")
    with pytest.raises(ProgrammingError):
        Prepared("SELECT nothing FROM nowhere")()
    take = Prepared("UPDATE organisations_organisation SET slug = %(slug)s WHERE name = %(name)s RETURNING slug")
    with pytest.raises(IntegrityError):
        take(slug="one", name="Two")
    assert take(slug="three", name="Two") == ("three",)


def test_a_lost_connection_is_djangos_own_error_too() -> None:
    with connection.cursor() as cursor, pytest.raises(OperationalError):
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    with pytest.raises(OperationalError):
        SUM(a=1, b=1, day=date.min, text="")
    connection.close_if_unusable_or_obsolete()
    assert SUM(a=1, b=1, day=date.min, text="")
