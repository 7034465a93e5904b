"""Rows that say 'there is something to do'. The broker only wakes a worker; the row is the message."""

from collections.abc import Callable
from datetime import timedelta
from typing import Self, TypeVar

from django.db import models, transaction
from django.utils import timezone

from organisations.tenancy import organisation_scope

Row = TypeVar("Row", bound="QueueRow")


class QueueQuerySet(models.QuerySet[Row]):
    def due(self) -> Self:
        return self.filter(due_at__lte=timezone.now()).order_by("due_at", "pk")

    def taken(self, limit: int) -> Self:
        """Lock up to ``limit`` due rows that no other worker holds; call inside a transaction."""
        return self.due().select_for_update(skip_locked=True, of=("self",))[:limit]

    def work_on_next(self, work: Callable[[Row], None], *, retry: timedelta) -> bool:
        """Do the work of the row that has waited longest, in its organisation's scope; False: none is due.

        First it is put off, in a commit of its own: one that fails, or costs its worker's life, must not keep those
        behind it waiting. Then it is held to the end of the work, which deletes it, or says when there is more to do.
        """
        with transaction.atomic():
            row = self.taken(1).first()
            if row is None:
                return False
            row.postpone(retry)
        with organisation_scope(row.organisation_id):
            # Unless somebody has given it another time meanwhile.
            held = self.select_for_update().filter(pk=row.pk, due_at=row.due_at).first()
            if held is not None:
                work(held)
        return True


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
