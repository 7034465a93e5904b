#!/usr/bin/env python3
"""Measures the page that customers answer on; benchmarks/README.md explains what is printed.

    benchmarks/respondent.py [--flows N] [--rounds N]

Starts a PostgreSQL and a web server of its own, as bin/demo does. Answer flows through the web and the same rows
inserted by bare psycopg take turns, so that both meet the same machine.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "bin"))

import bootstrap

bootstrap.enter("requirements-dev.lock")

import argparse
import gzip
import multiprocessing
import os
import re
import socket
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice
from multiprocessing.pool import Pool
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import environment
import processes
import psutil
import psycopg
from services import Services

if TYPE_CHECKING:
    from organisations.models import Organisation
    from surveys.models import Invitation, Question, Survey

CONCURRENCY = 8
WARM_UP = 25 * CONCURRENCY
ANSWERS = (9, 4, "Die Monteurin war freundlich und schnell; nur der Termin kam zwei Tage zu spät.")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--flows", type=int, default=2000, help="per round")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    options.flows -= options.flows % CONCURRENCY  # as many for each
    os.chdir(bootstrap.ROOT)
    from tests.services import short_folder

    with ExitStack() as stack:
        folder = stack.enter_context(short_folder())
        # Before anything has threads or connections, which a copied process must not share.
        clients = stack.enter_context(multiprocessing.get_context("fork").Pool(CONCURRENCY))
        services = Services.of(folder)
        stack.enter_context(services.running())
        port = processes.free_port()
        os.environ.update(environment.settings(services, secret_key="only-for-measuring-" * 3, port=port))
        import django

        django.setup()
        environment.collect_static()
        invitations = iter(invited(2 + 2 * options.rounds * (options.flows + WARM_UP)))
        statements = count_statements(next(invitations))
        web = stack.enter_context(served(folder, port))
        requests, wire = weigh(port, link(next(invitations)))
        print(f"SQL statements for GET and POST together: {statements}")
        print(f"HTML and CSS on the wire, gzip: {wire} bytes in {requests} requests", flush=True)
        measure_long_survey(port)
        database = services.postgres.url()
        parts = {
            "web": [web.pid],
            "PostgreSQL": [services.postgres.process.pid] if services.postgres.process else [],
            "clients": [client.pid for client in multiprocessing.active_children() if client.pid],
        }
        rounds = []
        for _ in range(options.rounds):
            figures = []
            for count in (WARM_UP, options.flows):
                share = count // CONCURRENCY
                bare = [[row_of(found) for found in islice(invitations, share)] for _ in range(CONCURRENCY)]
                asked = [[form_of(found) for found in islice(invitations, share)] for _ in range(CONCURRENCY)]
                before = {part: cpu_time(pids) for part, pids in parts.items()}
                flows = per_second(clients, answer, port, asked)
                spent = {part: 1000 * (cpu_time(pids) - before[part]) / count for part, pids in parts.items()}
                figures = [flows, per_second(clients, insert, database, bare)]
            rounds.append(figures)
            flows, raw = figures
            shares = ", ".join(f"{part} {milliseconds:.1f}" for part, milliseconds in spent.items())
            print(f"{flows:6.0f} flows/s beside {raw:6.0f} bare inserts/s: {flows / raw:.1%}", end="")
            print(f"; ms of CPU per flow: {shares}", flush=True)
        check_stored(2 * options.rounds * (options.flows + WARM_UP) + 1)
    flows, raw = map(statistics.median, zip(*rounds, strict=True))
    print(f"Median: {flows:.0f} flows/s beside {raw:.0f} bare inserts/s: {flows / raw:.1%}")


def invited(count: int) -> "list[Invitation]":
    """That many invitations of different customers to one survey with two scores and an open question."""
    from django.core.management import call_command

    from customers.models import Customer
    from organisations.tenancy import organisation_scope
    from surveys.models import Invitation
    from tests import makers

    call_command("migrate", verbosity=0)
    organisation = makers.make_organisation()
    with organisation_scope(organisation.pk):
        touchpoint, channel = makers.make_touchpoint(organisation), makers.make_channel(organisation)
        survey = makers.make_survey(organisation, kinds=("nps", "csat", "text"), touchpoint=touchpoint)
        customers = Customer.objects.bulk_create(
            [
                Customer(organisation=organisation, external_id=f"B{number}", salutation="ms", last_name="Petersen")
                for number in range(count)
            ],
            batch_size=2000,
        )
        example = makers.make_invitation(survey, customers[0], channel=channel)
        values = {name: getattr(example, name) for name in ("language", "state", "sent_at", "sent_day", "expires_at")}
        values |= {"version": example.version, "touchpoint": touchpoint, "channel": channel}
        return Invitation.objects.bulk_create(
            [
                Invitation(organisation=organisation, survey=survey, customer=customer, **values)
                for customer in customers
            ],
            batch_size=2000,
        )


def measure_long_survey(port: int) -> None:
    """Twelve questions of many kinds with logic, on three pages: what each page weighs, and what the pages cost."""
    from django.db import connection
    from django.test import Client

    from organisations.models import Organisation
    from organisations.tenancy import organisation_scope
    from tests import makers

    organisation = Organisation.objects.get()
    with organisation_scope(organisation.pk):
        survey = long_survey(organisation)
        invitations = [makers.make_invitation(survey) for _ in range(2)]
        ids = {question.kind: question.pk for question in survey.questions.all()}
    sent: list[dict[str, str]] = [{f"q{ids['nps']}": "3"}, {f"q{ids['text']}": "Zu spät"}, {f"q{ids['csat']}": "4"}]
    weights = []
    for number, form in enumerate(sent, 1):
        requests, wire = weigh(port, f"{link(invitations[0])}?page={number}")
        weights.append(wire)
        with socket.create_connection(("127.0.0.1", port)) as server:
            path = f"{link(invitations[0])}?page={number}"
            exchange(server, "POST", path, urlencode(form), expected=b"200" if number == len(sent) else b"303")
    print(f"12 questions with logic, pages of {', '.join(map(str, weights))} bytes in {requests} requests each", end="")
    client, path, texts = Client(headers={"host": "localhost"}), link(invitations[1]), []
    client.get(path)
    connection.force_debug_cursor = True
    for number, form in enumerate(sent, 1):
        for method, body in (("GET", ""), ("POST", urlencode(form))):
            client.generic(method, f"{path}?page={number}", body, "application/x-www-form-urlencoded")
            texts.append([each["sql"] for each in connection.queries_log if each["sql"] not in ("BEGIN", "COMMIT")])
    connection.force_debug_cursor = False
    connection.close()
    pages = zip(map(len, texts[::2]), map(len, texts[1::2]), strict=True)
    print(f"; statements of GET and POST: {', '.join(f'{look} + {post}' for look, post in pages)}", flush=True)


def long_survey(organisation: "Organisation") -> "Survey":
    from tests import makers

    survey = makers.make_survey(organisation, kinds=())
    ends = {"low_label": {"de": "überhaupt nicht", "en": "not at all"}, "high_label": {"de": "sehr", "en": "very"}}
    choices = [{"id": number, "text": {"de": f"Die {number}. von sechs Antworten"}} for number in range(1, 7)]

    def ask(kind: str, **fields: Any) -> "Question":
        text = {"de": f"Wie war es bei der Lieferung, Montage und Einweisung ({kind})?"}
        return makers.make_question(survey, kind, text=text, **fields)

    nps = ask("nps", is_required=True, **ends)
    low = {"match": "all", "parts": [{"subject": "question", "key": nps.pk, "operator": "between", "values": [0, 6]}]}
    ask("rating", look="stars", allows_not_applicable=True, **ends)
    ask("text", condition=low)
    ask("single", options=choices, allows_other=True)
    ask("multiple", options=choices, allows_other=True, variants=[{"condition": low, "text": {"de": "Was fehlte?"}}])
    ask("csat", look="smileys", starts_page=True, **ends)
    matrix = ask("matrix", lo=1, hi=5, **ends)
    for _row in range(3):
        ask("rating", matrix=matrix, allows_not_applicable=True)
    ask("ranking", options=choices[:4])
    ask("yes_no")
    makers.publish(survey)
    return survey


def link(invitation: "Invitation") -> str:
    from common import tokens

    return "/r/" + tokens.make("respond", invitation.organisation_id, invitation.pk)


def questions(invitation: "Invitation") -> list[int]:
    return [question["id"] for question in invitation.version.document["questions"]]


def form_of(invitation: "Invitation") -> tuple[str, str]:
    """Its link and its filled-in form."""
    fields = [f"q{question}" for question in questions(invitation)]
    return link(invitation), urlencode(dict(zip(fields, ANSWERS, strict=True)))


def row_of(invitation: "Invitation") -> dict[str, Any]:
    """What the inserts need to know."""
    first, second, text = questions(invitation)
    names = ("organisation_id", "survey_id", "version_id", "customer_id", "touchpoint_id", "channel_id", "sent_day")
    return {name: getattr(invitation, name) for name in names} | {
        "invitation_id": invitation.pk,
        "first": first,
        "second": second,
        "text": text,
        "answers": f'{{"{first}": {ANSWERS[0]}, "{second}": {ANSWERS[1]}}}',
        "comment": ANSWERS[2],
    }


@contextmanager
def served(folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The web server as bin/demo starts it."""
    command = [sys.executable, "-m", "gunicorn", "cxportal.wsgi", f"--bind=127.0.0.1:{port}", "--worker-class=gthread"]
    command += ["--workers=2", "--threads=4", "--worker-tmp-dir=/dev/shm"]
    log = folder / "web.log"
    web = processes.start(command, log=log, env=os.environ, cwd=Path(bootstrap.ROOT))
    try:
        processes.wait_until(lambda: b"Booting worker" in log.read_bytes(), web, name="The web server", log=log)
        yield web
    finally:
        processes.stop(web)


def count_statements(invitation: "Invitation") -> int:
    """All that Django sends for a GET and a POST on an open connection, except BEGIN and COMMIT."""
    from django.db import connection
    from django.test import Client

    path, form = form_of(invitation)
    client = Client(headers={"host": "localhost"})
    client.get(path)
    connection.force_debug_cursor = True
    sent = []
    for method, body in (("GET", ""), ("POST", form)):
        page = client.generic(method, path, body, "application/x-www-form-urlencoded")
        if page.status_code != 200:  # each request starts with an empty log
            stop("the portal did not answer")
        sent += [statement["sql"] for statement in connection.queries_log]
    connection.force_debug_cursor = False
    connection.close()
    return sum(statement not in ("BEGIN", "COMMIT") for statement in sent)


def weigh(port: int, path: str) -> tuple[int, int]:
    """Requests and bytes of bodies that a browser needs to show the page."""
    with socket.create_connection(("127.0.0.1", port)) as server:
        page = exchange(server, "GET", path)

        sheets = re.findall(rb'rel="stylesheet" href="([^"]+)"', gzip.decompress(page))
        bodies = [page, *(exchange(server, "GET", sheet.decode()) for sheet in sheets)]
    return len(bodies), sum(map(len, bodies))


def per_second(clients: Pool, work: Callable[..., None], target: object, shares: list[list[Any]]) -> float:
    start = time.perf_counter()
    clients.starmap(work, [(target, share) for share in shares], chunksize=1)
    return sum(map(len, shares)) / (time.perf_counter() - start)


def cpu_time(pids: list[int]) -> float:
    """Seconds that these processes and their children have used so far."""
    family = [each for pid in pids for each in (psutil.Process(pid), *psutil.Process(pid).children())]
    return sum(sum(each.cpu_times()[:2]) for each in family)


def answer(port: int, flows: list[tuple[str, str]]) -> None:
    """One browser after the other, each on a connection of its own: look, answer."""
    for path, form in flows:
        with socket.create_connection(("127.0.0.1", port)) as server:
            exchange(server, "GET", path)
            exchange(server, "POST", path, form)


def exchange(server: socket.socket, method: str, path: str, body: str = "", expected: bytes = b"200") -> bytes:
    """The body of the answer; the connection stays open."""
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\nAccept-Language: de\r\n"
    if body:
        head += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
    server.sendall(f"{head}\r\n{body}".encode())
    received = b""
    while b"\r\n\r\n" not in received:
        received += server.recv(65536) or stop(f"the server hung up on {method} {path}")
    headers, _, content = received.partition(b"\r\n\r\n")
    length = re.search(rb"\r\ncontent-length: (\d+)", headers, re.IGNORECASE)
    if not headers.startswith(b"HTTP/1.1 " + expected) or length is None:
        stop(headers.decode())
    else:
        while len(content) < int(length[1]):
            content += server.recv(65536)
    return content


def stop(reason: str) -> bytes:
    raise RuntimeError(reason)


def insert(database: str, rows: list[dict[str, Any]]) -> None:
    """The same rows in a transaction of the same shape, with nothing in between."""
    with psycopg.connect(database, autocommit=True) as connection:
        for row in rows:
            with connection.transaction():
                connection.execute(
                    "SELECT set_config('cxportal.organisation', %s, true)", [str(row["organisation_id"])]
                )
                stored = connection.execute(RESPONSE, row).fetchone()
                for statement in (SCORES, COMMENT, CHANGED_DAYS):
                    connection.execute(statement, {**row, "response_id": stored and stored[0]})


RESPONSE = """
INSERT INTO surveys_response (organisation_id, survey_id, version_id, invitation_id, customer_id, touchpoint_id,
    channel_id, persona_id, language, answers, submitted_at, day)
VALUES (%(organisation_id)s, %(survey_id)s, %(version_id)s, %(invitation_id)s, %(customer_id)s, %(touchpoint_id)s,
    %(channel_id)s, NULL, 'de', %(answers)s, now(), %(sent_day)s)
RETURNING id
"""
SCORES = """
INSERT INTO surveys_score (organisation_id, response_id, survey_id, question_id, touchpoint_id, channel_id, persona_id,
    day, score)
VALUES (%(organisation_id)s, %(response_id)s, %(survey_id)s, %(first)s, %(touchpoint_id)s, %(channel_id)s, NULL,
        %(sent_day)s, 9),
    (%(organisation_id)s, %(response_id)s, %(survey_id)s, %(second)s, %(touchpoint_id)s, %(channel_id)s, NULL,
        %(sent_day)s, 4)
"""
COMMENT = """
INSERT INTO surveys_comment (organisation_id, response_id, customer_id, survey_id, question_id, touchpoint_id,
    channel_id, persona_id, day, language, text)
VALUES (%(organisation_id)s, %(response_id)s, %(customer_id)s, %(survey_id)s, %(text)s, %(touchpoint_id)s,
    %(channel_id)s, NULL, %(sent_day)s, 'de', %(comment)s)
"""
CHANGED_DAYS = """
INSERT INTO surveys_changedday (organisation_id, due_at, survey_id, day)
VALUES (%(organisation_id)s, now(), %(survey_id)s, %(sent_day)s)
"""


def check_stored(expected: int) -> None:
    """Every flow and every insert has left its response, or the figures are worth nothing."""
    from organisations.models import Organisation
    from organisations.tenancy import organisation_scope
    from surveys.models import Comment, Response, Score, Survey

    with organisation_scope(Organisation.objects.get().pk):
        survey = Survey.objects.earliest("pk")
        stored = tuple(model.objects.filter(survey=survey).count() for model in (Response, Score, Comment))
    if stored != (expected, 2 * expected, expected):
        stop(f"{stored} responses, scores and comments are stored, {expected} responses were sent")


if __name__ == "__main__":
    main()
