from typing import Self, TypeVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from common.periods import EARLIEST
from customers.models import Customer
from journeys.models import Touchpoint
from organisations.models import Membership, OrganisationOwned, User
from organisations.permissions import Permission
from surveys.models import Comment, Response

Done = TypeVar("Done", bound="Action")


class ActionQuerySet(models.QuerySet[Done]):
    def visible_to(self, membership: Membership) -> Self:
        """All of them, a department lead's own ones, and for everybody what they are responsible for."""
        own = models.Q(responsible=membership)
        if not membership.may(Permission.ACT):
            return self.filter(own)
        if membership.own_departments is None:
            return self
        return self.filter(own | models.Q(touchpoint__department__in=membership.own_departments))

    def matching(self, words: str) -> Self:
        """Those whose title contains each of the words."""
        found = self
        for word in words.split():
            found = found.filter(title__icontains=word)
        return found

    def for_list(self) -> Self:
        return self.select_related("touchpoint__department", "responsible__user")


class Action(OrganisationOwned):
    """Something to be done at a touchpoint, and who answers for it."""

    touchpoint = models.ForeignKey(
        Touchpoint, on_delete=models.PROTECT, related_name="%(class)ss", verbose_name=_("touchpoint")
    )
    title = models.CharField(_("title"), max_length=150)
    responsible = models.ForeignKey(
        Membership,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="%(class)ss",
        verbose_name=_("responsible"),
    )
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, editable=False, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.title


class CaseQuerySet(ActionQuerySet["Case"]):
    def open(self) -> Self:
        return self.filter(closed_at=None)


class Case(Action):
    """Follow-up with one customer after what they wrote. Goes when the customer is erased."""

    comment = models.OneToOneField(Comment, on_delete=models.CASCADE, null=True, editable=False, related_name="case")
    """What the customer wrote, where the case rests on it."""
    response = models.OneToOneField(Response, on_delete=models.SET_NULL, null=True, editable=False, related_name="case")
    """In which the customer asked to be contacted, where the case rests on that."""
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, null=True, editable=False, related_name="cases")
    closed_at = models.DateTimeField(null=True, editable=False)
    outcome = models.TextField(_("outcome"), max_length=2000, editable=False)

    objects = CaseQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "-id"], name="case_newest_first"),
            models.Index(fields=["touchpoint"], condition=models.Q(closed_at=None), name="case_open_at_touchpoint"),
        ]

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def age_days(self) -> int:
        """Whole days from opening to closing, or until now."""
        return ((self.closed_at or timezone.now()) - self.created_at).days


class CaseNote(OrganisationOwned):
    """What was done or found out about a case."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="notes")
    author = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    text = models.TextField(_("note"), max_length=2000)

    class Meta:
        ordering = ("pk",)


class ImprovementQuerySet(ActionQuerySet["Improvement"]):
    def open(self) -> Self:
        return self.filter(state__in=Improvement.OPEN)


class Improvement(Action):
    """A change to a touchpoint."""

    class State(models.TextChoices):
        PLANNED = "planned", _("planned")
        RUNNING = "running", _("under way")
        DONE = "done", _("done")
        DROPPED = "dropped", _("dropped")

    OPEN = (State.PLANNED, State.RUNNING)

    description = models.TextField(_("what changes, and why"), max_length=5000, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PLANNED)
    due_on = models.DateField(_("to be done by"), null=True, blank=True)
    effective_on = models.DateField(
        _("customers feel it from"),
        null=True,
        blank=True,
        help_text=_("Answers before this day are compared with those since."),
    )

    objects = ImprovementQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "-id"], name="improvement_newest_first"),
            models.Index(
                fields=["touchpoint"],
                condition=models.Q(state__in=("planned", "running")),
                name="improvement_open_at_touchpoint",
            ),
        ]

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN

    def clean(self) -> None:
        if self.effective_on and self.effective_on < EARLIEST:
            raise ValidationError({"effective_on": _("Reports start on %(day)s.") % {"day": date_format(EARLIEST)}})
        if self.state == self.State.DONE and self.effective_on is None:
            raise ValidationError({"effective_on": _("Say from when customers feel it, so that it can be proved.")})
