#!/usr/bin/env python3
"""Many people answer one survey at once; benchmarks/README.md explains what is printed.

    benchmarks/rush.py [--customers N] [--at-once N]

Meanwhile their answers are counted, as a worker does, and every few milliseconds the database is asked who waits for a
lock, and for whose. Fails where a respondent waited for somebody else, or an answer was lost.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "bin"))

import bootstrap

bootstrap.enter("requirements-dev.lock")

import argparse
import multiprocessing
import os
import time
from collections import Counter
from contextlib import ExitStack
from threading import Event, Thread
from typing import TYPE_CHECKING

import environment
import processes
import psycopg
import respondent  # type: ignore[import-not-found]  # a script beside this one
from services import Services

if TYPE_CHECKING:
    from surveys.models import Invitation

NORMAL = 10
"""Submissions a second of a survey that is busy already: 36,000 an hour."""
WAITING = """
SELECT activity.wait_event, COUNT(*)
FROM pg_stat_activity activity
WHERE activity.wait_event_type = 'Lock' AND activity.backend_type = 'client backend'
    AND activity.query LIKE '%surveys\\_response%'
GROUP BY 1
"""
UNGRANTED = "SELECT locktype, mode, COUNT(*) FROM pg_locks WHERE NOT granted GROUP BY 1, 2"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--customers", type=int, default=4000)
    parser.add_argument("--at-once", type=int, default=16)
    options = parser.parse_args()
    options.customers -= options.customers % options.at_once
    os.chdir(bootstrap.ROOT)
    from tests.services import short_folder

    with ExitStack() as stack:
        folder = stack.enter_context(short_folder())
        clients = stack.enter_context(multiprocessing.get_context("fork").Pool(options.at_once))
        services = Services.of(folder)
        stack.enter_context(services.running())
        port = processes.free_port()
        os.environ.update(environment.settings(services, secret_key="only-for-measuring-" * 3, port=port))
        import django

        django.setup()
        environment.collect_static()
        invitations = respondent.invited_to_short(options.customers)
        stack.enter_context(respondent.served(folder, port))
        share = options.customers // options.at_once
        forms = [respondent.flow_of(invitation) for invitation in invitations]
        shares = [forms[start : start + share] for start in range(0, len(forms), share)]
        watch = Watch(services.postgres.url())
        with watch:
            flows = respondent.per_second(clients, respondent.answer, port, shares)
        print(f"{flows:.0f} submissions/s ({flows / NORMAL:.0f} times the normal rate), {options.at_once} at once")
        print(f"{watch.samples} samples; waits for locks: {dict(watch.waits) or 'none'}")
        print(f"locks not granted: {dict(watch.ungranted) or 'none'}; times counted meanwhile: {watch.counted}")
        stored = count_stored(invitations)
        print(f"Answers sent: {options.customers}, stored: {stored}")
        if watch.waits or stored != options.customers:
            sys.exit("Respondents waited for each other, or answers were lost.")


class Watch:
    """Looks at the locks, and counts answers, as long as it is entered."""

    def __init__(self, database: str) -> None:
        self.database = database
        self.samples = self.counted = 0
        self.waits: Counter[str] = Counter()
        self.ungranted: Counter[str] = Counter()
        self._end = Event()
        self._threads = [Thread(target=self._look), Thread(target=self._count)]

    def __enter__(self) -> None:
        for thread in self._threads:
            thread.start()

    def __exit__(self, *_error: object) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join()

    def _look(self) -> None:
        with psycopg.connect(self.database, autocommit=True) as connection:
            while not self._end.is_set():
                self.samples += 1
                # That a table's file grows is waited for inside the database, whoever writes to it.
                rows = connection.execute(WAITING).fetchall()
                self.waits.update({event: count for event, count in rows if event != "extend"})
                for kind, mode, count in connection.execute(UNGRANTED):
                    self.ungranted[f"{kind} {mode}"] += count
                time.sleep(0.003)

    def _count(self) -> None:
        from django.db import connection

        from reports.domain.rollups import count_changed_days

        while not self._end.is_set():
            self.counted += count_changed_days()
            self._end.wait(0.5)
        connection.close()


def count_stored(invitations: "list[Invitation]") -> int:
    from organisations.tenancy import organisation_scope
    from surveys.models import Response

    with organisation_scope(invitations[0].organisation_id):
        return Response.objects.filter(completed_at__isnull=False).count()


if __name__ == "__main__":
    main()
