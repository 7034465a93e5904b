"""Public ways in, as people meet them: on a tablet, in a frame of another website, and on a colleague's screen."""

import re
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import Error, Page, expect
from pytest_django.live_server_helper import LiveServer

from organisations.models import Organisation
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from surveys.links import entrance_path
from surveys.models import Entrance, Question, Response
from tests.browser.conftest import PATIENCE, OpenPage, accessibility_faults, scrolls_sideways
from tests.makers import make_entrance, make_member, make_response, make_survey, publish

HEIGHT = "document.querySelector('iframe').clientHeight"


@pytest.fixture
def website(live_server: LiveServer) -> Iterator[tuple[str, dict[str, str]]]:
    """Another website: its origin, and its pages by path, which a test may fill in."""
    pages: dict[str, str] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header(
                "Content-Security-Policy",
                f"default-src 'none'; frame-src {live_server.url}; script-src {live_server.url}; img-src data:",
            )
            self.end_headers()
            self.wfile.write(pages.get(self.path, "").encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("localhost", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}", pages
    server.shutdown()


def entrance_of(organisation: Organisation, **fields: object) -> tuple[str, Entrance]:
    """A survey of two pages, and the address of the way in."""
    with organisation_scope(organisation.pk):
        survey = make_survey(organisation)
        Question.objects.filter(kind="text").update(starts_page=True)
        publish(survey)
        entrance = make_entrance(survey, **fields)
    return entrance_path(organisation.pk, entrance.pk), entrance


def snippet(page: str, live_server: LiveServer, with_script: bool = True) -> str:
    script = f'<script src="{live_server.url}/static/js/embed.js" async></script>' if with_script else ""
    frame = f'<iframe src="{live_server.url}{page}" title="Survey" width="100%" height="150" data-cx-survey></iframe>'
    head = '<!doctype html><html lang="en"><title>Help</title><link rel="icon" href="data:,">'
    return f"{head}{frame}{'<br>' * 100}{script}</html>"


def test_in_a_frame_of_another_website(
    open_page: OpenPage, organisation: Organisation, live_server: LiveServer, website: tuple[str, dict[str, str]]
) -> None:
    origin, pages = website
    path, _entrance = entrance_of(organisation, way=Entrance.Way.EMBED, origins=[origin], language="en")
    pages["/"] = snippet(path, live_server)
    pages["/plain"] = snippet(path, live_server, with_script=False)
    page = open_page(f"{origin}/", width=800)
    frame = page.frame_locator("iframe")
    expect(frame.get_by_text("Question 1")).to_be_visible()
    page.wait_for_function("document.querySelector('iframe').clientHeight > 250")
    page.wait_for_timeout(2500)
    frame.get_by_role("radio", name="9", exact=True).check()
    frame.get_by_role("button", name="Next").click()
    frame.get_by_role("textbox").fill("From afar")
    page.evaluate("scrollTo(0, 60)")
    higher = page.evaluate(HEIGHT)
    frame.get_by_role("button", name="Send answers").click()
    expect(frame.get_by_role("heading", level=1)).to_have_text("Thank you")
    # It gets lower, too; and who scrolled down to the button sees the next page from its beginning.
    wait_until(page, lambda: page.evaluate(HEIGHT) < higher)
    wait_until(page, lambda: page.evaluate("document.querySelector('iframe').getBoundingClientRect().top") >= 0)
    assert page.context.cookies() == []
    with organisation_scope(organisation.pk):
        response = Response.objects.get()
        assert (response.way, response.set_aside) == (Response.Way.EMBED, "")

    plain = open_page(f"{origin}/plain", java_script_enabled=False)
    expect(plain.frame_locator("iframe").get_by_text("Question 1")).to_be_visible()


def test_no_other_website_may_show_it(
    open_page: OpenPage, organisation: Organisation, live_server: LiveServer, website: tuple[str, dict[str, str]]
) -> None:
    origin, pages = website
    path, _entrance = entrance_of(organisation, way=Entrance.Way.EMBED, origins=["https://www.example.com"])
    pages["/"] = snippet(path, live_server)
    answer = open_page("about:blank").goto(path)
    assert answer
    assert f" {origin}" not in answer.headers["content-security-policy"]
    assert "frame-ancestors 'self' https://www.example.com" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("with_script", [True, False])
def test_one_person_after_another_at_a_tablet(
    open_page: OpenPage, organisation: Organisation, with_script: bool
) -> None:
    path, _entrance = entrance_of(organisation, way=Entrance.Way.KIOSK, language="en")
    page = open_page(path, width=1024, java_script_enabled=with_script)
    if with_script:
        assert accessibility_faults(page) == []
    assert not scrolls_sideways(page)
    for label in page.locator(".scale label").all():
        box = label.bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= 48
    page.wait_for_timeout(2500)
    page.get_by_role("radio", name="3", exact=True).check()
    page.get_by_role("button", name="Next").click()
    page.get_by_role("textbox").fill("A secret")
    assert page.get_by_role("link", name="Back").count() == 0
    page.get_by_role("button", name="Send answers").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    expect(page).to_have_url(re.compile(re.escape(path) + r"(\?|$)"))
    # It starts anew by itself.
    expect(page.get_by_role("radio", name="3", exact=True)).to_be_visible()
    expect(page.locator("input:checked")).to_have_count(0)
    for _ in range(3):
        try:
            page.go_back()
        except Error as error:  # the browser would have to send a form again, and asks first
            if "ERR_CACHE_MISS" not in error.message:
                raise
        expect(page.get_by_text("A secret")).to_have_count(0)
        expect(page.locator("input:checked")).to_have_count(0)
    with organisation_scope(organisation.pk):
        assert Response.objects.get().set_aside == ""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_everyone_can_use_the_pages_behind_it(
    open_page: OpenPage, organisation: Organisation, scheme: str, width: int
) -> None:
    paths = []
    with organisation_scope(organisation.pk):
        survey = make_survey(organisation)
        for way in Entrance.Way:
            origins = ["https://www.example.com"] if way == Entrance.Way.EMBED else []
            paths.append(f"ways/{make_entrance(survey, way=way, origins=origins).pk}/")
        make_response(survey, [3, "Odd"])
        Response.objects.update(set_aside=Response.SetAside.TRAP)
        member = make_member(organisation, Role.CX_MANAGER)
    start = f"/o/nordlicht/surveys/{survey.pk}/"
    page = open_page(start + "ways/", member, width=width, color_scheme=scheme)
    check(page)
    for path in [*paths, "ways/new/embed/", "set-aside/", "set-aside/?part=counted", "phone/"]:
        page.goto(start + path)
        check(page)
    with page.expect_navigation():
        page.get_by_role("button").last.click()
    check(page)


def test_what_a_caller_says_is_typed_in(open_page: OpenPage, organisation: Organisation) -> None:
    with organisation_scope(organisation.pk):
        survey = make_survey(organisation)
        publish(survey)
        member = make_member(organisation, Role.MEMBER)
    page = open_page(f"/o/nordlicht/surveys/{survey.pk}/phone/", member)
    page.locator("main").get_by_role("button").click()
    page.get_by_role("radio", name="3", exact=True).check()
    page.locator("#sheet").get_by_role("button").last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vielen Dank")
    with organisation_scope(organisation.pk):
        assert Response.objects.get().way == Response.Way.PHONE


def wait_until(page: Page, is_so: Callable[[], bool]) -> None:
    """Asks from here: a website's content security policy lets no page wait for us."""
    for _ in range(PATIENCE // 100):
        if is_so():
            return
        page.wait_for_timeout(100)
    raise AssertionError


def check(page: Page) -> None:
    assert accessibility_faults(page) == []
    assert not scrolls_sideways(page)
