"""What journeys show on a customer's page."""

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from customers.models import Customer
from journeys.models import Interaction
from organisations.requests import OrganisationRequest

SHOWN = 5


def contacts(request: OrganisationRequest, customer: Customer) -> SafeString:
    """The latest of the customer's contacts."""
    found = Interaction.objects.filter(customer=customer).for_list().order_by("-at", "-pk")
    latest = list(found[: SHOWN + 1])
    context = {"customer": customer, "contacts": latest[:SHOWN], "has_more": len(latest) > SHOWN}
    return render_to_string("journeys/_customer_contacts.html", context, request)
