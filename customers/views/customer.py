from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from common.form_pages import render_form
from common.searching import forget_searches
from customers.domain.customer import add_customer, change_customer, erase_customer
from customers.forms.customer import CustomerForm, EraseForm, SuppressForm
from customers.models import Consent, Customer, Suppression
from customers.panels import panels
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest


@require_safe
@requires(Permission.READ_CUSTOMERS)
def customer(request: OrganisationRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Customer.objects.with_obstacle(), pk=pk)
    consents = list(found.consents.order_by("-given_at", "-pk"))
    valid = [consent for consent in consents if consent.withdrawn_at is None]
    context = {
        "customer": found,
        "consents": consents,
        "basis": min(valid, key=lambda consent: consent.basis != Consent.Basis.CONSENT, default=None),
        "suppression": Suppression.objects.in_force().filter(address_hash=found.address_hash).first(),
        "suppress_form": SuppressForm(),
        "may_manage": request.membership.may(Permission.MANAGE_CUSTOMERS),
        "panels": panels(request, found),
    }
    return render(request, "customers/customer.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.MANAGE_CUSTOMERS)
def add(request: OrganisationRequest) -> HttpResponse:
    new = Customer(organisation=request.organisation, language=request.organisation.language)
    form = CustomerForm(request.POST or None, instance=new)
    if form.is_valid():
        add_customer(customer=form.save(commit=False), actor=request.user)
        messages.success(request, _("%(customer)s has been added.") % {"customer": new})
        return redirect("customers:customer", request.organisation.slug, new.pk)
    return render_form(request, "customers/edit.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.MANAGE_CUSTOMERS)
def edit(request: OrganisationRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Customer, pk=pk)
    name = str(found)
    form = CustomerForm(request.POST or None, instance=found)
    if form.is_valid():
        change_customer(customer=form.save(commit=False), fields=form.changed_data, actor=request.user)
        messages.success(request, _("The changes have been saved."))
        return redirect("customers:customer", request.organisation.slug, pk)
    return render_form(request, "customers/edit.html", {"form": form, "customer": found, "name": name})


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.MANAGE_CUSTOMERS)
def erase(request: OrganisationRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Customer, pk=pk)
    form = EraseForm(found, request.POST or None)
    if form.is_valid():
        erase_customer(customer=found, actor=request.user)
        forget_searches(request)
        messages.success(request, _("The customer has been erased."))
        return redirect("customers:list", request.organisation.slug)
    return render_form(request, "customers/erase.html", {"form": form, "customer": found})
