"""The environment variables that cxportal/settings.py reads, as bin/demo, bin/manage and bin/test set them."""

import contextlib
import hashlib
import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import processes
from bootstrap import ROOT
from services import Services

VAR = Path(ROOT) / "var"
LOCK = VAR / "lock"
RUNNING = VAR / "running.json"
STATIC_STAMP = Path(ROOT) / "staticfiles" / ".stamp"


def settings(services: Services, *, secret_key: str, port: int = 8000, smtp_port: int = 9) -> dict[str, str]:
    return {
        "DJANGO_SETTINGS_MODULE": "cxportal.settings",
        "CXPORTAL_SECRET_KEY": secret_key,
        "CXPORTAL_ADDRESS_KEY": secret_key,
        "CXPORTAL_BASE_URL": f"http://localhost:{port}",
        "CXPORTAL_ALLOWED_HOSTS": "localhost,127.0.0.1,[::1]",
        "CXPORTAL_DATABASE_URL": services.postgres.url(),
        "CXPORTAL_BROKER_URL": services.valkey.url(),
        "CXPORTAL_EMAIL_URL": f"smtp://127.0.0.1:{smtp_port}",
        "CXPORTAL_FROM_EMAIL": "CX portal <portal@example.com>",
        "CXPORTAL_HTTPS": "0",
        "CXPORTAL_DEBUG": os.environ.get("CXPORTAL_DEBUG", "0"),
    }


def kept_secret(file: Path) -> str:
    """Made once, readable by us alone."""
    try:
        return file.read_text()
    except FileNotFoundError:
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_suffix(".new")
        unfinished.unlink(missing_ok=True)
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
            new.write(secrets.token_urlsafe(50))
        unfinished.rename(file)
        return file.read_text()


@contextlib.contextmanager
def shared(variables: dict[str, str]) -> Iterator[None]:
    """Lets bin/manage have the same variables while the demo runs."""
    RUNNING.touch(mode=0o600)
    RUNNING.write_text(json.dumps(variables))
    try:
        yield
    finally:
        RUNNING.unlink(missing_ok=True)


def of_running_demo() -> dict[str, str]:
    return json.loads(RUNNING.read_text()) if RUNNING.exists() else {}


def collect_static() -> None:
    """Runs collectstatic when a file or a package changed since; the settings are in os.environ already.

    Nothing is cleared away: a server that runs beside us still hands out the former files.
    """
    from django.core.management import call_command

    with processes.sole_use(VAR / "collectstatic.lock", "collectstatic", wait=True):
        current = hashlib.sha256("\n".join(sources()).encode()).hexdigest()
        if STATIC_STAMP.exists() and STATIC_STAMP.read_text() == current:
            return
        call_command("collectstatic", interactive=False, verbosity=0)
        STATIC_STAMP.parent.mkdir(exist_ok=True)
        STATIC_STAMP.write_text(current)


def sources() -> Iterator[str]:
    """One line for everything that collectstatic's result depends on."""
    for lock in sorted(Path(ROOT).glob("requirements*.lock")):
        yield hashlib.sha256(lock.read_bytes()).hexdigest()
    for path in sorted((Path(ROOT) / "static").rglob("*")):
        status = path.stat()
        yield f"{path} {status.st_size} {status.st_mtime_ns}"
