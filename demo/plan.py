"""What a company of the demo consists of: the words of its plan."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from organisations.models import Organisation
from organisations.permissions import Role


@dataclass(frozen=True)
class Person:
    name: str
    email: str
    role: Role
    departments: tuple[str, ...] = ()
    is_shown: bool = False
    """Whether the demo prints this sign-in."""


@dataclass(frozen=True)
class Source:
    """A data source; ``refreshed`` days ago."""

    name: str
    description: str
    department: str
    owner: str
    """A person's e-mail address; empty: nobody answers for it."""
    deputy: str
    freshness_days: int
    refreshed: int
    rows: int
    measures: tuple[str, ...] = ()
    """Names of touchpoints."""


@dataclass(frozen=True)
class Turn:
    """From so many days ago on, this share of customers is satisfied; over one channel only, where one is named."""

    days_ago: int
    satisfied: float
    channel: str = ""


@dataclass(frozen=True)
class Reminding:
    """A reminder so many days after the first mail; subject and text per language."""

    days: int
    subject: dict[str, str]
    text: dict[str, str]


@dataclass(frozen=True)
class Course:
    """What happened at a touchpoint over two years, as a survey saw it."""

    template: str
    """Key of the survey's template."""
    asked: int
    """Mails over the two years."""
    satisfied: float
    """Share of answers in the good box; for NPS of promoters."""
    answering: float = 0.27
    """Share of the mails that are answered."""
    growth: float = 1.3
    """How many times as many mails a day at the end as at the start."""
    until: int = 0
    """Days ago that the last mail went out."""
    turns: tuple[Turn, ...] = ()
    in_waves: bool = False
    """Asked by a campaign a month, not after each contact."""
    share: int = 100
    """Percent of the contacts after which the trigger asks."""
    daily_cap: int | None = None
    reminders: tuple[Reminding, ...] = ()


@dataclass(frozen=True)
class Place:
    """A touchpoint; the texts stand in the organisation's language."""

    name: str
    department: str
    channels: dict[str, float]
    """Channel → share of the contacts over it."""
    description: str
    promise: str
    pain_points: str
    expected: int
    question: dict[str, str]
    """What is asked about: "Wie zufrieden waren Sie …?", per language."""
    metric: str = "csat"
    is_moment_of_truth: bool = False
    courses: tuple[Course, ...] = ()


@dataclass(frozen=True)
class Stage:
    name: str
    goal: str
    places: tuple[Place, ...]


@dataclass(frozen=True)
class Journey:
    name: str
    description: str
    stages: tuple[Stage, ...]


@dataclass(frozen=True)
class Voice:
    """What customers write, by how it was for them; {day}, {hour}, {colleague}, {weeks}, {minutes} are filled in."""

    good: tuple[str, ...]
    mixed: tuple[str, ...]
    bad: tuple[str, ...]


@dataclass(frozen=True)
class Change:
    """An improvement; days are counted from today, those to come are negative."""

    title: str
    place: str
    responsible: str
    description: str
    state: str
    due: int | None = None
    effective: int | None = None


@dataclass(frozen=True)
class FollowUp:
    """A case about one of the newest comments on bad answers at a touchpoint."""

    title: str
    place: str
    responsible: str
    note: str = ""
    outcome: str = ""


@dataclass(frozen=True)
class Company:
    name: str
    slug: str
    seed: int
    mail_domain: str
    colour: str
    """Of its mails and survey pages."""
    departments: dict[str, str]
    """Department → the one it is part of, or empty."""
    people: tuple[Person, ...]
    sources: tuple[Source, ...]
    channels: tuple[str, ...]
    personas: tuple[dict[str, Any], ...]
    """Field values of each persona; ``channels`` by name."""
    segments: dict[str, float]
    """Customer attribute "segment" → share of the customers."""
    attributes: dict[str, tuple[str, ...]]
    """Other attributes of customers and the values they take."""
    customers: int
    journeys: tuple[Journey, ...]
    complaints: str
    """The touchpoint at which a survey after complaints is being prepared."""
    changes: tuple[Change, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    finish: Callable[[Organisation], None] | None = None
    """What else is drawn on its maps."""
    asks_yearly: bool = False
    """Whether it makes the survey of ``demo.yearly``."""
    voices: dict[str, Voice] = field(default_factory=dict)
    """By touchpoint, or by "<touchpoint> over <channel>" since the last turn of that channel."""

    @property
    def places(self) -> list[Place]:
        return [place for journey in self.journeys for stage in journey.stages for place in stage.places]
