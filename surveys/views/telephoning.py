"""Answers given on the phone: who calls, then the sheet as customers see it.

Not of surveys whose answers are never shown one by one: who types them in would read them.
"""

from typing import Any

from django.conf import settings
from django.db import OperationalError
from django.http import Http404, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from common.form_pages import render_form
from common.keys import read_key
from customers.models import Customer, Suppression
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest
from surveys.domain.answering import Submission, Visit
from surveys.domain.telephoning import Call, open_invitation, type_in, type_in_invited
from surveys.forms.telephoning import CallForm
from surveys.models import Invitation, Survey
from surveys.pages import UNREADABLE, respond
from surveys.views.answering import SWITCH, Desk, number, turned


@requires(Permission.RECORD)
@require_http_methods(["GET", "HEAD", "POST"])
def phone(request: OrganisationRequest, survey: int) -> HttpResponse:
    """Who calls and where; only those who may read customers name one."""
    found = get_object_or_404(Survey.objects.live(request.organisation.today()), pk=survey, is_anonymous=False)
    names_customers = request.membership.may(Permission.READ_CUSTOMERS)
    key = read_key(request.GET.get("customer")) if names_customers else None
    pointed_at = None if key is None else get_object_or_404(Customer, pk=key)
    initial = {"customer": pointed_at.external_id} if pointed_at else {}
    form = CallForm(
        request.POST if request.method == "POST" else None, initial=initial, names_customers=names_customers
    )
    if request.method == "POST" and form.is_valid():
        customer = form.cleaned_data.get("customer")
        invitation = open_invitation(survey=found, customer=customer) if customer else None
        if invitation:
            return redirect("surveys:phone_invited", request.organisation.slug, found.pk, invitation.pk)
        call = Call.begin(survey=found, customer=customer, channel=form.cleaned_data["channel"])
        return redirect("surveys:phone_sheet", request.organisation.slug, found.pk, call.token)
    context = {"survey": found, "form": form, "may_design": request.membership.may(Permission.DESIGN)}
    return render_form(request, "surveys/phone.html", context)


@requires(Permission.RECORD)
@require_http_methods(["GET", "HEAD", "POST"])
def phone_sheet(request: OrganisationRequest, survey: int, token: str) -> HttpResponse:
    found = get_object_or_404(Survey.objects.select_related("organisation"), pk=survey, is_anonymous=False)
    call = Call.read(token)
    if call is None or not found.versions.filter(pk=call.version_id).exists():
        return redirect("surveys:phone", request.organisation.slug, survey)
    if call.customer_id and not request.membership.may(Permission.READ_CUSTOMERS):
        raise Http404
    return _page(
        request, survey, call.number, lambda **sent: type_in(survey=found, call=call, user=request.user, **sent)
    )


@requires(Permission.READ_CUSTOMERS)
@require_http_methods(["GET", "HEAD", "POST"])
def phone_invited(request: OrganisationRequest, survey: int, invitation: int) -> HttpResponse:
    found = get_object_or_404(Invitation, pk=invitation, survey=survey, survey__is_anonymous=False)
    return _page(request, survey, found.pk, lambda **sent: type_in_invited(invitation=found, user=request.user, **sent))


def _page(request: OrganisationRequest, survey: int, respondent: int, look: Any) -> HttpResponse:
    try:
        # Not ``submitted``: the check against forged forms has read it already.
        data = dict(request.POST.lists()) if request.method == "POST" else None
    except UNREADABLE:
        return respond("respond/notice.html", {"obstacle": "UNREADABLE"}, status=400)
    page = number(request.GET.get("page", ""))
    submission = Submission(form=data, page=page or 1) if data is not None and SWITCH not in data else None
    try:
        found: Visit | None = look(language=request.GET.get("lang", ""), page=page, submission=submission)
    except OperationalError:
        return respond("respond/unavailable.html", {"data": data}, status=503)
    if found is None:
        raise Http404
    customer = found.invitation.customer
    own = Suppression.objects.in_force().filter(address_hash=customer.address_hash) if customer else None
    suppression = own.first() if own is not None else None
    context = {
        "is_typed_in": True,
        "csrf_token": get_token(request),
        "caller": str(customer) if customer else "",
        "suppression": Suppression.Reason(suppression.reason).label
        if suppression and customer and customer.email
        else "",
        "back_url": reverse("surveys:phone", args=[request.organisation.slug, survey]),
        "unsubscribe_url": "",
        "review_url": "",
        "offers_contact": False,
    }
    response = turned(request, found, data, Desk(request.path, "", respondent, context, is_kept=False))
    # Customers' pages say nobody where they come from; a browser then sends this form's origin as "null", and the check
    # against forged forms refuses it.
    response.headers["Referrer-Policy"] = settings.SECURE_REFERRER_POLICY
    return response
