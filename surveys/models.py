from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.periods import Period
from customers.models import Customer, CustomerQuerySet, Obstacle
from journeys.models import Channel, Metric, Persona, Touchpoint
from organisations.models import LANGUAGES, Membership, Organisation, OrganisationOwned, User
from organisations.queues import QueueRow

Texts = dict[str, str]
"""One wording per language code, such as {"de": "…", "en": "…"}."""


def localised(texts: Texts, language: str, fallback: str) -> str:
    """The wording in a language; where it is missing, in the survey's default language."""
    return texts.get(language) or texts.get(fallback, "")


class SurveyQuerySet(models.QuerySet["Survey"]):
    def for_list(self) -> Self:
        """Each with the ``version_number`` and ``published_at`` of its latest version."""
        latest = SurveyVersion.objects.filter(survey=models.OuterRef("pk")).order_by("-number")
        return self.select_related("touchpoint").annotate(
            version_number=models.Subquery(latest.values("number")[:1]),
            published_at=models.Subquery(latest.values("published_at")[:1]),
        )

    def measuring(self, touchpoint: Touchpoint) -> Self:
        """Surveys that ask about a touchpoint, as a whole or in one of their questions."""
        asked = models.Q(touchpoint=touchpoint) | models.Q(questions__touchpoint=touchpoint)
        return self.filter(asked).distinct().order_by("name", "pk")


class Survey(OrganisationOwned):
    """What is asked. Its questions are edited here and frozen by publishing, see ``SurveyVersion``."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        LIVE = "live", _("live")
        CLOSED = "closed", _("closed")

    name = models.CharField(_("name"), max_length=100)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT, editable=False)
    touchpoint = models.ForeignKey(
        Touchpoint,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="surveys",
        verbose_name=_("touchpoint"),
        help_text=_("What the survey measures where a question names no touchpoint of its own."),
    )
    languages = ArrayField(models.CharField(max_length=2, choices=LANGUAGES), verbose_name=_("languages"))
    default_language = models.CharField(_("default language"), max_length=2, choices=LANGUAGES)
    intro = models.JSONField(_("greeting sentence"), default=dict, blank=True)
    thanks = models.JSONField(_("thank-you"), default=dict, blank=True)
    mail_subject = models.JSONField(_("subject of the mail"), default=dict, blank=True)
    mail_text = models.JSONField(_("text of the mail"), default=dict, blank=True)
    answer_days = models.PositiveSmallIntegerField(
        _("days to answer"), default=30, validators=[MinValueValidator(1), MaxValueValidator(365)]
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SurveyQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class Question(OrganisationOwned):
    """One question of a survey.

    Wording may change from version to version; what its scores mean (kind, scale, direction, box, aspect) is fixed
    once published: changing that would be another question.
    """

    class Kind(models.TextChoices):
        NPS = Metric.NPS.value, _("Recommendation (NPS)")
        CSAT = Metric.CSAT.value, _("Satisfaction (CSAT)")
        CES = Metric.CES.value, _("Effort (CES)")
        RATING = Metric.RATING.value, _("Rating")
        TEXT = "text", _("Open question")

    class Aspect(models.TextChoices):
        EXPERIENCE = "experience", _("what was experienced")
        EXPECTATION = "expectation", _("what was expected")

    MEANING_FIELDS = ("kind", "lo", "hi", "box_lo", "box_hi", "high_is_good", "aspect")

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="questions")
    position = models.PositiveSmallIntegerField(default=0, editable=False)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    text = models.JSONField(_("question"), default=dict)
    low_label = models.JSONField(_("label of the lowest score"), default=dict, blank=True)
    high_label = models.JSONField(_("label of the highest score"), default=dict, blank=True)
    lo = models.SmallIntegerField(_("lowest score"), null=True, blank=True)
    hi = models.SmallIntegerField(_("highest score"), null=True, blank=True)
    box_lo = models.SmallIntegerField(_("counted from"), null=True, blank=True)
    box_hi = models.SmallIntegerField(_("counted to"), null=True, blank=True)
    high_is_good = models.BooleanField(_("high is good"), default=True)
    aspect = models.CharField(_("measures"), max_length=12, choices=Aspect.choices, default=Aspect.EXPERIENCE)
    touchpoint = models.ForeignKey(
        Touchpoint,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="questions",
        verbose_name=_("touchpoint"),
    )
    is_required = models.BooleanField(_("required"), default=False)
    allows_not_applicable = models.BooleanField(_("offer “not applicable”"), default=False)
    published_at = models.DateTimeField(null=True, editable=False)
    archived_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ("position", "pk")
        constraints = [
            models.CheckConstraint(
                name="question_scale_complete",
                condition=models.Q(kind="text", lo=None, hi=None)
                | (~models.Q(kind="text") & models.Q(lo__isnull=False, hi__gt=models.F("lo"))),
            ),
        ]

    @property
    def is_scored(self) -> bool:
        return self.kind != self.Kind.TEXT


class SurveyVersion(OrganisationOwned):
    """A published survey as respondents see it; a database trigger refuses any change."""

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField()
    document = models.JSONField()
    """See ``surveys.documents``."""
    published_at = models.DateTimeField(auto_now_add=True)
    published_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+", db_constraint=False)

    class Meta:
        ordering = ("-number",)
        constraints = [models.UniqueConstraint(fields=["survey", "number"], name="survey_version_once")]


class CampaignQuerySet(models.QuerySet["Campaign"]):
    def for_list(self) -> Self:
        """With the survey and, in ``sent``, how many mails went out."""
        sent = Invitation.objects.filter(campaign=models.OuterRef("pk"), state=Invitation.State.SENT)
        count = sent.order_by().values("campaign").values_list(models.Count("pk"))
        return self.select_related("survey").annotate(sent=Coalesce(models.Subquery(count), 0))


class Campaign(OrganisationOwned):
    """One sending of a survey to a selection of customers."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        PREPARING = "preparing", _("being prepared")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        CANCELLED = "cancelled", _("cancelled")

    class Selection(models.TextChoices):
        EVERYONE = "everyone", _("all customers")
        PERSONA = "persona", _("customers of a persona")
        ATTRIBUTE = "attribute", _("customers with an attribute")
        CHOSEN = "chosen", _("chosen customers")

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
    attribute = models.CharField(_("attribute"), max_length=100, blank=True)
    attribute_value = models.CharField(_("is"), max_length=200, blank=True)
    customers = models.ManyToManyField(
        Customer, through="CampaignCustomer", blank=True, related_name="+", verbose_name=_("customers")
    )
    form_key = models.UUIDField(db_default=RandomUUID(), editable=False)
    """Of the form it was made with: sending that twice (a double click) leads to one draft."""
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+", editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, editable=False)

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

    def audience(self) -> CustomerQuerySet:
        """The customers it is meant for, whether or not they may be asked."""
        match self.selection:
            case self.Selection.EVERYONE:
                return Customer.objects.all()
            case self.Selection.PERSONA:
                if self.persona is None:
                    return Customer.objects.none()
                return self.persona.customers()
            case self.Selection.ATTRIBUTE:
                return Customer.objects.with_attribute(self.attribute, self.attribute_value)
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

    def claimed(self, moment: datetime, ids: Collection[int]) -> Self:
        """Those of the invitations that are still being sent by the worker that claimed them at this moment."""
        return self.filter(pk__in=ids, state=Invitation.State.SENDING, claimed_at=moment)

    def counts(self) -> "models.QuerySet[Invitation, Any]":
        """Rows of state, reason, n and answered, in one statement."""
        return (
            self.values("state", "reason")
            .annotate(n=models.Count("pk"), answered=models.Count("response"))
            .order_by("state", "reason")
        )


class Invitation(OrganisationOwned):
    """One customer asked once, and why, or why not."""

    UNCLEAR_AFTER = timedelta(minutes=10)
    """A row that has been "sending" for longer than this belongs to a worker that stopped."""

    class State(models.TextChoices):
        NOT_SENT = "not_sent", _("not sent")
        QUEUED = "queued", _("waiting to be sent")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        FAILED = "failed", _("refused by the mail server")

    class Reason(models.TextChoices):
        NO_ADDRESS = Obstacle.NO_ADDRESS.value, Obstacle.NO_ADDRESS.label
        NO_LEGAL_BASIS = Obstacle.NO_LEGAL_BASIS.value, Obstacle.NO_LEGAL_BASIS.label
        SUPPRESSED = Obstacle.SUPPRESSED.value, Obstacle.SUPPRESSED.label
        CANCELLED = "cancelled", _("campaign cancelled")
        CLOSED = "closed", _("survey closed")
        ERASED = "erased", _("customer erased")

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="invitations", db_index=False)
    version = models.ForeignKey(SurveyVersion, on_delete=models.CASCADE, related_name="+", db_index=False)
    campaign = models.ForeignKey(
        Campaign, on_delete=models.CASCADE, null=True, related_name="invitations", db_index=False
    )
    customer = models.ForeignKey(Customer, on_delete=models.SET_NULL, null=True, related_name="invitations")
    touchpoint = models.ForeignKey(Touchpoint, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    persona = models.ForeignKey(Persona, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    """The persona the customer had when asked."""
    language = models.CharField(max_length=2, choices=LANGUAGES)
    state = models.CharField(max_length=10, choices=State.choices)
    reason = models.CharField(max_length=20, choices=Reason.choices, blank=True)
    legal_basis = models.CharField(max_length=20, blank=True)
    """The ``Consent.basis`` the mail rested on."""
    refusal = models.CharField(max_length=200, blank=True)
    """What the mail server answered, without the address."""
    created_at = models.DateTimeField(default=timezone.now)
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    sent_day = models.DateField(null=True)
    """Of ``sent_at`` in the organisation's time zone; set with it."""
    expires_at = models.DateTimeField()

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "customer"], name="invited_once_per_campaign")]
        indexes = [
            models.Index(fields=["campaign", "state", "id"], name="invitation_campaign_state"),
            models.Index(fields=["survey", "sent_day"], name="invitation_survey_sent"),
        ]

    @property
    def is_unclear(self) -> bool:
        """See ``InvitationQuerySet.unclear``."""
        is_old = self.claimed_at is not None and self.claimed_at < timezone.now() - self.UNCLEAR_AFTER
        return is_old and self.state == self.State.SENDING


class MailQueue(QueueRow):
    """An invitation whose mail is due."""

    invitation = models.ForeignKey(Invitation, on_delete=models.CASCADE, related_name="+", db_index=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    """How often the mail server has put this mail off."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["invitation"], name="mail_queued_once")]


class MailBatch(QueueRow):
    """Mails that one worker has claimed and hands to the mail server; due when the worker must have stopped.

    The table is UNLOGGED: its rows outlive a killed worker, but not a crash of the database. So where a row is left,
    what it says is true, and only the last mail begun is unclear; where it is gone, all mails of the batch are.
    """

    invitations = ArrayField(models.BigIntegerField())
    """In the order in which they are sent, lowest id first."""
    last_begun = models.BigIntegerField(default=0)
    """The invitation whose mail is being handed over; all before it are settled, none after it has been begun."""
    claimed_at = models.DateTimeField()
    """As in the invitations: those that were claimed anew belong to another batch."""


class Response(OrganisationOwned):
    """One answer sheet. Free text stands in ``Comment`` alone, so that erasing a person finds it in one place."""

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="responses", db_index=False)
    version = models.ForeignKey(SurveyVersion, on_delete=models.CASCADE, related_name="+", db_index=False)
    invitation = models.OneToOneField(Invitation, on_delete=models.CASCADE, null=True, related_name="response")
    customer = models.ForeignKey(Customer, on_delete=models.SET_NULL, null=True, related_name="responses")
    touchpoint = models.ForeignKey(Touchpoint, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    """What its questions without a touchpoint of their own measure."""
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    persona = models.ForeignKey(Persona, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    language = models.CharField(max_length=2)
    answers = models.JSONField()
    """{"<question id>": score, or "n/a" where not applicable}; questions not answered are absent."""
    submitted_at = models.DateTimeField(default=timezone.now)
    day = models.DateField()
    """Of ``submitted_at`` in the organisation's time zone."""

    class Meta:
        indexes = [models.Index(fields=["survey", "day"], name="response_survey_day")]


class AnswerRow(OrganisationOwned):
    """One answer of a response, with what reports group by beside it.

    Organisation, survey, channel and persona are copies from the response, whose own foreign keys vouch for them:
    checking them again for each answer would double the cost of storing it.
    """

    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False, editable=False
    )
    response = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="%(class)ss")
    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="+", db_index=False)
    touchpoint = models.ForeignKey(Touchpoint, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    channel = models.ForeignKey(
        Channel, on_delete=models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    persona = models.ForeignKey(
        Persona, on_delete=models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    day = models.DateField()

    class Meta:
        abstract = True


class Score(AnswerRow):
    """One scored answer: the narrow fact that metrics are made of."""

    score = models.SmallIntegerField()

    class Meta:
        indexes = [models.Index(fields=["survey", "day"], name="score_survey_day")]


class CommentQuerySet(models.QuerySet["Comment"]):
    def read_by(self, membership: Membership) -> Self:
        """Comments on the touchpoints this member reads in full; without a touchpoint, the whole team's only."""
        if membership.own_departments is None:
            return self
        return self.filter(touchpoint__department__in=membership.own_departments)

    def in_period(self, period: Period) -> Self:
        return self.filter(day__range=(period.first, period.last))

    def for_list(self) -> Self:
        """Newest first, with what is shown beside the text."""
        return self.select_related("touchpoint", "channel", "persona", "survey").order_by("-pk")


class Comment(AnswerRow):
    """One free-text answer. Goes when the customer is erased."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, null=True, related_name="comments")
    language = models.CharField(max_length=2)
    text = models.TextField()

    objects = CommentQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "-id"], name="comment_newest_first"),
            models.Index(fields=["touchpoint", "-id"], name="comment_touchpoint"),
        ]


class PickedQuote(OrganisationOwned):
    """A comment that speaks for a persona. Goes with the comment, so erasing the customer takes it off the page."""

    persona = models.ForeignKey(Persona, on_delete=models.CASCADE, related_name="picked_quotes", db_index=False)
    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="picked_as")
    picked_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["persona", "comment"], name="quote_picked_once")]


class ChangedDay(QueueRow):
    """The scores or invitations of a survey on this day changed; reports are to count them anew.

    Append-only and without a unique key, so that submissions of one survey never wait for each other.
    """

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()


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
