import hashlib
import hmac
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from organisations.models import LANGUAGES, OrganisationOwned


def address_hash(email: str) -> str:
    """Keyed hash of an e-mail address (HMAC-SHA256, hex): a suppression outlives the erasure of the person."""
    return hmac.new(settings.SECRET_KEY.encode(), email.strip().lower().encode(), hashlib.sha256).hexdigest()


class CustomerQuerySet(models.QuerySet["Customer"]):
    def matching(self, words: str) -> Self:
        """Customers whose name, address or number contains each of the words."""
        found = self
        for word in words.split():
            found = found.filter(
                models.Q(first_name__icontains=word)
                | models.Q(last_name__icontains=word)
                | models.Q(email__icontains=word)
                | models.Q(external_id__icontains=word)
            )
        return found


class Customer(OrganisationOwned):
    """A person, or contact of an account, who can be surveyed."""

    class Salutation(models.TextChoices):
        NONE = "", _("none")
        MS = "ms", _("Ms")
        MR = "mr", _("Mr")

    external_id = models.CharField(
        _("customer number"), max_length=100, help_text=_("The customer's key in your own systems.")
    )
    email = models.EmailField(_("e-mail address"), blank=True)
    salutation = models.CharField(_("salutation"), max_length=2, choices=Salutation.choices, blank=True)
    first_name = models.CharField(_("first name"), max_length=100, blank=True)
    last_name = models.CharField(_("last name"), max_length=100, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES, default="de")
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)
    """Facts about the customer by name, such as {"segment": "Family"}; values are texts or numbers."""
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "external_id"], name="customer_number_once"),
            models.UniqueConstraint(
                "organisation", Lower("email"), condition=~models.Q(email=""), name="customer_email_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.email or self.external_id


class Consent(OrganisationOwned):
    """The legal basis on which a customer may be written to, with its evidence."""

    class Basis(models.TextChoices):
        CONSENT = "consent", _("Consent")
        EXISTING_CUSTOMER = "existing_customer", _("Existing customer (§ 7 (3) UWG)")

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="consents")
    basis = models.CharField(_("legal basis"), max_length=20, choices=Basis.choices)
    source = models.CharField(
        _("how it was given"), max_length=200, help_text=_("Such as: order form, ticked box, phone call.")
    )
    wording = models.TextField(_("wording"), blank=True, help_text=_("The sentence the customer agreed to."))
    given_at = models.DateTimeField(_("given at"))
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["customer"], name="consent_customer")]


class Suppression(OrganisationOwned):
    """An address that must not be written to. Holds no address, so it can be kept after erasure."""

    class Reason(models.TextChoices):
        UNSUBSCRIBED = "unsubscribed", _("unsubscribed")
        BOUNCED = "bounced", _("mail came back")
        COMPLAINED = "complained", _("marked as spam")
        MANUAL = "manual", _("entered by hand")

    address_hash = models.CharField(max_length=64)
    hint = models.CharField(max_length=80)
    """First letter and domain, such as p…@example.org, so that people recognise it."""
    reason = models.CharField(_("reason"), max_length=20, choices=Reason.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "address_hash"], name="suppression_once"),
        ]
