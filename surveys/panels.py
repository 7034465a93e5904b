"""What surveys show on a customer's page."""

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from common.paging import newest_first
from customers.models import Customer
from organisations.permissions import Permission
from organisations.requests import OrganisationRequest
from surveys.domain.ledger import ledger_of
from surveys.models import Invitation, Survey

SHOWN = 20


def asked(request: OrganisationRequest, customer: Customer) -> SafeString:
    """Each decision to ask this customer or not, and when they can be asked next."""
    decisions = Invitation.objects.filter(customer=customer).select_related(
        "survey", "campaign", "response", "interaction__touchpoint", "consent", "notice"
    )
    decisions = decisions.prefetch_related("reminder_mails")
    context = {
        "customer": customer,
        "ledger": ledger_of(customer, request.organisation),
        "page": newest_first(decisions, request.GET, SHOWN),
    }
    return render_to_string("surveys/_customer_ledger.html", context, request)


def phone(request: OrganisationRequest, customer: Customer) -> SafeString:
    """Surveys whose questions the customer can answer on the phone; one statement."""
    if not request.membership.may(Permission.RECORD):
        return SafeString()
    surveys = Survey.objects.live(request.organisation.today()).filter(is_anonymous=False)
    surveys = surveys.only("name").order_by("name", "pk")
    return render_to_string("surveys/_customer_phone.html", {"customer": customer, "surveys": surveys[:50]}, request)
