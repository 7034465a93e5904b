"""From a selection of customers to one stored decision for each: asked, or not asked and why."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Exists, Max, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from common.background import wake
from customers.models import Customer
from journeys.domain.assignment import settle
from journeys.models import Channel, Persona, PersonaAssignment
from organisations.domain.audit import record
from organisations.models import User
from organisations.tenancy import enter_organisation, tenant_transaction
from surveys.domain.policy import decided_for, next_allowed
from surveys.models import (
    Campaign,
    CampaignCustomer,
    CampaignQueue,
    ChangedDay,
    ContactPolicy,
    Invitation,
    MailQueue,
    Survey,
)

BATCH = 2000
"""Customers decided on in one transaction; memory does not grow with the campaign."""
RETRY = timedelta(minutes=1)


@dataclass(frozen=True)
class Forecast:
    """What sending would do now."""

    asked: int
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
    attribute: str = "",
    attribute_value: str = "",
    customers: list[Customer] | None = None,
    form_key: UUID | None = None,
    user: User | None = None,
) -> Campaign:
    """A draft; nobody is asked before ``start_campaign``.

    The draft that was made with the same ``form_key``, if there is one, is what the form now says.
    """
    related = [channel, persona, *(customers or [])]
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
                "attribute": attribute,
                "attribute_value": attribute_value,
                "created_by": user,
            },
        )
        if is_new:
            _record(campaign, user, "campaign.created")
        else:
            CampaignCustomer.objects.filter(campaign=campaign).delete()
        CampaignCustomer.objects.bulk_create(
            [
                CampaignCustomer(organisation_id=survey.organisation_id, campaign=campaign, customer=customer)
                for customer in customers or []
            ],
            batch_size=BATCH,
        )
    return campaign


def forecast(*, campaign: Campaign) -> Forecast:
    """How many would be asked, and how many not and why."""
    policy = ContactPolicy.of(campaign.organisation)
    customers = decided_for(campaign.audience(), survey=campaign.survey, policy=policy, now=timezone.now())
    rows = customers.values("reason").annotate(n=Count("pk")).order_by().values_list("reason", "n")
    counts = dict(rows)
    return Forecast(
        asked=counts.get("", 0), hindered={reason: counts[reason] for reason in Invitation.Reason if reason in counts}
    )


def start_campaign(*, campaign: Campaign, user: User | None = None) -> None:
    """Save that it is to be sent; a worker prepares and sends it. Harmless twice.

    Raises ValidationError where the survey takes no answers.
    """
    if campaign.survey.state != Survey.State.LIVE:
        raise ValidationError(
            _("The survey “%(name)s” is not live, so nobody can answer it.") % {"name": campaign.survey}
        )
    with transaction.atomic():
        started = Campaign.objects.filter(pk=campaign.pk, state=Campaign.State.DRAFT).update(
            state=Campaign.State.PREPARING, started_at=timezone.now()
        )
        if started:
            CampaignQueue.objects.create(organisation_id=campaign.organisation_id, campaign=campaign)
            _record(campaign, user, "campaign.started")
            wake("surveys.prepare_campaigns")


def cancel_campaign(*, campaign: Campaign, user: User | None = None) -> None:
    """No further mail goes out; those waiting are marked as not sent. A mail that is on its way arrives."""
    with transaction.atomic():
        over = {Campaign.State.SENT, Campaign.State.CANCELLED}
        if Campaign.objects.filter(pk=campaign.pk).exclude(state__in=over).update(state=Campaign.State.CANCELLED):
            _record(campaign, user, "campaign.cancelled")
        # A row that a worker has locked is on its way; waiting for it could end in a deadlock.
        # The queue's own rows stay: workers drop those whose invitation no longer waits.
        waiting = campaign.invitations.filter(state=Invitation.State.QUEUED).select_for_update(skip_locked=True)
        Invitation.objects.filter(pk__in=waiting.values("pk")).update(
            state=Invitation.State.NOT_SENT, reason=Invitation.Reason.CANCELLED
        )


def _record(campaign: Campaign, user: User | None, action: str) -> None:
    record(organisation=campaign.organisation, actor=user, action=action, subject=campaign, name=campaign.name)


def prepare_next_batch() -> bool:
    """Decide on the next customers of the campaign that has waited longest; False: none is due.

    The transaction holds the queue row, so two workers never prepare the same campaign; one that is killed leaves the
    row due and no half of a batch. Where to go on is read from the invitations.
    """
    campaign_row = None
    try:
        with tenant_transaction():
            campaign_row = CampaignQueue.objects.taken(1).first()
            if campaign_row is None:
                return False
            enter_organisation(campaign_row.organisation_id)
            _prepare(campaign_row)
    except Exception:
        if campaign_row is not None:  # One broken campaign must not keep those behind it waiting.
            campaign_row.postpone(RETRY)
        raise
    return True


def _prepare(row: CampaignQueue) -> None:
    campaign = (
        Campaign.objects.select_for_update(no_key=True, of=("self",))
        .select_related("organisation", "survey", "persona")
        .get(pk=row.campaign_id)
    )
    survey = campaign.survey
    if campaign.state == Campaign.State.PREPARING and survey.state != Survey.State.LIVE:
        campaign.state = Campaign.State.CANCELLED
        campaign.save(update_fields=["state"])
        _record(campaign, None, "campaign.cancelled")
    if campaign.state != Campaign.State.PREPARING:
        row.delete()
        return
    # Who was imported a second ago is to be asked as the persona they are.
    settle(campaign.organisation)
    last = campaign.invitations.aggregate(last=Max("customer"))["last"] or 0
    policy, now = ContactPolicy.of(campaign.organisation), timezone.now()
    audience = decided_for(campaign.audience(), survey=survey, policy=policy, now=now).filter(pk__gt=last)
    chosen = audience.order_by("pk").values_list("pk", "language", "time_zone", "reason", "legal_basis")
    customers = list(chosen[:BATCH])
    version = survey.versions.latest("number")
    assigned = PersonaAssignment.objects.filter(customer__in=[pk for pk, *_others in customers])
    personas = dict(assigned.values_list("customer", "persona"))
    invitations = [
        Invitation(
            organisation_id=campaign.organisation_id,
            survey_id=survey.pk,
            version_id=version.pk,
            campaign_id=campaign.pk,
            customer_id=pk,
            touchpoint_id=survey.touchpoint_id,
            channel_id=campaign.channel_id,
            persona_id=personas.get(pk),
            language=language if language in survey.languages else survey.default_language,
            state=Invitation.State.NOT_SENT if reason else Invitation.State.QUEUED,
            reason=reason,
            legal_basis=legal_basis,
            created_at=now,
            expires_at=now + timedelta(days=survey.answer_days),
        )
        for pk, language, _zone, reason, legal_basis in customers
    ]
    Invitation.objects.bulk_create(invitations)
    zones = {zone for _pk, _language, zone, *_others in customers}
    due_in = {zone: next_allowed(policy, now, ZoneInfo(zone) if zone else campaign.organisation.zone) for zone in zones}
    MailQueue.objects.bulk_create(
        MailQueue(organisation_id=campaign.organisation_id, invitation_id=invitation.pk, due_at=due_in[customer[2]])
        for invitation, customer in zip(invitations, customers, strict=True)
        if invitation.state == Invitation.State.QUEUED
    )
    if len(customers) < BATCH:
        campaign.state = Campaign.State.SENDING
        campaign.save(update_fields=["state"])
        row.delete()
        finish_campaigns({campaign.pk})
    wake("surveys.send_mails")


def finish_campaigns(campaigns: set[int]) -> None:
    """Mark those of the campaigns as sent in which no mail is left to send."""
    left = Invitation.objects.filter(
        campaign=OuterRef("pk"), state__in=[Invitation.State.QUEUED, Invitation.State.SENDING]
    )
    Campaign.objects.filter(~Exists(left), pk__in=campaigns, state=Campaign.State.SENDING).update(
        state=Campaign.State.SENT
    )


def send_again(*, invitation: Invitation) -> bool:
    """A person decides that the mail of an unclear invitation did not go out; False: it is no longer unclear."""
    with transaction.atomic():
        if not Invitation.objects.unclear().filter(pk=invitation.pk).update(state=Invitation.State.QUEUED):
            return False
        MailQueue.objects.update_or_create(
            invitation=invitation,
            number=0,
            defaults={"organisation_id": invitation.organisation_id, "due_at": timezone.now()},
        )
        if invitation.campaign_id:
            Campaign.objects.filter(pk=invitation.campaign_id, state=Campaign.State.SENT).update(
                state=Campaign.State.SENDING
            )
        wake("surveys.send_mails")
    return True


def count_as_sent(*, invitation: Invitation) -> bool:
    """A person decides that the mail of an unclear invitation went out; False: it is no longer unclear."""
    with transaction.atomic():
        if invitation.claimed_at is None:
            return False
        day = invitation.organisation.day_of(invitation.claimed_at)
        if (
            not Invitation.objects.unclear()
            .filter(pk=invitation.pk)
            .update(state=Invitation.State.SENT, sent_at=invitation.claimed_at, sent_day=day)
        ):
            return False
        ChangedDay.objects.create(organisation_id=invitation.organisation_id, survey_id=invitation.survey_id, day=day)
        wake("reports.count_changed_days")
        if invitation.campaign_id:
            finish_campaigns({invitation.campaign_id})
    return True
