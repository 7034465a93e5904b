from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from common.form_pages import render_form
from common.keys import read_key
from common.paging import sorted_by
from customers.models import Customer
from journeys.domain.interactions import record_interaction
from journeys.forms.interactions import InteractionForm
from journeys.models import Interaction
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.RECORD)
def record(request: OrganisationRequest) -> HttpResponse:
    """With ``?customer=`` one comes from that customer and is back there afterwards; else the next may be recorded."""
    reads_customers = request.membership.may(Permission.READ_CUSTOMERS)
    customer = _pointed_at(request) if reads_customers else None
    initial = {"touchpoint": request.GET.get("touchpoint"), "channel": request.GET.get("channel")}
    if customer:
        initial["customer"] = customer.external_id
    form = InteractionForm(request.POST or None, initial=initial)
    if form.is_valid():
        is_new = record_interaction(**form.cleaned_data)
        if is_new:
            messages.success(request, _("The contact has been recorded."))
        else:
            messages.info(request, _("This contact has been recorded already; it counts once."))
        if customer:
            return redirect("journeys:interactions", request.organisation.slug, form.cleaned_data["customer"].pk)
        return redirect(f"{request.path}?{_kept(form)}")
    context = {
        "form": form,
        "customer": customer,
        "may_import": request.membership.may(Permission.MANAGE_CUSTOMERS),
        "back_url": customer and reverse("journeys:interactions", args=[request.organisation.slug, customer.pk]),
    }
    return render_form(request, "journeys/record_interaction.html", context)


@require_safe
@requires(Permission.READ_CUSTOMERS)
def of_customer(request: OrganisationRequest, customer_id: int) -> HttpResponse:
    customer = get_object_or_404(Customer, pk=customer_id)
    contacts = Interaction.objects.filter(customer=customer).for_list()
    page = sorted_by("at", contacts, request.GET, descending=True)
    return render(request, "journeys/interactions.html", {"customer": customer, "page": page})


def _pointed_at(request: OrganisationRequest) -> Customer | None:
    key = read_key(request.GET.get("customer"))
    return None if key is None else get_object_or_404(Customer, pk=key)


def _kept(form: InteractionForm) -> str:
    """Whoever records several contacts mostly records them of one touchpoint and channel."""
    chosen = form.cleaned_data
    return "&".join(f"{name}={chosen[name].pk}" for name in ("touchpoint", "channel") if chosen[name])
