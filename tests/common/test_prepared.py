import pytest
from django.db import OperationalError, ProgrammingError, connection

from common.prepared import repeated_update
from tests.makers import make_organisation

pytestmark = pytest.mark.django_db(transaction=True)
BY_LENGTH = "UPDATE organisations_organisation SET minimum_n = $1 WHERE length(name) = $2"


def test_an_update_is_repeated_and_says_how_many_rows_it_changed() -> None:
    for name in ("Ab", "Cd", "Efg"):
        make_organisation(name=name)
    for _loop in range(2):
        with repeated_update(BY_LENGTH) as update:
            assert [update(7, length) for length in (2, 3, 4)] == [2, 1, 0]


def test_what_the_database_refuses_is_raised_as_djangos_own_error() -> None:
    with pytest.raises(ProgrammingError), repeated_update("UPDATE nowhere SET minimum_n = $1"):
        pass


def test_a_lost_connection_is_djangos_own_error_too() -> None:
    def lose_connection() -> None:
        with repeated_update(BY_LENGTH) as update:
            with connection.cursor() as cursor, pytest.raises(OperationalError):
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
            update(7, 2)

    with pytest.raises(OperationalError):
        lose_connection()
    connection.close()
