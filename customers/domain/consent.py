"""The legal basis on which customers may be written to."""

from datetime import datetime

from django.utils import timezone

from customers.models import Consent, Customer
from organisations.domain.audit import record
from organisations.models import User


def record_basis(
    *,
    customer: Customer,
    basis: str,
    source: str,
    given_at: datetime,
    wording: str = "",
    proof: str = "",
    actor: User | None = None,
) -> Consent:
    """Keep what allows writing to the customer, with its evidence."""
    consent = Consent.objects.create(
        organisation=customer.organisation,
        customer=customer,
        basis=Consent.Basis(basis),
        source=source,
        wording=wording,
        proof=proof,
        given_at=given_at,
    )
    record(
        organisation=customer.organisation, actor=actor, action="customer.basis_given", subject=customer, basis=basis
    )
    return consent


def withdraw(*, consent: Consent, actor: User | None = None) -> None:
    """The customer took it back. The row stays as evidence; a second withdrawal keeps the first date."""
    if consent.withdrawn_at is not None:
        return
    consent.withdrawn_at = timezone.now()
    consent.save(update_fields=["withdrawn_at"])
    record(
        organisation=consent.organisation,
        actor=actor,
        action="customer.basis_withdrawn",
        subject=consent.customer,
        basis=consent.basis,
    )
