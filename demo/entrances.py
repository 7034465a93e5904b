"""A link on receipts and a tablet at the counter, with what came in there, some of it odd."""

import random
from datetime import datetime, timedelta
from typing import Final

from demo.founding import Founded
from surveys.answersheets import AnswerSheet
from surveys.documents import Document
from surveys.domain.responses import Context, store_response
from surveys.models import Entrance, Response

DAYS: Final = 40
REMARKS: Final = (
    "Ging schnell, danke.",
    "Sehr nette Beratung am Tresen.",
    "Die Warteschlange war lang, es war nur ein Schalter offen.",
    "Der Beleg war nicht lesbar.",
)
ODD: Final = (
    (Response.SetAside.TRAP, "Best prices http://cheap.example"),
    (Response.SetAside.TOO_FAST, ""),
    (Response.SetAside.TOO_FAST, "asdf"),
)


def add_entrances(founded: Founded, now: datetime, chance: random.Random) -> None:
    """Of the first survey of satisfaction; answers of the last weeks, spread over the days."""
    measured = next(each for each in founded.surveys if each.course.template == "csat")
    organisation, survey = founded.organisation, measured.survey
    document = Document.of_version(measured.version)
    ways = [
        (Entrance.Way.LINK, "Kassenbon", 36, "de"),
        (Entrance.Way.KIOSK, "Tablet am Ausgang", 24, ""),
    ]
    for way, name, answers, language in ways:
        entrance = Entrance.objects.create(
            organisation=organisation, survey=survey, way=way, name=name, language=language
        )
        for number in range(answers):
            odd, text = ODD[number] if way == Entrance.Way.LINK and number < len(ODD) else ("", "")
            at = now - timedelta(days=chance.uniform(0.05, 2 if odd else DAYS))
            satisfied = chance.random() < measured.course.satisfied
            score = chance.choice((4, 5) if satisfied else (1, 2, 3))
            if not odd and chance.random() < 0.3:
                text = REMARKS[chance.randrange(0, 2) if satisfied else chance.randrange(2, 4)]
            store_response(
                sheet=AnswerSheet(
                    document,
                    values={measured.scored.pk: score, measured.open.pk: True if text else None},
                    comments={measured.open.pk: text} if text else {},
                ),
                context=Context(
                    touchpoint_id=measured.touchpoint.pk,
                    way=Response.Way(way),
                    entrance_id=entrance.pk,
                    sheet=chance.getrandbits(62),
                    set_aside=odd,
                ),
                language=language or "de",
                submitted_at=at,
                day=organisation.day_of(at),
                begun_at=at - timedelta(seconds=1 if odd else chance.randrange(9, 90)),
            )
