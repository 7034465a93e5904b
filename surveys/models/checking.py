from datetime import timedelta

from django.db import models
from django.utils import timezone

from organisations.models import OrganisationOwned, User
from organisations.queues import QueueRow


class MailCheck(OrganisationOwned):
    """The organisation's latest test of its mail settings: step by step what was found, without addresses."""

    asked_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    """To whom the test mail goes."""
    asked_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    findings = models.JSONField(default=list)
    """As ``common.mail_check.Finding`` in order: {"code": …, "values": {…}}."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation"], name="mail_check_once")]


class MailCheckQueue(QueueRow):
    """A test of mail settings that is to be made. A worker that dies leaves its row, which falls due again."""

    LEASE = timedelta(minutes=2)

    mail_check = models.ForeignKey(MailCheck, on_delete=models.CASCADE, related_name="+", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["mail_check"], name="mail_check_queued_once")]
