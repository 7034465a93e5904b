"""Real services for fault and browser tests: a worker, a web server, a PostgreSQL or a Valkey of one's own, a mailbox.

Each is a context manager; what it yields can be killed and started again inside.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import socketserver
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import processes
import services
from aiosmtpd.controller import Controller
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent


def chromium() -> str | None:
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def database_url() -> str:
    """The database of the running test, for a program of its own; commit first what that is to see."""
    url = urlsplit(os.environ["CXPORTAL_DATABASE_URL"])
    return url._replace(path=f"/{connection.settings_dict['NAME']}").geturl()


def is_somebody_waiting() -> bool:
    """Whether somebody waits for another's lock in the database of the running test; those of others don't matter."""
    with connection.cursor() as cursor:
        # In a transaction, who is connected is remembered from the first look, which may come before the worker.
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks JOIN pg_stat_activity USING (pid)"
            " WHERE NOT granted AND datname = current_database())"
        )
        return bool(cursor.fetchone()[0])


class Program:
    """A Python program of the portal in its own process: ``start``, ``stop``, ``kill``; its output is in ``log``."""

    def __init__(self, *command: str | Path, env: Mapping[str, str], log: Path) -> None:
        self.command = [sys.executable, *command]
        self.env = {**os.environ, **env, "PYTHONPATH": str(ROOT)}
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = processes.start(self.command, log=self.log, env=self.env, cwd=ROOT)

    def stop(self) -> None:
        if self.process is not None:
            processes.stop(self.process)
            self.process = None

    def kill(self) -> None:
        """SIGKILL to the program and to all children of its process group, so that none can tidy up."""
        if self.process is not None:
            processes.kill(self.process, signal.SIGKILL)
            self.process = None

    def says(self, words: str) -> bool:
        return self.log.exists() and words in self.log.read_text(errors="replace")

    def wait_for(self, words: str) -> None:
        assert self.process is not None
        processes.wait_until(lambda: self.says(words), self.process, name=str(self.command[2]), log=self.log)


@contextlib.contextmanager
def celery_worker(folder: Path, *options: str, **env: str) -> Iterator[Program]:
    """A prefork worker that is ready for tasks. ``env`` holds CXPORTAL_… variables that differ from this process's."""
    log = folder / "worker.log"
    command = ["-m", "celery", "-A", "cxportal", "worker", "--without-mingle", "--without-gossip", "--loglevel=INFO"]
    worker = Program(*command, "--concurrency=1", *options, env=env, log=log)
    try:
        worker.start()
        worker.wait_for(" ready.")
        yield worker
    finally:
        worker.kill()


@contextlib.contextmanager
def web_server(folder: Path, **env: str) -> Iterator[tuple[Program, str]]:
    """Gunicorn as in production, and the address where it answers."""
    port = processes.free_port()
    address = f"http://127.0.0.1:{port}"
    command = ["-m", "gunicorn", "cxportal.wsgi", "--worker-class=gthread", "--workers=1", "--threads=4"]
    env = {"CXPORTAL_BASE_URL": address, **env}
    server = Program(*command, f"--bind=127.0.0.1:{port}", env=env, log=folder / "web.log")
    try:
        server.start()
        server.wait_for("Booting worker")
        yield server, address
    finally:
        server.kill()


@contextlib.contextmanager
def private_postgres() -> Iterator[services.Postgres]:
    """An empty instance that a test may crash: ``kill()``, ``start()``; ``url()`` stays the same."""
    with short_folder() as folder:
        postgres = services.Postgres(folder)
        try:
            postgres.start()
            yield postgres
        finally:
            postgres.destroy()


@contextlib.contextmanager
def private_valkey() -> Iterator[services.Valkey]:
    """An empty broker that a test may crash: ``kill()``, ``start()``; ``url()`` stays the same."""
    with short_folder() as folder:
        valkey = services.Valkey(folder)
        try:
            valkey.start()
            yield valkey
        finally:
            valkey.stop()


@contextlib.contextmanager
def short_folder() -> Iterator[Path]:
    """Unlike pytest's ``tmp_path`` one that PostgreSQL, which as root runs as nobody, can reach."""
    with tempfile.TemporaryDirectory(prefix="cxportal-test-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o711)
        try:
            yield folder
        finally:
            shutil.rmtree(services.socket_folder(folder), ignore_errors=True)


class Mailbox:
    """What an SMTP server received, and where it listens (``url`` is a CXPORTAL_EMAIL_URL).

    ``answers`` makes it difficult: {"RCPT a@example.net": "550 no such user", "DATA b@example.net": "451 later",
    "MAIL": "553 not yours"}; an empty answer to DATA breaks the connection after the mail was handed over.
    """

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.url = ""
        self.answers: dict[str, str] = {}
        self.mails_per_connection = 0
        """So many and no more; 0: any number."""
        self.stalls_at: int | None = None
        """How many mails it takes before the next ones have to wait, until this is changed."""
        self.extensions: list[str] = []

    async def handle_EHLO(  # noqa: N802 (aiosmtpd's name)
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name, session.sent = hostname, 0
        return [*responses[:-1], *(f"250-{extension}" for extension in self.extensions), responses[-1]]

    async def handle_MAIL(  # noqa: N802 (aiosmtpd's name)
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if self.mails_per_connection and session.sent >= self.mails_per_connection:
            return "421 4.7.0 too many mails on this connection"
        answer = self.answers.get("MAIL", "250 OK")
        if answer.startswith("250"):
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return answer

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        answer = self.answers.get(f"RCPT {address}", "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 (aiosmtpd's name)
        answer = self.answers.get(f"DATA {envelope.rcpt_tos[0]}", "250 OK")
        if not answer:
            server.transport.abort()
        if not answer.startswith("250"):
            return answer
        while self.stalls_at is not None and len(self.mails) >= self.stalls_at:
            await asyncio.sleep(0.01)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        session.sent += 1
        return "250 OK"


@contextlib.contextmanager
def mailbox(**options: Any) -> Iterator[Mailbox]:
    """``options`` are those of aiosmtpd's Controller."""
    box = Mailbox()
    port = processes.free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port, **options)
    controller.start()
    box.url = f"smtp://127.0.0.1:{port}"
    try:
        yield box
    finally:
        controller.stop()


class ImapHandler(socketserver.StreamRequestHandler):
    """As much of IMAP as reading unread mails takes."""

    server: "ImapServer"

    def handle(self) -> None:
        self.say(b"* OK ready")
        for line in self.rfile:
            tag, command, *words = line.split()
            if command == b"UID":
                command, *words = words
            if command.upper() == b"LOGIN" and words[-1].strip(b'"') != b"secret":
                self.say(tag + b" NO [AUTHENTICATIONFAILED] no such user or password")
                continue
            self.answer(command.upper(), words)
            self.say(tag + b" OK done")

    def answer(self, command: bytes, words: list[bytes]) -> None:
        box = self.server
        if command == b"CAPABILITY":
            self.say(b"* CAPABILITY IMAP4rev1")
        elif command == b"SELECT":
            self.say(b"* %d EXISTS" % len(box.mails))
        elif command == b"SEARCH":
            self.say(b"* SEARCH" + b"".join(b" %d" % (n + 1) for n in range(len(box.mails)) if n not in box.seen))
        elif command == b"FETCH":
            mail = box.mails[int(words[0]) - 1]
            self.say(b"* %s FETCH (UID %s BODY[] {%d}\r\n%s)" % (words[0], words[0], len(mail), mail))
        elif command == b"STORE":
            box.seen.add(int(words[0]) - 1)
        elif command == b"LOGOUT":
            self.say(b"* BYE")

    def say(self, line: bytes) -> None:
        self.wfile.write(line + b"\r\n")


class ImapServer(socketserver.ThreadingTCPServer):
    """A mailbox: its mails, the numbers of those that were read, and its ``url``."""

    daemon_threads = True

    def __init__(self, *mails: bytes) -> None:
        super().__init__(("127.0.0.1", 0), ImapHandler)
        self.mails, self.seen = list(mails), set[int]()
        self.url = f"imap://portal:secret@127.0.0.1:{self.server_address[1]}/INBOX"
        threading.Thread(target=self.serve_forever, daemon=True).start()
