from dataclasses import dataclass
from decimal import Decimal
from typing import Self, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models.functions import Lower
from django.db.models.lookups import In
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from organisations.models import Department, Membership, OrganisationOwned

Named = TypeVar("Named", bound=models.Model)


class NamedQuerySet(models.QuerySet[Named]):
    def named(self, name: str) -> Self:
        """Those of this name in capital or small letters, as the unique constraints compare them."""
        return self.alias(lower_name=Lower("name")).filter(lower_name=Lower(models.Value(name)))


class ChannelQuerySet(NamedQuerySet["Channel"]):
    pass


class Channel(OrganisationOwned):
    """The way on which a contact happens: e-mail, phone, shop, web, app, social …"""

    name = models.CharField(_("name"), max_length=50)
    position = models.PositiveSmallIntegerField(default=0, editable=False)

    objects = ChannelQuerySet.as_manager()

    class Meta:
        ordering = ("position", "pk")
        constraints = [models.UniqueConstraint("organisation", Lower("name"), name="channel_name_once")]

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class CustomerCount:
    fitting: int
    """Customers who fit the persona's rule."""
    belonging: int
    """Those of them who fit no persona ranked before, so that they belong to this one."""


class PersonaQuerySet(NamedQuerySet["Persona"]):
    def matching(self, attributes: dict[str, object]) -> "Persona | None":
        """The first persona, in ranked order, whose rule fits a customer's attributes."""
        return next((persona for persona in self if persona.matches(attributes)), None)

    def customer_counts(self) -> dict[int, CustomerCount]:
        """How many customers each persona has, by the persona's key; one pass over the customers for all."""
        rules = {persona.pk: persona.rule() for persona in self.order_by("position", "pk")}
        if not rules:
            return {}
        first = models.Case(*[models.When(rule, then=models.Value(pk)) for pk, rule in rules.items()])
        counts = Customer.objects.alias(first=first).aggregate(
            **{f"fitting_{pk}": models.Count("pk", filter=rule) for pk, rule in rules.items()},
            **{f"belonging_{pk}": models.Count("pk", filter=models.Q(first=pk)) for pk in rules},
        )
        return {pk: CustomerCount(counts[f"fitting_{pk}"], counts[f"belonging_{pk}"]) for pk in rules}


class Persona(OrganisationOwned):
    """Archetype of a customer segment, with a rule that says which customers match."""

    name = models.CharField(_("name"), max_length=100)
    situation = models.CharField(
        _("life situation"), max_length=200, blank=True, help_text=_("Such as: family with two children, 41, Kiel.")
    )
    background = models.TextField(_("background"), blank=True)
    goals = models.TextField(_("goals and needs"), blank=True)
    frustrations = models.TextField(_("what makes them give up"), blank=True)
    quote = models.CharField(_("in their words"), max_length=300, blank=True)
    rule_attribute = models.CharField(
        _("customer attribute"), max_length=100, blank=True, help_text=_("Empty: no customer matches by rule.")
    )
    rule_values = ArrayField(
        models.CharField(max_length=200),
        verbose_name=_("is one of"),
        default=list,
        blank=True,
    )
    position = models.PositiveSmallIntegerField(default=0, editable=False)
    """Rank: a customer who fits several personas belongs to the first."""

    objects = PersonaQuerySet.as_manager()

    class Meta:
        ordering = ("position", "pk")
        constraints = [models.UniqueConstraint("organisation", Lower("name"), name="persona_name_once")]

    def __str__(self) -> str:
        return self.name

    def matches(self, attributes: dict[str, object]) -> bool:
        return bool(self.rule_attribute) and str(attributes.get(self.rule_attribute, "")) in self.rule_values

    def rule(self) -> models.Q:
        """The condition on customers that says who fits."""
        if not self.rule_attribute or not self.rule_values:
            return models.Q(pk__in=[])
        # The function, since "->>" takes a name such as "2024" for a place in a list.
        value = models.Func(
            models.F("attributes"),
            models.Value(self.rule_attribute),
            function="jsonb_extract_path_text",
            output_field=models.TextField(),
        )
        return models.Q(In(value, self.rule_values))

    def customers(self) -> models.QuerySet[Customer]:
        """Customers who fit this persona's rule (some of whom may belong to a persona ranked before)."""
        return Customer.objects.filter(self.rule())


class JourneyQuerySet(NamedQuerySet["Journey"]):
    def for_list(self) -> Self:
        """With their stages, each with ``touchpoint_count``."""
        stages = Stage.objects.annotate(touchpoint_count=models.Count("placements"))
        return self.prefetch_related(models.Prefetch("stages", stages))


class Journey(OrganisationOwned):
    name = models.CharField(_("name"), max_length=100)
    description = models.TextField(_("description"), blank=True)
    position = models.PositiveSmallIntegerField(default=0, editable=False)

    objects = JourneyQuerySet.as_manager()

    class Meta:
        ordering = ("position", "pk")
        constraints = [models.UniqueConstraint("organisation", Lower("name"), name="journey_name_once")]

    def __str__(self) -> str:
        return self.name


class StageQuerySet(models.QuerySet["Stage"]):
    def for_map(self) -> Self:
        """In order, with their placements, touchpoints, departments and channels."""
        return self.prefetch_related(
            models.Prefetch("placements", Placement.objects.select_related("touchpoint__department")),
            "placements__touchpoint__channels",
        )


class Stage(OrganisationOwned):
    journey = models.ForeignKey(Journey, on_delete=models.CASCADE, related_name="stages")
    name = models.CharField(_("name"), max_length=100)
    customer_goal = models.CharField(
        _("customer's goal"), max_length=300, blank=True, help_text=_("In the customer's words.")
    )
    position = models.PositiveSmallIntegerField(default=0, editable=False)

    objects = StageQuerySet.as_manager()

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
        """By name, with department, channels, and the stages and journeys they stand in."""
        return (
            self.select_related("department")
            .prefetch_related("channels", models.Prefetch("placements", Placement.objects.for_list()))
            .order_by(Lower("name"), "pk")
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
    pain_points = models.TextField(_("pain points"), blank=True)
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


class PlacementQuerySet(models.QuerySet["Placement"]):
    def for_list(self) -> Self:
        return self.select_related("stage__journey").order_by("stage__journey__position", "stage__position", "pk")


class Placement(OrganisationOwned):
    """A touchpoint's place in a stage of a journey."""

    stage = models.ForeignKey(Stage, on_delete=models.CASCADE, related_name="placements")
    touchpoint = models.ForeignKey(Touchpoint, on_delete=models.CASCADE, related_name="placements")
    position = models.PositiveSmallIntegerField(default=0, editable=False)

    objects = PlacementQuerySet.as_manager()

    class Meta:
        ordering = ("position", "pk")
        constraints = [models.UniqueConstraint(fields=["stage", "touchpoint"], name="placement_once")]
