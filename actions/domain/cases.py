"""Cases: the titles and notes may speak of a customer, so the audit trail names neither."""

from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from actions.models import Case, CaseNote
from journeys.models import Touchpoint
from organisations.domain.audit import record
from organisations.models import Membership, Organisation, User
from surveys.models import Comment

TWICE = timedelta(minutes=1)


def open_case(
    *,
    organisation: Organisation,
    actor: User | None,
    title: str,
    touchpoint: Touchpoint,
    responsible: Membership | None = None,
    comment: Comment | None = None,
) -> Case:
    """A new case, about a comment or of its own. Raises ValidationError where the comment has a case already."""
    case = Case(
        organisation=organisation,
        created_by=actor,
        title=title,
        touchpoint=touchpoint,
        responsible=responsible,
        comment=comment,
        customer=comment.customer if comment else None,
    )
    case.full_clean(exclude=["outcome"])
    case.save()
    record(organisation=organisation, actor=actor, action="case.opened", subject=case)
    return case


def update_case(*, case: Case, actor: User | None, **fields: Any) -> None:
    """Change title or who is responsible. Raises ValidationError where one is wrong."""
    for name, value in fields.items():
        setattr(case, name, value)
    case.full_clean(exclude=["outcome"])
    case.save(update_fields=list(fields))
    record(organisation=case.organisation, actor=actor, action="case.changed", subject=case, fields=sorted(fields))


def add_note(*, case: Case, author: User, text: str) -> CaseNote:
    """A note that was sent twice, by an impatient click, is kept once."""
    Case.objects.select_for_update(no_key=True).filter(pk=case.pk).first()  # clicks take turns
    last = case.notes.last()
    if last and (last.author_id, last.text) == (author.pk, text) and timezone.now() - last.at < TWICE:
        return last
    note = CaseNote(organisation=case.organisation, case=case, author=author, text=text)
    note.full_clean()
    note.save()
    return note


def close_case(*, case: Case, actor: User, outcome: str) -> None:
    """Raises ValidationError without an outcome, or where somebody has closed it meanwhile."""
    if not outcome.strip():
        raise ValidationError({"outcome": _("Say how it ended.")})
    closed = Case.objects.open().filter(pk=case.pk).update(closed_at=timezone.now(), outcome=outcome)
    if not closed:
        raise ValidationError(_("Somebody has closed this case already."))
    record(organisation=case.organisation, actor=actor, action="case.closed", subject=case)


def reopen_case(*, case: Case, actor: User) -> None:
    """The outcome becomes a note, so that it is not lost."""
    reopened = Case.objects.filter(pk=case.pk, closed_at__isnull=False).update(closed_at=None, outcome="")
    if reopened:
        add_note(case=case, author=actor, text=case.outcome)
        record(organisation=case.organisation, actor=actor, action="case.reopened", subject=case)
