from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from organisations.models import OrganisationOwned
from organisations.queues import QueueRow
from surveys.models.authoring import Survey
from surveys.models.evidence import MailEvidence
from surveys.models.sending import Invitation


class Reminder(OrganisationOwned):
    """A mail in words of its own to those who, so many days after they were asked, have not finished answering."""

    MOST = 3
    """Of one survey; more would only annoy."""

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="reminders")
    days = models.PositiveSmallIntegerField(
        _("days after the first mail"), validators=[MinValueValidator(1), MaxValueValidator(364)]
    )
    subject = models.JSONField(_("subject of the mail"), default=dict)
    text = models.JSONField(_("text of the mail"), default=dict)
    since = models.DateTimeField(null=True, blank=True)
    """Only who reaches the day from this moment on gets it; null: also who was past it when it was made or changed."""

    class Meta:
        ordering = ("days",)
        constraints = [models.UniqueConstraint(fields=["survey", "days"], name="reminder_once_per_day")]


class ReminderQueue(QueueRow):
    """When to look again whom a reminder is due to."""

    reminder = models.ForeignKey(Reminder, on_delete=models.CASCADE, related_name="+", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reminder"], name="reminder_queued_once")]


class ReminderMailQuerySet(models.QuerySet["ReminderMail"]):
    def of_invitations(self, ids: Collection[int]) -> Self:
        return self.filter(invitation__in=ids)

    def claimed(self, moment: datetime, ids: Collection[int]) -> Self:
        """As ``InvitationQuerySet.claimed``; ``ids`` are those of the invitations."""
        return self.filter(invitation__in=ids, state=Invitation.State.SENDING, claimed_at=moment)

    def unclear(self) -> Self:
        """As ``InvitationQuerySet.unclear``."""
        begun = timezone.now() - Invitation.UNCLEAR_AFTER
        return self.filter(state=Invitation.State.SENDING, claimed_at__lt=begun)


class ReminderMail(OrganisationOwned, MailEvidence):
    """One customer reminded once of one invitation, or not and why; its states are those of an invitation."""

    KEPT_APART = timedelta(days=1)
    """Two reminders never follow each other faster, whatever was changed meanwhile."""

    invitation = models.ForeignKey(Invitation, on_delete=models.CASCADE, related_name="reminder_mails", db_index=False)
    number = models.PositiveSmallIntegerField()
    """1: the first one that this customer gets of this survey."""
    reminder = models.ForeignKey(Reminder, on_delete=models.SET_NULL, null=True, related_name="mails")
    """Whose words it speaks."""
    state = models.CharField(max_length=10, choices=Invitation.State.choices)
    reason = models.CharField(max_length=20, choices=Invitation.Reason.choices, blank=True)
    legal_basis = models.CharField(max_length=20, blank=True)
    refusal = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)

    objects = ReminderMailQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["invitation", "number"], name="reminded_once")]

    @property
    def is_unclear(self) -> bool:
        """See ``InvitationQuerySet.unclear``."""
        is_old = self.claimed_at is not None and self.claimed_at < timezone.now() - Invitation.UNCLEAR_AFTER
        return is_old and self.state == Invitation.State.SENDING
