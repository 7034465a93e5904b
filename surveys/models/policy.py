from datetime import time

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from organisations.models import Organisation, OrganisationOwned
from surveys.models.authoring import Survey


class ContactPolicy(OrganisationOwned):
    """How often, and at which hours and days, an organisation writes to its customers; see ``surveys.domain.policy``.

    An organisation without a row writes to nobody at night, and has no other limits.
    """

    pause_days = models.PositiveSmallIntegerField(
        _("pause between two invitations (days)"),
        default=0,
        validators=[MaxValueValidator(730)],
        help_text=_("A customer gets at most one invitation in so many days, across all surveys. 0: no limit."),
    )
    exempt_types = ArrayField(
        models.CharField(max_length=20, choices=Survey.Type.choices),
        verbose_name=_("exempt surveys"),
        default=list,
        blank=True,
    )
    """Are also sent to customers who were asked recently, and do not keep them from being asked by others."""
    quiet_from = models.TimeField(_("nothing is sent from"), default=time(20), null=True, blank=True)
    quiet_until = models.TimeField(_("until"), default=time(8), null=True, blank=True)
    """Local times of the recipient; where ``quiet_from`` is the later one, the night between is meant."""
    quiet_weekdays = ArrayField(
        models.SmallIntegerField(choices=WEEKDAYS.items()),
        verbose_name=_("days of the week on which nothing is sent"),
        default=list,
        blank=True,
    )
    """0 = Monday … 6 = Sunday; never all seven."""
    quiet_dates = ArrayField(models.DateField(), verbose_name=_("single days"), default=list, blank=True)
    observes_german_holidays = models.BooleanField(_("nothing on Germany's nationwide public holidays"), default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation"], name="contact_policy_once")]

    def exempts(self, survey: Survey) -> bool:
        """Whether the pause does not hold for a survey of this type."""
        return survey.type in self.exempt_types

    @classmethod
    def of(cls, organisation: Organisation) -> "ContactPolicy":
        """The organisation's policy; inside its scope."""
        return cls.objects.filter(organisation=organisation).first() or cls(organisation=organisation)
