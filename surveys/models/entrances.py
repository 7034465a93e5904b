from datetime import date, timedelta
from enum import Enum
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from journeys.models import Channel, Touchpoint
from organisations.models import LANGUAGES, User
from organisations.queues import QueueRow
from surveys.models.authoring import MadeByForm, Survey, SurveyVersion


class EntranceQuerySet(models.QuerySet["Entrance"]):
    def for_list(self) -> Self:
        """Each with the numbers of its sheets: ``answered`` (complete), ``begun`` (partial), ``set_aside``."""
        counts = models.Q(responses__set_aside="")
        is_complete = models.Q(responses__completed_at__isnull=False)
        return self.select_related("channel", "touchpoint").annotate(
            answered=models.Count("responses", filter=counts & is_complete),
            begun=models.Count("responses", filter=counts & ~is_complete),
            set_aside=models.Count("responses", filter=~counts),
        )

    def with_newest_version(self) -> Self:
        """With survey and organisation, and the id of the survey's ``newest_version``, None where there is none."""
        newest = SurveyVersion.objects.filter(survey=models.OuterRef("survey")).order_by("-number").values("pk")[:1]
        return self.select_related("organisation", "survey").annotate(newest_version=models.Subquery(newest))


class Entrance(MadeByForm):
    """A public address where anyone can answer a survey: a link or QR code, a tablet, a frame in a website."""

    class Way(models.TextChoices):
        LINK = "link", _("open link")
        KIOSK = "kiosk", _("kiosk")
        EMBED = "embed", _("website")

    class Closed(Enum):
        """Why nobody gets in."""

        OFF = "off"
        EARLY = "early"
        OVER = "over"

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="entrances")
    way = models.CharField(max_length=10, choices=Way.choices, editable=False)
    name = models.CharField(
        _("name"), max_length=100, help_text=_("Only your team sees it. Such as: receipts of the shop in Kiel.")
    )
    channel = models.ForeignKey(
        Channel, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("channel")
    )
    touchpoint = models.ForeignKey(
        Touchpoint,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("touchpoint"),
        help_text=_("What answers from here measure, where a question names no touchpoint of its own."),
    )
    language = models.CharField(
        _("language"),
        max_length=2,
        choices=LANGUAGES,
        blank=True,
        help_text=_("In which it opens; people can switch."),
    )
    """Empty: that of the visitor's browser."""
    opens_on = models.DateField(_("from"), null=True, blank=True)
    closes_on = models.DateField(_("until"), null=True, blank=True)
    """Both in the organisation's time zone, and both days belong to it."""
    origins = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    """Of the websites that may show an ``EMBED``, such as https://www.example.com."""
    switched_off_at = models.DateTimeField(null=True, editable=False)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+", editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = EntranceQuerySet.as_manager()
    answered: int
    begun: int
    set_aside: int
    newest_version: int | None

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.opens_on and self.closes_on and self.opens_on > self.closes_on:
            raise ValidationError({"closes_on": _("This is before the first day.")})

    def closed(self, today: date) -> Closed | None:
        """Why nobody gets in on this day of the organisation's calendar; None: it is open."""
        if self.switched_off_at:
            return self.Closed.OFF
        if self.opens_on and today < self.opens_on:
            return self.Closed.EARLY
        if self.closes_on and today > self.closes_on:
            return self.Closed.OVER
        return None


class Arrival(QueueRow):
    """An answer sheet came in at an entrance; thrown away when due, so only those of the last minutes are there.

    What tells many from one source in a short time. Append-only, so nobody waits for anybody else.
    """

    KEPT_FOR = timedelta(minutes=10)

    entrance = models.ForeignKey(
        Entrance, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    source = models.BigIntegerField()
    """Keyed hash of the sender's network, under a key that is another one each day: see ``surveys.domain.flooding``."""

    class Meta:
        indexes = [models.Index(fields=["entrance", "source", "due_at"], name="arrival_source")]
