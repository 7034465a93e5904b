"""Campaigns that send at most so many mails an hour, and those that pause.

A paced campaign plans its mails evenly when it prepares them. That they leave no faster, whatever has piled up (a
worker that was down, a night, a pause), is kept when they are claimed: a mail may leave when its campaign's next slot
has come, and moves that slot on (the generic cell rate algorithm, ITU-T I.371).
"""

from collections import Counter
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from common.background import wake
from organisations.models import User
from surveys.domain.campaigns import BURST, gap, record_campaign
from surveys.domain.policy import next_allowed
from surveys.models import Campaign, ContactPolicy

TRY_AGAIN = timedelta(seconds=2)

UNDER_WAY = (Campaign.State.PREPARING, Campaign.State.SENDING)
_QUEUE_WAITING = """
INSERT INTO surveys_mailqueue (organisation_id, invitation_id, number, attempts, due_at)
SELECT organisation_id, id, 0, 0, %(start)s + make_interval(secs => %(gap)s) * (row_number() OVER (ORDER BY id) - 1)
FROM surveys_invitation WHERE campaign_id = %(campaign)s AND state = 'queued'
ORDER BY id
ON CONFLICT (invitation_id, number) DO UPDATE SET due_at = excluded.due_at
"""
_PUT_OFF = """
UPDATE surveys_mailqueue SET due_at = later.due_at
FROM unnest(%s::bigint[], %s::timestamptz[]) AS later (id, due_at) WHERE surveys_mailqueue.id = later.id
"""


class Pace:
    """Hands out the slots of the paced campaigns of a batch; inside the transaction that claims it."""

    def __init__(self, campaigns: Collection[Campaign], now: datetime) -> None:
        self.now = now
        paced = [campaign.pk for campaign in campaigns if campaign.mails_per_hour]
        # Which of them another worker is just at can be told in a moment.
        locked = Campaign.objects.filter(pk__in=paced).select_for_update(no_key=True, skip_locked=True, of=("self",))
        self.campaigns = {campaign.pk: campaign for campaign in locked} if paced else {}
        self.paced = frozenset(paced)
        self.put_off: Counter[int] = Counter()
        """By campaign: how many mails of this batch have come before their slot."""

    def slot(self, campaign: Campaign | None) -> datetime:
        """When the next mail of the campaign may leave: ``now``, or later."""
        if campaign is None or campaign.pk not in self.paced:
            return self.now
        own = self.campaigns.get(campaign.pk)
        if own is None:
            return self.now + TRY_AGAIN
        slot = max(own.next_slot_at or self.now, self.now - BURST)
        if slot > self.now:
            self.put_off[own.pk] += 1
            return slot + gap(own) * (self.put_off[own.pk] - 1)
        own.next_slot_at = slot + gap(own)
        return self.now

    def settle(self, put_off: dict[int, datetime]) -> None:
        """Keep the slots that were taken, and when the other mails' (by key of their queue row) are to be tried."""
        for campaign in self.campaigns.values():
            campaign.save(update_fields=["next_slot_at"])
        if put_off:
            with connection.cursor() as cursor:
                cursor.execute(_PUT_OFF, [list(put_off), list(put_off.values())])


@transaction.atomic
def pause_campaign(*, campaign: Campaign, user: User | None = None) -> bool:
    """No mail leaves until it is resumed, but those on their way; False: there is nothing to pause."""
    open_ones = Campaign.objects.filter(pk=campaign.pk, state__in=UNDER_WAY, paused_at=None)
    if not open_ones.update(paused_at=timezone.now()):
        return False
    record_campaign(campaign, user, "campaign.paused")
    return True


@transaction.atomic
def resume_campaign(*, campaign: Campaign, user: User | None = None) -> bool:
    """Mails that wait are queued anew, at the campaign's pace; False: it was not paused."""
    if not Campaign.objects.filter(pk=campaign.pk, paused_at__isnull=False).update(paused_at=None):
        return False
    record_campaign(campaign, user, "campaign.resumed")
    campaign.refresh_from_db(fields=["mails_per_hour"])
    start = next_allowed(ContactPolicy.of(campaign.organisation), timezone.now(), campaign.organisation.zone)
    with connection.cursor() as cursor:
        cursor.execute(_QUEUE_WAITING, {"start": start, "gap": gap(campaign).total_seconds(), "campaign": campaign.pk})
        waiting = cursor.rowcount
    if campaign.mails_per_hour:
        campaign.planned_until = start + gap(campaign) * waiting
        campaign.save(update_fields=["planned_until"])
    wake("surveys.send_mails")
    return True
