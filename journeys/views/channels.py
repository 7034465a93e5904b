from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from common.form_pages import render_form
from journeys.domain import channels as domain
from journeys.forms.channels import ChannelForm
from journeys.models import Channel
from journeys.views.moving import read_step
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest


@requires(Permission.DESIGN)
def index(request: OrganisationRequest) -> HttpResponse:
    form = ChannelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        channel = domain.create_channel(
            organisation=request.organisation, actor=request.user, name=form.cleaned_data["name"]
        )
        messages.success(request, _("“%(name)s” was added.") % {"name": channel.name})
        return _back(request)
    return _page(request, new_form=form)


@requires(Permission.DESIGN)
@require_POST
def rename(request: OrganisationRequest, channel_id: int) -> HttpResponse:
    channel = get_object_or_404(Channel, pk=channel_id)
    form = _row_form(channel, request)
    if form.is_valid():
        domain.rename_channel(channel=channel, actor=request.user, name=form.cleaned_data["name"])
        messages.success(request, _("The channel is now called “%(name)s”.") % {"name": channel.name})
        return _back(request)
    return _page(request, new_form=ChannelForm(), refused=form)


@requires(Permission.DESIGN)
@require_POST
def move(request: OrganisationRequest, channel_id: int) -> HttpResponse:
    domain.move_channel(channel=get_object_or_404(Channel, pk=channel_id), step=read_step(request))
    return _back(request)


@requires(Permission.DESIGN)
@require_POST
def delete(request: OrganisationRequest, channel_id: int) -> HttpResponse:
    channel = get_object_or_404(Channel, pk=channel_id)
    try:
        domain.delete_channel(channel=channel, actor=request.user)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, _("“%(name)s” was deleted.") % {"name": channel.name})
    return _back(request)


@requires(Permission.DESIGN)
@require_POST
def add_usual(request: OrganisationRequest) -> HttpResponse:
    number = len(domain.create_default_channels(organisation=request.organisation))
    messages.success(request, ngettext("%d channel was added.", "%d channels were added.", number) % number)
    return _back(request)


def _row_form(channel: Channel, request: OrganisationRequest | None = None) -> ChannelForm:
    return ChannelForm(request.POST if request else None, instance=channel, auto_id=f"id_%s_{channel.pk}")


def _page(request: OrganisationRequest, *, new_form: ChannelForm, refused: ChannelForm | None = None) -> HttpResponse:
    rows = [
        refused if refused and refused.instance == channel else _row_form(channel) for channel in Channel.objects.all()
    ]
    return render_form(request, "journeys/channels.html", {"form": new_form, "rows": rows}, is_refused=bool(refused))


def _back(request: OrganisationRequest) -> HttpResponse:
    return redirect("journeys:channels", request.organisation.slug)
