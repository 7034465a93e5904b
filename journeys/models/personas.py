from dataclasses import dataclass

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.db.models.lookups import In
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from journeys.models.naming import NamedQuerySet
from organisations.models import OrganisationOwned


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
