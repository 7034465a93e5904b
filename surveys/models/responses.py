from typing import Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.periods import Period
from customers.models import Customer
from journeys.models import Channel, Persona, Touchpoint
from organisations.models import Membership, Organisation, OrganisationOwned
from organisations.queues import QueueRow
from surveys.models.authoring import Question, Survey, SurveyVersion
from surveys.models.entrances import Entrance
from surveys.models.sending import Invitation


class Response(OrganisationOwned):
    """One answer sheet. Free text stands in ``Comment`` alone, so that erasing a person finds it in one place."""

    class Way(models.TextChoices):
        MAIL = "mail", _("e-mail")
        LINK = "link", _("open link")
        KIOSK = "kiosk", _("kiosk")
        EMBED = "embed", _("website")
        PHONE = "phone", _("phone")
        IMPORT = "import", _("import")

    class SetAside(models.TextChoices):
        TEST = "test", _("test")
        TOO_FAST = "too_fast", _("answered faster than anyone reads")
        TRAP = "trap", _("filled in a field that people don't see")
        FLOOD = "flood", _("one of very many in a short time")
        BY_HAND = "by_hand", _("set aside by hand")

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="responses", db_index=False)
    version = models.ForeignKey(SurveyVersion, on_delete=models.CASCADE, related_name="+", db_index=False)
    invitation = models.OneToOneField(Invitation, on_delete=models.CASCADE, null=True, related_name="response")
    customer = models.ForeignKey(Customer, on_delete=models.SET_NULL, null=True, related_name="responses")
    touchpoint = models.ForeignKey(Touchpoint, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    """What its questions without a touchpoint of their own measure."""
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    persona = models.ForeignKey(Persona, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    entrance = models.ForeignKey(
        Entrance, on_delete=models.SET_NULL, null=True, related_name="responses", db_index=False
    )
    """Where somebody came in who was not invited."""
    sheet = models.BigIntegerField(null=True)
    """Random number of a sheet handed out without an invitation: it comes in once, however often it is sent."""
    language = models.CharField(max_length=2)
    answers = models.JSONField()
    """{"<question id>": answer, see ``surveys.answers``}; null where it was asked and left empty, absent where it was
    not asked."""
    way = models.CharField(max_length=10, choices=Way.choices, db_default=Way.MAIL)
    set_aside = models.CharField(max_length=10, choices=SetAside.choices, blank=True, db_default="")
    """Why it does not count: then it has no scores, and its comments say so, too."""
    left_out_at = models.DateTimeField(null=True)
    """When somebody looked at a sheet that was set aside, and decided that it stays so."""
    begun_at = models.DateTimeField(null=True)
    """When the customer opened the first page."""
    completed_at = models.DateTimeField(null=True)
    """None: partial, so far."""
    contact_wished_at = models.DateTimeField(null=True)
    """When the customer asked to be contacted about a low score."""
    submitted_at = models.DateTimeField(default=timezone.now)
    """When the latest page was sent."""
    day = models.DateField()
    """Of ``submitted_at`` in the organisation's time zone."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["survey", "sheet"], condition=models.Q(sheet__isnull=False), name="sheet_comes_in_once"
            )
        ]
        indexes = [
            models.Index(fields=["survey", "day"], name="response_survey_day"),
            models.Index(fields=["survey", "-id"], condition=~models.Q(set_aside=""), name="response_set_aside"),
            models.Index(fields=["entrance"], condition=models.Q(entrance__isnull=False), name="response_entrance"),
            # Few among many: whoever counts a day's answers looks for those who wish to be contacted.
            models.Index(
                fields=["survey", "day"], condition=models.Q(contact_wished_at__isnull=False), name="response_wished"
            ),
        ]


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
        comments = self.of_somebody()
        if membership.own_departments is None:
            return comments
        return comments.filter(touchpoint__department__in=membership.own_departments)

    def of_somebody(self) -> Self:
        """Those that may stand by themselves; the others stand in the results of their survey alone."""
        return self.filter(survey__is_anonymous=False)

    def in_period(self, period: Period) -> Self:
        return self.filter(day__range=(period.first, period.last))

    def for_list(self) -> Self:
        """Newest first, with what is shown beside the text."""
        return self.select_related("touchpoint", "channel", "persona", "survey").order_by("-pk")


_CommentManager = models.Manager.from_queryset(CommentQuerySet)


class CommentManager(_CommentManager["Comment"]):
    def get_queryset(self) -> CommentQuerySet:
        return CommentQuerySet(self.model, using=self._db).filter(is_set_aside=False)


class Comment(AnswerRow):
    """One free-text answer. Goes when the customer is erased, who is a copy, too."""

    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, null=True, related_name="comments", db_constraint=False
    )
    response = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="comments", db_index=False)
    language = models.CharField(max_length=2)
    text = models.TextField()
    is_set_aside = models.BooleanField(db_default=False)
    """Like its response."""

    # Those that count: whoever reads comments cannot forget to leave out the others.
    objects = CommentManager()
    all_objects = CommentQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "-id"], name="comment_newest_first"),
            models.Index(fields=["touchpoint", "-id"], name="comment_touchpoint"),
            # With what row-level security asks for, too. Else a planner without statistics takes the first of these,
            # and each page that a customer answers on reads all comments of the organisation.
            models.Index(fields=["response", "organisation"], name="comment_response"),
        ]

    def is_one_of(self, many: int) -> bool:
        """Whether at least so many people ever answered about its touchpoint; no more of them are counted."""
        shown = Score.objects.filter(touchpoint=self.touchpoint_id, survey__is_anonymous=False)
        people = shown.values("response").distinct()
        return people[:many].count() == many


class PickedQuote(OrganisationOwned):
    """A comment that speaks for a persona. Goes with the comment, so erasing the customer takes it off the page."""

    persona = models.ForeignKey(Persona, on_delete=models.CASCADE, related_name="picked_quotes", db_index=False)
    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="picked_as")
    picked_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["persona", "comment"], name="quote_picked_once")]


class ChangedDay(QueueRow):
    """The scores or invitations of a survey on this day changed; reports are to count them anew.

    Append-only and without a unique key, so that submissions of one survey never wait for each other. Its keys are
    not checked, which costs as much as the row itself: where there is no such survey, there is nothing to count.
    """

    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    day = models.DateField()
