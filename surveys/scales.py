"""Scales that a metric can be made of (METRICS.md)."""

from django.utils.translation import gettext as _

from surveys.models import Question

HIGHEST = 1000
"""Score: a stored one takes two bytes."""


def scale_faults(question: Question, *, most_steps: int = 11) -> dict[str, str]:
    """What is wrong with a question's scale: field → sentence (METRICS.md).

    Scores go up from 0 in at most ``most_steps``: eleven fit a phone, imported answers may have more. CSAT and CES
    count the scores from ``box_lo`` to ``box_hi``, which reach the good end of the scale; an NPS has 0 to 10 and its
    own rule.
    """
    lo, hi = question.lo, question.hi
    if question.kind == Question.Kind.NUMBER and lo is not None and hi is not None and lo >= hi:
        return {"hi": _("The highest number must be above the lowest.")}
    if question.kind not in Question.WITH_SCALE:
        return {}
    if question.kind == Question.Kind.NPS:
        is_nps = (lo, hi, question.box_lo, question.box_hi, question.high_is_good) == (0, 10, 9, 10, True)
        return {} if is_nps else {"lo": _("An NPS is asked from 0 to 10, and high is good.")}
    if lo is None or hi is None or lo >= hi:
        return {"hi": _("The highest score must be above the lowest.")}
    if hi > HIGHEST:
        return {"hi": _("The highest score is at most %(highest)s.") % {"highest": HIGHEST}}
    if lo < 0 or hi - lo >= most_steps:
        return {"hi": _("A scale starts at 0 or above and has at most %(steps)s steps.") % {"steps": most_steps}}
    if question.kind in {Question.Kind.RATING, Question.Kind.MATRIX}:
        return {}
    box_lo, box_hi = question.box_lo, question.box_hi
    if box_lo is None or box_hi is None or not lo <= box_lo <= box_hi <= hi:
        return {"box_lo": _("Say which scores are counted, within the scale from %(lo)s to %(hi)s.") % vars(question)}
    if question.high_is_good and (box_hi != hi or box_lo == lo):
        return {"box_hi": _("High is good: what is counted ends at %(hi)s and leaves out %(lo)s.") % vars(question)}
    if not question.high_is_good and (box_lo != lo or box_hi == hi):
        return {"box_lo": _("Low is good: what is counted starts at %(lo)s and leaves out %(hi)s.") % vars(question)}
    return {}
