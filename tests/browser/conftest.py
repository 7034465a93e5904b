"""A real browser in front of a real server. All tests below this folder are marked ``browser``.

The server has connections of its own, so what it is to see must be committed: fill ``organisation`` inside
``organisation_scope(organisation.pk)`` and leave the scope before the browser looks.
"""

import os
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.core.servers.basehttp import ThreadedWSGIServer
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Route, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from organisations.models import Membership, Organisation
from tests.makers import make_organisation
from tests.services import chromium

HERE = Path(__file__).parent
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]

# A busy machine is not a failure. What is right costs no patience, only what is wrong.
PATIENCE = 60_000
expect.set_options(timeout=PATIENCE)

OpenPage = Callable[..., Page]


class PatientServer(ThreadedWSGIServer):
    """Knows whom it is still talking to: the database is emptied after each test, which no request may meet."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.changed = threading.Condition()
        self.guests: set[Any] = set()
        self.latest: Any = None

    def process_request(self, request: Any, client_address: Any) -> None:
        with self.changed:
            self.guests.add(client_address)
            self.latest = client_address
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self.changed:
                self.guests.remove(client_address)
                self.changed.notify_all()

    def see_off(self) -> None:
        """Returns when all who knocked at the door before us have come in and gone again."""
        with socket.create_connection(("localhost", self.server_port)) as connection:
            us = connection.getsockname()
        with self.changed:
            assert self.changed.wait_for(lambda: self.latest == us and not self.guests, PATIENCE / 1000), self.guests


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def live_server() -> Iterator[LiveServer]:
    """Static files come from WhiteNoise, compressed and under their hashed names, as in production."""
    server = LiveServer("localhost", start=False)
    server.thread.static_handler = lambda application: application  # type: ignore[assignment]  # nothing wrapped
    server.thread.server_class = PatientServer
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = chromium()
    if program is None:
        pytest.skip("Chromium is missing: apt-get install chromium")
    # Playwright's event loop runs in this thread, beside which Django would refuse to ask the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=program, args=[*QUIET, "--disable-sync", "--no-first-run"])
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def organisation(transactional_db: None) -> Organisation:
    return make_organisation(name="Nordlicht", slug="nordlicht")


@pytest.fixture
def other_organisation(transactional_db: None) -> Organisation:
    return make_organisation(name="Südwind", slug="suedwind")


@pytest.fixture
def open_page(live_server: LiveServer, browser: Browser, transactional_db: None) -> Iterator[OpenPage]:
    """``open_page(path, member=None, width=1440, **options)``: a page in a browser of its own, signed in as a member.

    Options are Playwright's for a new context, such as ``java_script_enabled=False`` or ``color_scheme="dark"``.
    Whatever the pages do, a script error or a breach of the content security policy fails the test.
    """
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            faults.append(message.text)

    def open_page(path: str, member: Membership | None = None, width: int = 1440, **options: Any) -> Page:
        options = {"viewport": {"width": width, "height": 900}, "locale": "en", **options}
        context = browser.new_context(base_url=live_server.url, **options)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        if member:
            client = Client()
            client.force_login(member.user)
            session = client.cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
        context.on("console", note)
        context.on("weberror", lambda error: faults.append(str(error.error)))
        page = context.new_page()
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert isinstance(live_server.thread.httpd, PatientServer)
    live_server.thread.httpd.see_off()
    assert not faults


def accessibility_faults(page: Page) -> list[str]:
    """What axe finds on the page as it is now: one line per fault and place."""
    page.wait_for_load_state()
    found = Axe().run(page).response["violations"]
    return [f"{fault['id']}: {fault['help']}: {node['html']}" for fault in found for node in fault["nodes"]]


def scrolls_sideways(page: Page) -> bool:
    page.wait_for_load_state()
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


@contextmanager
def kept_back(page: Page, method: str, address: str) -> Iterator[None]:
    """What the page asks for inside reaches the portal at the end; what it asked for last comes first."""
    routes: list[Route] = []
    is_over = False

    def keep(route: Route) -> None:
        if route.request.method == method and not is_over:
            routes.append(route)
        else:
            route.continue_()

    page.route(re.compile(address), keep)
    yield
    for _ in range(PATIENCE // 50):
        if routes:
            break
        page.wait_for_timeout(50)
    is_over = True
    assert routes
    for route in reversed(routes):
        route.continue_()
        route.request.response()
