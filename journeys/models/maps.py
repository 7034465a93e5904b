"""The journey map: journeys with their stages and lanes, and the touchpoints that stand in them."""

from decimal import Decimal
from typing import Self

from django.contrib.postgres.aggregates import ArrayAgg
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from journeys.models.channels import Channel
from journeys.models.naming import NamedQuerySet
from journeys.models.personas import Persona
from organisations.models import DataSource, Department, Membership, OrganisationOwned

LONGEST_DESCRIPTION = 10_000
"""Letters; a document that is read may have as many."""


class JourneyQuerySet(NamedQuerySet["Journey"]):
    def for_list(self) -> Self:
        """With ``stage_count``, ``touchpoint_count`` and ``owners``: the departments' names."""
        touchpoint = "stages__placements__touchpoint"
        return self.select_related("as_is").annotate(
            stage_count=models.Count("stages", distinct=True),
            touchpoint_count=models.Count(touchpoint, distinct=True),
            owners=ArrayAgg(
                f"{touchpoint}__department__name",
                distinct=True,
                filter=models.Q(**{f"{touchpoint}__isnull": False}),
                default=models.Value([]),
            ),
        )

    def sorted_by(self, wanted: str = "") -> Self:
        """Their own order, or by "name", by "-touchpoint_count" (most first) or by "-pk" (newest first)."""
        if wanted == "name":
            return self.order_by(Lower("name"), "pk")
        if wanted == "-touchpoint_count":
            counted = models.Count("stages__placements__touchpoint", distinct=True)
            return self.annotate(touchpoint_count=counted).order_by("-touchpoint_count", "pk")
        return self.order_by(wanted or "position", "pk")

    def keys(self) -> Self:
        """No more of each than its key and whose to-be version it is."""
        return self.only("as_is_id")

    def matching(self, words: str) -> Self:
        """Journeys whose name or description contains each of the words."""
        found = self
        for word in words.split():
            found = found.filter(models.Q(name__icontains=word) | models.Q(description__icontains=word))
        return found


class Journey(OrganisationOwned):
    name = models.CharField(_("name"), max_length=100)
    description = models.TextField(_("description"), max_length=LONGEST_DESCRIPTION, blank=True)
    as_is = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="to_be_versions",
        verbose_name=_("as-is version"),
    )
    """Of a to-be journey: the journey it is to replace. None: this one says how things are."""
    position = models.PositiveSmallIntegerField(default=0, editable=False)

    objects = JourneyQuerySet.as_manager()

    class Meta:
        ordering = ("position", "pk")
        constraints = [models.UniqueConstraint("organisation", Lower("name"), name="journey_name_once")]

    def __str__(self) -> str:
        return self.name


class Stage(OrganisationOwned):
    journey = models.ForeignKey(Journey, on_delete=models.CASCADE, related_name="stages")
    name = models.CharField(_("name"), max_length=100)
    customer_goal = models.CharField(
        _("customer's goal"), max_length=300, blank=True, help_text=_("In the customer's words.")
    )
    position = models.PositiveSmallIntegerField(default=0, editable=False)

    class Meta:
        ordering = ("position", "pk")

    def __str__(self) -> str:
        return self.name


class Metric(models.TextChoices):
    NPS = "nps", _("NPS")
    CSAT = "csat", _("CSAT")
    CES = "ces", _("CES")
    RATING = "rating", _("Rating")

    @property
    def range(self) -> tuple[int, int]:
        """Lowest and highest value a touchpoint may expect. A rating's own scale is set by its question."""
        return (-100, 100) if self == Metric.NPS else (0, 100)


class TouchpointQuerySet(NamedQuerySet["Touchpoint"]):
    def matching(self, words: str) -> Self:
        """Touchpoints whose name or description contains each of the words."""
        found = self
        for word in words.split():
            found = found.filter(models.Q(name__icontains=word) | models.Q(description__icontains=word))
        return found

    def for_list(self) -> Self:
        """With department, channels, and the stages and journeys they stand in."""
        return self.select_related("department").prefetch_related(
            "channels", models.Prefetch("placements", Placement.objects.for_list())
        )

    def current(self) -> Self:
        return self.filter(archived_at=None)

    def read_in_full_by(self, membership: Membership) -> Self:
        """Touchpoints whose comments and details this member may read; a lead's own departments only."""
        if membership.own_departments is None:
            return self
        return self.filter(department__in=membership.own_departments)


class Touchpoint(OrganisationOwned):
    """Where the company and the customer meet; owned by one department, placed in stages of journeys."""

    name = models.CharField(_("name"), max_length=100)
    description = models.TextField(_("description"), blank=True)
    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, related_name="touchpoints", verbose_name=_("owning department")
    )
    channels = models.ManyToManyField(
        Channel, through="TouchpointChannel", blank=True, related_name="touchpoints", verbose_name=_("channels")
    )
    is_moment_of_truth = models.BooleanField(
        _("moment of truth"), default=False, help_text=_("This touchpoint decides whether customers stay.")
    )
    promise = models.TextField(_("what was promised"), blank=True)
    metric = models.CharField(_("metric"), max_length=10, choices=Metric.choices, default=Metric.CSAT)
    expected_value = models.DecimalField(
        _("expected score"),
        max_digits=5,
        decimal_places=1,
        null=True,
        blank=True,
        help_text=_("In the unit of the metric: NPS −100 to +100, CSAT and CES 0 to 100 %, rating on its own scale."),
    )
    freshness_days = models.PositiveSmallIntegerField(
        _("data stays fresh for (days)"), default=90, validators=[MinValueValidator(1)]
    )
    data_sources = models.ManyToManyField(
        DataSource, through="TouchpointSource", blank=True, related_name="touchpoints", verbose_name=_("data sources")
    )
    archived_at = models.DateTimeField(null=True, editable=False)

    objects = TouchpointQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "organisation", Lower("name"), condition=models.Q(archived_at=None), name="touchpoint_name_once"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def expected_in(self, metric: str) -> float | None:
        """The expected score, if it was set in this metric."""
        return float(self.expected_value) if self.expected_value is not None and self.metric == metric else None

    def clean(self) -> None:
        if self.expected_value is None or self.metric not in Metric.values:
            return
        low, high = Metric(self.metric).range
        if not Decimal(low) <= self.expected_value <= Decimal(high):
            message = _("%(metric)s lies between %(low)s and %(high)s.")
            params = {"metric": Metric(self.metric).label, "low": low, "high": high}
            raise ValidationError({"expected_value": ValidationError(message, params=params)})


class TouchpointChannel(OrganisationOwned):
    touchpoint = models.ForeignKey(Touchpoint, on_delete=models.CASCADE)
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["touchpoint", "channel"], name="touchpoint_channel_once")]


class TouchpointSource(OrganisationOwned):
    touchpoint = models.ForeignKey(Touchpoint, on_delete=models.CASCADE)
    data_source = models.ForeignKey(DataSource, on_delete=models.CASCADE)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["touchpoint", "data_source"], name="touchpoint_source_once")]


class PersonaExpectation(OrganisationOwned):
    """The expected score of one persona, where it differs from that of all; in the touchpoint's metric."""

    touchpoint = models.ForeignKey(Touchpoint, on_delete=models.CASCADE, related_name="persona_expectations")
    persona = models.ForeignKey(Persona, on_delete=models.CASCADE, related_name="+")
    expected_value = models.DecimalField(_("expected score"), max_digits=5, decimal_places=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["touchpoint", "persona"], name="persona_expectation_once")]


class PlacementQuerySet(models.QuerySet["Placement"]):
    def for_list(self) -> Self:
        return self.select_related("stage__journey").order_by("stage__journey__position", "stage__position", "pk")


class Placement(OrganisationOwned):
    """A touchpoint's place in a stage of a journey, and what the journey says about it there."""

    class Emotion(models.IntegerChoices):
        """How customers are assumed to feel."""

        ANNOYED = -2, _("annoyed")
        UNEASY = -1, _("uneasy")
        NEUTRAL = 0, _("neutral")
        PLEASED = 1, _("pleased")
        DELIGHTED = 2, _("delighted")

    stage = models.ForeignKey(Stage, on_delete=models.CASCADE, related_name="placements")
    touchpoint = models.ForeignKey(Touchpoint, on_delete=models.CASCADE, related_name="placements")
    customer_goal = models.CharField(
        _("customer's goal"), max_length=300, blank=True, help_text=_("In the customer's words.")
    )
    pain_points = models.TextField(_("pain points"), blank=True, max_length=2000)
    ideas = models.TextField(_("ideas"), blank=True, max_length=2000)
    emotion = models.SmallIntegerField(_("assumed emotion"), choices=Emotion.choices, null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0, editable=False)

    objects = PlacementQuerySet.as_manager()

    class Meta:
        ordering = ("position", "pk")
        constraints = [models.UniqueConstraint(fields=["stage", "touchpoint"], name="placement_once")]


class Lane(OrganisationOwned):
    """A row of free text below the map, with one text per stage; the team names it."""

    journey = models.ForeignKey(Journey, on_delete=models.CASCADE, related_name="lanes")
    name = models.CharField(_("name"), max_length=100)
    position = models.PositiveSmallIntegerField(default=0, editable=False)

    class Meta:
        ordering = ("position", "pk")

    def __str__(self) -> str:
        return self.name


class LaneText(OrganisationOwned):
    """What a lane says about a stage; without a row, nothing."""

    lane = models.ForeignKey(Lane, on_delete=models.CASCADE, related_name="texts")
    stage = models.ForeignKey(Stage, on_delete=models.CASCADE, related_name="lane_texts")
    text = models.TextField(_("text"), max_length=2000)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["lane", "stage"], name="lane_text_once")]
