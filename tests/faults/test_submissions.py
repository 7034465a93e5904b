"""Broker, database and web worker die while customers answer: whoever was thanked is stored, and stored once."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from threading import Event, Thread
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
import services
from django.core.management import call_command
from django.db import OperationalError, connection

from common import tokens
from common.prepared import Prepared
from cxportal import environment
from organisations.models import Organisation
from organisations.tenancy import organisation_scope
from reports.domain.rollups import count_changed_days
from surveys.models import Comment, Response, Score
from tests.makers import make_invitation, make_organisation, make_survey
from tests.services import database_url, private_postgres, private_valkey, web_server

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]
CUSTOMERS = 60
AT_ONCE = 4


class Customers:
    """People who answer at the same time, and who try again, as people do, until they are thanked."""

    def __init__(self, organisation: Organisation) -> None:
        self.organisation = organisation
        self.forms: list[tuple[int, str, bytes]] = []
        with organisation_scope(organisation.pk):
            survey = make_survey(organisation)
            nps, text = (f"q{question.pk}" for question in survey.questions.all())
            for number in range(CUSTOMERS):
                invitation = make_invitation(survey)
                link = "/r/" + tokens.make("respond", organisation.pk, invitation.pk)
                self.forms.append((invitation.pk, link, urlencode({nps: number % 11, text: f"Nr. {number}"}).encode()))
        self.thanked: set[int] = set()
        self.disturbed = 0
        self.has_gone_wrong = Event()

    def answer(self, address: str, fault: Callable[[], None]) -> None:
        """All answer; the fault happens once a quarter of them is through."""
        threads = [
            Thread(target=self.take_turns, args=(address, self.forms[start::AT_ONCE])) for start in range(AT_ONCE)
        ]
        for thread in threads:
            thread.start()
        while len(self.thanked) < CUSTOMERS // 4:
            assert any(thread.is_alive() for thread in threads)
            time.sleep(0.005)
        try:
            fault()
        finally:
            self.has_gone_wrong.set()
        for thread in threads:
            thread.join()

    def take_turns(self, address: str, forms: list[tuple[int, str, bytes]]) -> None:
        for number, (invitation, link, form) in enumerate(forms):
            # Some answer while it goes wrong, and some certainly not before.
            if number >= len(forms) // 2:
                self.has_gone_wrong.wait()
            deadline = time.monotonic() + 60
            while not is_thanked(address + link, form):
                self.disturbed += 1
                if time.monotonic() > deadline:
                    return
                time.sleep(0.1)
            self.thanked.add(invitation)

    def check(self) -> None:
        with organisation_scope(self.organisation.pk):
            stored = list(Response.objects.values_list("invitation_id", flat=True))
            assert len(stored) == len(set(stored)), "nobody is stored twice"
            assert self.thanked <= set(stored), "whoever was thanked is stored"
            assert len(self.thanked) == CUSTOMERS, "everyone got through in the end"
            assert Score.objects.count() == Comment.objects.count() == CUSTOMERS
        while count_changed_days():
            pass
        call_command("verify_metrics")


def is_thanked(link: str, form: bytes) -> bool:
    server, path = link.removeprefix("http://").split("/", 1)
    http = HTTPConnection(server, timeout=20)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    try:
        for method, body in (("GET", None), ("POST", form)):
            http.request(method, f"/{path}", body, headers)
            page = http.getresponse()
            text = page.read().decode()
            assert page.status in {200, 503}, "never an error page of ours"
        return "Vielen Dank" in text
    except (OSError, HTTPException):
        return False
    finally:
        http.close()


@contextmanager
def looking_into(postgres: services.Postgres) -> Iterator[None]:
    """This process, too, works in that database, which gets its tables first."""
    before = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update(environment.database(postgres.url()))
    try:
        call_command("migrate", verbosity=0)
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)


def test_a_broker_that_stops_disturbs_nobody(tmp_path: Path) -> None:
    customers = Customers(make_organisation())
    with private_valkey() as valkey:
        urls = {"CXPORTAL_DATABASE_URL": database_url(), "CXPORTAL_BROKER_URL": valkey.url()}
        with web_server(tmp_path, **urls) as (_web, address):
            customers.answer(address, fault=valkey.kill)
    assert customers.disturbed == 0
    customers.check()


def test_a_web_worker_that_is_killed_loses_no_answer(tmp_path: Path) -> None:
    customers = Customers(make_organisation())
    with web_server(tmp_path, CXPORTAL_DATABASE_URL=database_url()) as (web, address):

        def kill_worker() -> None:
            assert web.process
            [worker] = services.children(web.process.pid)
            os.kill(worker, signal.SIGKILL)

        customers.answer(address, fault=kill_worker)
    customers.check()


def test_a_server_process_that_dies_without_a_word_counts_as_gone() -> None:
    """libpq then still takes the connection for a good one; nobody is to be shown an error page for it."""
    one = Prepared("SELECT %(number)s::int")
    with private_postgres() as postgres, looking_into(postgres):
        assert one(number=1) == (1,)
        os.kill(connection.connection.pgconn.backend_pid, signal.SIGQUIT)
        time.sleep(0.3)
        with pytest.raises(OperationalError, match="closed the connection unexpectedly"):
            one(number=1)


@pytest.mark.parametrize("how", ["restarted", "killed"])
def test_a_database_that_goes_down_loses_no_answer(tmp_path: Path, how: str) -> None:
    with private_postgres() as postgres, looking_into(postgres):
        customers = Customers(make_organisation())
        connection.close()

        def go_down() -> None:
            if how == "killed":
                postgres.kill()
            else:
                postgres.stop()
            time.sleep(0.3)
            postgres.start()

        with web_server(tmp_path, CXPORTAL_DATABASE_URL=postgres.url()) as (_web, address):
            customers.answer(address, fault=go_down)
        customers.check()


def test_whoever_watches_is_told_whether_the_database_can_be_reached(tmp_path: Path) -> None:
    with private_postgres() as postgres, web_server(tmp_path, CXPORTAL_DATABASE_URL=postgres.url()) as (_web, address):
        assert health(address) == (200, "ok\n")
        postgres.stop()
        assert health(address) == (503, "the database cannot be reached\n")
        postgres.start()
        assert health(address) == (200, "ok\n")


def health(address: str) -> tuple[int, str]:
    try:
        with urlopen(f"{address}/healthz") as answer:  # noqa: S310  our own server
            return answer.status, answer.read().decode()
    except HTTPError as refusal:
        return refusal.code, refusal.read().decode()
