"""Mails of which only the mail server knows whether they went out: a person decides."""

from django.db import transaction
from django.db.models import F
from django.db.models.functions import TruncDate
from django.utils import timezone

from common.background import wake
from organisations.models import Organisation
from surveys.domain.campaigns import finish_campaigns
from surveys.domain.changed_days import note_changed_days
from surveys.models import Campaign, Invitation, InvitationQuerySet, MailQueue

State = Invitation.State


def send_again(*, invitation: Invitation) -> bool:
    """The mail did not go out; False: it is no longer unclear."""
    own = Invitation.objects.filter(pk=invitation.pk)
    return bool(settle(organisation=invitation.organisation, invitations=own, was_sent=False))


def count_as_sent(*, invitation: Invitation) -> bool:
    """The mail went out; False: it is no longer unclear."""
    own = Invitation.objects.filter(pk=invitation.pk)
    return bool(settle(organisation=invitation.organisation, invitations=own, was_sent=True))


@transaction.atomic
def settle(*, organisation: Organisation, invitations: InvitationQuerySet, was_sent: bool) -> int:
    """Decide about those of the invitations that are unclear; how many that were."""
    unclear = invitations.unclear().select_for_update(no_key=True, of=("self",), skip_locked=True)
    found = list(unclear.order_by("pk").only("survey", "campaign", "claimed_at"))
    own = Invitation.objects.filter(pk__in=[invitation.pk for invitation in found])
    campaigns = {invitation.campaign_id for invitation in found if invitation.campaign_id}
    if was_sent:
        own.update(
            state=State.SENT, sent_at=F("claimed_at"), sent_day=TruncDate("claimed_at", tzinfo=organisation.zone)
        )
        days = {(each.survey_id, organisation.day_of(each.claimed_at)) for each in found if each.claimed_at}
        note_changed_days(organisation_id=organisation.pk, days=days)
        wake("reports.count_changed_days")
        finish_campaigns(campaigns)
    else:
        own.update(state=State.QUEUED)
        now = timezone.now()
        MailQueue.objects.bulk_create(
            [MailQueue(organisation=organisation, invitation=invitation, number=0, due_at=now) for invitation in found],
            update_conflicts=True,
            unique_fields=["invitation", "number"],
            update_fields=["due_at"],
        )
        Campaign.objects.filter(pk__in=campaigns, state=Campaign.State.SENT).update(state=Campaign.State.SENDING)
        wake("surveys.send_mails")
    return len(found)
