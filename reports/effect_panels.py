"""What an improvement brought, ready for its page."""

from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.translation import gettext as _

from actions.models import Improvement
from common.periods import Period
from journeys.models import Channel
from organisations.models import Organisation
from reports import wording
from reports.domain import measuring
from reports.domain.covering import EVERYONE, GroupTable
from reports.domain.effects import Effect, effects, time_since
from reports.domain.measuring import Meaning, Reading
from reports.models import ScoreRollup, ScoreRollupQuerySet
from reports.panels import Chart, Group, course, felt_since, groups
from reports.statistics import Change
from surveys.models import Question


@dataclass(frozen=True)
class Line:
    """The touchpoint, all others, or how both differ: there with no figures of its own."""

    name: str
    before: str
    since: str
    change: str
    direction: str
    tone: str

    @classmethod
    def of(cls, name: str, reading: Reading) -> "Line":
        before, since = wording.spoken(reading.earlier), wording.spoken(reading)
        return cls(name, before, since, wording.change_sentence(reading), *wording.direction(reading.change))

    @classmethod
    def between(cls, net: Change) -> "Line":
        words = _("no clear difference") if net.verdict == "unclear" else wording.amount(net)
        return cls(_("Difference"), "", "", words, *wording.direction(net))


@dataclass(frozen=True)
class EffectPanel:
    """One metric."""

    sentence: str
    title: str
    lines: list[Line]
    course: Chart | None
    by_channel: list[Group]


@dataclass(frozen=True)
class Proof:
    """An improvement that customers feel already."""

    since: Period
    panels: list[EffectPanel]
    meanwhile: list[Improvement]
    """What else was changed at the touchpoint in the time that is looked at."""
    replaced: list[Question]
    """Questions that took another's place in that time."""

    @property
    def before(self) -> Period:
        return self.since.previous()

    @classmethod
    def of(cls, improvement: Improvement, rollups: ScoreRollupQuerySet, organisation: Organisation) -> "Proof | None":
        """``rollups``: of all that the reader may read. None: customers don't feel it yet."""
        today, minimum = organisation.today(), organisation.minimum_n
        if improvement.effective_on is None or improvement.effective_on > today:
            return None
        touchpoint = improvement.touchpoint
        since = time_since(improvement.effective_on, today)
        whole = Period(since.previous().first, since.last)
        own = ScoreRollup.objects.filter(touchpoint=touchpoint)
        trends = measuring.trends(own.seen(), whole, minimum=minimum)
        by_channel = GroupTable.read(own, since, minimum=minimum).by_channel(EVERYONE)
        channels = {channel.pk: channel.name for channel in Channel.objects.all()}
        known = list(Improvement.objects.filter(touchpoint=touchpoint, effective_on__range=(whole.first, whole.last)))
        known = [one for one in known if one.state != Improvement.State.DROPPED]
        panels = []
        for effect in effects(rollups, touchpoint.pk, since, minimum=minimum):
            scale = effect.own.scale
            expected = touchpoint.expected_in(scale.metric)
            trend = trends.get(Meaning(scale, Question.Aspect.EXPERIENCE), [])
            lines = [Line.of(touchpoint.name, effect.own)]
            if effect.elsewhere:
                lines.append(Line.of(_("Everywhere else, together"), effect.elsewhere))
            if effect.net:
                lines.append(Line.between(effect.net))
            panels.append(
                EffectPanel(
                    sentence=_sentence(effect),
                    title=wording.metric_name(scale),
                    lines=lines,
                    course=course(scale, trend, expected, felt_since(known, trend)),
                    by_channel=groups(by_channel, channels, scale, expected),
                )
            )
        replaced = Question.objects.replacing_at(touchpoint)
        return cls(
            since=since,
            panels=panels,
            meanwhile=[one for one in known if one.pk != improvement.pk],
            replaced=[
                one
                for one in replaced
                if one.published_at and whole.first <= organisation.day_of(one.published_at) <= whole.last
            ],
        )


def _sentence(effect: Effect) -> str:
    reading, net = effect.own, effect.net
    if reading.change is None or reading.figure is None:
        return wording.withheld(reading) or wording.withheld(reading.earlier)
    sentences = {
        "worked": _("It worked: {metric} improved by {amount} to {value}, clearly more than elsewhere."),
        "better": _("{metric} improved by {amount} to {value}. There is nothing else to compare it with."),
        "as_elsewhere": _("{metric} improved by {amount} to {value}, but not clearly more than elsewhere."),
        "ahead": _("No clear change in {metric}, while everything else lost: {net} better than elsewhere."),
        "unclear": _("No clear change in {metric}: no proof yet that it worked."),
        "behind": _("No clear change in {metric}, while everything else gained: {net} behind elsewhere."),
        "worse": _("{metric} became worse by {amount}, to {value}."),
    }
    return format_html(
        sentences[effect.verdict],
        metric=wording.metric_name(reading.scale),
        amount=wording.amount(reading.change),
        net=_coloured(net, wording.amount(net)) if net else "",
        value=_coloured(reading.change, wording.form(reading.scale.measure)(reading.figure.value)),
    )


def _coloured(change: Change, words: str) -> str:
    if change.is_good is None:
        return words
    return format_html('<span class="{}">{}</span>', wording.tone(change.is_good), words)
