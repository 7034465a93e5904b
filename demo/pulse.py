"""What employees say of their work: nobody is to be known, so an open link on the intranet instead of mails."""

import random
from datetime import datetime, timedelta
from typing import Final

from demo.founding import LANGUAGES, Founded
from surveys.answersheets import AnswerSheet
from surveys.catalogue import TEMPLATES
from surveys.documents import Document
from surveys.domain.authoring import create_from_template, publish
from surveys.domain.responses import Context, store_response
from surveys.logic import Answer
from surveys.models import Entrance, Response

DAYS: Final = 40
PROMOTERS, PASSIVES, DETRACTORS = range(9, 11), range(7, 9), range(3, 7)
ANSWERS: Final = ((PROMOTERS, 17), (PASSIVES, 13), (DETRACTORS, 11))
AGREEING: Final = ((4, 5), (2, 4), (3, 5), (1, 4))
"""Of each row of the table, from whom the company is doing badly to whom it does well: tools and the power to solve a
customer's problem are what is missing, not that one knows one's work."""
REASONS: Final = {
    PROMOTERS: (
        "Gutes Team, auf das ich mich verlassen kann.",
        "Sinnvolle Arbeit und faire Arbeitszeiten.",
        "Meine Vorgesetzte hört zu und setzt sich ein.",
        "Homeoffice und Gleitzeit funktionieren hier wirklich.",
        "Sicherer Arbeitsplatz, und es wird ausgebildet.",
    ),
    PASSIVES: (
        "Netter Umgang, aber vieles dauert zu lange.",
        "Im Großen und Ganzen gut, die Technik bremst uns.",
        "Die Kolleginnen und Kollegen sind toll, die Abstimmung zwischen den Abteilungen nicht.",
        "Früher wussten wir besser, wohin es gehen soll.",
    ),
    DETRACTORS: (
        "Wir bekommen die Beschwerden ab und dürfen nichts entscheiden.",
        "Drei Programme für einen Auftrag, und keines kennt die anderen.",
        "Zu wenig Leute an der Hotline, seit Monaten.",
        "Vorschläge verschwinden, ohne dass jemand antwortet.",
    ),
}
CHANGES: Final = (
    "Kleine Gutschriften selbst zusagen dürfen, ohne Genehmigung.",
    "Ein System statt drei, in dem alle dieselben Daten sehen.",
    "Mehr Leute in den Stoßzeiten.",
    "Sehen, was aus unseren Vorschlägen geworden ist.",
    "Der Hotline früher sagen, wenn eine Lieferung ausfällt.",
    "Feste Ansprechpartner in der Technik.",
    "Weniger Zahlen, mehr Zeit für schwierige Fälle.",
    "Schulungen zu den neuen Tarifen, bevor sie verkauft werden.",
    "Einmal im Monat bei einer anderen Abteilung mitlaufen.",
)


def ask_employees(founded: Founded, now: datetime, chance: random.Random) -> None:
    """Nothing else of the demo is drawn from ``chance``."""
    organisation = founded.organisation
    survey = create_from_template(
        organisation=organisation,
        template=TEMPLATES["employees"],
        name="Puls der Beschäftigten",
        languages=LANGUAGES,
        default_language="de",
        touchpoint=None,
    )
    recommends, reason, table, change = survey.questions.filter(matrix=None)
    document = Document.of_version(publish(survey=survey, user=next(iter(founded.users.values()))))
    entrance = Entrance.objects.create(
        organisation=organisation, survey=survey, way=Entrance.Way.LINK, name="Intranet", language="de"
    )
    said = {kind: chance.sample(words, len(words)) for kind, words in REASONS.items()}
    wished = chance.sample(CHANGES, len(CHANGES))
    for kind, number in ANSWERS:
        for each in range(number):
            at = now - timedelta(days=chance.uniform(1, DAYS))
            values: dict[int, Answer] = {recommends.pk: chance.choice(kind), reason.pk: None, change.pk: None}
            comments: dict[int, str] = {}
            if each % 3 == 0 and said[kind]:
                comments[reason.pk] = said[kind].pop()
            for row, (low, high) in zip(table.rows.all(), AGREEING, strict=True):
                values[row.pk] = min(chance.randint(low, high) + (kind is PROMOTERS), 5)
            if each % 4 == 1 and wished:
                comments[change.pk] = wished.pop()
            store_response(
                sheet=AnswerSheet(document, values=values | dict.fromkeys(comments, True), comments=comments),
                context=Context(way=Response.Way.LINK, entrance_id=entrance.pk, sheet=chance.getrandbits(62)),
                language="de",
                submitted_at=at,
                day=organisation.day_of(at),
                begun_at=at - timedelta(seconds=chance.randrange(40, 200)),
            )
