"""From a selection of customers to one stored decision for each: asked, or not asked and why."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Count, Exists, OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from common.background import wake
from customers.models import Customer
from journeys.domain.assignment import settle
from journeys.models import Channel, Persona, PersonaAssignment
from organisations.domain.audit import record
from organisations.models import User
from surveys.domain.policy import decided_for, next_allowed
from surveys.models import (
    Campaign,
    CampaignCustomer,
    CampaignQueue,
    ContactPolicy,
    Invitation,
    Survey,
)

BATCH = 2000
"""Customers decided on in one transaction; memory does not grow with the campaign."""
RETRY = timedelta(minutes=1)
LATEST_START = timedelta(days=365)
HOUR = timedelta(hours=1)
BURST = timedelta(minutes=1)
"""So much of what piled up in a paced campaign leaves at once: workers look every few seconds only."""

# In the order of the customers, see ``_prepare``. Who gets no mail has no moment at which it is due.
_INVITE = """
WITH decided AS (
    SELECT * FROM unnest(
        %(customers)s::bigint[], %(personas)s::bigint[], %(languages)s::text[], %(reasons)s::text[], %(bases)s::text[],
        %(due)s::timestamptz[]
    ) AS decided (customer, persona, language, reason, basis, due_at)
), invitation AS (
    INSERT INTO surveys_invitation (
        organisation_id, survey_id, version_id, campaign_id, customer_id, touchpoint_id, channel_id, persona_id,
        language, state, reason, legal_basis, refusal, created_at, expires_at
    )
    SELECT %(organisation)s, %(survey)s, %(version)s, %(campaign)s, customer, %(touchpoint)s, %(channel)s, persona,
        language, CASE WHEN reason = '' THEN 'queued' ELSE 'not_sent' END, reason, basis, '', %(now)s, %(expires_at)s
    FROM decided ORDER BY customer
    RETURNING id, customer_id
)
INSERT INTO surveys_mailqueue (organisation_id, invitation_id, number, attempts, due_at)
SELECT %(organisation)s, id, 0, 0, due_at
FROM invitation JOIN decided ON customer = customer_id WHERE due_at IS NOT NULL ORDER BY id
"""


@dataclass(frozen=True)
class Forecast:
    """What sending would do now."""

    asked: int
    asked_again: int
    """Those of them who can still answer an earlier invitation to the same survey."""
    hindered: dict[Invitation.Reason, int]

    @property
    def total(self) -> int:
        return self.asked + sum(self.hindered.values())


def create_campaign(
    *,
    survey: Survey,
    name: str,
    selection: str,
    channel: Channel | None = None,
    persona: Persona | None = None,
    rule: dict[str, Any] | None = None,
    customers: Iterable[Customer] = (),
    file_name: str = "",
    file_customers: Iterable[int] = (),
    is_exported: bool = False,
    form_key: UUID | None = None,
    user: User | None = None,
) -> Campaign:
    """A draft; nobody is asked before ``start_campaign``.

    The draft that was made with the same ``form_key``, if there is one, is what the form now says. The customers of a
    file come as keys, read in this scope.
    """
    chosen = list(customers)
    related = [channel, persona, *chosen]
    if any(row is not None and row.organisation_id != survey.organisation_id for row in related):
        raise ValueError("survey, channel, persona and customers must be of one organisation")
    with transaction.atomic():
        campaign, is_new = Campaign.objects.update_or_create(
            organisation_id=survey.organisation_id,
            state=Campaign.State.DRAFT,
            form_key=form_key or uuid4(),
            defaults={
                "survey": survey,
                "name": name,
                "selection": Campaign.Selection(selection),
                "channel": channel,
                "persona": persona,
                "rule": rule or {},
                "file_name": file_name[:200],
                "is_exported": is_exported,
                "created_by": user,
            },
        )
        if is_new:
            record_campaign(campaign, user, "campaign.created")
        else:
            CampaignCustomer.objects.filter(campaign=campaign).delete()
        CampaignCustomer.objects.bulk_create(
            [
                CampaignCustomer(organisation_id=survey.organisation_id, campaign=campaign, customer_id=pk)
                for pk in [*(customer.pk for customer in chosen), *file_customers]
            ],
            batch_size=BATCH,
        )
    return campaign


def forecast(*, campaign: Campaign) -> Forecast:
    """How many would be asked, and how many not and why."""
    policy = ContactPolicy.of(campaign.organisation)
    now = timezone.now()
    customers = decided_for(campaign.audience(), survey=campaign.survey, policy=policy, now=now)
    earlier = Invitation.objects.filter(customer=OuterRef("pk"), survey=campaign.survey, state=Invitation.State.SENT)
    again = Count("pk", filter=Exists(earlier.filter(expires_at__gt=now, response=None)))
    counts = {row["reason"]: row for row in customers.values("reason").annotate(n=Count("pk"), again=again).order_by()}
    asked = counts.get("", {"n": 0, "again": 0})
    return Forecast(
        asked=asked["n"],
        asked_again=asked["again"],
        hindered={reason: counts[reason]["n"] for reason in Invitation.Reason if reason in counts},
    )


def start_campaign(
    *,
    campaign: Campaign,
    user: User | None = None,
    send_at: datetime | None = None,
    mails_per_hour: int | None = None,
) -> None:
    """Save that it is to be sent, now or at a later moment; a worker prepares and sends it. Harmless twice.

    One that is planned can be started anew, with another moment or at once. Raises ValidationError where the survey
    takes no answers, now or then, or the moment is past.
    """
    survey, organisation = campaign.survey, campaign.organisation
    now = timezone.now()
    if not survey.is_live(organisation.day_of(now)):
        raise ValidationError(_("The survey “%(name)s” is not live, so nobody can answer it.") % {"name": survey})
    if send_at is not None and not now < send_at < now + LATEST_START:
        raise ValidationError(_("Choose a moment to come, within a year."))
    if send_at is not None and survey.is_over(organisation.day_of(send_at)):
        raise ValidationError(_("The survey “%(name)s” takes no more answers by then.") % {"name": survey})
    with transaction.atomic():
        state = Campaign.State.PREPARING if send_at is None else Campaign.State.SCHEDULED
        started = Campaign.objects.filter(pk=campaign.pk, state__in=[Campaign.State.DRAFT, Campaign.State.SCHEDULED])
        if started.update(
            state=state, send_at=send_at, started_at=None if send_at else now, mails_per_hour=mails_per_hour
        ):
            CampaignQueue.objects.update_or_create(
                campaign=campaign,
                defaults={"organisation_id": campaign.organisation_id, "due_at": send_at or now},
            )
            record_campaign(campaign, user, "campaign.scheduled" if send_at else "campaign.started")
            wake("surveys.prepare_campaigns")


def cancel_campaign(*, campaign: Campaign, user: User | None = None) -> None:
    """No further mail goes out; those waiting are marked as not sent. A mail that is on its way arrives."""
    with transaction.atomic():
        over = {Campaign.State.SENT, Campaign.State.CANCELLED}
        if Campaign.objects.filter(pk=campaign.pk).exclude(state__in=over).update(state=Campaign.State.CANCELLED):
            record_campaign(campaign, user, "campaign.cancelled")
        # A row that a worker has locked is on its way; waiting for it could end in a deadlock.
        # The queue's own rows stay: workers drop those whose invitation no longer waits.
        waiting = campaign.invitations.filter(state=Invitation.State.QUEUED).select_for_update(skip_locked=True)
        Invitation.objects.filter(pk__in=waiting.values("pk")).update(
            state=Invitation.State.NOT_SENT, reason=Invitation.Reason.CANCELLED
        )


def record_campaign(campaign: Campaign, user: User | None, action: str) -> None:
    record(organisation=campaign.organisation, actor=user, action=action, subject=campaign, name=campaign.name)


def prepare_next_batch() -> bool:
    """Decide on the next customers of the campaign that has waited longest; False: none is due.

    The transaction holds the queue row, so two workers never prepare the same campaign; one that is killed leaves no
    half of a batch. Where to go on is read from the invitations.
    """
    return CampaignQueue.objects.work_on_next(_prepare, retry=RETRY)


def _prepare(row: CampaignQueue) -> None:
    campaign = (
        Campaign.objects.select_for_update(no_key=True, of=("self",))
        .select_related("organisation", "survey", "persona")
        .get(pk=row.campaign_id)
    )
    survey = campaign.survey
    if campaign.state == Campaign.State.SCHEDULED:
        campaign.state, campaign.started_at = Campaign.State.PREPARING, timezone.now()
        campaign.save(update_fields=["state", "started_at"])
    if campaign.state == Campaign.State.PREPARING and survey.state != Survey.State.LIVE:
        campaign.state = Campaign.State.CANCELLED
        campaign.save(update_fields=["state"])
        record_campaign(campaign, None, "campaign.cancelled")
    if campaign.state != Campaign.State.PREPARING:
        row.delete()
        return
    # Who was imported a second ago is to be asked as the persona they are.
    settle(campaign.organisation)
    # Customers come in the order of their keys, so the newest invitation tells; the greatest key would be looked for
    # through the invitations of all campaigns.
    newest = campaign.invitations.filter(customer__isnull=False).order_by("-pk")
    last = newest.values_list("customer", flat=True).first() or 0
    policy, now = ContactPolicy.of(campaign.organisation), timezone.now()
    # Chosen first and decided on then: asked for both at once, PostgreSQL looks through all consents and invitations.
    chosen = list(campaign.audience().filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH])
    audience = decided_for(Customer.objects.filter(pk__in=chosen), survey=survey, policy=policy, now=now).order_by("pk")
    customers = list(audience.values_list("pk", "language", "time_zone", "reason", "legal_basis"))
    version = survey.versions.order_by("-number").values_list("pk", flat=True)[0]
    assigned = PersonaAssignment.objects.filter(customer__in=[pk for pk, *_others in customers])
    personas = dict(assigned.values_list("customer", "persona"))
    mailed = (
        {} if campaign.is_exported else {pk: zone for pk, _language, zone, reason, _basis in customers if not reason}
    )
    due = dict(zip(mailed, _plan(campaign, policy, list(mailed.values()), now), strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            _INVITE,
            {
                "organisation": campaign.organisation_id,
                "survey": survey.pk,
                "version": version,
                "campaign": campaign.pk,
                "touchpoint": survey.touchpoint_id,
                "channel": campaign.channel_id,
                "now": now,
                "expires_at": now + timedelta(days=survey.answer_days),
                "customers": [pk for pk, *_others in customers],
                "personas": [personas.get(pk) for pk, *_others in customers],
                "languages": [
                    language if language in survey.languages else survey.default_language
                    for _pk, language, *_others in customers
                ],
                "reasons": [reason for *_others, reason, _basis in customers],
                "bases": [basis for *_others, basis in customers],
                "due": [due.get(pk) for pk, *_others in customers],
            },
        )
    if len(chosen) < BATCH:
        campaign.state = Campaign.State.SENDING
        campaign.save(update_fields=["state"])
        row.delete()
        finish_campaigns({campaign.pk})
    else:
        row.postpone(timedelta())
    wake("surveys.send_mails")


def gap(campaign: Campaign) -> timedelta:
    """From one mail to the next, so that even with a burst no hour sees more than it should; 0 without a pace."""
    return (HOUR + BURST) / campaign.mails_per_hour if campaign.mails_per_hour else timedelta(0)


def _plan(campaign: Campaign, policy: ContactPolicy, zones: list[str], now: datetime) -> list[datetime]:
    """When each mail is due, by the zone its customer lives in: at the campaign's pace, at hours that are allowed."""
    home = campaign.organisation.zone
    known = {zone: ZoneInfo(zone) if zone else home for zone in set(zones)}
    if not campaign.mails_per_hour:
        due_in = {zone: next_allowed(policy, now, place) for zone, place in known.items()}
        return [due_in[zone] for zone in zones]
    due, step = [], gap(campaign)
    slot = max(campaign.planned_until or now, now)
    for zone in zones:
        slot = next_allowed(policy, slot, home)
        due.append(next_allowed(policy, slot, known[zone]))
        slot += step
    campaign.planned_until = slot
    campaign.save(update_fields=["planned_until"])
    return due


def finish_campaigns(campaigns: set[int]) -> None:
    """Mark those of the campaigns as sent in which no mail is left to send.

    The first one left is looked for, not whether there are any: for that PostgreSQL would read them all.
    """
    left = Invitation.objects.filter(
        campaign=OuterRef("pk"), state__in=[Invitation.State.QUEUED, Invitation.State.SENDING]
    )
    open_ones = Campaign.objects.filter(pk__in=campaigns, state=Campaign.State.SENDING)
    open_ones.annotate(first_left=Subquery(left.values("pk")[:1])).filter(first_left=None).update(
        state=Campaign.State.SENT
    )
