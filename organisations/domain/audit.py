"""The trail of who changed what. An app names its actions in its ``apps.py`` as ``audit_actions = {key: sentence}``."""

from django.apps import apps
from django.db import models
from django.utils.functional import Promise

from organisations.models import AuditEntry, Organisation, User


def record(
    *, organisation: Organisation, actor: User | None, action: str, subject: models.Model, **details: object
) -> None:
    """Write one entry, in the transaction of the change itself.

    ``details`` holds names of fields and of things (``name="Sales"``, ``fields=["role"]``), never personal data of
    customers. ``actor`` is None where nobody is signed in (commands, imports).
    """
    AuditEntry.objects.create(
        organisation=organisation,
        actor=actor,
        action=action,
        subject_type=subject._meta.label,
        subject_id=subject.pk,
        details=details,
    )


def actions() -> dict[str, str | Promise]:
    """What each action is called on the page."""
    return {
        key: text for config in apps.get_app_configs() for key, text in getattr(config, "audit_actions", {}).items()
    }
