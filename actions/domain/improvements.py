from typing import Any

from actions.models import Improvement
from organisations.domain.audit import record
from organisations.models import Organisation, User


def create_improvement(*, organisation: Organisation, actor: User | None, **fields: Any) -> Improvement:
    """Raises ValidationError where a field is wrong."""
    improvement = Improvement(organisation=organisation, created_by=actor, **fields)
    improvement.full_clean()
    improvement.save()
    _record(improvement, actor, "improvement.created")
    return improvement


def update_improvement(*, improvement: Improvement, actor: User | None, **fields: Any) -> None:
    """Change the given fields. Raises ValidationError where one is wrong."""
    for name, value in fields.items():
        setattr(improvement, name, value)
    improvement.full_clean()
    improvement.save(update_fields=list(fields))
    _record(improvement, actor, "improvement.changed")


def _record(improvement: Improvement, actor: User | None, action: str) -> None:
    record(
        organisation=improvement.organisation, actor=actor, action=action, subject=improvement, name=improvement.title
    )
