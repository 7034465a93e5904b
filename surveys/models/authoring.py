from datetime import date
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from journeys.models import Metric, Touchpoint
from organisations.models import LANGUAGES, OrganisationOwned, User

Texts = dict[str, str]
"""One wording per language code, such as {"de": "…", "en": "…"}."""


def localised(texts: Texts, language: str, fallback: str) -> str:
    """The wording in a language; where it is missing, in the survey's default language."""
    return texts.get(language) or texts.get(fallback, "")


class MadeByForm(OrganisationOwned):
    """What a person makes with a form, and with the same form, sent once more by a double click, no second time."""

    form_key = models.UUIDField(db_default=RandomUUID(), editable=False)
    """See ``surveys.forms.making``."""

    class Meta:
        abstract = True
        constraints = [models.UniqueConstraint(fields=["organisation", "form_key"], name="%(class)s_made_once")]


class SurveyQuerySet(models.QuerySet["Survey"]):
    def for_list(self) -> Self:
        """Each with the ``version_number`` and ``published_at`` of its latest version."""
        latest = SurveyVersion.objects.filter(survey=models.OuterRef("pk")).order_by("-number")
        return self.select_related("touchpoint").annotate(
            version_number=models.Subquery(latest.values("number")[:1]),
            published_at=models.Subquery(latest.values("published_at")[:1]),
        )

    def live(self, today: date) -> Self:
        """Those that take answers; ``today`` as for ``Survey.is_over``."""
        lasting = models.Q(closes_on=None) | models.Q(closes_on__gte=today)
        return self.filter(lasting, state=Survey.State.LIVE)

    def in_state(self, state: str, today: date) -> Self:
        """Those of which ``Survey.state_on`` says this."""
        if state == Survey.State.LIVE:
            return self.live(today)
        over = models.Q(state=Survey.State.LIVE, closes_on__lt=today)
        return self.filter(models.Q(state=state) | over if state == Survey.State.CLOSED else models.Q(state=state))

    def measuring(self, touchpoint: Touchpoint) -> Self:
        """Surveys that ask about a touchpoint, as a whole or in one of their questions."""
        asked = models.Q(touchpoint=touchpoint) | models.Q(questions__touchpoint=touchpoint)
        return self.filter(asked).distinct().order_by("name", "pk")


class Survey(MadeByForm):
    """What is asked. Its questions are edited here and frozen by publishing, see ``SurveyVersion``."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        LIVE = "live", _("live")
        CLOSED = "closed", _("closed")

    class Type(models.TextChoices):
        """What gives rise to asking."""

        RELATIONSHIP = "relationship", _("Relationship, asked regularly")
        TRANSACTION = "transaction", _("After a contact")
        COMPLAINT = "complaint", _("After a complaint or cancellation")
        EMPLOYEES = "employees", _("Of employees")
        OTHER = "other", _("Other")

    name = models.CharField(_("name"), max_length=100)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT, editable=False)
    type = models.CharField(
        _("type"),
        max_length=20,
        choices=Type.choices,
        default=Type.OTHER,
        help_text=_("The contact policy can exempt types from the pause between two invitations."),
    )
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
    thanks_high = models.JSONField(_("thank-you after a high score"), default=dict, blank=True)
    thanks_low = models.JSONField(_("thank-you after a low score"), default=dict, blank=True)
    """Where these are empty, ``thanks`` is shown; which scores are high and low: ``surveys.documents``."""
    review_url = models.URLField(_("review link"), max_length=500, blank=True)
    """Offered after a high score."""
    offers_contact = models.BooleanField(_("ask after a low score whether to get in touch"), default=False)
    mail_subject = models.JSONField(_("subject of the mail"), default=dict, blank=True)
    mail_text = models.JSONField(_("text of the mail"), default=dict, blank=True)
    answer_days = models.PositiveSmallIntegerField(
        _("days to answer"), default=30, validators=[MinValueValidator(1), MaxValueValidator(365)]
    )
    closes_on = models.DateField(_("last day"), null=True, blank=True)
    """In the organisation's time zone; answers are taken until its end."""
    quota = models.PositiveIntegerField(_("answers wanted"), null=True, blank=True, validators=[MinValueValidator(1)])
    """Complete answer sheets after which the survey closes."""
    is_anonymous = models.BooleanField(
        _("never show answers one by one"),
        default=False,
        help_text=_(
            "Such as those of employees: nobody sees who has answered, results grow by several people at a time and"
            " have no filters for groups, comments have no day. Can be chosen until the survey is first published."
        ),
    )
    archived_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SurveyQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    def is_over(self, today: date) -> bool:
        """It takes no more answers; ``today`` is the organisation's calendar day."""
        return self.state == self.State.CLOSED or (self.closes_on is not None and self.closes_on < today)

    def state_on(self, today: date) -> State:
        """As people see it: closed, too, once its last day is over; ``today`` as for ``is_over``."""
        is_live = self.state == self.State.LIVE
        return self.State.CLOSED if is_live and self.is_over(today) else self.State(self.state)

    def is_live(self, today: date) -> bool:
        """It takes answers; ``today`` as for ``is_over``."""
        return self.state_on(today) == self.State.LIVE

    def asked_questions(self) -> "models.QuerySet[Question]":
        """Those not removed, in order, each matrix followed by its rows."""
        place = Coalesce("matrix__position", "position")
        first = models.Case(models.When(matrix=None, then=0), default=1)
        removed = models.Q(archived_at__isnull=False) | models.Q(matrix__archived_at__isnull=False)
        return self.questions.exclude(removed).order_by(place, first, "position", "pk")


class QuestionQuerySet(models.QuerySet["Question"]):
    def replacing_at(self, touchpoint: Touchpoint) -> Self:
        """Published ones that took the place of another and measure this touchpoint, the latest first."""
        measures = models.Q(touchpoint=touchpoint) | models.Q(touchpoint=None, survey__touchpoint=touchpoint)
        found = self.filter(measures, replaces__isnull=False, published_at__isnull=False, kind__in=Question.SCORED)
        return found.select_related("survey").order_by("-published_at")


class Question(MadeByForm):
    """One question of a survey.

    Wording may change from version to version; what its scores mean (kind, scale, direction, box, aspect) is fixed
    once published: changing that would be another question.
    """

    class Kind(models.TextChoices):
        NPS = Metric.NPS.value, _("Recommendation (NPS)")
        CSAT = Metric.CSAT.value, _("Satisfaction (CSAT)")
        CES = Metric.CES.value, _("Effort (CES)")
        RATING = Metric.RATING.value, _("Rating")
        MATRIX = "matrix", _("Several ratings in a table")
        YES_NO = "yes_no", _("Yes or no")
        SINGLE = "single", _("One choice")
        MULTIPLE = "multiple", _("Several choices")
        RANKING = "ranking", _("Ranking")
        SHORT_TEXT = "short_text", _("Short text")
        TEXT = "text", _("Open question")
        NUMBER = "number", _("Number")
        DATE = "date", _("Date")
        CONSENT = "consent", _("Consent")
        INFO = "info", _("Information")

    SCORED = frozenset({Kind.NPS, Kind.CSAT, Kind.CES, Kind.RATING})
    """Give scores, of which metrics are made."""
    WITH_SCALE = SCORED | {Kind.MATRIX}
    WITH_OPTIONS = frozenset({Kind.SINGLE, Kind.MULTIPLE, Kind.RANKING})
    WRITTEN = frozenset({Kind.SHORT_TEXT, Kind.TEXT})
    """Answered in the customer's own words, which stand in ``Comment``."""

    HEADINGS = frozenset({Kind.INFO, Kind.MATRIX})
    """Are read, not answered; the rows of a matrix are."""

    class Look(models.TextChoices):
        NUMBERS = "numbers", _("numbers")
        STARS = "stars", _("stars")
        SMILEYS = "smileys", _("smileys")

    class Aspect(models.TextChoices):
        EXPERIENCE = "experience", _("what was experienced")
        EXPECTATION = "expectation", _("what was expected")

    MEANING_FIELDS = ("kind", "lo", "hi", "box_lo", "box_hi", "high_is_good", "aspect")

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="questions")
    matrix = models.ForeignKey("self", on_delete=models.CASCADE, null=True, editable=False, related_name="rows")
    """Whose row it is: a rating on the matrix's scale, with a touchpoint of its own; follows the matrix in order."""
    replaces = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, editable=False, related_name="replacements"
    )
    """Another question that was asked in its place before: figures end there and begin anew here."""
    position = models.PositiveSmallIntegerField(default=0, editable=False)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    text = models.JSONField(_("question"), default=dict)
    low_label = models.JSONField(_("label of the lowest score"), default=dict, blank=True)
    high_label = models.JSONField(_("label of the highest score"), default=dict, blank=True)
    lo = models.IntegerField(_("lowest score"), null=True, blank=True)
    """Lowest score; of a number the lowest that is taken, if there is one."""
    hi = models.IntegerField(_("highest score"), null=True, blank=True)
    box_lo = models.SmallIntegerField(_("counted from"), null=True, blank=True)
    box_hi = models.SmallIntegerField(_("counted to"), null=True, blank=True)
    high_is_good = models.BooleanField(_("high is good"), default=True)
    look = models.CharField(_("shown as"), max_length=10, choices=Look.choices, default=Look.NUMBERS)
    options = models.JSONField(_("choices"), default=list, blank=True)
    """[{"id": 1, "text": {"de": "…"}, "archived": false}]; an id keeps its meaning for good, archived ones are not
    offered any more."""
    allows_other = models.BooleanField(_("offer “other” with a text of one's own"), default=False)
    random_order = models.BooleanField(_("offer in random order"), default=False)
    condition = models.JSONField(default=dict, blank=True)
    """When it is asked; empty: always. See ``surveys.logic``."""
    ends_if = models.JSONField(default=dict, blank=True)
    """When the survey ends after it; empty: never."""
    variants = models.JSONField(default=list, blank=True)
    """[{"condition": {…}, "text": {"de": "…"}}]: the first whose condition is true words the question."""
    starts_page = models.BooleanField(_("starts a new page"), default=False)
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
    archived_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+", editable=False)

    objects = QuestionQuerySet.as_manager()

    class Meta(MadeByForm.Meta):
        ordering = ("position", "pk")
        constraints = [
            *MadeByForm.Meta.constraints,
            models.CheckConstraint(
                name="question_scale_complete",
                condition=~models.Q(kind__in=["nps", "csat", "ces", "rating", "matrix"])
                | models.Q(lo__isnull=False, hi__gt=models.F("lo")),
            ),
        ]

    @property
    def is_scored(self) -> bool:
        return self.kind in self.SCORED


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
