from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from common.form_pages import render_form
from customers.domain import consent as domain
from customers.forms.customer import LegalBasisForm
from customers.models import Consent, Customer
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.MANAGE_CUSTOMERS)
def record_basis(request: OrganisationRequest, pk: int) -> HttpResponse:
    customer = get_object_or_404(Customer.objects.select_related("organisation"), pk=pk)
    form = LegalBasisForm(request.POST or None, initial={"given_on": timezone.localdate()})
    if form.is_valid():
        given = form.cleaned_data
        domain.record_basis(
            customer=customer,
            basis=given["basis"],
            source=given["source"],
            wording=given["wording"],
            proof=given["proof"],
            given_at=form.given_at,
            actor=request.user,
        )
        messages.success(request, _("The legal basis has been recorded."))
        return redirect("customers:customer", request.organisation.slug, pk)
    return render_form(request, "customers/record_basis.html", {"form": form, "customer": customer})


@require_POST
@requires(Permission.MANAGE_CUSTOMERS)
def withdraw(request: OrganisationRequest, pk: int, consent_pk: int) -> HttpResponse:
    consent = get_object_or_404(Consent.objects.select_related("customer", "organisation"), pk=consent_pk, customer=pk)
    domain.withdraw(consent=consent, actor=request.user)
    messages.success(request, _("The legal basis has been withdrawn; it stays on record."))
    return redirect("customers:customer", request.organisation.slug, pk)
