from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from journeys.models.naming import NamedQuerySet
from organisations.models import OrganisationOwned


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
