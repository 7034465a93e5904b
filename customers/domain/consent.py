"""The legal basis on which customers may be written to."""

from datetime import datetime

from django.utils import timezone

from customers.models import Consent, Customer


def record_basis(*, customer: Customer, basis: str, source: str, given_at: datetime, wording: str = "") -> Consent:
    """Keep what allows writing to the customer, with its evidence."""
    return Consent.objects.create(
        organisation_id=customer.organisation_id,
        customer=customer,
        basis=Consent.Basis(basis),
        source=source,
        wording=wording,
        given_at=given_at,
    )


def withdraw(*, consent: Consent) -> None:
    """The customer took it back. The row stays as evidence; a second withdrawal keeps the first date."""
    if consent.withdrawn_at is None:
        consent.withdrawn_at = timezone.now()
        consent.save(update_fields=["withdrawn_at"])
