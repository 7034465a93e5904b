from typing import Self

from django.db import models

from journeys.models.maps import Journey, Touchpoint
from organisations.models import OrganisationOwned, User


class MapChangeQuerySet(models.QuerySet["MapChange"]):
    def on_map(self, journey: Journey) -> Self:
        """Of the journey, and of the touchpoints that stand in it now."""
        standing = Touchpoint.objects.filter(placements__stage__journey=journey)
        return self.filter(models.Q(journey=journey) | models.Q(touchpoint__in=standing))


class MapChange(OrganisationOwned):
    """One change of a journey's map, or of a touchpoint: the rows it touched, before and after.

    That is enough to say who changed what, to take it back, and to notice that somebody else has changed it since.
    """

    journey = models.ForeignKey(Journey, on_delete=models.CASCADE, null=True, related_name="changes")
    touchpoint = models.ForeignKey(Touchpoint, on_delete=models.CASCADE, null=True, related_name="changes")
    actor = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    action = models.CharField(max_length=50)
    """As the audit trail names it, see ``audit_actions``."""
    subject = models.CharField(max_length=100)
    """The name of what was changed, at that time."""
    rows = models.JSONField()
    """``[{"model": "stage", "pk": 1, "before": {…} or null, "after": {…} or null}, …]``; none: it was created"""
    undoes = models.OneToOneField("self", on_delete=models.SET_NULL, null=True, related_name="undone_by")
    """The change that this one took back."""

    objects = MapChangeQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(
                condition=models.Q(journey=None) ^ models.Q(touchpoint=None), name="map_change_of_one_thing"
            )
        ]
        indexes = [
            models.Index(fields=["journey", "-id"], name="map_change_of_journey"),
            models.Index(fields=["touchpoint", "-id"], name="map_change_of_touchpoint"),
        ]

    @property
    def is_beginning(self) -> bool:
        return not self.rows
