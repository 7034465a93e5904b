from datetime import timedelta
from typing import Self

from django.db import models
from django.utils import timezone

from organisations.models import OrganisationOwned, User
from organisations.queues import QueueRow
from surveys.models.authoring import Survey


class HistoryImportQuerySet(models.QuerySet["HistoryImport"]):
    def done(self) -> Self:
        """Newest first, with their surveys."""
        return self.exclude(survey=None).select_related("survey", "created_by").defer("content").order_by("-pk")

    def waiting(self) -> Self:
        """Uploaded, not imported yet; newest first."""
        return self.filter(survey=None).defer("content").order_by("-pk")


class HistoryImport(OrganisationOwned):
    """A file of earlier answers: first waiting for what its columns mean, then the origin of a survey's answers."""

    KEPT_FOR = timedelta(days=1)
    """How long a file waits that nobody imports."""

    file_name = models.CharField(max_length=200)
    content = models.BinaryField(null=True)
    """Until it is imported."""
    mapping = models.TextField(blank=True)
    """TOML, see ``surveys.domain.mapping``."""
    survey = models.OneToOneField(Survey, on_delete=models.CASCADE, null=True, related_name="history")
    response_count = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = HistoryImportQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["organisation", "-id"], name="history_newest_first")]


class HistoryQueue(QueueRow):
    """When a file that nobody imported is to be thrown away."""

    history = models.ForeignKey(HistoryImport, on_delete=models.CASCADE, related_name="+", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["history"], name="history_queued_once")]
