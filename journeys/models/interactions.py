from typing import Any, Self

from django.db import models
from django.db.models.deletion import Collector
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from journeys.models.channels import Channel
from journeys.models.maps import Touchpoint
from organisations.models import OrganisationOwned
from organisations.queues import QueueRow


def make_anonymous(collector: Collector, field: Any, contacts: Any, using: str) -> None:
    """On erasure of the customer: that somebody was there stays, for the counts; who it was and its number go."""
    for name in ("external_id", "customer"):  # the customer last: by them the rows are found
        other = field.model._meta.get_field(name)
        collector.add_field_update(other, None if other.null else "", contacts)


make_anonymous.lazy_sub_objs = True  # type: ignore[attr-defined]  # as SET_NULL: in the database, without loading the rows


class InteractionQuerySet(models.QuerySet["Interaction"]):
    def for_list(self) -> Self:
        return self.select_related("touchpoint", "channel")


class Interaction(OrganisationOwned):
    """A customer was at a touchpoint, over a channel, at a time."""

    customer = models.ForeignKey(
        Customer,
        on_delete=make_anonymous,
        null=True,
        related_name="interactions",
        db_index=False,
        verbose_name=_("customer"),
    )
    touchpoint = models.ForeignKey(
        Touchpoint, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("touchpoint")
    )
    channel = models.ForeignKey(
        Channel, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False,
        verbose_name=_("channel"),
    )  # fmt: skip
    at = models.DateTimeField(_("date and time"))
    external_id = models.CharField(max_length=100, blank=True)
    """Its number in the system that it comes from, or one made of all the above, see ``journeys.domain.interactions``:
    the same contact sent twice is one. Empty once its customer is erased."""
    recorded_at = models.DateTimeField(default=timezone.now)

    objects = InteractionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "external_id"], condition=~models.Q(external_id=""), name="interaction_once"
            )
        ]
        indexes = [
            models.Index(fields=["customer", "at", "id"], name="interaction_of_customer"),
            models.Index(fields=["touchpoint", "at"], name="interaction_at_touchpoint"),
        ]


class NewInteractions(QueueRow):
    """Contacts that were stored together, for what follows from them further right: these and all between."""

    first = models.BigIntegerField()
    last = models.BigIntegerField()
