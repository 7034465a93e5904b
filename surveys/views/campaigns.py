"""Pages on which a survey is sent to a selection of customers, and where one sees how far it has come."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common.paging import newest_first
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest
from surveys.domain.campaigns import (
    cancel_campaign,
    count_as_sent,
    create_campaign,
    forecast,
    send_again,
    start_campaign,
)
from surveys.forms_campaigns import CampaignForm, InvitationFilterForm
from surveys.models import Campaign, Invitation, Survey


@dataclass(frozen=True)
class Line:
    """How many invitations are in a state, for one reason."""

    label: str
    n: int
    query: str


@dataclass(frozen=True)
class Progress:
    """How far a campaign has come."""

    total: int
    open: int
    sent: int
    answered: int
    unclear: int
    lines: list[Line]

    @property
    def done(self) -> int:
        return self.total - self.open


@requires(Permission.DESIGN)
@require_safe
def campaigns(request: OrganisationRequest) -> HttpResponse:
    return render(
        request,
        "surveys/campaigns.html",
        {
            "page": newest_first(Campaign.objects.for_list(), request.GET),
            "has_live_survey": Survey.objects.filter(state=Survey.State.LIVE).exists(),
        },
    )


@requires(Permission.DESIGN)
@require_http_methods(["GET", "HEAD", "POST"])
def new_campaign(request: OrganisationRequest) -> HttpResponse:
    form = CampaignForm(request.POST or None, initial={"survey": request.GET.get("survey")})
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        campaign = create_campaign(
            survey=values["survey"],
            name=values["name"],
            selection=values["selection"],
            channel=values["channel"],
            persona=values["persona"] if values["selection"] == Campaign.Selection.PERSONA else None,
            attribute=values["attribute"] if values["selection"] == Campaign.Selection.ATTRIBUTE else "",
            attribute_value=values["attribute_value"] if values["selection"] == Campaign.Selection.ATTRIBUTE else "",
            customers=form.customers,
            form_key=values["form_key"],
            user=request.user,
        )
        return redirect(_page(request, campaign.pk))
    has_live_survey = Survey.objects.filter(state=Survey.State.LIVE).exists()
    status = 422 if form.errors else 200
    return render(
        request, "surveys/campaign_new.html", {"form": form, "has_live_survey": has_live_survey}, status=status
    )


@requires(Permission.DESIGN)
@require_safe
def campaign(request: OrganisationRequest, pk: int) -> HttpResponse:
    """Before sending: whom it would reach. Afterwards: how far it has come; htmx asks for that part alone."""
    campaign = get_object_or_404(Campaign.objects.select_related("survey", "channel", "persona"), pk=pk)
    is_draft = campaign.state == Campaign.State.DRAFT
    context = {
        "campaign": campaign,
        "forecast": forecast(campaign=campaign) if is_draft else None,
        "progress": None if is_draft else _progress(campaign),
    }
    template = "surveys/_campaign_progress.html" if request.htmx and not is_draft else "surveys/campaign.html"
    return render(request, template, context)


@requires(Permission.DESIGN)
@require_POST
def send_campaign(request: OrganisationRequest, pk: int) -> HttpResponse:
    campaign = get_object_or_404(Campaign.objects.select_related("survey"), pk=pk)
    try:
        start_campaign(campaign=campaign, user=request.user)
    except ValidationError as refusal:
        messages.error(request, refusal.message)
    return redirect(_page(request, pk))


@requires(Permission.DESIGN)
@require_http_methods(["GET", "HEAD", "POST"])
def stop_campaign(request: OrganisationRequest, pk: int) -> HttpResponse:
    campaign = get_object_or_404(Campaign, pk=pk)
    if request.method == "POST":
        cancel_campaign(campaign=campaign, user=request.user)
        messages.success(request, _("The campaign is cancelled; no further mail goes out."))
        return redirect(_page(request, pk))
    return render(request, "surveys/campaign_cancel.html", {"campaign": campaign, "back_url": _page(request, pk)})


@requires(Permission.DESIGN)
@require_safe
def invitations(request: OrganisationRequest, pk: int) -> HttpResponse:
    """Who was asked, and who was not and why."""
    campaign = get_object_or_404(Campaign, pk=pk)
    form = InvitationFilterForm(request.GET)
    found = Invitation.objects.filter(campaign=campaign).select_related("customer", "response")
    if form.is_valid():
        if form.cleaned_data["state"] == InvitationFilterForm.UNCLEAR:
            found = found.unclear()
        elif form.cleaned_data["state"]:
            found = found.filter(state=form.cleaned_data["state"])
        if form.cleaned_data["reason"]:
            found = found.filter(reason=form.cleaned_data["reason"])
    context = {"campaign": campaign, "form": form, "page": newest_first(found, request.GET)}
    return render(request, "surveys/campaign_invitations.html", context)


@requires(Permission.DESIGN)
@require_POST
def settle_invitation(request: OrganisationRequest, pk: int, invitation: int) -> HttpResponse:
    """A person says what became of a mail whose worker stopped while sending."""
    found = get_object_or_404(Invitation.objects.select_related("organisation"), campaign=pk, pk=invitation)
    if request.POST.get("decision") == "again":
        settled = send_again(invitation=found)
    else:
        settled = count_as_sent(invitation=found)
    if not settled:
        messages.info(request, _("This mail is no longer unclear; nothing was changed."))
    return redirect(reverse("surveys:invitations", args=[request.organisation.slug, pk]) + "?state=unclear")


def _page(request: OrganisationRequest, pk: int) -> str:
    return reverse("surveys:campaign", args=[request.organisation.slug, pk])


def _progress(campaign: Campaign) -> Progress:
    counts = list(campaign.invitations.counts())
    by_state: dict[str, int] = {}
    for row in counts:
        by_state[row["state"]] = by_state.get(row["state"], 0) + row["n"]
    lines = []
    for state in Invitation.State:
        for row in counts:
            if row["state"] == state:
                reason = f": {Invitation.Reason(row['reason']).label}" if row["reason"] else ""
                query = f"?state={state}" + (f"&reason={row['reason']}" if row["reason"] else "")
                lines.append(Line(f"{state.label}{reason}", row["n"], query))
    sending = by_state.get(Invitation.State.SENDING, 0)
    return Progress(
        total=sum(by_state.values()),
        open=by_state.get(Invitation.State.QUEUED, 0) + sending,
        sent=by_state.get(Invitation.State.SENT, 0),
        answered=sum(row["answered"] for row in counts),
        unclear=campaign.invitations.unclear().count() if sending else 0,
        lines=lines,
    )
