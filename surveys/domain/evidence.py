"""On what each mail rested: the consent with when, how, wording and proof, and the sentence that stood in the mail."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from customers.models import Consent
from organisations.domain.audit import record
from organisations.models import Organisation, User
from organisations.tenancy import organisation_scope
from surveys.mails import notice
from surveys.models import Campaign, Invitation, MailNotice

ROWS = 2000
_CLAIM = {
    False: """
UPDATE surveys_invitation AS mail SET state = 'sending', claimed_at = %(now)s,
    legal_basis = rests.basis, consent_id = rests.consent, notice_id = rests.notice
FROM unnest(%(ids)s::bigint[], %(bases)s::text[], %(consents)s::bigint[], %(notices)s::bigint[])
    AS rests (id, basis, consent, notice)
WHERE mail.id = rests.id
""",
    True: """
UPDATE surveys_remindermail AS mail SET state = 'sending', claimed_at = %(now)s,
    legal_basis = rests.basis, consent_id = rests.consent, notice_id = rests.notice
FROM unnest(%(ids)s::bigint[], %(bases)s::text[], %(consents)s::bigint[], %(notices)s::bigint[])
    AS rests (id, basis, consent, notice)
WHERE mail.invitation_id = rests.id AND mail.number = %(number)s
""",
}


def with_consent(customers: QuerySet[Any, Any]) -> Any:
    """Adds ``rests_on``: key of the consent that ``legal_basis`` stands for, the newest of its kind."""
    valid = Consent.objects.valid().filter(customer=OuterRef("pk"))
    # "consent" sorts before "existing_customer", as in ``with_legal_basis``.
    return customers.annotate(rests_on=Subquery(valid.order_by("basis", "-given_at", "-pk").values("pk")[:1]))


def claim_with_evidence(
    *, organisation: Organisation, mails: Collection[tuple[int, str, Any]], number: int, now: datetime
) -> None:
    """Mark mails as being sent, with what they rest on, in one statement, or two where a sentence is new.

    ``mails``: key of the invitation, its language, and the customer from ``with_consent``.
    """
    if not mails:
        return
    kinds = {(language, customer.legal_basis) for _pk, language, customer in mails}
    keys = _notices(organisation, kinds)
    with connection.cursor() as cursor:
        cursor.execute(
            _CLAIM[number > 0],
            {
                "now": now,
                "number": number,
                "ids": [pk for pk, _language, _customer in mails],
                "bases": [customer.legal_basis for _pk, _language, customer in mails],
                "consents": [customer.rests_on for _pk, _language, customer in mails],
                "notices": [keys[language, customer.legal_basis] for _pk, language, customer in mails],
            },
        )


def _notices(organisation: Organisation, kinds: Collection[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Keys of the sentences by language and legal basis."""
    texts = {kind: notice(organisation.name, *kind) for kind in kinds}
    for _try in range(2):
        known = dict(MailNotice.objects.filter(text__in=texts.values()).values_list("text", "pk"))
        missing = sorted(set(texts.values()) - known.keys())
        if not missing:
            break
        MailNotice.objects.bulk_create(
            [MailNotice(organisation=organisation, text=text) for text in missing], ignore_conflicts=True
        )
    return {kind: known[text] for kind, text in texts.items()}


def header() -> list[str]:
    return [
        _("Customer number"),
        _("E-mail address"),
        _("Sent"),
        _("Legal basis"),
        _("Given on"),
        _("How it was given"),
        _("Wording"),
        _("Proof"),
        _("Withdrawn on"),
        _("What stood in the mail"),
    ]


def evidence_of(*, organisation: Organisation, campaign_id: int, language: str) -> Iterator[list[str]]:
    """A row for each mail of the campaign that went out, as ``header``; a batch at a time, each in its own scope."""
    last = 0
    while True:
        with organisation_scope(organisation.pk), timezone.override(organisation.zone), translation.override(language):
            found = list(
                Invitation.objects.filter(campaign=campaign_id, state__in=Invitation.GONE_OUT, pk__gt=last)
                .select_related("customer", "consent", "notice")
                .order_by("pk")[:ROWS]
            )
            rows = [_row(invitation) for invitation in found]
        yield from rows
        if len(found) < ROWS:
            return
        last = found[-1].pk


def _row(invitation: Invitation) -> list[str]:
    customer, consent = invitation.customer, invitation.consent
    return [
        customer.external_id if customer else _("erased"),
        customer.email if customer else "",
        _moment(invitation.sent_at),
        str(Consent.Basis(invitation.legal_basis).label) if invitation.legal_basis else "",
        _moment(consent.given_at) if consent else "",
        consent.source if consent else "",
        consent.wording if consent else "",
        consent.proof if consent else "",
        _moment(consent.withdrawn_at) if consent else "",
        invitation.notice.text if invitation.notice else "",
    ]


def _moment(moment: datetime | None) -> str:
    return date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT") if moment else ""


def note_export(*, campaign: Campaign, user: User) -> None:
    record(
        organisation=campaign.organisation,
        actor=user,
        action="campaign.evidence_exported",
        subject=campaign,
        name=campaign.name,
    )
