"""What journeys show on a customer's page."""

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from customers.models import Customer
from journeys.models import Interaction, Persona
from organisations.permissions import Permission
from organisations.requests import OrganisationRequest

SHOWN = 5


def contacts(request: OrganisationRequest, customer: Customer) -> SafeString:
    """The latest of the customer's contacts."""
    found = Interaction.objects.filter(customer=customer).for_list().order_by("-at", "-pk")
    latest = list(found[: SHOWN + 1])
    context = {"customer": customer, "contacts": latest[:SHOWN], "has_more": len(latest) > SHOWN}
    return render_to_string("journeys/_customer_contacts.html", context, request)


def persona(request: OrganisationRequest, customer: Customer) -> SafeString:
    """The persona that the customer belongs to."""
    belongs = Persona.objects.filter(assignments__customer=customer)
    context = {
        "persona": belongs.only("name", "situation").first(),
        "may_read_reports": request.membership.may(Permission.READ_REPORTS),
    }
    return render_to_string("journeys/_customer_persona.html", context, request)
