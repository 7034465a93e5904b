"""Free-text answers: a sentence about what happened, sometimes followed by what it left behind."""

import random
from collections.abc import Iterator

from demo.plan import Voice

AFTERTHOUGHTS = {
    "good": (
        "Weiter so!",
        "Vielen Dank dafür.",
        "Gern wieder.",
        "Da können sich andere eine Scheibe abschneiden.",
        "Ich bin rundum zufrieden.",
        "Das hat mir den Tag gerettet.",
        "Bitte so beibehalten.",
        "Habe ich selten so erlebt.",
        "Danke an das ganze Team.",
        "Ein Lob von mir.",
    ),
    "mixed": (
        "Da geht noch was.",
        "Im Großen und Ganzen in Ordnung.",
        "Beim nächsten Mal bitte etwas schneller.",
        "Kein Drama, aber auch nicht toll.",
        "Das ließe sich leicht verbessern.",
    ),
    "bad": (
        "Das muss besser werden.",
        "Schade, sonst war ich immer zufrieden.",
        "Ich überlege, wieder zu wechseln.",
        "Eine Entschuldigung wäre das Mindeste gewesen.",
        "So verliert man Kunden.",
        "Das habe ich mir anders vorgestellt.",
        "Bitte kümmern Sie sich darum.",
        "Sehr ärgerlich.",
        "Ich bin enttäuscht.",
        "Wer ist dafür eigentlich zuständig?",
    ),
}
IN_ENGLISH = Voice(
    good=(
        "Quick, friendly and it simply worked.",
        "Everything went smoothly, thank you.",
        "Very helpful, and in English too!",
        "Much easier than with my old supplier.",
        "Done in {minutes} minutes. Great.",
        "Clear information at every step.",
        "{colleague} was lovely and knew the answer straight away.",
        "No complaints at all.",
    ),
    mixed=(
        "It worked in the end, but took longer than expected.",
        "Fine overall. Some pages are in German only.",
        "Okay, nothing special.",
        "Good people, slow process.",
    ),
    bad=(
        "I had to explain everything twice.",
        "Nobody told me what would happen next.",
        "Waited {weeks} weeks for an answer.",
        "The information I got was simply wrong.",
        "I could not find anyone who speaks English.",
        "Please make this easier.",
        "Very disappointing, I expected more.",
    ),
)
IN_ENGLISH_WAITING = Voice(
    good=("It arrived, and I happened to be at home.",),
    mixed=("Second attempt worked. I could not choose the time any more.",),
    bad=(
        "Waited at home all {day}, nobody rang.",
        "The parcel service left a card although I was in.",
        "My meter is in a shop at the other end of town.",
        "No message beforehand, three attempts, all while I was at work.",
        "I used to be able to pick a time. Why not any more?",
    ),
)
COLLEAGUES = ("Frau Jessen", "Herr Thomsen", "Frau Yılmaz", "Herr Nissen", "Frau Carstens", "Herr Okoye", "Frau Behn")
DAYS = {
    "de": ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"),
}


class Remarks:
    """Draws sentences so that none comes again before all of its kind have been used."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.decks: dict[tuple[str, ...], Iterator[str]] = {}

    def write(self, voice: Voice, level: str, language: str) -> str:
        """One comment; ``level`` is good, mixed or bad."""
        text = self._draw(getattr(voice, level))
        if language == "de" and self.chance.random() < 0.35:
            text = f"{text} {self._draw(AFTERTHOUGHTS[level])}"
        text = text.format(
            colleague=self.chance.choice(COLLEAGUES),
            day=self.chance.choice(DAYS[language]),
            hour=self.chance.randint(8, 19),
            minutes=self.chance.choice((5, 8, 10, 12, 15, 20, 25, 30, 35, 40)),
            weeks=self.chance.randint(2, 7),
        )
        return text.rstrip(".") if self.chance.random() < 0.12 else text

    def _draw(self, sentences: tuple[str, ...]) -> str:
        return next(self.decks.setdefault(sentences, self._deck(sentences)))

    def _deck(self, sentences: tuple[str, ...]) -> Iterator[str]:
        last = ""
        while True:
            order = self.chance.sample(sentences, len(sentences))
            if order[0] == last:
                order.reverse()
            last = order[-1]
            yield from order
