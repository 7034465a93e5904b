"""The link at the foot of every mail."""

from dataclasses import dataclass

from customers.domain.consent import withdraw
from customers.domain.suppression import suppress
from customers.models import Suppression
from organisations.models import Organisation
from organisations.tenancy import organisation_scope
from surveys.models import Invitation


@dataclass(frozen=True)
class Subscriber:
    """Who follows an unsubscribe link, as far as its page says it."""

    organisation: Organisation
    language: str


def subscriber(*, organisation_id: int, invitation_id: int) -> Subscriber | None:
    """None: the invitation no longer exists."""
    with organisation_scope(organisation_id):
        invitation = _invitation(invitation_id)
        return Subscriber(invitation.organisation, invitation.language) if invitation else None


def unsubscribe(*, organisation_id: int, invitation_id: int) -> Subscriber | None:
    """Never write to this customer's address again; harmless twice. None: the invitation no longer exists.

    As the mail promised, it takes back what allowed writing to them: lifting the suppression alone brings no mail.
    An erased customer has no address left to suppress, and none that could be written to.
    """
    with organisation_scope(organisation_id):
        invitation = _invitation(invitation_id)
        if invitation is None:
            return None
        if invitation.customer and invitation.customer.email:
            suppress(
                organisation=invitation.organisation,
                email=invitation.customer.email,
                reason=Suppression.Reason.UNSUBSCRIBED,
            )
            for consent in invitation.customer.consents.valid():
                withdraw(consent=consent)
        return Subscriber(invitation.organisation, invitation.language)


def _invitation(pk: int) -> Invitation | None:
    return Invitation.objects.select_related("organisation", "customer").filter(pk=pk).first()
