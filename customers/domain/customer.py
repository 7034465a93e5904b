"""Writes to one customer."""

from customers.domain.changes import note_change
from customers.models import Customer
from organisations.domain.audit import record
from organisations.models import User


def add_customer(*, customer: Customer, actor: User) -> None:
    customer.save()
    note_change(customer)
    record(organisation=customer.organisation, actor=actor, action="customer.added", subject=customer)


def change_customer(*, customer: Customer, fields: list[str], actor: User) -> None:
    """Store the customer; ``fields`` names what was changed."""
    customer.save()
    note_change(customer)
    record(
        organisation=customer.organisation,
        actor=actor,
        action="customer.changed",
        subject=customer,
        fields=sorted(fields),
    )


def prefer(*, customer: Customer, language: str) -> None:
    """The customer says themselves in which language they want to be written to."""
    customer.language = language
    customer.save(update_fields=["language", "updated_at"])
    note_change(customer)
    record(
        organisation=customer.organisation,
        actor=None,
        action="customer.changed",
        subject=customer,
        fields=["language"],
    )


def erase_customer(*, customer: Customer, actor: User) -> None:
    """Delete the person for good: facts, legal bases and comments go.

    Answers stay without the person, so that figures remain right; a suppression stays, since it names nobody and must
    keep protecting the address.
    """
    record(organisation=customer.organisation, actor=actor, action="customer.erased", subject=customer)
    note_change(customer)
    customer.delete()
