"""A long journey map on as many sheets as it takes to stay legible, whole stages on each as far as they fit."""

from dataclasses import replace

from django.utils.translation import gettext as _

from common.typography import Face
from reports.journey_picture import is_legible
from reports.journey_sheet import Sheet


def sheets(sheet: Sheet, face: Face) -> list[Sheet]:
    """The sheet itself where all of it can be read, else its stages spread over several."""
    if is_legible(sheet, face):
        return [sheet]
    found: list[Sheet] = []
    for number in range(len(sheet.stages)):
        one = replace(sheet, stages=[sheet.stages[number]], rows=[(name, [said[number]]) for name, said in sheet.rows])
        for part in _parts(one, face):
            joined = _joined(found[-1], part) if found else None
            if joined and is_legible(joined, face):
                found[-1] = joined
            else:
                found.append(part)
    return [
        replace(
            part,
            title=f"{sheet.title} ({place}/{len(found)})",
            rows=[(name, said) for name, said in part.rows if any(said)],
        )
        for place, part in enumerate(found, start=1)
    ]


def _parts(one: Sheet, face: Face) -> list[Sheet]:
    """A single stage, halved until each part can be read."""
    (stage,) = one.stages
    if len(stage.cards) < 2 or is_legible(one, face):
        return [one]
    half = (len(stage.cards) + 1) // 2
    later = {card.name for card in stage.cards[half:]}
    name = stage.name if stage.is_continued else _("%(stage)s, continued") % {"stage": stage.name}
    first = replace(
        one,
        stages=[replace(stage, cards=stage.cards[:half])],
        rows=[(row, [[text for text in said if text[0] not in later] for said in texts]) for row, texts in one.rows],
    )
    second = replace(
        one,
        stages=[replace(stage, name=name, goal="", cards=stage.cards[half:], is_continued=True)],
        rows=[(row, [[text for text in said if text[0] in later] for said in texts]) for row, texts in one.rows],
    )
    return [*_parts(first, face), *_parts(second, face)]


def _joined(one: Sheet, other: Sheet) -> Sheet:
    rows = [(name, [*mine, *theirs]) for (name, mine), (_name, theirs) in zip(one.rows, other.rows, strict=True)]
    return replace(one, stages=[*one.stages, *other.stages], rows=rows)
