import hmac
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models.functions import Concat, Lower, LTrim, Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from organisations.models import LANGUAGES, OrganisationOwned, User, validate_time_zone
from organisations.queues import QueueRow

# Part of a stored column: a change needs a migration that makes the column anew.
ACCENTS = {
    "a": "äàáâãå",
    "c": "çčć",
    "e": "éèêëę",
    "i": "íìîï",
    "n": "ñń",
    "o": "öóòôõø",
    "s": "šś",
    "u": "üúùû",
    "z": "žźż",
}
ACCENTED = "".join(ACCENTS.values())
PLAIN = "".join(letter * len(accented) for letter, accented in ACCENTS.items())
_FOLDING = str.maketrans(ACCENTED, PLAIN)


def fold(text: str) -> str:
    """The text as names are sorted and searched: small letters without accents; ``Folded`` is its twin in SQL."""
    return text.lower().translate(_FOLDING)


class Folded(models.Func):
    """Written with ``translate``, because an index may not rest on PostgreSQL's own ``unaccent``."""

    function = "TRANSLATE"
    output_field = models.TextField()

    def __init__(self, expression: Any, **extra: Any) -> None:
        super().__init__(Lower(expression), models.Value(ACCENTED), models.Value(PLAIN), **extra)


def address_hash(email: str) -> str:
    """Keyed hash of an e-mail address (HMAC-SHA256, hex): a suppression outlives the erasure of the person."""
    return hmac.digest(settings.ADDRESS_KEY.encode(), email.strip().lower().encode(), "sha256").hex()


class AddressHashField(models.CharField):  # type: ignore[type-arg]  # no generic at run time
    """Follows ``email`` whenever a row is saved, also by ``bulk_create``; empty without an address."""

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        email: str = model_instance.email  # type: ignore[attr-defined]  # used on Customer only
        value = address_hash(email) if email else ""
        setattr(model_instance, self.attname, value)
        return value


class Obstacle(models.TextChoices):
    """Why a customer may not be asked."""

    NO_ADDRESS = "no_address", _("no e-mail address")
    SUPPRESSED = "suppressed", _("on the suppression list")
    NO_LEGAL_BASIS = "no_legal_basis", _("no legal basis")


class CustomerQuerySet(models.QuerySet["Customer"]):
    def matching(self, words: str) -> Self:
        """Customers whose name, address or number contains each of the words.

        Reads all of the organisation's customers: under row-level security no index serves LIKE, which PostgreSQL
        does not hold leakproof. One folded column keeps that to some 0.3 µs a row.
        """
        found = self
        for word in fold(words).split():
            found = found.filter(search_key__contains=word)
        return found

    def with_attribute(self, name: str, value: str) -> Self:
        """Customers whose attribute has this value, as text or as number."""
        found = models.Q(attributes__contains={name: value})
        for number in (int, float):
            try:
                found |= models.Q(attributes__contains={name: number(value)})
            except ValueError:
                continue
            break
        return self.filter(found)

    def common_attributes(self) -> dict[str, list[str]]:
        """The attributes of the newest and the oldest thousand, by name, each with its most common values.

        Enough to help whoever writes a condition; reading all customers for it would not pay.
        """
        found: dict[str, Counter[str]] = {}
        for order in ("pk", "-pk"):
            for attributes in self.order_by(order).values_list("attributes", flat=True)[:1000]:
                for name, value in attributes.items():
                    found.setdefault(name, Counter())[str(value)] += 1
        return {name: [value for value, _n in found[name].most_common(12)] for name in sorted(found, key=fold)}

    def attributes_among(self, names: Iterable[str]) -> set[str]:
        """Those of the names, in small letters, that a customer has an attribute of.

        It may be written as asked for, in small or capital letters, or with one capital in front. One statement, and
        one for each that few customers have; where nobody has one, it reads them all: about a second per million.
        """
        spellings = {name: {name, name.lower(), name.upper(), name.capitalize()} for name in names}
        found: set[str] = set()
        while spellings:
            asked = sorted(set().union(*spellings.values()))
            rows = self.order_by().filter(attributes__has_any_keys=asked).values_list("attributes", flat=True)[:1]
            held = {key for attributes in rows for key in attributes}
            here = {name for name, spelled in spellings.items() if spelled & held}
            if not here:
                break
            found |= {name.casefold() for name in here}
            spellings = {name: spelled for name, spelled in spellings.items() if name not in here}
        return found

    def with_legal_basis(self) -> Self:
        """Adds ``legal_basis``: the ``Consent.Basis`` that allows writing, "" without; consent goes first."""
        return self.annotate(
            legal_basis=models.Case(
                models.When(_has_basis(Consent.Basis.CONSENT), then=models.Value(Consent.Basis.CONSENT.value)),
                models.When(
                    _has_basis(Consent.Basis.EXISTING_CUSTOMER),
                    then=models.Value(Consent.Basis.EXISTING_CUSTOMER.value),
                ),
                default=models.Value(""),
                output_field=models.CharField(),
            )
        )

    def with_obstacle(self) -> Self:
        """Adds ``obstacle``: why the customer may not be asked, "" for one who may; and ``legal_basis``."""
        return self.with_legal_basis().annotate(
            obstacle=models.Case(
                models.When(email="", then=models.Value(Obstacle.NO_ADDRESS.value)),
                models.When(_is_suppressed(), then=models.Value(Obstacle.SUPPRESSED.value)),
                models.When(legal_basis="", then=models.Value(Obstacle.NO_LEGAL_BASIS.value)),
                default=models.Value(""),
                output_field=models.CharField(),
            )
        )

    def askable(self) -> Self:
        """Customers with an address and a legal basis who are not suppressed."""
        return self.exclude(email="").filter(~_is_suppressed(), _has_basis())

    def hindered_by(self, obstacle: str) -> Self:
        """Customers whose ``obstacle`` this is, see ``with_obstacle``."""
        if obstacle == Obstacle.NO_ADDRESS:
            return self.filter(email="")
        if obstacle == Obstacle.SUPPRESSED:
            return self.exclude(email="").filter(_is_suppressed())
        return self.exclude(email="").filter(~_is_suppressed(), ~_has_basis())


def _has_basis(*bases: str) -> models.Exists:
    consents = Consent.objects.valid().filter(customer=models.OuterRef("pk"))
    return models.Exists(consents.filter(basis__in=bases) if bases else consents)


def _is_suppressed() -> models.Exists:
    return models.Exists(
        Suppression.objects.in_force().filter(
            organisation=models.OuterRef("organisation"), address_hash=models.OuterRef("address_hash")
        )
    )


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
    time_zone = models.CharField(
        _("time zone"),
        max_length=50,
        blank=True,
        db_default="",
        validators=[validate_time_zone],
        help_text=_("Such as Europe/Lisbon, where it differs from yours: mails then come at the customer's hours."),
    )
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)
    """Facts about the customer by name, such as {"segment": "Family"}; values are texts or numbers."""
    address_hash = AddressHashField(max_length=64, blank=True, editable=False)
    search_key = models.GeneratedField(
        expression=Folded(
            LTrim(
                Concat(
                    "last_name",
                    models.Value(" "),
                    "first_name",
                    models.Value(" "),
                    "email",
                    models.Value(" "),
                    "external_id",
                    output_field=models.TextField(),
                )
            )
        ),
        output_field=models.TextField(),
        db_persist=True,
    )
    """What lists are sorted and searched by."""
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = CustomerQuerySet.as_manager()
    legal_basis: str
    obstacle: str

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "external_id"], name="customer_number_once"),
            models.UniqueConstraint(
                "organisation", Lower("email"), condition=~models.Q(email=""), name="customer_email_once"
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "search_key", "id"], name="customer_by_name"),
            models.Index(fields=["organisation", "-id"], name="customer_newest_first"),
            models.Index(fields=["organisation", "address_hash"], name="customer_address"),
        ]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.email or self.external_id


class ChangedCustomer(QueueRow):
    """A customer was added, changed or erased, so what is derived from them is to be made anew.

    Without a customer: any number of the organisation's customers, or what is derived, or how.
    """

    # Erased customers stay named here until the derived rows are gone, too.
    customer = models.ForeignKey(
        Customer, on_delete=models.DO_NOTHING, null=True, related_name="+", db_index=False, db_constraint=False
    )


class ConsentQuerySet(models.QuerySet["Consent"]):
    def valid(self) -> Self:
        return self.filter(withdrawn_at=None)


class Consent(OrganisationOwned):
    """The legal basis on which a customer may be written to, with its evidence.

    Stays as it was given: the database refuses to change anything but ``withdrawn_at``. What was wrong is withdrawn,
    and recorded anew.
    """

    class Basis(models.TextChoices):
        CONSENT = "consent", _("Consent")
        EXISTING_CUSTOMER = "existing_customer", _("Existing customer (§ 7 (3) UWG)")

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="consents", db_index=False)
    basis = models.CharField(_("legal basis"), max_length=20, choices=Basis.choices)
    source = models.CharField(
        _("how it was given"), max_length=200, help_text=_("Such as: order form, ticked box, phone call.")
    )
    wording = models.TextField(_("wording"), blank=True, help_text=_("The sentence the customer agreed to."))
    proof = models.CharField(
        _("proof"),
        max_length=300,
        blank=True,
        db_default="",
        help_text=_("Where it can be seen, such as: number of the scanned form, entry in the log of the web shop."),
    )
    given_at = models.DateTimeField(_("given at"))
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["customer"], name="consent_customer")]


class SuppressionQuerySet(models.QuerySet["Suppression"]):
    def in_force(self) -> Self:
        """Without pauses that are over."""
        return self.filter(models.Q(until=None) | models.Q(until__gt=Now()))


class Suppression(OrganisationOwned):
    """An address that must not be written to. Holds no address, so it can be kept after erasure."""

    class Reason(models.TextChoices):
        UNSUBSCRIBED = "unsubscribed", _("unsubscribed")
        BOUNCED = "bounced", _("mail came back")
        COMPLAINED = "complained", _("marked as spam")
        MANUAL = "manual", _("entered by hand")
        PAUSED = "paused", _("wants a pause")

    address_hash = models.CharField(max_length=64)
    hint = models.CharField(max_length=80)
    """First letter and domain, such as p…@example.org, so that people recognise it."""
    reason = models.CharField(_("reason"), max_length=20, choices=Reason.choices)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    until = models.DateTimeField(null=True, editable=False)
    """When a pause is over; None: never."""

    objects = SuppressionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "address_hash"], name="suppression_once"),
        ]
        indexes = [models.Index(fields=["organisation", "-id"], name="suppression_newest_first")]


class UploadedFile(OrganisationOwned):
    """A CSV file between its upload and the start of its import, while people say what its columns mean."""

    KEPT_FOR = timedelta(days=1)

    name = models.CharField(max_length=200)
    content = models.BinaryField()
    uploaded_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)


class UploadQueue(QueueRow):
    """When a file that nobody imported is to be thrown away."""

    upload = models.ForeignKey(UploadedFile, on_delete=models.CASCADE, related_name="+", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["upload"], name="upload_queued_once")]
