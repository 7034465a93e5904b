from datetime import datetime, timedelta
from typing import Any, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from journeys.models import Channel, Interaction, InteractionQuerySet, Touchpoint
from journeys.rules import Group, load
from organisations.models import OrganisationOwned, User
from organisations.queues import QueueRow
from surveys.models.authoring import MadeByForm, Survey
from surveys.models.sending import Invitation

LONGEST_DELAY = 60 * 24 * 90
"""Minutes: later than this nobody remembers the contact."""


class TriggerQuerySet(models.QuerySet["Trigger"]):
    def for_list(self) -> Self:
        """With survey, touchpoint, channels and, in ``asked``, how many customers it has asked in 30 days."""
        since = timezone.now() - timedelta(days=30)
        invitations = Invitation.objects.filter(trigger=models.OuterRef("pk"), created_at__gt=since)
        asked = invitations.exclude(state=Invitation.State.NOT_SENT).order_by().values("trigger")
        return (
            self.select_related("survey", "touchpoint")
            .prefetch_related("channels")
            .annotate(asked=Coalesce(models.Subquery(asked.values_list(models.Count("pk"))), 0))
        )


class Trigger(MadeByForm):
    """A survey that is sent after contacts at a touchpoint: to whom, when, and to how many."""

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="triggers", verbose_name=_("survey"))
    touchpoint = models.ForeignKey(
        Touchpoint, on_delete=models.PROTECT, related_name="+", verbose_name=_("after a contact at")
    )
    channels = models.ManyToManyField(
        Channel,
        through="TriggerChannel",
        blank=True,
        related_name="+",
        verbose_name=_("over these channels only"),
        help_text=_("None ticked: over any channel."),
    )
    delay = models.PositiveIntegerField(default=60, validators=[MaxValueValidator(LONGEST_DELAY)])
    """Minutes from the contact to the mail."""
    share = models.PositiveSmallIntegerField(
        _("share of the customers (%)"),
        default=100,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("100: everyone; 20: every fifth, chosen by chance."),
    )
    rule = models.JSONField(default=dict, blank=True, editable=False)
    """Which customers are meant, see ``journeys.rules``; empty: all of them."""
    daily_cap = models.PositiveIntegerField(
        _("at most so many mails a day"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Empty: no limit."),
    )
    active_since = models.DateTimeField(null=True, editable=False)
    """Only contacts from then on count. None: it is paused."""
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+", editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TriggerQuerySet.as_manager()

    class Meta(MadeByForm.Meta):
        indexes = [models.Index(fields=["organisation", "-id"], name="trigger_newest_first")]

    def __str__(self) -> str:
        return f"{self.survey} ← {self.touchpoint}"

    @property
    def is_active(self) -> bool:
        return self.active_since is not None

    @property
    def conditions(self) -> Group:
        return load(self.rule)

    def is_about(self, contact: Interaction) -> bool:
        """Whether it looks at contacts like this one; reads ``channels``, so prefetch them."""
        channels = {channel.pk for channel in self.channels.all()}
        return contact.touchpoint_id == self.touchpoint_id and (not channels or contact.channel_id in channels)

    def contacts(self) -> InteractionQuerySet:
        """All contacts that it looks at, whenever they were."""
        contacts = Interaction.objects.filter(touchpoint=self.touchpoint_id)
        channels = [channel.pk for channel in self.channels.all()]
        return contacts.filter(channel__in=channels) if channels else contacts

    def counts_by_day(self, since: datetime) -> "models.QuerySet[Invitation, Any]":
        """Rows of day, state, reason, n and answered of what it has decided, newest day first; one statement."""
        is_complete = models.Q(response__completed_at__isnull=False)
        return (
            self.invitations.filter(created_at__gte=since)
            .annotate(day=TruncDate("created_at", tzinfo=self.organisation.zone))
            .values("day", "state", "reason")
            .annotate(n=models.Count("pk"), answered=models.Count("response", filter=is_complete))
            .order_by("-day", "state", "reason")
        )


class TriggerChannel(OrganisationOwned):
    trigger = models.ForeignKey(Trigger, on_delete=models.CASCADE)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT)
    """Not deleted under the trigger: without its last channel it would look at all."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["trigger", "channel"], name="trigger_channel_once")]


class TriggerQueue(QueueRow):
    """A contact about which a trigger is to decide once its time has come."""

    LATE = timedelta(days=7)
    """A decision that comes later than this is "no": what was is forgotten, and a mail would only surprise."""

    trigger = models.ForeignKey(Trigger, on_delete=models.CASCADE, related_name="+", db_index=False)
    interaction = models.ForeignKey(Interaction, on_delete=models.CASCADE, related_name="+", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["trigger", "interaction"], name="trigger_queued_once")]
