"""Comments that speak for a persona."""

from journeys.models import Persona
from organisations.domain.audit import record
from organisations.domain.boundary import refuse_strangers
from organisations.models import User
from surveys.models import Comment, PickedQuote


def pick_quote(*, persona: Persona, comment: Comment, actor: User | None) -> bool:
    """Let the comment speak for the persona; False: it did already."""
    refuse_strangers(persona.organisation, comment)
    _quote, is_new = PickedQuote.objects.get_or_create(
        persona=persona, comment=comment, defaults={"organisation": persona.organisation}
    )
    if is_new:
        _record("quote.picked", persona, actor)
    return is_new


def remove_quote(*, quote: PickedQuote, actor: User | None) -> None:
    """The comment itself stays."""
    quote.delete()
    _record("quote.removed", quote.persona, actor)


def _record(action: str, persona: Persona, actor: User | None) -> None:
    record(organisation=persona.organisation, actor=actor, action=action, subject=persona, name=persona.name)
