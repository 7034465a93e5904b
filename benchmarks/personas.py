#!/usr/bin/env python3
"""How dear is it to find out to which persona each of a million customers belongs?

    benchmarks/personas.py [CUSTOMERS]      1,000,000 unless given

Prints the time to assign and count everyone beside one bare UPDATE with the same conditions of a table that holds
nothing but customer and persona, in turns in the same run, on a PostgreSQL of its own. And what the list of personas
costs then.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "bin"))
import bootstrap

bootstrap.enter("requirements.lock")

import os
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

import environment
import processes
from services import Services

if TYPE_CHECKING:
    from journeys.models import Persona
    from organisations.models import Organisation

ROUNDS = 3


def main() -> None:
    customers = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    os.chdir(bootstrap.ROOT)
    sys.path.insert(0, str(bootstrap.ROOT))
    folder = environment.VAR / "benchmarks"
    with processes.interruptible(), processes.sole_use(folder / "lock", "a benchmark"):
        Services.of(folder).postgres.destroy()
        services = Services.of(folder)
        with services.running():
            os.environ.update(environment.settings(services, secret_key="only-for-benchmarks-" * 3))
            import django

            django.setup()
            from django.core.management import call_command

            environment.collect_static()
            call_command("migrate", verbosity=0)
            measure(customers)
        services.postgres.destroy()


def condition(attribute: str, operator: str, *values: str) -> "dict[str, object]":
    return {"attribute": attribute, "operator": operator, "values": list(values)}


def rule(oldest: int) -> "dict[str, object]":
    """Half of the customers, each time others: by age, or by segment and the day of a contract."""
    dated = [condition("segment", "one_of", "Family", "Couple"), condition("since", "last_days", "200")]
    return {
        "match": "any",
        "parts": [
            condition("age", "number_between", str(oldest - 40), str(oldest)),
            {"match": "all", "parts": [*dated, condition("city", "contains_not", "burg")]},
        ],
    }


def measure(customers: int) -> None:
    from django.db import connection

    from journeys.domain.assignment import assign_everyone
    from journeys.models import Persona
    from organisations.tenancy import organisation_scope

    organisation = fill(customers)
    with organisation_scope(organisation.pk):
        former, latter = (
            Persona.objects.create(organisation=organisation, name=f"Persona {n}", rule=rule(oldest), position=n)
            for n, oldest in enumerate((59, 99))
        )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")

    def assigned() -> "tuple[float, int]":
        with organisation_scope(organisation.pk):
            start = perf_counter()
            written = assign_everyone(organisation)
        return perf_counter() - start, written

    seconds, written = assigned()
    print(f"first time: {seconds:.1f} s, {written:,} written")
    ours, bare, again = [], [], []
    for _ in range(ROUNDS):
        with organisation_scope(organisation.pk):
            former.rule, latter.rule = latter.rule, former.rule  # so that everyone changes from one to the other
            Persona.objects.bulk_update([former, latter], ["rule"])
        bare.append(update(organisation, former, latter))
        seconds, written = assigned()
        ours.append(seconds)
        again.append(assigned()[0])
        with connection.cursor() as cursor:
            cursor.execute("VACUUM journeys_personaassignment, bare")
    print(
        f"assign and count {customers:,} customers, {written:,} change: {median(ours):.2f} s, bare UPDATE "
        f"{median(bare):.2f} s: {median(ours) / median(bare):.2f} times\n"
        f"again, none changes: {median(again):.2f} s: {median(again) / median(bare):.2f} times"
    )
    look(organisation)


def fill(customers: int) -> "Organisation":
    from django.db import connection

    from organisations.models import Organisation
    from organisations.tenancy import organisation_scope

    organisation = Organisation.objects.create(name="Large", slug="large")
    with organisation_scope(organisation.pk), connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO customers_customer (organisation_id, external_id, email, salutation, first_name, last_name,
                language, attributes, address_hash, created_at, updated_at)
            SELECT %s, 'C' || n, '', '', 'Kim', 'Petersen', 'de', jsonb_build_object(
                'segment', (ARRAY['Family', 'Couple', 'Single', 'Retired'])[1 + n * 7919 %% 4],
                'age', 20 + n * 104729 %% 80,
                'city', (ARRAY['Kiel', 'Hamburg', 'Flensburg', 'Husum', 'Plön'])[1 + n * 31 %% 5],
                'since', to_char(current_date - (n * 611953 %% 4000)::int, 'YYYY-MM-DD')
            ), '', now(), now()
            FROM generate_series(1, %s::bigint) n
            """,
            [organisation.pk, customers],
        )
        cursor.execute(
            "CREATE TABLE bare AS SELECT id AS customer_id, NULL::bigint AS persona_id FROM customers_customer"
        )
        cursor.execute("ALTER TABLE bare ADD PRIMARY KEY (customer_id)")
    return organisation


def update(organisation: "Organisation", *personas: "Persona") -> float:
    """Seconds of the bare UPDATE: the first persona whose condition is true, else none."""
    from django.db import connection

    from journeys.rule_sql import to_sql
    from organisations.tenancy import organisation_scope

    cases, parameters = "", []
    for persona in personas:
        sql, more = to_sql(persona.conditions, attributes="customer.attributes", today=organisation.today())
        cases += f" WHEN {sql} THEN %s::bigint"
        parameters += [*more, persona.pk]
    with organisation_scope(organisation.pk), connection.cursor() as cursor:
        start = perf_counter()
        assignment = f"CASE{cases} END"  # the rule's values are parameters
        cursor.execute(
            "UPDATE bare SET persona_id = " + assignment + " FROM customers_customer customer"  # noqa: S608  # as above
            " WHERE customer.id = bare.customer_id",
            parameters,
        )
    return perf_counter() - start


def look(organisation: "Organisation") -> None:
    """The list of personas as an administrator gets it."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from organisations.models import Membership, User
    from organisations.permissions import Role
    from organisations.tenancy import organisation_scope

    user = User.objects.create_user("a@example.org", None, name="Benchmark", language="de")
    with organisation_scope(organisation.pk):
        Membership.objects.create(organisation=organisation, user=user, role=Role.ADMIN)
    client, times = Client(HTTP_HOST="localhost"), []
    client.force_login(user)
    for _ in range(20):
        with CaptureQueriesContext(connection) as queries:
            start = perf_counter()
            page = client.get(f"/o/{organisation.slug}/personas/")
            times.append(1000 * (perf_counter() - start))
    assert page.status_code == 200, page
    print(f"list of personas: {len(queries)} statements, {median(times):.0f} ms")


if __name__ == "__main__":
    main()
