"""The words in which journey templates are written: each text in English and German, side by side.

They are content that becomes the organisation's own, so they do not stand in the translations of the portal.
"""

from dataclasses import dataclass
from decimal import Decimal

from journeys.documents import Facts, JourneyDocument, Placed, StagePart

Text = tuple[str, str]
"""English and German."""
LANGUAGES = ("en", "de")

MARKETING: Text = ("Marketing", "Marketing")
SALES: Text = ("Sales", "Vertrieb")
SERVICE: Text = ("Customer service", "Kundenservice")
LOGISTICS: Text = ("Logistics", "Logistik")
BILLING: Text = ("Billing", "Abrechnung")
IT: Text = ("IT", "IT")

EMAIL: Text = ("E-mail", "E-Mail")
PHONE: Text = ("Phone", "Telefon")
SHOP: Text = ("Shop", "Filiale")
WEBSITE: Text = ("Website", "Website")
APP: Text = ("App", "App")
LETTER: Text = ("Letter", "Brief")
SOCIAL: Text = ("Social media", "Soziale Medien")


@dataclass(frozen=True)
class Touchpoint:
    name: Text
    department: Text
    channels: tuple[Text, ...]
    promise: Text
    pain_points: Text
    emotion: int
    expected: int = 80
    metric: str = "csat"
    is_moment_of_truth: bool = False


@dataclass(frozen=True)
class Stage:
    name: Text
    goal: Text
    touchpoints: tuple[Touchpoint, ...]


@dataclass(frozen=True)
class Template:
    key: str
    name: Text
    description: Text
    stages: tuple[Stage, ...]

    def document(self, language: str) -> JourneyDocument:
        """In one of LANGUAGES; the departments are kinds, each to be mapped to one that there is."""
        said = LANGUAGES.index(language)
        return JourneyDocument(
            name=self.name[said],
            description=self.description[said],
            stages=tuple(
                StagePart(
                    stage.name[said],
                    stage.goal[said],
                    tuple(
                        Placed(
                            one.name[said],
                            Facts(
                                department=one.department[said],
                                promise=one.promise[said],
                                metric=one.metric,
                                expected=Decimal(one.expected),
                                channels=tuple(sorted(channel[said] for channel in one.channels)),
                                is_moment_of_truth=one.is_moment_of_truth,
                            ),
                            pain_points=one.pain_points[said],
                            emotion=one.emotion,
                        )
                        for one in stage.touchpoints
                    ),
                )
                for stage in self.stages
            ),
        )
