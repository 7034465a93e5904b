from dataclasses import dataclass
from datetime import date
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, CustomerQuerySet
from journeys.models.channels import Channel
from journeys.models.naming import NamedQuerySet
from journeys.rule_sql import Fits
from journeys.rules import Group, load
from journeys.traits import validate_traits
from organisations.models import Organisation, OrganisationOwned

LONGEST_TEXT = 2000
"""Characters of a text about a persona: a page is to be read."""


class PersonaQuerySet(NamedQuerySet["Persona"]):
    def ranked_before(self, persona: "Persona") -> Self:
        return self.filter(
            models.Q(position__lt=persona.position) | models.Q(position=persona.position, pk__lt=persona.pk)
        )


class Persona(OrganisationOwned):
    """Archetype of a customer segment, with a rule that says which customers match."""

    name = models.CharField(_("name"), max_length=100)
    situation = models.CharField(
        _("life situation"), max_length=200, blank=True, help_text=_("Such as: family with two children, 41, Kiel.")
    )
    background = models.TextField(
        _("personal or professional background"),
        max_length=LONGEST_TEXT,
        blank=True,
        help_text=_("Work, family, experience with what you offer."),
    )
    goals = models.TextField(
        _("goals and needs"),
        max_length=LONGEST_TEXT,
        blank=True,
        help_text=_("What they want to get done, and what they need for it."),
    )
    frustrations = models.TextField(
        _("what makes them abandon a purchase"),
        max_length=LONGEST_TEXT,
        blank=True,
        help_text=_("What makes them break off, complain or leave. Such as: costs that appear at the last step."),
    )
    values = models.TextField(
        _("values"),
        max_length=LONGEST_TEXT,
        blank=True,
        help_text=_("What matters to them beyond the purchase. Such as: independence, fairness, time with the family."),
    )
    research = models.TextField(
        _("how they research"),
        max_length=LONGEST_TEXT,
        blank=True,
        help_text=_("Where they look, whom they ask, how long they take. Such as: test reports first, then a friend."),
    )
    priorities = models.TextField(
        _("preferences and priorities"),
        max_length=LONGEST_TEXT,
        blank=True,
        help_text=_("What comes first when they choose. Such as: reliable before cheap, by post before by app."),
    )
    marks = models.TextField(
        _("distinguishing marks"),
        max_length=LONGEST_TEXT,
        blank=True,
        help_text=_("How you recognise them. Such as: calls before ordering, keeps every letter."),
    )
    traits = models.JSONField(_("personality"), default=dict, blank=True, validators=[validate_traits])
    """Place from -2 to 2 between the two ends of each of ``journeys.traits``; null or absent: not said."""
    quotes = ArrayField(
        models.CharField(max_length=300),
        verbose_name=_("in their words"),
        default=list,
        blank=True,
        help_text=_("Sentences you have really heard, one per line; at most five."),
    )
    channels = models.ManyToManyField(
        Channel, through="PersonaChannel", blank=True, related_name="+", verbose_name=_("channels they like")
    )
    rule = models.JSONField(default=dict, blank=True, editable=False)
    """Which customers match, see ``journeys.rules``; empty: none."""
    position = models.PositiveSmallIntegerField(default=0, editable=False)
    """Rank: a customer who fits several personas belongs to the first."""

    objects = PersonaQuerySet.as_manager()

    class Meta:
        ordering = ("position", "pk")
        constraints = [models.UniqueConstraint("organisation", Lower("name"), name="persona_name_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def conditions(self) -> Group:
        return load(self.rule)

    def fitting(self, today: date) -> CustomerQuerySet:
        """Customers who fit the rule today (some of whom may belong to a persona ranked before)."""
        return Customer.objects.filter(Fits(self.conditions, today))

    def customers(self) -> CustomerQuerySet:
        """Customers who belong to this persona, as assigned last."""
        return Customer.objects.filter(pk__in=PersonaAssignment.objects.filter(persona=self).values("customer"))


class PersonaChannel(OrganisationOwned):
    """A channel that a persona likes."""

    persona = models.ForeignKey(Persona, on_delete=models.CASCADE)
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["persona", "channel"], name="persona_channel_once")]


class PersonaPicture(OrganisationOwned):
    """A persona's portrait, in the database so that every web machine has it; see ``common.pictures``."""

    persona = models.OneToOneField(Persona, on_delete=models.CASCADE, related_name="picture")
    content = models.BinaryField()
    digest = models.CharField(max_length=64)
    """SHA-256 of the content: another picture has another address."""


class PersonaAssignment(OrganisationOwned):
    """The persona that a customer belongs to; who has no row belongs to none.

    Made from the rules by ``journeys.domain.assignment`` and never edited. Without constraints in the database: what is
    made for a million customers at once would be checked a million times, and a row whose customer or persona is
    deleted meanwhile goes when the note of that deletion is worked off.
    """

    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False, editable=False
    )
    customer = models.OneToOneField(
        Customer, on_delete=models.CASCADE, primary_key=True, related_name="persona_assignment", db_constraint=False
    )
    persona = models.ForeignKey(
        Persona, on_delete=models.CASCADE, related_name="assignments", db_index=False, db_constraint=False
    )

    class Meta:
        indexes = [models.Index(fields=["organisation", "persona"], name="assignment_of_persona")]


@dataclass(frozen=True)
class Share:
    """How many customers a persona has."""

    fitting: int
    """Customers who fit its rule."""
    belonging: int
    """Those of them who fit no persona ranked before, so that they belong to this one."""
    customers: int
    """All customers of the organisation."""

    @property
    def part(self) -> float | None:
        """Of all customers, those who belong, in percent; None without customers."""
        return 100 * self.belonging / self.customers if self.customers else None


class PersonaCount(OrganisationOwned):
    """How many customers fit and belong to the personas, as counted when all of them were last assigned."""

    counted_at = models.DateTimeField()
    customers = models.PositiveIntegerField()
    belonging = models.JSONField()
    """[persona, customers] for each persona that has any."""
    fitting_both = models.JSONField()
    """[persona, other persona, customers] for each two that have any in common; twice the same: who fits it."""

    class Meta:
        constraints = [models.UniqueConstraint("organisation", name="persona_count_once")]

    @property
    def without(self) -> int:
        """Customers who belong to no persona."""
        return self.customers - sum(dict(self.belonging).values())

    def shares(self) -> dict[int, Share]:
        """By the persona's key; a persona without customers is missing."""
        belonging = dict(self.belonging)
        return {
            one: Share(n, belonging.get(one, 0), self.customers) for one, other, n in self.fitting_both if one == other
        }

    def overlap(self) -> dict[tuple[int, int], int]:
        """Customers who fit both of two personas, by their keys in either order."""
        return {(one, other): n for one, other, n in self.fitting_both}
