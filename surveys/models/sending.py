from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, CustomerQuerySet, Obstacle, Suppression
from journeys.models import Channel, Interaction, Persona, Touchpoint
from journeys.rule_sql import Fits
from journeys.rules import Group, load
from organisations.models import LANGUAGES, OrganisationOwned, User
from organisations.queues import QueueRow
from surveys.models.authoring import Survey, SurveyVersion
from surveys.models.evidence import MailEvidence


class CampaignQuerySet(models.QuerySet["Campaign"]):
    def for_list(self) -> Self:
        """With the survey and, in ``sent``, how many mails went out."""
        sent = Invitation.objects.filter(campaign=models.OuterRef("pk"), state__in=Invitation.GONE_OUT)
        count = sent.order_by().values("campaign").values_list(models.Count("pk"))
        return self.select_related("survey").annotate(sent=Coalesce(models.Subquery(count), 0))


class Campaign(OrganisationOwned):
    """One sending of a survey to a selection of customers."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        SCHEDULED = "scheduled", _("planned")
        PREPARING = "preparing", _("being prepared")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        CANCELLED = "cancelled", _("cancelled")

    class Selection(models.TextChoices):
        EVERYONE = "everyone", _("all customers")
        SEGMENT = "segment", _("customers who meet conditions")
        PERSONA = "persona", _("customers of a persona")
        CHOSEN = "chosen", _("chosen customers")
        FILE = "file", _("customers in a file")

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="campaigns", verbose_name=_("survey"))
    name = models.CharField(_("name"), max_length=100)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT, editable=False)
    channel = models.ForeignKey(
        Channel,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("channel"),
        help_text=_("The way on which the customers asked had contact, if it is the same for all."),
    )
    selection = models.CharField(
        _("who is asked"), max_length=10, choices=Selection.choices, default=Selection.EVERYONE
    )
    """Said, not concluded from what is filled in: a persona or customer deleted meanwhile must not mean "everyone"."""
    persona = models.ForeignKey(
        Persona, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("persona")
    )
    rule = models.JSONField(default=dict, blank=True, editable=False)
    """Which customers are meant, see ``journeys.rules``; empty: none."""
    file_name = models.CharField(max_length=200, blank=True, editable=False)
    customers = models.ManyToManyField(
        Customer, through="CampaignCustomer", blank=True, related_name="+", verbose_name=_("customers")
    )
    form_key = models.UUIDField(db_default=RandomUUID(), editable=False)
    """Of the form it was made with: sending that twice (a double click) leads to one draft."""
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+", editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    send_at = models.DateTimeField(null=True, editable=False)
    """When it is to start; the customers are chosen then. None: at once."""
    started_at = models.DateTimeField(null=True, editable=False)
    is_exported = models.BooleanField(
        _("make a file of personal links instead of mails"),
        default=False,
        help_text=_("For a mailer of your own. Who stands in the file counts as asked; the same rules hold for them."),
    )
    mails_per_hour = models.PositiveIntegerField(null=True, editable=False)
    """At most so many in any hour; None: as fast as the mail server takes them."""
    planned_until = models.DateTimeField(null=True, editable=False)
    """Of a paced campaign: when the last of the mails prepared so far is due."""
    next_slot_at = models.DateTimeField(null=True, editable=False)
    """Of a paced campaign: when the next mail may leave, see ``surveys.domain.pacing``."""
    paused_at = models.DateTimeField(null=True, editable=False)
    """Set: nothing leaves until it is resumed."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "form_key"], condition=models.Q(state="draft"), name="campaign_drafted_once"
            )
        ]
        indexes = [models.Index(fields=["organisation", "-id"], name="campaign_newest_first")]

    objects = CampaignQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    @property
    def is_under_way(self) -> bool:
        return self.state in {self.State.PREPARING, self.State.SENDING}

    @property
    def plan_ends(self) -> datetime | None:
        """When the last mail is to leave, where a pace says so and that is still to come."""
        return self.planned_until if self.planned_until and self.planned_until > timezone.now() else None

    @property
    def is_open(self) -> bool:
        """Whether it can still be told when to start."""
        return self.state in {self.State.DRAFT, self.State.SCHEDULED}

    @property
    def conditions(self) -> Group:
        return load(self.rule)

    def audience(self) -> CustomerQuerySet:
        """The customers it is meant for, whether or not they may be asked."""
        match self.selection:
            case self.Selection.EVERYONE:
                return Customer.objects.all()
            case self.Selection.PERSONA:
                if self.persona is None:
                    return Customer.objects.none()
                return self.persona.customers()
            case self.Selection.SEGMENT:
                return Customer.objects.filter(Fits(self.conditions, self.organisation.today()))
            case _:
                return Customer.objects.filter(pk__in=CampaignCustomer.objects.filter(campaign=self).values("customer"))


class CampaignCustomer(OrganisationOwned):
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "customer"], name="campaign_customer_once")]


class CampaignQueue(QueueRow):
    """A campaign whose invitations are to be prepared."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="+", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign"], name="campaign_queued_once")]


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def unclear(self) -> Self:
        """Those whose worker stopped while sending: whether the mail went out, only the mail server knows."""
        return self.filter(state=Invitation.State.SENDING, claimed_at__lt=timezone.now() - Invitation.UNCLEAR_AFTER)

    def of_invitations(self, ids: Collection[int]) -> Self:
        return self.filter(pk__in=ids)

    def claimed(self, moment: datetime, ids: Collection[int]) -> Self:
        """Those of the invitations that are still being sent by the worker that claimed them at this moment."""
        return self.filter(pk__in=ids, state=Invitation.State.SENDING, claimed_at=moment)

    def not_asked(self, first: datetime, end: datetime) -> Self:
        """Those decided against from the one moment to just before the other."""
        return self.filter(state=Invitation.State.NOT_SENT, created_at__gte=first, created_at__lt=end)

    def counts(self) -> "models.QuerySet[Invitation, Any]":
        """Rows of state, reason, n, opened, complained, partial and answered, in one statement."""
        is_complete = models.Q(response__completed_at__isnull=False)
        return (
            self.values("state", "reason")
            .annotate(
                n=models.Count("pk"),
                opened=models.Count("opened_at"),
                complained=models.Count("complained_at"),
                partial=models.Count("response", filter=~is_complete),
                answered=models.Count("response", filter=is_complete),
            )
            .order_by("state", "reason")
        )


class Invitation(OrganisationOwned, MailEvidence):
    """One customer asked once, and why, or why not."""

    UNCLEAR_AFTER = timedelta(minutes=10)
    """A row that has been "sending" for longer than this belongs to a worker that stopped."""

    class State(models.TextChoices):
        NOT_SENT = "not_sent", _("not sent")
        QUEUED = "queued", _("waiting to be sent")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        FAILED = "failed", _("refused by the mail server")
        BOUNCED = "bounced", _("came back")
        """It was sent, and later turned out not to have arrived: what is SENT has, for all we know."""

    GONE_OUT = frozenset({State.SENT, State.BOUNCED})

    class Reason(models.TextChoices):
        NO_ADDRESS = Obstacle.NO_ADDRESS.value, Obstacle.NO_ADDRESS.label
        NO_LEGAL_BASIS = Obstacle.NO_LEGAL_BASIS.value, Obstacle.NO_LEGAL_BASIS.label
        UNSUBSCRIBED = Suppression.Reason.UNSUBSCRIBED.value, Suppression.Reason.UNSUBSCRIBED.label
        BOUNCED = Suppression.Reason.BOUNCED.value, Suppression.Reason.BOUNCED.label
        COMPLAINED = Suppression.Reason.COMPLAINED.value, Suppression.Reason.COMPLAINED.label
        PAUSED = Suppression.Reason.PAUSED.value, Suppression.Reason.PAUSED.label
        SUPPRESSED = Obstacle.SUPPRESSED.value, _("suppressed by hand")
        RECENTLY_ASKED = "recently_asked", _("asked recently")
        CANCELLED = "cancelled", _("campaign cancelled")
        TOO_LATE = "too_late", _("contact too long ago")
        CONDITIONS = "conditions", _("conditions not met")
        SAMPLED_OUT = "sampled_out", _("not drawn")
        CAP_REACHED = "cap_reached", _("daily limit reached")
        TRIGGER_PAUSED = "trigger_paused", _("trigger paused")
        CLOSED = "closed", _("survey closed")
        ERASED = "erased", _("customer erased")
        ANSWERED = "answered", _("answered meanwhile")
        EXPIRED = "expired", _("link expired")
        NOT_ARRIVED = "not_arrived", _("first mail did not arrive")
        TAKEN_BACK = "taken_back", _("reminder removed")

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="invitations", db_index=False)
    version = models.ForeignKey(SurveyVersion, on_delete=models.CASCADE, related_name="+", db_index=False)
    campaign = models.ForeignKey(
        Campaign, on_delete=models.CASCADE, null=True, related_name="invitations", db_index=False
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.SET_NULL, null=True, related_name="invitations", db_index=False
    )
    trigger = models.ForeignKey(
        "Trigger", on_delete=models.CASCADE, null=True, related_name="invitations", db_index=False
    )
    interaction = models.ForeignKey(Interaction, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    """The contact that set the trigger off."""
    touchpoint = models.ForeignKey(Touchpoint, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    persona = models.ForeignKey(Persona, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    """The persona the customer had when asked."""
    language = models.CharField(max_length=2, choices=LANGUAGES)
    state = models.CharField(max_length=10, choices=State.choices)
    reason = models.CharField(max_length=20, choices=Reason.choices, blank=True)
    legal_basis = models.CharField(max_length=20, blank=True)
    """The ``Consent.basis`` the mail rested on, see also ``MailEvidence``."""
    refusal = models.CharField(max_length=200, blank=True)
    """What the mail server answered, without the address."""
    created_at = models.DateTimeField(default=timezone.now)
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    sent_day = models.DateField(null=True)
    """Of ``sent_at`` in the organisation's time zone; set with it."""
    complained_at = models.DateTimeField(null=True)
    """When we learned that the customer had marked the mail as spam."""
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    """When the link was first followed, be it by a mail scanner."""

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "customer"], name="invited_once_per_campaign"),
            models.UniqueConstraint(
                fields=["trigger", "interaction"],
                condition=models.Q(trigger__isnull=False),
                name="decided_once_per_contact",
            ),
        ]
        indexes = [
            models.Index(fields=["campaign", "state", "id"], name="invitation_campaign_state"),
            models.Index(fields=["survey", "sent_day"], name="invitation_survey_sent"),
            models.Index(fields=["customer", "sent_at"], name="invitation_customer_sent"),
            models.Index(
                fields=["trigger", "created_at"],
                condition=models.Q(trigger__isnull=False),
                name="invitation_of_trigger",
            ),
            # Counted by reason without a look at the rows themselves, and listed newest first.
            models.Index(
                fields=["organisation", "created_at", "id", "reason", "survey"],
                condition=models.Q(state="not_sent"),
                name="invitation_not_sent",
            ),
        ]

    @property
    def is_unclear(self) -> bool:
        """See ``InvitationQuerySet.unclear``."""
        is_old = self.claimed_at is not None and self.claimed_at < timezone.now() - self.UNCLEAR_AFTER
        return is_old and self.state == self.State.SENDING


class MailQueue(QueueRow):
    """An invitation whose mail, or a reminder of it, is due."""

    invitation = models.ForeignKey(Invitation, on_delete=models.CASCADE, related_name="+", db_index=False)
    number = models.PositiveSmallIntegerField(default=0)
    """0: the invitation itself; else the number of the reminder, see ``ReminderMail``."""
    attempts = models.PositiveSmallIntegerField(default=0)
    """How often the mail server has put this mail off."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["invitation", "number"], name="mail_queued_once")]


class MailBatch(QueueRow):
    """Mails that one worker has claimed and hands to the mail server; due when the worker must have stopped.

    The table is UNLOGGED: its rows outlive a killed worker, but not a crash of the database. So where a row is left,
    what it says is true, and only the last mail begun is unclear; where it is gone, all mails of the batch are.
    """

    invitations = ArrayField(models.BigIntegerField())
    """In the order in which they are sent, lowest id first."""
    number = models.PositiveSmallIntegerField(default=0)
    """Which mail of theirs, as in ``MailQueue``."""
    last_begun = models.BigIntegerField(default=0)
    """The invitation whose mail is being handed over; all before it are settled, none after it has been begun."""
    claimed_at = models.DateTimeField()
    """As in the invitations: those that were claimed anew belong to another batch."""
