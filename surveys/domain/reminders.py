"""Reminders to those who have not finished answering: whom they are due to is read from the invitations each time.

What is due becomes a ``ReminderMail``, which is sent like an invitation (``surveys.domain.sending``): that looks once
more whether somebody has answered or unsubscribed meanwhile.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.background import wake
from organisations.domain.audit import record
from organisations.models import Organisation, User
from surveys.domain.policy import next_allowed
from surveys.models import (
    Campaign,
    ContactPolicy,
    Invitation,
    MailQueue,
    Reminder,
    ReminderMail,
    ReminderQueue,
    Response,
    Survey,
    Texts,
)

BATCH = 2000
LOOK_AGAIN = timedelta(minutes=10)
RETRY = timedelta(minutes=1)
LATE = timedelta(days=7)
"""Who should have been reminded longer ago than this (before the reminder was made, say) is left in peace."""

State, Reason = Invitation.State, Invitation.Reason


class Past(models.TextChoices):
    """What a person decides about those who are past the day already when a reminder is added, or its day changed."""

    TOO = "too", gettext_lazy("They get it too")
    FROM_NOW_ON = "from_now_on", gettext_lazy("Only who reaches the day from now on")


class PastUndecided(Exception):
    """So many customers would get the reminder at once, and nobody has decided that yet."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.count = count


@transaction.atomic
def save_reminder(*, reminder: Reminder, user: User, past: Past | None = None) -> None:
    """Add or change one; to add the same twice (a double click) adds one.

    Raises ValidationError, by field; PastUndecided where ``past`` has to be said.
    """
    survey = Survey.objects.select_for_update(no_key=True).get(pk=reminder.survey_id)
    same = survey.reminders.filter(days=reminder.days, subject=reminder.subject, text=reminder.text)
    is_new = reminder.pk is None
    if is_new and same.exists():
        return
    others = set(survey.reminders.exclude(pk=reminder.pk).values_list("days", flat=True))
    if len(others) >= Reminder.MOST:
        raise ValidationError(_("A survey has at most %(most)s reminders.") % {"most": Reminder.MOST})
    if reminder.days in others:
        raise ValidationError({"days": _("There is a reminder on this day already.")})
    if reminder.days >= survey.answer_days:
        message = _("The link in the mail works for %(days)s days: remind earlier.") % {"days": survey.answer_days}
        raise ValidationError({"days": message})
    now, count = timezone.now(), 0
    if not survey.reminders.filter(pk=reminder.pk, days=reminder.days).exists():
        if survey.is_live(reminder.organisation.today()):
            count = due_to(reminder, now).count()
        if count and past is None:
            raise PastUndecided(count)
        if past == Past.FROM_NOW_ON:
            reminder.since = now
    reminder.save()
    ReminderQueue.objects.update_or_create(
        reminder=reminder, defaults={"organisation_id": reminder.organisation_id, "due_at": now}
    )
    _record(reminder, user, "reminder.added" if is_new else "reminder.changed")
    if count:
        _record(reminder, user, f"reminder.past_{past}", customers=count)
    wake("surveys.prepare_reminders")


@transaction.atomic
def remove_reminder(*, reminder: Reminder, user: User) -> None:
    """Those it has been sent to keep it in their ledger; nobody else gets it."""
    _record(reminder, user, "reminder.removed")
    reminder.delete()


def give_reminders(*, survey: Survey, reminders: Iterable[Reminder]) -> None:
    """To a survey that has none yet, in the words of these."""
    for given in reminders:
        reminder = Reminder.objects.create(
            organisation_id=survey.organisation_id,
            survey=survey,
            days=given.days,
            subject=given.subject,
            text=given.text,
        )
        ReminderQueue.objects.create(organisation_id=survey.organisation_id, reminder=reminder)


def missing_texts(reminder: Reminder, languages: list[str]) -> list[tuple[str, str]]:
    """(language, field) of each wording that it lacks."""
    texts: Mapping[str, Texts] = {"subject": reminder.subject, "text": reminder.text}
    return [(language, name) for language in languages for name, wording in texts.items() if not wording.get(language)]


def prepare_next_batch() -> bool:
    """Note who is due to be reminded by the reminder that has waited longest to be looked at; False: none has."""
    return ReminderQueue.objects.work_on_next(_prepare, retry=RETRY)


def _prepare(row: ReminderQueue) -> None:
    reminder = Reminder.objects.select_related("organisation").get(pk=row.reminder_id)
    # Held to the end: of two reminders of one survey, the second sees whom the first reminds.
    survey = Survey.objects.select_for_update(no_key=True).get(pk=reminder.survey_id)
    organisation, now = reminder.organisation, timezone.now()
    if not survey.is_live(organisation.today()):
        row.postpone(LOOK_AGAIN)
        return
    invitations = list(
        due_to(reminder, now).order_by("pk").values_list("pk", "customer__time_zone", named=True)[:BATCH]
    )
    number = _number(reminder)
    mails = [
        ReminderMail(
            organisation=organisation,
            invitation_id=invitation.pk,
            number=number,
            reminder=reminder,
            state=State.QUEUED,
            created_at=now,
        )
        for invitation in invitations
    ]
    ReminderMail.objects.bulk_create(mails)
    policy = ContactPolicy.of(organisation)
    zones = {invitation.customer__time_zone for invitation in invitations}
    due_in = {zone: next_allowed(policy, now, ZoneInfo(zone) if zone else organisation.zone) for zone in zones}
    MailQueue.objects.bulk_create(
        MailQueue(
            organisation=organisation,
            invitation_id=invitation.pk,
            number=number,
            due_at=due_in[invitation.customer__time_zone],
        )
        for invitation in invitations
    )
    if invitations:
        wake("surveys.send_mails")
    row.postpone(LOOK_AGAIN if len(invitations) < BATCH else timedelta())


def due_to(reminder: Reminder, now: datetime) -> QuerySet[Invitation]:
    """Invitations whose customers are to be reminded now, if they may still be written to.

    Of a reminder that is not saved, or not as it stands: those who would be.
    """
    organisation: Organisation = reminder.organisation
    after = timedelta(days=reminder.days)
    until = now - after
    since = until - LATE
    if reminder.since:
        since = max(since, reminder.since - after)
    former = ReminderMail.objects.filter(invitation=OuterRef("pk"))
    # One mail at a time, and never the same twice: also where days were changed, reminders added or removed.
    reminded = Q(number__gte=_number(reminder)) | Q(created_at__gt=now - ReminderMail.KEPT_APART)
    if reminder.pk:
        reminded |= Q(reminder=reminder)
    # Campaigns that are paused ask nobody, neither for the first time nor again; whom another mailer asked, it reminds.
    held = Q(campaign__paused_at__isnull=False) | Q(campaign__state=Campaign.State.CANCELLED)
    held |= Q(campaign__is_exported=True)
    answered = Response.objects.filter(invitation=OuterRef("pk"), completed_at__isnull=False)
    return Invitation.objects.filter(
        ~Exists(former.filter(reminded)),
        ~Exists(answered),
        ~held,
        survey=reminder.survey_id,
        # Says nothing more than the next line, but an index serves it.
        sent_day__range=(organisation.day_of(since), organisation.day_of(until)),
        sent_at__range=(since, until),
        state=State.SENT,
        customer__isnull=False,
        expires_at__gt=now + timedelta(days=1),
    )


def _number(reminder: Reminder) -> int:
    """Its place among the reminders of the survey, the first being 1."""
    others = Reminder.objects.filter(survey=reminder.survey_id).exclude(pk=reminder.pk)
    return others.filter(days__lt=reminder.days).count() + 1


@dataclass(frozen=True)
class Count:
    """What became of one reminder's mails."""

    waiting: int
    sent: int
    answered: int
    """Of those it was sent to, who have answered since."""
    unclear: int


def counts(survey: Survey) -> dict[int, Count]:
    """Per reminder; one statement."""
    unclear_before = timezone.now() - Invitation.UNCLEAR_AFTER
    rows = (
        Reminder.objects.filter(survey=survey)
        .annotate(
            waiting=models.Count("mails", filter=Q(mails__state=State.QUEUED)),
            sent=models.Count("mails", filter=Q(mails__state=State.SENT)),
            answered=models.Count(
                "mails",
                filter=Q(mails__invitation__response__submitted_at__gt=F("mails__sent_at"), mails__state=State.SENT),
            ),
            unclear=models.Count("mails", filter=Q(mails__state=State.SENDING, mails__claimed_at__lt=unclear_before)),
        )
        .order_by("days")
    )
    return {row.pk: Count(row.waiting, row.sent, row.answered, row.unclear) for row in rows}


# Mails of which nobody knows whether they went out


def send_again(*, mail: ReminderMail) -> bool:
    """A person decides that an unclear mail did not go out; False: it is no longer unclear."""
    with transaction.atomic():
        if not ReminderMail.objects.unclear().filter(pk=mail.pk).update(state=State.QUEUED):
            return False
        MailQueue.objects.update_or_create(
            invitation_id=mail.invitation_id,
            number=mail.number,
            defaults={"organisation_id": mail.organisation_id, "due_at": timezone.now()},
        )
        wake("surveys.send_mails")
    return True


def count_as_sent(*, mail: ReminderMail) -> bool:
    """A person decides that an unclear mail went out; False: it is no longer unclear."""
    unclear = ReminderMail.objects.unclear().filter(pk=mail.pk)
    return bool(unclear.update(state=State.SENT, sent_at=mail.claimed_at))


def _record(reminder: Reminder, user: User, action: str, **details: int) -> None:
    record(
        organisation=reminder.organisation,
        actor=user,
        action=action,
        subject=reminder,
        name=reminder.survey.name,
        days=reminder.days,
        **details,
    )
