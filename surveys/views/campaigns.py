"""Pages on which a survey is sent to a selection of customers, and where one sees how far it has come."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common import numbers
from common.csv_safety import csv_lines
from common.form_pages import render_form
from common.paging import newest_first, sorted_by
from customers.models import Customer
from journeys.forms.rules import RuleForm
from journeys.rule_sql import Fits
from journeys.rules import dump
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest
from surveys.domain import exporting
from surveys.domain.campaigns import cancel_campaign, create_campaign, forecast, start_campaign
from surveys.domain.evidence import evidence_of, header, note_export
from surveys.domain.pacing import pause_campaign, resume_campaign
from surveys.domain.policy import quiet_until
from surveys.domain.settling import count_as_sent, send_again, settle
from surveys.forms.campaigns import CampaignFilterForm, CampaignForm, InvitationFilterForm, SendForm
from surveys.models import Campaign, CampaignQuerySet, ContactPolicy, Invitation, Survey

OF_LINKS = {
    Invitation.State.QUEUED: gettext_lazy("waits for the download"),
    Invitation.State.SENT: gettext_lazy("downloaded"),
}
"""States of an invitation whose link stands in a file."""


@dataclass(frozen=True)
class Line:
    """How many invitations are in a state, for one reason."""

    label: str
    n: int
    query: str


@dataclass(frozen=True)
class Step:
    """One step on the way from the mail to the answer."""

    label: object
    n: int
    share: float | None
    """In percent of the mails delivered; None where that says nothing."""


@dataclass(frozen=True)
class Progress:
    """How far a campaign has come."""

    total: int
    open: int
    waiting: int
    sent: int
    bounced: int
    opened: int
    complained: int
    partial: int
    answered: int
    unclear: int
    lines: list[Line]
    problem: str
    """What the mail server said, or that there was none, when the mail that waits longest was last tried."""
    is_exported: bool
    """Links as a file for another mailer, not mails."""
    hides_replies: bool
    """So few were asked, and none of them is to be known, that the number of answers would tell who gave them."""

    @property
    def done(self) -> int:
        return self.total - self.open

    @property
    def delivered(self) -> int:
        return self.sent - self.bounced

    @property
    def funnel(self) -> list[Step]:
        """Each step counts those who came at least so far."""

        def step(label: object, n: int) -> Step:
            return Step(label, n, 100 * n / self.delivered if self.delivered else None)

        sent = [
            Step(_("Sent"), self.sent, None),
            Step(_("Came back"), self.bounced, None),
            Step(_("Delivered"), self.delivered, None),
        ]
        return [
            # What became of mails that another mailer sends, nobody here knows.
            *([Step(_("Handed out"), self.sent, None)] if self.is_exported else sent),
            # Who answers by one tap in the mail need not have opened the page before.
            step(_("Opened the link"), max(self.opened, self.partial + self.answered)),
            step(_("Begun"), self.partial + self.answered),
            step(_("Answered to the end"), self.answered),
            *([step(_("Marked as spam"), self.complained)] if self.complained else []),
        ]


@requires(Permission.DESIGN)
@require_safe
def campaigns(request: OrganisationRequest) -> HttpResponse:
    form = CampaignFilterForm(request.GET)
    found = form.narrow(Campaign.objects.for_list())
    by_name = form.is_valid() and form.cleaned_data["sort"] == "name"
    context = {
        "form": form,
        "page": sorted_by("name__lower", found, request.GET) if by_name else newest_first(found, request.GET),
        "is_filtered": any(request.GET.get(name) for name in form.fields),
        "has_live_survey": Survey.objects.live(request.organisation.today()).exists(),
    }
    return render(request, "surveys/campaigns.html", context)


@requires(Permission.DESIGN)
@require_http_methods(["GET", "HEAD", "POST"])
def new_campaign(request: OrganisationRequest) -> HttpResponse:
    """The fields and the conditions are one form; a button of the conditions brings all of it back as it was filled."""
    today = request.organisation.today()
    form = CampaignForm(initial={"survey": request.GET.get("survey")}, today=today)
    rule_form = RuleForm()
    if request.method == "POST":
        rule_form = RuleForm(data=request.POST)
        if button := request.POST.get("do", ""):
            rule_form.press(button)
            fields = form.fields.items()
            form = CampaignForm(
                initial={name: field.widget.value_from_datadict(request.POST, {}, name) for name, field in fields},
                today=today,
            )
        else:
            form = CampaignForm(request.POST, request.FILES, today=today)
            if created := _create(request, form, rule_form):
                return redirect(_page(request, created.pk))
    known = Customer.objects.common_attributes()
    rule_form.suggest(known)
    rule = None if rule_form.has_errors else rule_form.rule
    context: dict[str, Any] = {
        "form": form,
        "rule_form": rule_form,
        "attributes": list(known),
        "rule": rule,
        "has_live_survey": Survey.objects.live(today).exists(),
        "nobody": _("Without a condition, nobody is asked."),
    }
    if rule is not None and rule.parts:
        context["forecast"] = {"fitting": Customer.objects.filter(Fits(rule, today)).count()}
    if request.htmx:
        return render_form(request, "journeys/_rule_form.html", {**context, "form": rule_form})
    return render_form(request, "surveys/campaign_new.html", context)


def _create(request: OrganisationRequest, form: CampaignForm, rule_form: RuleForm) -> Campaign | None:
    """None: something is wrong with what was filled in, and the forms say what."""
    is_valid = form.is_valid()
    selection = form.cleaned_data.get("selection")
    rule = None
    if selection == Campaign.Selection.SEGMENT:
        is_valid = rule_form.is_valid() and is_valid
        rule = rule_form.rule
        if rule is None or not rule.parts:
            form.add_error("selection", _("Please add a condition below."))
            is_valid = False
    if not is_valid:
        return None
    values = form.cleaned_data
    campaign = create_campaign(
        survey=values["survey"],
        name=values["name"],
        selection=values["selection"],
        channel=values["channel"],
        persona=values["persona"] if selection == Campaign.Selection.PERSONA else None,
        rule=dump(rule) if rule else None,
        customers=form.customers,
        file_name=values["file"].name if selection == Campaign.Selection.FILE else "",
        file_customers=sorted(form.named.customers),
        is_exported=values["is_exported"],
        form_key=values["form_key"],
        user=request.user,
    )
    if form.named.unknown_count:
        n = form.named.unknown_count
        left_out = ngettext("%(n)s row of the file was left out.", "%(n)s rows of the file were left out.", n)
        messages.info(request, left_out % {"n": numbers.count(n)})
    return campaign


@requires(Permission.DESIGN)
@require_safe
def campaign(request: OrganisationRequest, pk: int) -> HttpResponse:
    """Before sending: whom it would reach. Afterwards: how far it has come; htmx asks for that part alone."""
    campaign = get_object_or_404(_campaigns(), pk=pk)
    return _campaign_page(request, campaign, SendForm(initial=_planned(campaign)))


def _campaign_page(request: OrganisationRequest, campaign: Campaign, form: SendForm) -> HttpResponse:
    context = {
        "campaign": campaign,
        "forecast": forecast(campaign=campaign) if campaign.is_open else None,
        "form": form,
        "policy": ContactPolicy.of(request.organisation) if campaign.is_open else None,
        "progress": None if campaign.is_open else _progress(campaign),
        "takes_answers": campaign.survey.is_live(request.organisation.today()),
        "quiet_until": quiet_until(request.organisation) if campaign.is_open or campaign.is_under_way else None,
    }
    if request.htmx and not campaign.is_open:
        return render(request, "surveys/_campaign_progress.html", context)
    return render_form(request, "surveys/campaign.html", context)


@requires(Permission.DESIGN)
@require_POST
def send_campaign(request: OrganisationRequest, pk: int) -> HttpResponse:
    campaign = get_object_or_404(_campaigns(), pk=pk)
    form = SendForm(request.POST if "when" in request.POST else {"when": SendForm.NOW})
    if not form.is_valid() and campaign.is_open:
        return _campaign_page(request, campaign, form)
    try:
        start_campaign(
            campaign=campaign,
            user=request.user,
            send_at=form.cleaned_data.get("send_at"),
            mails_per_hour=form.cleaned_data.get("mails_per_hour"),
        )
    except ValidationError as refusal:
        if form.cleaned_data.get("send_at"):
            form.add_error("send_at", refusal)
            return _campaign_page(request, campaign, form)
        messages.error(request, refusal.message)
    return redirect(_page(request, pk))


@requires(Permission.DESIGN)
@require_POST
def hold_campaign(request: OrganisationRequest, pk: int) -> HttpResponse:
    """Pause or resume; personal links as a file don't leave by themselves."""
    campaign = get_object_or_404(_campaigns(), pk=pk, is_exported=False)
    if request.POST.get("decision") == "resume":
        resume_campaign(campaign=campaign, user=request.user)
    elif pause_campaign(campaign=campaign, user=request.user):
        messages.success(request, _("The campaign pauses. A mail that is just on its way still arrives."))
    return redirect(_page(request, pk))


@requires(Permission.DESIGN)
@require_http_methods(["GET", "HEAD", "POST"])
def stop_campaign(request: OrganisationRequest, pk: int) -> HttpResponse:
    campaign = get_object_or_404(Campaign, pk=pk)
    if request.method == "POST":
        cancel_campaign(campaign=campaign, user=request.user)
        if campaign.state == Campaign.State.DRAFT:
            messages.success(request, _("The draft is discarded."))
        elif campaign.is_exported:
            messages.success(request, _("The campaign is cancelled; nobody was asked."))
        else:
            messages.success(request, _("The campaign is cancelled; no further mail goes out."))
        return redirect(_page(request, pk))
    context = {"campaign": campaign, "progress": _progress(campaign), "back_url": _page(request, pk)}
    return render(request, "surveys/campaign_cancel.html", context)


@requires(Permission.DESIGN)
@require_safe
def invitations(request: OrganisationRequest, pk: int) -> HttpResponse:
    """Who was asked, and who was not and why."""
    campaign = get_object_or_404(Campaign, pk=pk)
    form = InvitationFilterForm(request.GET)
    found = form.narrow(Invitation.objects.filter(campaign=campaign)).select_related("customer", "response")
    context = {
        "campaign": campaign,
        "form": form,
        "page": newest_first(found, request.GET),
        "unclear": campaign.invitations.unclear().count() if request.GET.get("state") == form.UNCLEAR else 0,
    }
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


@requires(Permission.DESIGN)
@require_POST
def settle_invitations(request: OrganisationRequest, pk: int) -> HttpResponse:
    """A person says what became of all mails of a campaign that are unclear."""
    campaign = get_object_or_404(Campaign, pk=pk)
    was_sent = request.POST.get("decision") != "again"
    n = settle(organisation=request.organisation, invitations=campaign.invitations.all(), was_sent=was_sent)
    if was_sent:
        sentence = ngettext("%(n)s mail counts as sent.", "%(n)s mails count as sent.", n)
    else:
        sentence = ngettext("%(n)s mail is sent again.", "%(n)s mails are sent again.", n)
    messages.success(request, sentence % {"n": numbers.count(n)})
    return redirect(_page(request, pk))


@requires(Permission.DESIGN)
@require_safe
def campaign_evidence(request: OrganisationRequest, pk: int) -> StreamingHttpResponse:
    """On what each mail rested, as a file."""
    campaign = get_object_or_404(_campaigns(), pk=pk)
    note_export(campaign=campaign, user=request.user)
    rows = evidence_of(organisation=request.organisation, campaign_id=pk, language=get_language() or "en")
    response = StreamingHttpResponse(csv_lines(header(), rows), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="evidence-{pk}.csv"'
    return response


@requires(Permission.DESIGN)
@require_POST
def campaign_links(request: OrganisationRequest, pk: int) -> HttpResponseBase:
    """Personal links as a file; who stands in it counts as asked."""
    campaign = get_object_or_404(_campaigns(), pk=pk, is_exported=True)
    if campaign.state not in {Campaign.State.SENDING, Campaign.State.SENT}:
        messages.info(request, _("The customers are not chosen yet. Please try again in a moment."))
        return redirect(_page(request, pk))
    exporting.note_export(campaign=campaign, user=request.user)
    rows = exporting.personal_links(campaign=campaign, language=get_language() or "en")
    response = StreamingHttpResponse(csv_lines(exporting.header(), rows), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="links-{pk}.csv"'
    return response


def _campaigns() -> CampaignQuerySet:
    return Campaign.objects.select_related("organisation", "survey", "channel", "persona")


def _planned(campaign: Campaign) -> dict[str, object]:
    """What was said before about when and how fast."""
    return {
        "when": SendForm.LATER if campaign.send_at else SendForm.NOW,
        "send_at": campaign.send_at,
        "mails_per_hour": campaign.mails_per_hour,
    }


def _page(request: OrganisationRequest, pk: int) -> str:
    return reverse("surveys:campaign", args=[request.organisation.slug, pk])


def _problem(campaign: Campaign) -> str:
    oldest = campaign.invitations.filter(state=Invitation.State.QUEUED).order_by("pk")
    return oldest.values_list("refusal", flat=True).first() or ""


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
                label = OF_LINKS.get(state, state.label) if campaign.is_exported else state.label
                lines.append(Line(f"{label}{reason}", row["n"], query))
    sending, waiting = by_state.get(Invitation.State.SENDING, 0), by_state.get(Invitation.State.QUEUED, 0)
    sent = sum(by_state.get(state, 0) for state in Invitation.GONE_OUT)
    bounced = by_state.get(Invitation.State.BOUNCED, 0)
    return Progress(
        total=sum(by_state.values()),
        open=waiting + sending,
        waiting=waiting,
        sent=sent,
        bounced=bounced,
        opened=sum(row["opened"] for row in counts),
        complained=sum(row["complained"] for row in counts),
        partial=sum(row["partial"] for row in counts),
        answered=sum(row["answered"] for row in counts),
        unclear=campaign.invitations.unclear().count() if sending else 0,
        lines=lines,
        problem=_problem(campaign) if waiting else "",
        is_exported=campaign.is_exported,
        hides_replies=campaign.survey.is_anonymous and sent - bounced < campaign.organisation.minimum_n,
    )
