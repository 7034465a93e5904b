#!/usr/bin/env python3
"""What does the page of those who were not asked cost at a million invitations?

    benchmarks/ledger.py [INVITATIONS]      a million unless given

A third was not asked, for reasons from frequent to rare, over a year. Timed are the statements of the page.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "bin"))
import bootstrap

bootstrap.enter("requirements-dev.lock")

import os
from collections.abc import Callable
from functools import partial
from statistics import median
from time import perf_counter

import environment
import processes
from services import Services

ROUNDS = 7
FILL = """
INSERT INTO surveys_invitation (
    organisation_id, survey_id, version_id, customer_id, language, state, reason, legal_basis, refusal,
    created_at, sent_at, sent_day, expires_at
)
SELECT %(organisation)s, %(survey)s, %(version)s, %(customer)s, 'de',
    CASE WHEN n %% 3 = 0 THEN 'not_sent' ELSE 'sent' END,
    CASE WHEN n %% 3 > 0 THEN '' WHEN n %% 9999 = 0 THEN 'complained' WHEN n %% 99 = 0 THEN 'unsubscribed'
        WHEN n %% 9 = 0 THEN 'no_legal_basis' ELSE 'recently_asked' END,
    '', '', at, CASE WHEN n %% 3 > 0 THEN at END, CASE WHEN n %% 3 > 0 THEN at::date END, at + interval '30 days'
FROM generate_series(1, %(n)s) n, LATERAL (SELECT now() - interval '365 days' * (1 - n / %(n)s::float) AS at) day
"""


def main() -> None:
    invitations = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    os.chdir(bootstrap.ROOT)
    sys.path.insert(0, str(bootstrap.ROOT))
    folder = environment.VAR / "benchmarks"
    with processes.interruptible(), processes.sole_use(folder / "lock", "a benchmark"):
        Services.of(folder).postgres.destroy()
        services = Services.of(folder)
        try:
            with services.running():
                os.environ.update(environment.settings(services, secret_key="only-for-benchmarks-" * 3))
                import django

                django.setup()
                from django.core.management import call_command

                call_command("migrate", verbosity=0)
                measure(invitations)
        finally:
            services.postgres.destroy()


def measure(invitations: int) -> None:
    from django.db import connection
    from django.test import Client

    from common.paging import sorted_by
    from common.periods import Period
    from organisations.tenancy import organisation_scope
    from reports.domain.asking import asking, not_asked
    from surveys.models import Invitation
    from tests.makers import make_customer, make_member, make_organisation, make_survey

    organisation = make_organisation()
    with organisation_scope(organisation.pk):
        survey, customer = make_survey(organisation), make_customer(organisation)
        ids = {"organisation": organisation.pk, "survey": survey.pk, "version": survey.versions.get().pk}
        with connection.cursor() as cursor:
            cursor.execute(FILL, {**ids, "customer": customer.pk, "n": invitations})
        client = Client(headers={"host": "localhost"})
        client.force_login(make_member(organisation).user)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE surveys_invitation")
    year = Period.preset("12m", today=organisation.today())
    month = Period.preset("30d", today=organisation.today())

    def timed(name: str, work: Callable[[], object]) -> None:
        times = []
        for _ in range(ROUNDS):
            with organisation_scope(organisation.pk):
                begin = perf_counter()
                work()
                times.append(perf_counter() - begin)
        print(f"{name:<42}{median(times) * 1000:>8.1f} ms")

    for label, period in (("12 months", year), ("30 days", month)):
        timed(f"count by reason, {label}", partial(asking, organisation, period, None))
        for reason in (Invitation.Reason.RECENTLY_ASKED, Invitation.Reason.COMPLAINED):
            rows = not_asked(organisation, period, None).filter(reason=reason)
            first_page = partial(sorted_by, "created_at", rows, {}, descending=True)
            timed(f"first page of “{reason.label}”, {label}", first_page)
    address = f"/o/{organisation.slug}/ledger/"
    times = []
    for _ in range(ROUNDS):
        begin = perf_counter()
        assert client.get(address).status_code == 200
        times.append(perf_counter() - begin)
    print(f"{'the whole page, 12 months':<42}{median(times) * 1000:>8.1f} ms")


if __name__ == "__main__":
    main()
