"""Rows that say 'there is something to do'. The broker only wakes a worker; the row is the message."""

from datetime import timedelta
from typing import Self, TypeVar

from django.db import models
from django.utils import timezone

Row = TypeVar("Row", bound="QueueRow")


class QueueQuerySet(models.QuerySet[Row]):
    def due(self) -> Self:
        return self.filter(due_at__lte=timezone.now()).order_by("due_at", "pk")

    def taken(self, limit: int) -> Self:
        """Lock up to ``limit`` due rows that no other worker holds; call inside a transaction."""
        return self.due().select_for_update(skip_locked=True, of=("self",))[:limit]


class QueueRow(models.Model):
    """Stands outside row-level security, so that one sweep serves all organisations: ids only, no personal data."""

    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.CASCADE, related_name="+")
    due_at = models.DateTimeField(default=timezone.now, db_index=True)

    objects = QueueQuerySet.as_manager()

    class Meta:
        abstract = True

    def postpone(self, delay: timedelta) -> None:
        self.due_at = timezone.now() + delay
        self.save(update_fields=["due_at"])
