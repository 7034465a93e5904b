"""Which comments may be read: on touchpoints with answers enough that nobody is given away."""

from collections.abc import Mapping

from django.db.models import Q, Sum

from journeys.models import Persona
from organisations.models import Membership, Organisation
from reports.domain.measuring import Readings
from reports.models import ScoreRollup
from surveys.models import Comment, CommentQuerySet, PickedQuote


def readable(comments: CommentQuerySet, answers: Mapping[int | None, Readings], *, minimum: int) -> CommentQuerySet:
    """Those on touchpoints where at least ``minimum`` people answered, as ``answers`` per touchpoint say."""
    safe = {key for key, readings in answers.items() if max((one.n for one in readings.values()), default=0) >= minimum}
    without_touchpoint = Q(touchpoint=None) if None in safe else Q()
    return comments.filter(Q(touchpoint__in=safe - {None}) | without_touchpoint)


def readable_quotes(persona: Persona, membership: Membership, organisation: Organisation) -> list[PickedQuote]:
    """Comments picked for a persona that this member may read, newest first; at most two statements.

    A quote belongs to no period, so all answers a touchpoint ever had are counted.
    """
    comments = Comment.objects.read_by(membership)
    quotes = list(
        PickedQuote.objects.filter(persona=persona, comment__in=comments)
        .select_related("comment__touchpoint", "persona")
        .order_by("-pk")
    )
    if not quotes:
        return []
    rows = ScoreRollup.objects.seen().values("touchpoint", "question").annotate(answers=Sum("n"))
    rows = rows.filter(
        Q(touchpoint__in={quote.comment.touchpoint_id for quote in quotes}) | Q(touchpoint=None),
        answers__gte=organisation.comment_minimum_n,
    )
    safe = {row["touchpoint"] for row in rows}
    return [quote for quote in quotes if quote.comment.touchpoint_id in safe]
