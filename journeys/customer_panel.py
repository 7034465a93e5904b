"""What a customer's page shows of journeys: the persona that the customer belongs to."""

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from customers.models import Customer
from journeys.models import Persona
from organisations.permissions import Permission
from organisations.requests import OrganisationRequest


def persona(request: OrganisationRequest, customer: Customer) -> SafeString:
    """One statement."""
    belongs = Persona.objects.filter(assignments__customer=customer)
    context = {
        "persona": belongs.only("name", "situation").first(),
        "may_read_reports": request.membership.may(Permission.READ_REPORTS),
    }
    return render_to_string("journeys/_customer_persona.html", context, request)
