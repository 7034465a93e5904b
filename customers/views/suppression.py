from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from common.form_pages import render_form
from common.paging import newest_first
from common.searching import asked_for, at_its_address
from customers.domain import suppression as domain
from customers.forms.customer import LookUpForm, SuppressAddressForm, SuppressForm
from customers.models import Customer, Suppression, address_hash
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.READ_CUSTOMERS)
def suppressions(request: OrganisationRequest) -> HttpResponse:
    """The newest first. The list knows no addresses, but whether a given one is on it."""
    if request.method == "POST":
        return at_its_address(request, LookUpForm)
    form = LookUpForm(asked_for(request, LookUpForm))
    rows = Suppression.objects.in_force()
    if form.is_valid() and form.cleaned_data["search"]:
        rows = rows.filter(address_hash=address_hash(form.cleaned_data["search"]))
    context = {
        "form": form,
        "page": newest_first(rows, request.GET),
        "is_filtered": bool(form.data.get("search")),
        "may_manage": request.membership.may(Permission.MANAGE_CUSTOMERS),
    }
    return render(request, "customers/suppressions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.MANAGE_CUSTOMERS)
def suppress_address(request: OrganisationRequest) -> HttpResponse:
    form = SuppressAddressForm(request.POST or None)
    if form.is_valid():
        domain.suppress(organisation=request.organisation, actor=request.user, **form.cleaned_data)
        messages.success(request, _("The address will not be written to any more."))
        return redirect("customers:suppressions", request.organisation.slug)
    return render_form(request, "customers/suppress_address.html", {"form": form})


@require_POST
@requires(Permission.MANAGE_CUSTOMERS)
def suppress_customer(request: OrganisationRequest, pk: int) -> HttpResponse:
    customer = get_object_or_404(Customer.objects.exclude(email=""), pk=pk)
    form = SuppressForm(request.POST)
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        domain.suppress(organisation=request.organisation, email=customer.email, reason=reason, actor=request.user)
        messages.success(request, _("The address will not be written to any more."))
    return redirect("customers:customer", request.organisation.slug, pk)


@require_POST
@requires(Permission.MANAGE_CUSTOMERS)
def lift(request: OrganisationRequest, pk: int) -> HttpResponse:
    """From the list or, with ``from_customer``, from the page of the customer, to which it leads back."""
    suppression = get_object_or_404(Suppression.objects.select_related("organisation"), pk=pk)
    domain.lift(suppression=suppression, actor=request.user)
    messages.success(request, _("The address may be written to again, where there is a legal basis."))
    customer = Customer.objects.filter(address_hash=suppression.address_hash).first()
    if customer and "from_customer" in request.POST:
        return redirect("customers:customer", request.organisation.slug, customer.pk)
    return redirect("customers:suppressions", request.organisation.slug)
