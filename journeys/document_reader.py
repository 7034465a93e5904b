"""Reads a journey's document from JSON that anybody may have written: every fault is named with its place."""

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from common.json_files import JsonReader, load, shown
from journeys.documents import (
    FORMAT,
    MAX_BYTES,
    MAX_LANES,
    MAX_STAGES,
    MAX_TOUCHPOINTS,
    VERSION,
    Facts,
    JourneyDocument,
    LanePart,
    Placed,
    StagePart,
    key,
)
from journeys.models import Metric, Placement

LONG, MAX_NAMES = 10_000, 50
FACTS = {
    "department",
    "description",
    "promise",
    "metric",
    "expected",
    "expected_by_persona",
    "channels",
    "moment_of_truth",
    "freshness_days",
    "data_sources",
}
SAID = {"customer_goal", "pain_points", "ideas", "emotion"}


def read_document(content: bytes | str) -> JourneyDocument:
    """Raises ValidationError with up to twenty faults, each beginning with its place in the document."""
    return _Reader().document(load(content, MAX_BYTES))


class _Reader(JsonReader):
    def __init__(self) -> None:
        super().__init__()
        self.introduced: set[str] = set()
        """Touchpoints whose facts were read."""

    def document(self, value: Any) -> JourneyDocument:
        if not isinstance(value, dict) or value.get("format") != FORMAT:
            raise ValidationError(_("This is no journey: “format” should be “%s”.") % FORMAT)
        if value.get("version") != VERSION or isinstance(value["version"], bool):
            raise ValidationError(_("version: this portal reads version %s.") % VERSION)
        part = self.part(value, "", {"format", "version", "name", "description", "stages", "lanes"})
        stages = self.items(part.get("stages", []), "stages", MAX_STAGES)
        in_all = sum(len(one["touchpoints"]) for _place, one in stages if _has_list(one, "touchpoints"))
        if in_all > MAX_TOUCHPOINTS:
            self.fault(
                "stages",
                _("%(number)s touchpoints; at most %(limit)s are allowed.")
                % {"number": in_all, "limit": MAX_TOUCHPOINTS},
            )
            raise ValidationError(self.faults)
        read = JourneyDocument(
            name=self.text_of(part, "name", "", 100, required=True),
            description=self.text_of(part, "description", "", LONG),
            stages=tuple(self.stage(one, place) for place, one in stages),
            lanes=tuple(
                self.lane(one, place, len(stages))
                for place, one in self.items(part.get("lanes", []), "lanes", MAX_LANES)
            ),
        )
        self.refuse_faulty()
        return read

    def stage(self, value: Any, place: str) -> StagePart:
        part = self.part(value, place, {"name", "customer_goal", "touchpoints"})
        placed = [
            self.placed(one, where)
            for where, one in self.items(part.get("touchpoints", []), f"{place}.touchpoints", MAX_TOUCHPOINTS)
        ]
        names: set[str] = set()
        for number, one in enumerate(placed):
            if one.name and key(one.name) in names:
                self.fault(f"{place}.touchpoints[{number}].name", _("“%s” is in this stage already.") % shown(one.name))
            names.add(key(one.name))
        return StagePart(
            name=self.text_of(part, "name", place, 100, required=True),
            customer_goal=self.text_of(part, "customer_goal", place, 300),
            touchpoints=tuple(placed),
        )

    def placed(self, value: Any, place: str) -> Placed:
        part = self.part(value, place, {"name"} | FACTS | SAID)
        name = self.text_of(part, "name", place, 100, required=True)
        facts = None
        if key(name) not in self.introduced:
            facts = self.facts(part, place)
            self.introduced.add(key(name))
        elif again := sorted(part.keys() & FACTS):
            message = _("“%s” has its facts further ahead; here only what the journey says about it.")
            self.fault(f"{place}.{again[0]}", message % shown(name))
        emotion = self.text_of(part, "emotion", place, 20)
        emotions = {one.name.lower(): one.value for one in Placement.Emotion}
        if emotion and emotion not in emotions:
            self.fault(f"{place}.emotion", _("one of %s.") % ", ".join(emotions))
        return Placed(
            name=name,
            facts=facts,
            customer_goal=self.text_of(part, "customer_goal", place, 300),
            pain_points=self.text_of(part, "pain_points", place, 2000),
            ideas=self.text_of(part, "ideas", place, 2000),
            emotion=emotions.get(emotion),
        )

    def facts(self, part: dict[str, Any], place: str) -> Facts:
        metric = self.text_of(part, "metric", place, 10) or Metric.CSAT
        if metric not in Metric.values:
            self.fault(f"{place}.metric", _("one of %s.") % ", ".join(Metric.values))
            metric = Metric.CSAT
        expected = part.get("expected")
        by_persona = part.get("expected_by_persona", {})
        if not isinstance(by_persona, dict) or len(by_persona) > MAX_NAMES:
            self.fault(f"{place}.expected_by_persona", _("a number per persona, for at most %s.") % MAX_NAMES)
            by_persona = {}
        scores: dict[str, Decimal] = {}
        for persona, value in by_persona.items():
            where = f"{place}.expected_by_persona.{shown(persona)}"
            name = self.text(persona, where, 100)
            score = self.score(value, where, metric)
            if name and score is not None:
                scores[name] = score
        if len({key(name) for name in scores}) < len(scores):
            self.fault(f"{place}.expected_by_persona", _("a name is there twice."))
        truth = part.get("moment_of_truth", False)
        if not isinstance(truth, bool):
            self.fault(f"{place}.moment_of_truth", _("true or false."))
        days = part.get("freshness_days", 90)
        if not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= 32767:
            self.fault(f"{place}.freshness_days", _("a whole number of days from 1 to 32767."))
        return Facts(
            department=self.text_of(part, "department", place, 100, required=True),
            description=self.text_of(part, "description", place, LONG),
            promise=self.text_of(part, "promise", place, LONG),
            metric=metric,
            expected=None if expected is None else self.score(expected, f"{place}.expected", metric),
            expected_by_persona=scores,
            channels=self.names(part, "channels", place, 50),
            is_moment_of_truth=truth is True,
            freshness_days=days,
            data_sources=self.names(part, "data_sources", place, 100),
        )

    def lane(self, value: Any, place: str, stages: int) -> LanePart:
        part = self.part(value, place, {"name", "texts"})
        texts = self.items(part.get("texts", []), f"{place}.texts", stages)
        read = tuple(self.text(text, where, 2000) for where, text in texts)
        return LanePart(self.text_of(part, "name", place, 100, required=True), read + ("",) * (stages - len(read)))

    def names(self, part: dict[str, Any], name: str, place: str, limit: int) -> tuple[str, ...]:
        where = f"{place}.{name}"
        read = [
            self.text(one, at, limit, required=True) for at, one in self.items(part.get(name, []), where, MAX_NAMES)
        ]
        if len({key(one) for one in read}) < len(read):
            self.fault(where, _("a name is there twice."))
        return tuple(sorted(read))

    def text_of(self, part: dict[str, Any], name: str, place: str, limit: int, *, required: bool = False) -> str:
        return self.text(part.get(name, ""), f"{place}.{name}".lstrip("."), limit, required=required)

    def score(self, value: Any, place: str, metric: str) -> Decimal | None:
        low, high = Metric(metric).range
        if isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high:
            score = Decimal(str(value))
            if score == round(score, 1):
                return round(score, 1)
        message = _("a number from %(low)s to %(high)s with at most one decimal place.")
        self.fault(place, message % {"low": low, "high": high})
        return None


def _has_list(value: Any, name: str) -> bool:
    return isinstance(value, dict) and isinstance(value.get(name), list)
