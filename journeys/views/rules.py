"""Building the rule of a persona, with the customers who match so far beside it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from common.form_pages import render_form
from customers.models import Customer
from journeys.domain import personas as domain
from journeys.domain.assignment import forecast
from journeys.forms.rules import RuleForm
from journeys.models import Persona
from journeys.rule_sql import Fits
from journeys.rules import Group, dump
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest

SAMPLE = 5


@dataclass(frozen=True)
class Example:
    """A customer who matches, with what the rule looks at."""

    customer: Customer
    facts: list[tuple[str, object]]


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.DESIGN)
def edit(request: OrganisationRequest, persona_id: int) -> HttpResponse:
    persona = get_object_or_404(Persona, pk=persona_id)
    if request.method != "POST":
        return _page(request, persona, RuleForm(persona.rule))
    form = RuleForm(data=request.POST)
    button = request.POST.get("do", "")
    if button:
        form.press(button)
    elif form.is_valid() and form.rule is not None:
        domain.change_rule(persona=persona, actor=request.user, rule=dump(form.rule))
        messages.success(request, _("The rule of “%(name)s” was saved.") % {"name": persona.name})
        return redirect("reports:persona", request.organisation.slug, persona.pk)
    return _page(request, persona, form)


def _page(request: OrganisationRequest, persona: Persona, form: RuleForm) -> HttpResponse:
    rule = None if form.has_errors else form.rule
    known = Customer.objects.common_attributes()
    form.suggest(known)
    context: dict[str, Any] = {"persona": persona, "form": form, "attributes": list(known), "rule": rule}
    if rule is not None and rule.parts:
        today = request.organisation.today()
        context["forecast"] = forecast(persona=persona, rule=rule, today=today)
        if request.membership.may(Permission.READ_CUSTOMERS):
            context["examples"] = _examples(rule, today)
    template = "journeys/_rule_form.html" if request.htmx else "journeys/rule.html"
    return render_form(request, template, context)


def _examples(rule: Group, today: date) -> list[Example]:
    names = list(dict.fromkeys(condition.attribute for condition in rule.conditions()))[:4]
    found = Customer.objects.filter(Fits(rule, today)).order_by("-pk")[:SAMPLE]
    return [
        Example(customer, [(name, customer.attributes[name]) for name in names if name in customer.attributes])
        for customer in found
    ]
