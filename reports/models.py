from django.contrib.postgres.fields import ArrayField
from django.db import models

from journeys.models import Channel, Persona, Touchpoint
from organisations.models import OrganisationOwned
from surveys.models import Question, Survey


class ScoreRollup(OrganisationOwned):
    """Counts of one question's scores per day: what every report reads.

    Kept at two grains that must never be added to each other: TOTAL (one row per question, touchpoint and day, so the
    cost of a page without filters does not grow with channels and personas) and DETAIL (by channel and persona, too).
    """

    class Grain(models.IntegerChoices):
        TOTAL = 0
        DETAIL = 1

    grain = models.SmallIntegerField(choices=Grain.choices)
    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="+", db_index=False)
    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="+", db_index=False)
    touchpoint = models.ForeignKey(Touchpoint, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    persona = models.ForeignKey(Persona, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    day = models.DateField()
    n = models.IntegerField()
    """Valid answers."""
    top = models.IntegerField()
    """Promoters (9–10) of an NPS question; answers in the box of any other."""
    bottom = models.IntegerField()
    """Detractors (0–6) of an NPS question; 0 for any other."""
    total = models.BigIntegerField()
    """Sum of the scores."""
    squares = models.BigIntegerField()
    """Sum of the squared scores."""
    scores = ArrayField(models.SmallIntegerField())
    """The scores that occurred, ascending …"""
    counts = ArrayField(models.IntegerField())
    """… and how often each did."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["survey", "day", "grain", "question", "touchpoint", "channel", "persona"],
                nulls_distinct=False,
                name="score_rollup_once",
            )
        ]
        indexes = [
            models.Index(fields=["organisation", "grain", "day"], name="score_rollup_period"),
            models.Index(fields=["touchpoint", "grain", "day"], name="score_rollup_touchpoint"),
        ]


class InvitationRollup(OrganisationOwned):
    """How many invitations of a survey went out on a day, and how many of those have been answered since."""

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="+", db_index=False)
    touchpoint = models.ForeignKey(Touchpoint, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    day = models.DateField()
    sent = models.IntegerField()
    answered = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["survey", "day", "touchpoint"], nulls_distinct=False, name="invitation_rollup_once"
            )
        ]
        indexes = [models.Index(fields=["organisation", "day"], name="invitation_rollup_period")]
