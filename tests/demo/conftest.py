from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command


@dataclass(frozen=True)
class Printed:
    first: str
    second: str
    verification: str


def output(command: str) -> str:
    out = StringIO()
    call_command(command, stdout=out)
    return out.getvalue()


@pytest.fixture(scope="module")
def printed(django_db_setup: None, django_db_blocker: Any) -> Iterator[Printed]:
    """The demo, filled once for all tests here."""
    with django_db_blocker.unblock():
        yield Printed(output("demo"), output("demo"), output("verify_metrics"))
        # Published versions are kept by their key in the process: no later test may be given the same.
        call_command("flush", verbosity=0, interactive=False, reset_sequences=False)
