from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from journeys.models import Metric, Touchpoint
from organisations.models import LANGUAGES, OrganisationOwned, User

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
