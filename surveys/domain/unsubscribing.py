"""What customers decide for themselves behind the link at the foot of every mail: whether, when and in which language
they are asked. Each function is harmless twice, and answers None where the invitation no longer exists."""

from dataclasses import dataclass
from datetime import datetime, time

from dateutil.relativedelta import relativedelta
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.domain.consent import record_basis, withdraw
from customers.domain.customer import prefer
from customers.domain.suppression import lift, pause, suppress
from customers.models import Consent, Customer, Suppression, address_hash
from organisations.models import LANGUAGES, Organisation
from organisations.tenancy import organisation_scope
from surveys.models import Invitation

MONTHS = (3, 6, 12)
"""So long one can ask for a pause."""


@dataclass(frozen=True)
class Subscriber:
    """Who follows an unsubscribe link, as far as its page says it."""

    organisation: Organisation
    language: str
    """Of the mail that the link stood in."""
    preferred: str
    """The language in which they will be written to; "" for somebody who is erased or has no address."""
    suppression: Suppression | None

    @property
    def gets_mails(self) -> bool:
        return bool(self.preferred) and self.suppression is None

    @property
    def paused_until(self) -> datetime | None:
        return self.suppression.until if self.suppression else None

    @property
    def may_take_back(self) -> bool:
        """A mailbox that is gone, a complaint and what a colleague entered are not for the page to undo."""
        return self.suppression is not None and self.suppression.reason in {
            Suppression.Reason.UNSUBSCRIBED,
            Suppression.Reason.PAUSED,
        }


def subscriber(*, organisation_id: int, invitation_id: int) -> Subscriber | None:
    """Where they stand."""
    with organisation_scope(organisation_id):
        invitation = _invitation(invitation_id)
        return _subscriber(invitation) if invitation else None


def unsubscribe(*, organisation_id: int, invitation_id: int) -> Subscriber | None:
    """Never write to this customer's address again.

    As the mail promised, it takes back what allowed writing to them: lifting the suppression alone brings no mail.
    An erased customer has no address left to suppress, and none that could be written to.
    """
    with organisation_scope(organisation_id):
        invitation = _invitation(invitation_id)
        if invitation is None:
            return None
        if customer := _reachable(invitation):
            reason = Suppression.Reason.UNSUBSCRIBED
            suppress(organisation=invitation.organisation, email=customer.email, reason=reason)
            for consent in customer.consents.valid():
                withdraw(consent=consent)
        return _subscriber(invitation)


def take_a_break(*, organisation_id: int, invitation_id: int, months: int) -> Subscriber | None:
    """No mails for one of MONTHS, counted from today; who unsubscribed stays unsubscribed."""
    with organisation_scope(organisation_id):
        invitation = _invitation(invitation_id)
        if invitation is None:
            return None
        if customer := _reachable(invitation):
            organisation = invitation.organisation
            day = organisation.today() + relativedelta(months=months)
            until = datetime.combine(day, time.min, organisation.zone)
            pause(organisation=organisation, email=customer.email, until=until)
        return _subscriber(invitation)


def come_back(*, organisation_id: int, invitation_id: int) -> Subscriber | None:
    """End a pause, or take an unsubscribing back: then what the page said is the new consent, kept with its wording."""
    with organisation_scope(organisation_id):
        invitation = _invitation(invitation_id)
        if invitation is None:
            return None
        found, customer = _subscriber(invitation), _reachable(invitation)
        if customer and found.suppression and found.may_take_back:
            lift(suppression=found.suppression)
            if not customer.consents.valid().exists():
                record_basis(
                    customer=customer,
                    basis=Consent.Basis.CONSENT,
                    source=_("the page for unsubscribing"),
                    wording=consent_wording(invitation.organisation),
                    given_at=timezone.now(),
                )
        return _subscriber(invitation)


def choose_language(*, organisation_id: int, invitation_id: int, language: str) -> Subscriber | None:
    """The language in which they are written to from now on."""
    with organisation_scope(organisation_id):
        invitation = _invitation(invitation_id)
        if invitation is None:
            return None
        customer = _reachable(invitation)
        if customer and language in dict(LANGUAGES) and language != customer.language:
            prefer(customer=customer, language=language)
        return _subscriber(invitation)


def consent_wording(organisation: Organisation) -> str:
    """What one agrees to by taking an unsubscribing back; in the active language."""
    return _("%(name)s may ask me for my opinion by e-mail. I can withdraw that at any time.") % {
        "name": organisation.name
    }


def _invitation(pk: int) -> Invitation | None:
    return Invitation.objects.select_related("organisation", "customer").filter(pk=pk).first()


def _reachable(invitation: Invitation) -> Customer | None:
    customer = invitation.customer
    return customer if customer and customer.email else None


def _subscriber(invitation: Invitation) -> Subscriber:
    customer = _reachable(invitation)
    suppression = None
    if customer:
        own = Suppression.objects.in_force().filter(address_hash=address_hash(customer.email))
        suppression = own.select_related("organisation").first()
    preferred = customer.language if customer else ""
    return Subscriber(invitation.organisation, invitation.language, preferred, suppression)
