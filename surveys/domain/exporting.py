"""Personal links as a file, for a mailer of one's own: the same gates as for mails, passed when the file is made."""

from collections.abc import Iterator
from datetime import datetime

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from common.background import wake
from customers.models import Customer
from organisations.models import Organisation, User
from organisations.tenancy import organisation_scope
from surveys.domain.campaigns import finish_campaigns, record_campaign
from surveys.domain.changed_days import note_changed_days
from surveys.domain.claiming import why_not
from surveys.domain.evidence import claim_with_evidence, with_consent
from surveys.domain.policy import decided, take_turns
from surveys.links import answer_url, unsubscribe_url
from surveys.models import Campaign, ContactPolicy, Invitation

ROWS = 500

State, Reason = Invitation.State, Invitation.Reason


def header() -> list[str]:
    return [
        _("Customer number"),
        _("E-mail address"),
        _("First name"),
        _("Last name"),
        _("Language"),
        _("Personal link"),
        _("Link to unsubscribe"),
        _("What must stand in the mail"),
    ]


def note_export(*, campaign: Campaign, user: User) -> None:
    record_campaign(campaign, user, "campaign.links_exported")


def personal_links(*, campaign: Campaign, language: str) -> Iterator[list[str]]:
    """A row for each customer who may be asked, as ``header``; a batch at a time, each committed before it is handed
    out.

    Who stands in the file counts as asked from then on, so a file that broke off is made anew: it holds the same links.
    Who may not be written to any more is marked so instead.
    """
    organisation, last = campaign.organisation, 0
    while True:
        with organisation_scope(organisation.pk), translation.override(language):
            found = list(
                campaign.invitations.filter(state__in=[State.QUEUED, State.SENT], pk__gt=last)
                .select_for_update(no_key=True, of=("self",))
                .select_related("survey", "campaign")
                .order_by("pk")[:ROWS]
            )
            _ask(organisation, [one for one in found if one.state == State.QUEUED], timezone.now())
            asked = campaign.invitations.filter(pk__in=[one.pk for one in found], state=State.SENT)
            rows = [_row(invitation) for invitation in asked.select_related("customer", "notice").order_by("pk")]
            finish_campaigns({campaign.pk})
        yield from rows
        if len(found) < ROWS:
            wake("reports.count_changed_days")
            return
        last = found[-1].pk


def _ask(organisation: Organisation, invitations: list[Invitation], now: datetime) -> None:
    """Mark those who may be asked as asked, with what that rests on, and the others with the reason."""
    policy = ContactPolicy.of(organisation)
    keys = {one.customer_id for one in invitations if one.customer_id}
    turns = take_turns(keys) if policy.pause_days else keys
    customers = {
        customer.pk: customer
        for customer in with_consent(decided(Customer.objects.all(), policy=policy, now=now)).filter(pk__in=turns)
    }
    day = organisation.day_of(now)
    asked = []
    refused: dict[str, list[int]] = {}
    for invitation in invitations:
        customer = customers.get(invitation.customer_id or 0)
        if not invitation.survey.is_live(day):
            reason = str(Reason.CLOSED)
        elif invitation.customer_id in keys - turns:  # whom a worker is just writing to
            reason = str(Reason.RECENTLY_ASKED)
        else:
            reason = why_not(invitation, customer, asked=(), policy=policy)
        if customer is None or reason:
            refused.setdefault(reason, []).append(invitation.pk)
        else:
            asked.append((invitation.pk, invitation.language, customer))
    for reason, pks in refused.items():
        Invitation.objects.filter(pk__in=pks).update(state=State.NOT_SENT, reason=reason)
    claim_with_evidence(organisation=organisation, mails=asked, number=0, now=now)
    Invitation.objects.filter(pk__in=[pk for pk, *_others in asked]).update(state=State.SENT, sent_at=now, sent_day=day)
    if asked:
        note_changed_days(organisation_id=organisation.pk, days={(one.survey_id, day) for one in invitations})


def _row(invitation: Invitation) -> list[str]:
    customer = invitation.customer
    return [
        customer.external_id if customer else _("erased"),
        customer.email if customer else "",
        customer.first_name if customer else "",
        customer.last_name if customer else "",
        invitation.language,
        answer_url(invitation.organisation_id, invitation.pk),
        unsubscribe_url(invitation.organisation_id, invitation.pk),
        invitation.notice.text if invitation.notice else "",
    ]
