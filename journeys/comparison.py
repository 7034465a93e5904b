"""Two versions of a journey side by side, and what differs."""

from collections import Counter
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from journeys.models import Journey, Lane, Placement, Stage


@dataclass(frozen=True)
class Text:
    label: str
    before: str
    after: str

    @property
    def differs(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True)
class Card:
    """A touchpoint in a stage: before, after, or both."""

    name: str
    mark: str = ""
    """"added", "removed", "moved_here", "moved_away" or empty."""
    elsewhere: str = ""
    """The stage it has moved to or from."""
    texts: list[Text] = field(default_factory=list)
    is_reordered: bool = False
    """It stands in the same stage, but no longer in the same order with the others that do."""

    @property
    def differs(self) -> bool:
        return bool(self.mark) or self.is_reordered or self.is_changed

    @property
    def is_changed(self) -> bool:
        return any(text.differs for text in self.texts)


@dataclass(frozen=True)
class Column:
    """A stage before and after."""

    before: Stage | None
    after: Stage | None
    is_moved: bool
    texts: list[Text]
    cards: list[Card]

    @property
    def is_renamed(self) -> bool:
        return bool(self.before and self.after and self.before.name != self.after.name)

    @property
    def differs(self) -> bool:
        is_other = not self.before or not self.after or self.is_moved or self.is_renamed
        return is_other or any(text.differs for text in self.texts) or any(card.differs for card in self.cards)


@dataclass(frozen=True)
class Comparison:
    before: Journey
    after: Journey
    columns: list[Column]
    lanes_added: list[str]
    lanes_removed: list[str]

    @property
    def differs(self) -> bool:
        return bool(self.lanes_added or self.lanes_removed) or any(column.differs for column in self.columns)

    @property
    def sentence(self) -> str:
        """What changed in sum."""
        if not self.differs:
            return _("The two versions are the same.")
        stages = Counter(
            mark
            for column in self.columns
            for mark, holds in (
                ("added", not column.before),
                ("removed", not column.after),
                ("renamed", column.is_renamed),
                ("moved", column.is_moved),
            )
            if holds
        )
        cards = Counter(card.mark for column in self.columns for card in column.cards)
        reordered = sum(card.is_reordered for column in self.columns for card in column.cards)
        both = [column for column in self.columns if column.before and column.after]
        texts = [text for column in both for text in column.texts] + [
            text
            for column in self.columns
            for card in column.cards
            if card.mark in ("", "moved_here")
            for text in card.texts
        ]
        changed = sum(text.differs for text in texts)
        parts = [
            (stages["added"], ngettext("%d stage added", "%d stages added", stages["added"])),
            (stages["removed"], ngettext("%d stage removed", "%d stages removed", stages["removed"])),
            (stages["renamed"], ngettext("%d stage renamed", "%d stages renamed", stages["renamed"])),
            (stages["moved"], ngettext("%d stage moved", "%d stages moved", stages["moved"])),
            (cards["added"], ngettext("%d touchpoint added", "%d touchpoints added", cards["added"])),
            (cards["removed"], ngettext("%d touchpoint removed", "%d touchpoints removed", cards["removed"])),
            (cards["moved_here"], ngettext("%d touchpoint moved", "%d touchpoints moved", cards["moved_here"])),
            (
                reordered,
                ngettext("%d touchpoint in another order", "%d touchpoints in another order", reordered),
            ),
            (changed, ngettext("%d text changed", "%d texts changed", changed)),
            (len(self.lanes_added), ngettext("%d lane added", "%d lanes added", len(self.lanes_added))),
            (len(self.lanes_removed), ngettext("%d lane removed", "%d lanes removed", len(self.lanes_removed))),
        ]
        return _("In sum: %s.") % ", ".join(words % number for number, words in parts if number)


def compare(before: Journey, after: Journey) -> Comparison:
    """Five statements, whatever the size of the maps."""
    placements = Placement.objects.select_related("touchpoint")
    stages: QuerySet[Stage] = Stage.objects.filter(journey__in=[before, after])
    drawn = list(stages.prefetch_related(Prefetch("placements", placements)))
    old, new = ([stage for stage in drawn if stage.journey_id == journey.pk] for journey in (before, after))
    partner = _partners(old, new)
    lanes = list(Lane.objects.filter(journey__in=[before, after]).prefetch_related("texts"))
    old_lanes, new_lanes = (
        {lane.name.lower(): lane for lane in lanes if lane.journey_id == journey.pk} for journey in (before, after)
    )
    said = {(lane.pk, text.stage_id): text.text for lane in lanes for text in lane.texts.all()}

    def texts(first: Stage | None, second: Stage | None) -> list[Text]:
        found = [
            Text(_("Customer's goal"), first.customer_goal if first else "", second.customer_goal if second else "")
        ]
        for name in {**old_lanes, **new_lanes}:
            ours, theirs = old_lanes.get(name), new_lanes.get(name)
            label = (theirs or ours or lanes[0]).name
            was = said.get((ours.pk, first.pk), "") if ours and first else ""
            now = said.get((theirs.pk, second.pk), "") if theirs and second else ""
            found.append(Text(label, was, now))
        return [text for text in found if text.before or text.after]

    pairs = _in_order(old, new, partner)
    moved = _moved(pairs)
    return Comparison(
        before,
        after,
        [
            Column(first, second, second in moved, texts(first, second), cards)
            for (first, second), cards in zip(pairs, _cards(pairs), strict=True)
        ],
        lanes_added=[lane.name for name, lane in new_lanes.items() if name not in old_lanes],
        lanes_removed=[lane.name for name, lane in old_lanes.items() if name not in new_lanes],
    )


Pair = tuple[Stage | None, Stage | None]


def _partners(old: list[Stage], new: list[Stage]) -> dict[Stage, Stage]:
    """Old → new: of the same name; else with the most touchpoints, or the goal, in common."""
    free = list(new)
    found: dict[Stage, Stage] = {}
    for stage in old:
        same = next((one for one in free if one.name.lower() == stage.name.lower()), None)
        if same:
            found[stage] = same
            free.remove(same)

    def common(stage: Stage, other: Stage) -> int:
        shared = {one.touchpoint_id for one in stage.placements.all()} & {
            one.touchpoint_id for one in other.placements.all()
        }
        return len(shared) + bool(stage.customer_goal and stage.customer_goal == other.customer_goal)

    for stage in old:
        if stage not in found:
            best = max(free, key=lambda other: common(stage, other), default=None)
            if best and common(stage, best):
                found[stage] = best
                free.remove(best)
    return found


def _in_order(old: list[Stage], new: list[Stage], partner: dict[Stage, Stage]) -> list[Pair]:
    """As the new version has them; what is gone stands where it was."""
    origin = {second: first for first, second in partner.items()}
    pairs: list[Pair] = [(origin.get(stage), stage) for stage in new]
    for number, stage in enumerate(old):
        if stage not in partner:
            ahead = old[:number]
            place = max((at + 1 for at, (first, _new) in enumerate(pairs) if first in ahead), default=0)
            pairs.insert(place, (stage, None))
    return pairs


def _moved(pairs: list[Pair]) -> set[Stage]:
    both = [(first, second) for first, second in pairs if first and second]
    now = [first.pk for first, _second in both]
    was = [first.pk for first, _second in sorted(both, key=lambda pair: (pair[0].position, pair[0].pk))]
    out = _out_of_order(was, now)
    return {second for first, second in both if first.pk in out}


def _out_of_order(was: list[int], now: list[int]) -> set[int]:
    """Who has moved, if as many as can be have stayed; both hold the same."""
    blocks = SequenceMatcher(None, was, now, autojunk=False).get_matching_blocks()
    return set(now) - {now[block.b + step] for block in blocks for step in range(block.size)}


def _cards(pairs: list[Pair]) -> list[list[Card]]:
    """For each pair of stages its touchpoints; what left one stage and came to another has moved."""
    olds = [{one.touchpoint_id: one for one in first.placements.all()} if first else {} for first, _ in pairs]
    news = [{one.touchpoint_id: one for one in second.placements.all()} if second else {} for _, second in pairs]
    left = {(touchpoint, at) for at in range(len(pairs)) for touchpoint in olds[at].keys() - news[at].keys()}
    came: dict[tuple[int, int], int] = {}
    """(touchpoint, where to) → where from."""
    for at in range(len(pairs)):
        for touchpoint in news[at].keys() - olds[at].keys():
            origin = min((place for one, place in left if one == touchpoint), default=None)
            if origin is not None:
                came[touchpoint, at] = origin
                left.remove((touchpoint, origin))
    went = {(touchpoint, origin): at for (touchpoint, at), origin in came.items()}

    def name(at: int) -> str:
        first, second = pairs[at]
        return (second or first or Stage()).name

    columns = []
    for at in range(len(pairs)):
        cards = []
        out = _out_of_order(
            [touchpoint for touchpoint in olds[at] if touchpoint in news[at]],
            [touchpoint for touchpoint in news[at] if touchpoint in olds[at]],
        )
        for touchpoint, placement in {**news[at], **olds[at]}.items():
            before, after = olds[at].get(touchpoint), news[at].get(touchpoint)
            label = placement.touchpoint.name
            if before and after:
                cards.append(Card(label, texts=_said(before, after), is_reordered=touchpoint in out))
            elif after and (touchpoint, at) in came:
                origin = came[touchpoint, at]
                cards.append(Card(label, "moved_here", name(origin), _said(olds[origin][touchpoint], after)))
            elif after:
                cards.append(Card(label, "added", texts=_said(None, after)))
            elif (touchpoint, at) in went:
                cards.append(Card(label, "moved_away", name(went[touchpoint, at])))
            else:
                cards.append(Card(label, "removed", texts=_said(before, None)))
        columns.append(cards)
    return columns


def _said(before: Placement | None, after: Placement | None) -> list[Text]:
    def emotion(placement: Placement | None) -> str:
        return placement.get_emotion_display() if placement and placement.emotion is not None else ""

    def value(placement: Placement | None, name: str) -> str:
        return str(getattr(placement, name)).replace("\r\n", "\n").strip() if placement else ""

    labels = {"customer_goal": _("Customer's goal"), "pain_points": _("Pain points"), "ideas": _("Ideas")}
    texts = [Text(label, value(before, name), value(after, name)) for name, label in labels.items()]
    texts.append(Text(_("Assumed emotion"), emotion(before), emotion(after)))
    return [text for text in texts if text.before or text.after]
