from journeys.catalogue.plan import (
    APP,
    EMAIL,
    IT,
    LOGISTICS,
    MARKETING,
    PHONE,
    SALES,
    SERVICE,
    SOCIAL,
    WEBSITE,
    Stage,
    Template,
    Touchpoint,
)
from journeys.catalogue.plan import (
    SHOP as BRANCH,
)

SHOP = Template(
    key="shop",
    name=("Customer lifecycle of a shop", "Kundenbeziehung eines Händlers"),
    description=(
        "From the first idea to the next order: advertising, choosing, buying, delivery, returns.",
        "Von der ersten Idee bis zur nächsten Bestellung: Werbung, Auswahl, Kauf, Lieferung, Rückgabe.",
    ),
    stages=(
        Stage(
            ("Awareness", "Aufmerksamkeit"),
            ("I would like to find something that suits me.", "Ich möchte etwas finden, das zu mir passt."),
            (
                Touchpoint(
                    ("Advertisement", "Werbung"),
                    MARKETING,
                    (SOCIAL, WEBSITE),
                    ("What we show is in stock at that price.", "Was wir zeigen, gibt es zu diesem Preis."),
                    ("The advertised item is sold out.", "Das beworbene Angebot ist vergriffen."),
                    0,
                    expected=70,
                ),
                Touchpoint(
                    ("Newsletter", "Newsletter"),
                    MARKETING,
                    (EMAIL,),
                    (
                        "Only what interests you, once a week at most.",
                        "Nur was Sie interessiert, höchstens einmal pro Woche.",
                    ),
                    (
                        "Too many mails; unsubscribing is hard to find.",
                        "Zu viele E-Mails; das Abbestellen ist schwer zu finden.",
                    ),
                    -1,
                    expected=65,
                ),
            ),
        ),
        Stage(
            ("Consideration", "Abwägung"),
            ("I want to be sure that I am buying the right thing.", "Ich möchte sicher sein, das Richtige zu kaufen."),
            (
                Touchpoint(
                    ("Product search", "Produktsuche"),
                    IT,
                    (WEBSITE, APP),
                    ("Three steps to the right product.", "In drei Schritten zum passenden Produkt."),
                    ("Filters show items that are not in stock.", "Filter zeigen Artikel, die nicht lieferbar sind."),
                    0,
                    expected=75,
                ),
                Touchpoint(
                    ("Advice in the shop", "Beratung in der Filiale"),
                    SALES,
                    (BRANCH, PHONE),
                    ("Someone who knows the range takes their time.", "Jemand mit Fachwissen nimmt sich Zeit."),
                    ("Nobody to be found on Saturdays.", "Samstags ist niemand zu finden."),
                    1,
                    expected=85,
                ),
            ),
        ),
        Stage(
            ("Purchase", "Kauf"),
            ("I want to pay quickly and without surprises.", "Ich möchte schnell und ohne Überraschung bezahlen."),
            (
                Touchpoint(
                    ("Checkout", "Kasse"),
                    IT,
                    (WEBSITE, APP),
                    (
                        "Shipping costs are shown before the last step.",
                        "Versandkosten stehen vor dem letzten Schritt da.",
                    ),
                    (
                        "Forced to open an account; a payment fails without a reason.",
                        "Zwang zum Kundenkonto; Zahlung scheitert ohne Begründung.",
                    ),
                    -1,
                    metric="ces",
                    is_moment_of_truth=True,
                ),
                Touchpoint(
                    ("Order confirmation", "Bestellbestätigung"),
                    SALES,
                    (EMAIL,),
                    (
                        "Everything about your order within a minute.",
                        "Alles zu Ihrer Bestellung innerhalb einer Minute.",
                    ),
                    ("The delivery date is missing.", "Der Liefertermin fehlt."),
                    1,
                ),
            ),
        ),
        Stage(
            ("Delivery and service", "Lieferung und Service"),
            (
                "I want to know when it arrives, and get help at once if something is wrong.",
                "Ich möchte wissen, wann es kommt, und sofort Hilfe, wenn etwas nicht stimmt.",
            ),
            (
                Touchpoint(
                    ("Parcel delivery", "Paketzustellung"),
                    LOGISTICS,
                    (EMAIL, APP),
                    ("On the day announced, at your door.", "Am angekündigten Tag an Ihrer Tür."),
                    ("Notified only after a failed attempt.", "Nachricht erst nach vergeblichem Versuch."),
                    -1,
                    expected=85,
                    is_moment_of_truth=True,
                ),
                Touchpoint(
                    ("Return", "Rückgabe"),
                    LOGISTICS,
                    (BRANCH, WEBSITE),
                    (
                        "Free of charge for 30 days, money back in five.",
                        "30 Tage kostenlos, Geld zurück in fünf Tagen.",
                    ),
                    ("No word on when the refund comes.", "Keine Auskunft, wann die Erstattung kommt."),
                    -1,
                    expected=75,
                    metric="ces",
                ),
                Touchpoint(
                    ("Question to customer service", "Frage an den Kundenservice"),
                    SERVICE,
                    (PHONE, EMAIL),
                    ("An answer that helps, on the same day.", "Eine Antwort, die hilft, am selben Tag."),
                    ("Text blocks that miss the question.", "Textbausteine, die an der Frage vorbeigehen."),
                    -1,
                    expected=75,
                    metric="ces",
                    is_moment_of_truth=True,
                ),
            ),
        ),
        Stage(
            ("Loyalty", "Bindung"),
            ("I want to feel that coming back is worth it.", "Ich möchte merken, dass sich Wiederkommen lohnt."),
            (
                Touchpoint(
                    ("Customer card", "Kundenkarte"),
                    MARKETING,
                    (APP, BRANCH),
                    (
                        "Every purchase counts, nothing expires unannounced.",
                        "Jeder Einkauf zählt, nichts verfällt unangekündigt.",
                    ),
                    ("Points expire unnoticed.", "Punkte verfallen unbemerkt."),
                    0,
                    expected=70,
                ),
                Touchpoint(
                    ("Request for a recommendation", "Bitte um Weiterempfehlung"),
                    MARKETING,
                    (EMAIL,),
                    ("We ask only when everything has gone well.", "Wir fragen nur, wenn alles gut gelaufen ist."),
                    ("Asked before the parcel has arrived.", "Gefragt wird, bevor das Paket da ist."),
                    0,
                    expected=40,
                    metric="nps",
                ),
            ),
        ),
    ),
)
