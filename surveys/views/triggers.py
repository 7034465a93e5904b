"""Pages of surveys that are sent after a contact: what sets them off, and what they did each day and why not."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common.form_pages import render_form
from common.keys import read_key
from common.paging import newest_first
from customers.models import Customer
from journeys.forms.rules import RuleForm
from journeys.models import Touchpoint
from journeys.rule_sql import Fits
from journeys.rules import dump
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest
from surveys.domain.settling import count_as_sent, send_again
from surveys.domain.triggers import forecast, pause, remove_trigger, save_trigger, switch_on
from surveys.forms.triggers import DecisionFilterForm, TriggerForm
from surveys.models import Invitation, Survey, Trigger, TriggerQueue
from surveys.trigger_words import channels, delay, sentence, whom

DAYS_SHOWN = 14


@dataclass
class Day:
    """What a trigger decided on one day."""

    day: date
    asked: int = 0
    answered: int = 0
    reasons: list[tuple[Invitation.Reason, int]] = field(default_factory=list)
    """Why customers were not asked, the most common first."""

    @property
    def contacts(self) -> int:
        return self.asked + sum(n for _reason, n in self.reasons)


@requires(Permission.DESIGN)
@require_safe
def triggers(request: OrganisationRequest) -> HttpResponse:
    """All of them, or with ``?survey=`` those of one survey."""
    survey = _pointed_at(request)
    found = Trigger.objects.for_list()
    page = newest_first(found.filter(survey=survey) if survey else found, request.GET)
    context = {
        "page": page,
        "rows": [(trigger, channels(trigger), delay(trigger), whom(trigger)) for trigger in page.rows],
        "survey": survey,
        "has_live_survey": Survey.objects.live(request.organisation.today()).exists(),
        "has_touchpoint": Touchpoint.objects.current().exists(),
    }
    return render(request, "surveys/triggers.html", context)


@requires(Permission.DESIGN)
@require_http_methods(["GET", "HEAD", "POST"])
def new_trigger(request: OrganisationRequest) -> HttpResponse:
    return _form_page(request, Trigger(organisation=request.organisation))


@requires(Permission.DESIGN)
@require_http_methods(["GET", "HEAD", "POST"])
def edit_trigger(request: OrganisationRequest, pk: int) -> HttpResponse:
    return _form_page(request, get_object_or_404(Trigger.objects.for_list(), pk=pk))


def _form_page(request: OrganisationRequest, trigger: Trigger) -> HttpResponse:
    """The fields and the conditions are one form; a button of the conditions brings all of it back as it was filled."""
    today = request.organisation.today()
    rule_form = RuleForm(trigger.rule)
    asked_for = request.GET.get("survey")
    form = TriggerForm(instance=trigger, today=today, initial={"survey": asked_for} if asked_for else None)
    if request.method == "POST":
        rule_form = RuleForm(data=request.POST)
        if button := request.POST.get("do", ""):
            rule_form.press(button)
            filled = {
                name: each.widget.value_from_datadict(request.POST, {}, name) for name, each in form.fields.items()
            }
            form = TriggerForm(instance=trigger, today=today, initial=filled)
            form.initial.update(filled)
        else:
            form = TriggerForm(request.POST, instance=trigger, today=today)
            if form.is_valid() & rule_form.is_valid() and rule_form.rule is not None:
                chosen = list(form.cleaned_data["channels"])
                filled = form.save(commit=False)
                stored = save_trigger(
                    trigger=filled,
                    channels=chosen,
                    rule=dump(rule_form.rule),
                    user=request.user,
                    form_key=form.cleaned_data.get("form_key"),
                )
                messages.success(request, _("Saved."))
                return redirect("surveys:trigger", request.organisation.slug, stored.pk)
    known = Customer.objects.common_attributes()
    rule_form.suggest(known)
    rule = None if rule_form.has_errors else rule_form.rule
    context: dict[str, Any] = {
        "trigger": trigger if trigger.pk else None,
        "form": form,
        "rule_form": rule_form,
        "attributes": list(known),
        "rule": rule,
        "has_live_survey": Survey.objects.live(today).exists(),
    }
    if rule is not None and rule.parts:
        fitting = Customer.objects.filter(Fits(rule, today)).count()
        context["forecast"] = {"fitting": fitting}
    if request.htmx:
        return render_form(request, "journeys/_rule_form.html", {**context, "form": rule_form})
    return render_form(request, "surveys/trigger_form.html", context)


@requires(Permission.DESIGN)
@require_safe
def trigger(request: OrganisationRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Trigger.objects.for_list().select_related("organisation"), pk=pk)
    today = request.organisation.today()
    since = datetime.combine(today - timedelta(days=DAYS_SHOWN - 1), time.min, request.organisation.zone)
    context = {
        "trigger": found,
        "sentence": sentence(found),
        "takes_answers": found.survey.is_live(today),
        "days": _days(found, since),
        "days_shown": DAYS_SHOWN,
        "waiting": TriggerQueue.objects.filter(trigger=found, organisation=request.organisation).count(),
        "unclear": found.invitations.unclear().count(),
        "forecast": None if found.is_active else forecast(trigger=found),
        "has_decided": found.invitations.exists(),
        "late_days": TriggerQueue.LATE.days,
    }
    return render(request, "surveys/trigger.html", context)


@requires(Permission.DESIGN)
@require_POST
def switch_trigger(request: OrganisationRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Trigger.objects.select_related("survey", "touchpoint", "organisation"), pk=pk)
    if request.POST.get("to") == "on":
        try:
            switch_on(trigger=found, user=request.user)
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
        else:
            messages.success(request, _("The trigger is on: contacts from now on set it off."))
    else:
        pause(trigger=found, user=request.user)
        messages.success(request, _("The trigger is paused; mails that were still waiting are not sent."))
    return redirect(_page(request, pk))


@requires(Permission.DESIGN)
@require_POST
def remove(request: OrganisationRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Trigger.objects.select_related("survey", "touchpoint", "organisation"), pk=pk)
    try:
        remove_trigger(trigger=found, user=request.user)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect(_page(request, pk))
    messages.success(request, _("The trigger has been removed."))
    return redirect("surveys:triggers", request.organisation.slug)


@requires(Permission.DESIGN)
@require_safe
def decisions(request: OrganisationRequest, pk: int) -> HttpResponse:
    """About whom it has decided: who was asked, and who was not and why."""
    found = get_object_or_404(Trigger.objects.for_list(), pk=pk)
    form = DecisionFilterForm(request.GET)
    rows = form.narrow(found.invitations.select_related("customer", "response", "interaction", "channel"))
    if form.is_valid() and (day := form.cleaned_data["day"]):
        zone = request.organisation.zone
        first, last = (datetime.combine(day, moment, zone) for moment in (time.min, time.max))
        rows = rows.filter(created_at__range=(first, last))
    context = {"trigger": found, "sentence": sentence(found), "form": form, "page": newest_first(rows, request.GET)}
    return render(request, "surveys/trigger_decisions.html", context)


@requires(Permission.DESIGN)
@require_POST
def settle(request: OrganisationRequest, pk: int, invitation: int) -> HttpResponse:
    """A person says what became of a mail whose worker stopped while sending."""
    found = get_object_or_404(Invitation.objects.select_related("organisation"), trigger=pk, pk=invitation)
    decide = send_again if request.POST.get("decision") == "again" else count_as_sent
    if not decide(invitation=found):
        messages.info(request, _("This mail is no longer unclear; nothing was changed."))
    return redirect(reverse("surveys:decisions", args=[request.organisation.slug, pk]) + "?state=unclear")


def _days(trigger: Trigger, since: datetime) -> list[Day]:
    days: dict[date, Day] = {}
    for row in trigger.counts_by_day(since):
        day = days.setdefault(row["day"], Day(row["day"]))
        if row["state"] == Invitation.State.NOT_SENT:
            day.reasons.append((Invitation.Reason(row["reason"]), row["n"]))
        else:
            day.asked += row["n"]
            day.answered += row["answered"]
    for day in days.values():
        day.reasons.sort(key=lambda pair: -pair[1])
    return list(days.values())


def _pointed_at(request: HttpRequest) -> Survey | None:
    key = read_key(request.GET.get("survey"))
    return None if key is None else get_object_or_404(Survey, pk=key)


def _page(request: OrganisationRequest, pk: int) -> str:
    return reverse("surveys:trigger", args=[request.organisation.slug, pk])
