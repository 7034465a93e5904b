import os
import subprocess
import sys
from urllib.parse import quote

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper


@pytest.fixture
def as_superuser(db: None) -> BaseDatabaseWrapper:
    """A connection not made yet, as the superuser of the tests' own PostgreSQL."""
    other = connection.copy()
    other.settings_dict = {**connection.settings_dict, "USER": "postgres", "PASSWORD": ""}
    return other


def test_a_superuser_is_refused_on_every_try(as_superuser: BaseDatabaseWrapper) -> None:
    for _ in range(2):
        try:
            with pytest.raises(ImproperlyConfigured, match="superuser or has BYPASSRLS"):
                as_superuser.cursor()
        except OperationalError:
            pytest.skip("This PostgreSQL lets nobody in as postgres.")
        assert as_superuser.connection is None


def test_a_plain_role_is_let_in(db: None) -> None:
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT 1")
    other.close()


@pytest.mark.parametrize(
    "start",
    [
        [sys.executable, "-c", "import cxportal.wsgi"],
        [sys.executable, "-m", "celery", "-A", "cxportal", "worker", "--pool=solo"],
    ],
    ids=["web", "worker"],
)
def test_web_server_and_worker_do_not_start(as_superuser: BaseDatabaseWrapper, start: list[str]) -> None:
    try:
        as_superuser.ensure_connection()
    except OperationalError:
        pytest.skip("This PostgreSQL lets nobody in as postgres.")
    except ImproperlyConfigured:
        pass
    values = connection.settings_dict
    url = f"postgresql://postgres@/{values['NAME']}?host={quote(values['HOST'])}&port={values['PORT'] or 5432}"
    run = subprocess.run(
        start,
        env={**os.environ, "CXPORTAL_DATABASE_URL": url},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode != 0
    assert "superuser or has BYPASSRLS" in run.stderr + run.stdout
