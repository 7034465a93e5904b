"""The customers of a company of the demo, with what allows writing to them, and what forbids it."""

import random
from datetime import datetime, timedelta
from itertools import count

from customers.domain.suppression import hint_of
from customers.models import Consent, Customer, Suppression, address_hash
from demo.plan import Company
from organisations.models import Organisation

WOMEN = (
    "Anna Birgit Carolin Dörte Elif Fenja Greta Heike Inga Jette Karla Lena Maren Nele Olga Petra Rieke Sabine Tomke "
    "Ute Wiebke Yasemin Zofia Antje Gesa Hannah Imke Katja Mareike Silke"
)
MEN = (
    "Arne Bernd Christoph Dirk Enno Finn Gerd Hauke Ibrahim Jan Kai Lars Momme Niklas Ole Peter Rasmus Sönke Thies "
    "Uwe Volker Wilko Yannick Bjarne Deniz Frerk Henning Jörg Matthias Sven"
)
SURNAMES = (
    "Ahrens Andresen Behrens Boysen Brodersen Carstensen Christiansen Detlefsen Dreyer Ehlers Feddersen Friedrichsen "
    "Gerdes Hamann Harmsen Hinrichs Ipsen Jacobsen Jürgensen Kaiser Ketelsen Kowalski Kröger Lassen Lüders Mahmoud "
    "Martens Möller Nguyen Nissen Ohlsen Paulsen Peters Quast Rickmers Rohde Schlüter Schröder Sievers Stahl Steffens "
    "Thiessen Tönnies Ulrich Vogt Wieczorek Witt Yildiz Zander Bruhn Clausen Göttsch Kruse Lorenz Reimers Sommer"
)
AGES = {"Familie": (29, 55), "Berufseinstieg": (19, 33), "Ruhestand": (62, 89)}
"""Per segment, from the youngest to the oldest."""
FOLDED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
FOR_GOOD = [reason for reason in Suppression.Reason if reason != Suppression.Reason.PAUSED]
CONSENT_WORDING = (
    "Ich möchte gelegentlich per E-Mail nach meiner Meinung gefragt werden. Das kann ich jederzeit beenden."
)


def add_customers(organisation: Organisation, company: Company, now: datetime, chance: random.Random) -> None:
    customers = _people(organisation, company, now, chance)
    Customer.objects.bulk_create(customers)
    consents, suppressions = [], []
    for customer in customers:
        luck = chance.random()
        since = now - timedelta(days=chance.randint(740, 1800))
        if luck < 0.955:
            is_consent = luck < 0.62
            consents.append(
                Consent(
                    organisation=organisation,
                    customer=customer,
                    basis=Consent.Basis.CONSENT if is_consent else Consent.Basis.EXISTING_CUSTOMER,
                    source="Bestellformular, angekreuzt" if is_consent else "Vertrag mit Hinweis auf Widerspruch",
                    wording=CONSENT_WORDING if is_consent else "",
                    given_at=since,
                    withdrawn_at=now - timedelta(days=chance.randint(740, 780)) if 0.6 < luck < 0.615 else None,
                )
            )
        if customer.email and chance.random() < 0.02:
            suppressions.append(
                Suppression(
                    organisation=organisation,
                    address_hash=address_hash(customer.email),
                    hint=hint_of(customer.email),
                    reason=chance.choice(FOR_GOOD),
                )
            )
    Consent.objects.bulk_create(consents)
    Suppression.objects.bulk_create(suppressions)


def _age_and_contract(segment: str, now: datetime, chance: random.Random) -> dict[str, object]:
    """What personas' rules can ask for: a number, and a day as people in Germany write it."""
    youngest, oldest = AGES.get(segment, (18, 85))
    ends = now + timedelta(days=chance.randint(-60, 660))
    return {"alter": chance.randint(youngest, oldest), "vertrag_bis": f"{ends:%d.%m.%Y}"}


def _people(organisation: Organisation, company: Company, now: datetime, chance: random.Random) -> list[Customer]:
    segments = chance.choices(list(company.segments), list(company.segments.values()), k=company.customers)
    women, men, surnames = WOMEN.split(), MEN.split(), SURNAMES.split()
    days = random.Random(company.seed)  # of its own, so that what came without it comes as before
    customers = []
    for number, segment in zip(count(10001), segments, strict=False):
        is_woman = chance.random() < 0.52
        first, last = chance.choice(women if is_woman else men), chance.choice(surnames)
        address = f"{first}.{last}.{number % 10000}@post.example".lower().translate(FOLDED)
        customers.append(
            Customer(
                organisation=organisation,
                external_id=f"K-{number}",
                email="" if chance.random() < 0.02 else address,
                salutation=Customer.Salutation.MS if is_woman else Customer.Salutation.MR,
                first_name=first,
                last_name=last,
                language="en" if segment == "Berufseinstieg" and chance.random() < 0.22 else "de",
                attributes={
                    "segment": segment,
                    **{name: chance.choice(values) for name, values in company.attributes.items()},
                    "kunde_seit": chance.randint(2015, 2024),
                    **_age_and_contract(segment, now, days),
                },
            )
        )
    return customers
