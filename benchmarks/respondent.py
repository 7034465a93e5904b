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
FILLED_IN = {
    "nps": "3",
    "csat": "4",
    "rating": "4",
    "text": "Die Monteurin war freundlich und schnell; nur der Termin kam zwei Tage zu spät.",
    "single": "2",
    "multiple": "5",
    "yes_no": "yes",
    "number": "7",
}
TITLES = {
    "short": "two scores and a comment",
    "long": "12 questions with logic on one page",
    "paged": "12 questions with logic on three pages",
}
PAGES = {"short": 1, "long": 1, "paged": 3}
Flow = tuple[str, list[str]]
"""A link, and the filled-in form of each of its pages."""


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
        from surveys.models import Invitation

        invitations = invited(options.rounds * (options.flows + WARM_UP))
        statements = {name: count_statements(next(found)) for name, found in invitations.items()}
        web = stack.enter_context(served(folder, port))
        for name, found in invitations.items():
            requests, weights = weigh(port, next(found))
            print(f"{TITLES[name]}: {', '.join(map(str, weights))} bytes in {requests} requests", end="")
            print(f"; statements of GET and POST: {', '.join(statements[name])}", flush=True)
        parts = {
            "web": [web.pid],
            "PostgreSQL": [services.postgres.process.pid] if services.postgres.process else [],
            "clients": [client.pid for client in multiprocessing.active_children() if client.pid],
        }
        works: dict[str, tuple[Callable[..., None], object, Iterator[Invitation], Callable[[Invitation], object]]] = {
            "bare": (insert, services.postgres.url(), invitations["short"], row_of),
            **{name: (answer, port, found, flow_of) for name, found in invitations.items()},
        }
        rounds = []
        for _ in range(options.rounds):
            rates = {}
            for name, (work, target, found, prepared) in works.items():
                for count in (WARM_UP, options.flows):
                    share = count // CONCURRENCY
                    given = [[prepared(each) for each in islice(found, share)] for _ in range(CONCURRENCY)]
                    before = {part: cpu_time(pids) for part, pids in parts.items()}
                    rates[name] = per_second(clients, work, target, given)
                    spent = {part: 1000 * (cpu_time(pids) - before[part]) / count for part, pids in parts.items()}
                shares = ", ".join(f"{part} {milliseconds:.1f}" for part, milliseconds in spent.items())
                print(f"{rates[name]:6.0f} {name} a second; ms of CPU for each: {shares}", flush=True)
            rounds.append(rates)
        measured = options.rounds * (options.flows + WARM_UP)
        check_stored(short=2 + 2 * measured, long=2 + measured, paged=2 + measured)
    for name, title in TITLES.items():
        flows, raw = (statistics.median(rates[work] for rates in rounds) for work in (name, "bare"))
        pages = PAGES[name] * flows
        print(
            f"Median: {flows:.0f} flows/s, {pages:.0f} pages/s, {pages / raw:.1%} of {raw:.0f} bare inserts/s: {title}"
        )


def invited(flows: int) -> "dict[str, Iterator[Invitation]]":
    """Invitations of different customers to each survey: for so many flows, the bare inserts, and the looks before."""
    from organisations.models import Organisation
    from organisations.tenancy import organisation_scope
    from tests import makers

    short = invited_to_short(2 + 2 * flows)
    organisation = Organisation.objects.get()
    with organisation_scope(organisation.pk):
        touchpoint = makers.make_touchpoint(organisation)
        long = long_survey(organisation, name="long", touchpoint=touchpoint)
        paged = long_survey(organisation, name="paged", touchpoint=touchpoint, on_pages=True)
        return {
            "short": iter(short),
            "long": iter(invite(long, 2 + flows)),
            "paged": iter(invite(paged, 2 + flows)),
        }


def invited_to_short(count: int) -> "list[Invitation]":
    """That many invitations to a new organisation's first survey: two scores and an open question."""
    from django.core.management import call_command

    from organisations.tenancy import organisation_scope
    from tests import makers

    call_command("migrate", verbosity=0)
    organisation = makers.make_organisation()
    with organisation_scope(organisation.pk):
        touchpoint = makers.make_touchpoint(organisation)
        survey = makers.make_survey(organisation, name="short", kinds=("nps", "csat", "text"), touchpoint=touchpoint)
        return invite(survey, count)


def invite(survey: "Survey", count: int) -> "list[Invitation]":
    from customers.models import Customer
    from surveys.models import Invitation
    from tests import makers

    organisation = survey.organisation
    customers = Customer.objects.bulk_create(
        [
            Customer(
                organisation=organisation, external_id=f"{survey.pk}-{number}", salutation="ms", last_name="Petersen"
            )
            for number in range(count + 1)
        ],
        batch_size=2000,
    )
    example = makers.make_invitation(survey, customers[0], channel=makers.make_channel(organisation))
    values = {name: getattr(example, name) for name in ("language", "state", "sent_at", "sent_day", "expires_at")}
    values |= {name: getattr(example, name) for name in ("organisation", "survey", "version", "touchpoint", "channel")}
    return Invitation.objects.bulk_create(
        [Invitation(customer=customer, **values) for customer in customers[1:]], batch_size=2000
    )


def long_survey(organisation: "Organisation", *, on_pages: bool = False, **fields: Any) -> "Survey":
    """Twelve questions of many kinds; what is asked depends on earlier answers, or else on who is asked."""
    from tests import makers

    survey = makers.make_survey(organisation, kinds=(), **fields)
    ends = {"low_label": {"de": "überhaupt nicht", "en": "not at all"}, "high_label": {"de": "sehr", "en": "very"}}
    choices = [{"id": number, "text": {"de": f"Die {number}. von sechs Antworten"}} for number in range(1, 7)]

    def ask(kind: str, **fields: Any) -> "Question":
        text = {"de": f"Wie war es bei der Lieferung, Montage und Einweisung ({kind})?"}
        return makers.make_question(survey, kind, text=text, **fields)

    nps = ask("nps", is_required=True, **ends)
    part: dict[str, Any] = {"subject": "language", "operator": "one_of", "values": ["de"]}
    if on_pages:
        part = {"subject": "question", "key": nps.pk, "operator": "between", "values": [0, 6]}
    condition = {"match": "all", "parts": [part]}
    ask("rating", look="stars", allows_not_applicable=True, **ends)
    ask("text", condition=condition, starts_page=on_pages)
    ask("single", options=choices, allows_other=True)
    variants = [{"condition": condition, "text": {"de": "Was fehlte?"}}]
    ask("multiple", options=choices, allows_other=True, variants=variants)
    ask("csat", look="smileys", starts_page=on_pages, **ends)
    matrix = ask("matrix", lo=1, hi=5, **ends)
    for _row in range(3):
        ask("rating", matrix=matrix, allows_not_applicable=True)
    ask("ranking", options=choices[:4])
    ask("yes_no")
    ask("number")
    makers.publish(survey)
    return survey


def link(invitation: "Invitation") -> str:
    from common import tokens

    return "/r/" + tokens.make("respond", invitation.organisation_id, invitation.pk)


def flow_of(invitation: "Invitation") -> Flow:
    pages: list[dict[str, str]] = [{}]
    for question in invitation.version.document["questions"]:
        if question.get("starts_page"):
            pages.append({})
        field = f"q{question['id']}"
        if question["kind"] == "ranking":
            pages[-1] |= {f"{field}.{option['id']}": str(option["id"]) for option in question["options"]}
        elif question["kind"] != "matrix":
            pages[-1][field] = FILLED_IN[question["kind"]]
    return link(invitation), [urlencode(page) for page in pages]


def page_of(path: str, number: int) -> str:
    return path if number == 1 else f"{path}?page={number}"


def row_of(invitation: "Invitation") -> dict[str, Any]:
    """What the inserts need to know."""
    first, second, text = (question["id"] for question in invitation.version.document["questions"])
    names = ("organisation_id", "survey_id", "version_id", "customer_id", "touchpoint_id", "channel_id", "sent_day")
    return {name: getattr(invitation, name) for name in names} | {
        "invitation_id": invitation.pk,
        "first": first,
        "second": second,
        "text": text,
        "answers": f'{{"{first}": 3, "{second}": 4}}',
        "comment": FILLED_IN["text"],
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


def count_statements(invitation: "Invitation") -> list[str]:
    """All that Django sends for GET and POST of each page on an open connection, except BEGIN and COMMIT."""
    from django.db import connection
    from django.test import Client

    path, forms = flow_of(invitation)
    client = Client(headers={"host": "localhost"})
    client.get(path)
    connection.force_debug_cursor = True
    pages = []
    for number, form in enumerate(forms, 1):
        sent = []
        for method, body in (("GET", ""), ("POST", form)):
            page = client.generic(method, page_of(path, number), body, "application/x-www-form-urlencoded")
            if page.status_code not in (200, 303):  # each request starts with an empty log
                stop("the portal did not answer")
            sent.append(sum(each["sql"] not in ("BEGIN", "COMMIT") for each in connection.queries_log))
        pages.append(" + ".join(map(str, sent)))
    connection.force_debug_cursor = False
    connection.close()
    return pages


def weigh(port: int, invitation: "Invitation") -> tuple[int, list[int]]:
    """Requests that a browser needs to show a page, and bytes of all bodies for each page."""
    path, forms = flow_of(invitation)
    weights = []
    for number, form in enumerate(forms, 1):
        with socket.create_connection(("127.0.0.1", port)) as server:
            page = exchange(server, "GET", page_of(path, number))
            sheets = re.findall(rb'rel="stylesheet" href="([^"]+)"', gzip.decompress(page))
            bodies = [page, *(exchange(server, "GET", sheet.decode()) for sheet in sheets)]
            weights.append(sum(map(len, bodies)))
            send(server, page_of(path, number), form, is_last=number == len(forms))
    return len(bodies), weights


def per_second(clients: Pool, work: Callable[..., None], target: object, shares: list[list[Any]]) -> float:
    start = time.perf_counter()
    clients.starmap(work, [(target, share) for share in shares], chunksize=1)
    return sum(map(len, shares)) / (time.perf_counter() - start)


def cpu_time(pids: list[int]) -> float:
    """Seconds that these processes and their children have used so far."""
    family = [each for pid in pids for each in (psutil.Process(pid), *psutil.Process(pid).children())]
    return sum(sum(each.cpu_times()[:2]) for each in family)


def answer(port: int, flows: list[Flow]) -> None:
    """One browser after the other, each on a connection of its own: look, answer, page by page."""
    for path, forms in flows:
        with socket.create_connection(("127.0.0.1", port)) as server:
            for number, form in enumerate(forms, 1):
                exchange(server, "GET", page_of(path, number))
                send(server, page_of(path, number), form, is_last=number == len(forms))


def send(server: socket.socket, page: str, form: str, *, is_last: bool) -> None:
    exchange(server, "POST", page, form, expected=b"200" if is_last else b"303")


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
    channel_id, persona_id, language, answers, submitted_at, completed_at, day)
VALUES (%(organisation_id)s, %(survey_id)s, %(version_id)s, %(invitation_id)s, %(customer_id)s, %(touchpoint_id)s,
    %(channel_id)s, NULL, 'de', %(answers)s, now(), now(), %(sent_day)s)
RETURNING id
"""
SCORES = """
INSERT INTO surveys_score (organisation_id, response_id, survey_id, question_id, touchpoint_id, channel_id, persona_id,
    day, score)
VALUES (%(organisation_id)s, %(response_id)s, %(survey_id)s, %(first)s, %(touchpoint_id)s, %(channel_id)s, NULL,
        %(sent_day)s, 3),
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


def check_stored(**expected: int) -> None:
    """Every flow and every insert has left its response, or the figures are worth nothing."""
    from organisations.models import Organisation
    from organisations.tenancy import organisation_scope
    from surveys.models import Comment, Response, Score

    scores = {"short": 2, "long": 6, "paged": 6}
    with organisation_scope(Organisation.objects.get().pk):
        for name, responses in expected.items():
            complete = Response.objects.filter(survey__name=name, completed_at__isnull=False).count()
            rows = tuple(model.objects.filter(survey__name=name).count() for model in (Score, Comment))
            if (complete, *rows) != (responses, scores[name] * responses, responses):
                stop(f"{complete} {name} responses with {rows} scores and comments stored, {responses} were sent")


if __name__ == "__main__":
    main()
