"""Notes of what changed about customers, for what is derived from them further right."""

from common.background import wake
from customers.models import ChangedCustomer, Customer
from organisations.models import Organisation


def note_change(customer: Customer) -> None:
    """In the transaction of the change itself; also of adding and erasing."""
    ChangedCustomer.objects.create(organisation_id=customer.organisation_id, customer_id=customer.pk)
    wake("journeys.assign_personas")


def note_everyone(organisation: Organisation) -> None:
    """As ``note_change``, for any number of the organisation's customers."""
    ChangedCustomer.objects.create(organisation_id=organisation.pk)
    wake("journeys.assign_personas")
