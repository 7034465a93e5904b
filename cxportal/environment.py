"""Reads settings from the environment; what is required and missing is named, never guessed."""

import os
from importlib.util import find_spec
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"", "0", "false", "no", "off"}


def required(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise ImproperlyConfigured(f"Set the environment variable {name}; see README.md, section 'Production'.")
    return value


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, default)


def boolean(name: str, default: bool = False) -> bool:
    value = os.environ.get(name, str(default)).strip().lower()
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    raise ImproperlyConfigured(f"{name} must be one of 1, 0, true, false, yes, no; it is {value!r}.")


def words(name: str, default: str = "") -> list[str]:
    """A comma-separated list."""
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


def database(url: str) -> dict[str, object]:
    """Django's database settings from ``postgresql://user:password@host:port/name?option=value``.

    A socket directory goes into the query: ``postgresql:///name?host=/run/postgresql``.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured("CXPORTAL_DATABASE_URL must start with postgresql://")
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.removeprefix("/")),
        "USER": options.pop("user", unquote(parts.username or "")),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", parts.hostname or ""),
        "PORT": options.pop("port", str(parts.port or "")),
        # Prepare at once what goes through common.prepared; Django's own cursors prepare nothing.
        "OPTIONS": {**options, "prepare_threshold": 0},
    }


def email(url: str) -> dict[str, Any]:
    """Django's e-mail settings from ``smtp://user:password@host:port``; ``smtps`` and ``smtp+tls`` encrypt.

    Or from a mail provider that django-anymail knows, and its settings there: ``postmark://?server_token=…``.
    """
    parts = urlsplit(url)
    options = {name.upper(): value for name, value in parse_qsl(parts.query)}
    provider = parts.scheme.replace("-", "_")
    if parts.scheme not in {"smtp", "smtps", "smtp+tls"}:
        if not (provider.isidentifier() and find_spec(f"anymail.backends.{provider}")):
            raise ImproperlyConfigured(
                "CXPORTAL_EMAIL_URL must start with smtp://, smtp+tls://, smtps:// or the name of a mail provider, "
                "as in postmark://"
            )
        return {
            "EMAIL_BACKEND": "common.providers.EmailBackend",
            "EMAIL_HOST": "",
            "MAIL_PROVIDER": provider,
            "ANYMAIL": {f"{provider.upper()}_{name}": value for name, value in options.items()},
        }
    return {
        "EMAIL_BACKEND": "common.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname or "localhost",
        "EMAIL_PORT": parts.port or {"smtp": 25, "smtp+tls": 587, "smtps": 465}[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "MAIL_PROVIDER": "",
        "ANYMAIL": options,
    }


def domains(name: str) -> dict[str, set[str]]:
    """A list such as ``example.com, nordlicht=nordlicht.example``: whose each domain is; "" for all organisations."""
    found: dict[str, set[str]] = {}
    for word in words(name):
        organisation, _equals, domain = word.rpartition("=")
        found.setdefault(organisation.strip(), set()).add(domain.strip().lower())
    return found
