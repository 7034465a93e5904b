from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from journeys.domain import order
from journeys.domain.usage import is_used
from journeys.models import Channel
from organisations.domain.audit import record
from organisations.models import Organisation, User

DEFAULT_CHANNELS = [
    gettext_lazy("E-mail"),
    gettext_lazy("Phone"),
    gettext_lazy("Shop"),
    gettext_lazy("Website"),
    gettext_lazy("App"),
    gettext_lazy("Letter"),
    gettext_lazy("Social media"),
]


def create_default_channels(*, organisation: Organisation) -> list[Channel]:
    """The usual channels in the organisation's language; those it has already stay as they are."""
    known = {name.lower() for name in Channel.objects.values_list("name", flat=True)}
    with translation.override(organisation.language):
        names = [name for name in map(str, DEFAULT_CHANNELS) if name.lower() not in known]
    first = order.last(Channel.objects.all())
    return Channel.objects.bulk_create(
        [Channel(organisation=organisation, name=name, position=first + place) for place, name in enumerate(names)]
    )


def create_channel(*, organisation: Organisation, actor: User | None, name: str) -> Channel:
    channel = Channel(organisation=organisation, name=name, position=order.last(Channel.objects.all()))
    channel.full_clean()
    channel.save()
    record(organisation=organisation, actor=actor, action="channel.created", subject=channel, name=channel.name)
    return channel


def rename_channel(*, channel: Channel, actor: User | None, name: str) -> None:
    channel.name = name
    channel.full_clean()
    channel.save(update_fields=["name"])
    record(organisation=channel.organisation, actor=actor, action="channel.renamed", subject=channel, name=channel.name)


def move_channel(*, channel: Channel, step: int) -> None:
    order.store(order.shift(order.locked(Channel.objects.all()), channel, step))


def delete_channel(*, channel: Channel, actor: User | None) -> None:
    """Raises ValidationError where answers, campaigns or touchpoints name the channel."""
    if channel.touchpoints.exists():
        raise ValidationError(
            _("“%(name)s” is a channel of touchpoints. Take it off them first."), params={"name": channel.name}
        )
    if is_used(channel):
        raise ValidationError(
            _("“%(name)s” is named by answers or campaigns, so it stays. You can rename it."),
            params={"name": channel.name},
        )
    record(organisation=channel.organisation, actor=actor, action="channel.deleted", subject=channel, name=channel.name)
    channel.delete()
