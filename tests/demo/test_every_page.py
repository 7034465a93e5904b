"""All pages, found as a visitor finds them, by following links and forms; and whatever is sent there.

What is found is kept by the name of its route and the names of its query, a few addresses of each; so the walk ends,
and pages of states the demo does not show are left to the tests of their apps.
"""

import contextlib
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, quote_from_bytes, urljoin, urlsplit

import pytest
from django.db import connection, transaction
from django.forms import BaseForm
from django.test import Client
from django.urls import Resolver404, resolve

from demo.nordlicht import NORDLICHT
from journeys.forms.rules import RuleForm
from organisations.models import Membership, Organisation
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from tests.guards.test_urls import INNER

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("printed")]

DAYS = ["0000-00-00", "0001-01-01", "9999-12-31"]
HOSTILE = ["", "-1", "0", "999999999999999999999", "1e9", "NaN", "²", "٣", "\x00", "\ud800", "🙂" * 90, "x" * 70_000]
HOSTILE += [
    *DAYS,
    "0001-01-01T00:00",
    "9999-12-31T23:59",
    "<script>alert(1)</script>",
    "'; --",
    "%s%n",
    "{first_name|}",
    "{",
    "[]",
    "null",
]
HOSTILE += ["\r\nBcc: a@example.net", "../../etc/passwd", "admin", "true"]
EACH, QUERIES = 1, 4
"""Addresses that are looked at of each kind, and kinds of each route."""


@dataclass
class Form:
    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)


class Page(HTMLParser):
    """Its links and forms."""

    def __init__(self, path: str, html: str) -> None:
        super().__init__()
        self.path, self.links, self.forms = path, list[str](), list[Form]()
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        for name in ("href", "src", "hx-get", "data-url", "data-src"):
            if name in given and tag != "use":
                self.links.append(urljoin(self.path, given[name]))
        if "hx-post" in given:
            self.forms.append(Form(urljoin(self.path, given["hx-post"]), "post"))
        if tag == "form":
            action = urljoin(self.path, given.get("action", ""))
            self.forms.append(Form(action, given.get("method", "get").lower()))
        elif tag in {"input", "select", "textarea", "button"} and given.get("name") and self.forms:
            self.forms[-1].fields.append((given["name"], given.get("value", "")))
            if "formaction" in given:
                self.forms.append(Form(urljoin(self.path, given["formaction"]), "post", self.forms[-1].fields))


class Walk:
    def __init__(self, client: Client) -> None:
        self.client = client
        self.pages: dict[tuple[str, ...], list[str]] = defaultdict(list)
        self.forms: dict[tuple[str, ...], list[Form]] = defaultdict(list)
        self.names: set[str] = set()
        self.broken: dict[str, int] = {}

    def run(self, start: str) -> "Walk":
        ahead = [start]
        while ahead:
            path = ahead.pop()
            kind = self.kind(path)
            if kind is None or path in self.pages[kind] or len(self.pages[kind]) == EACH or self.is_enough(kind):
                continue
            self.pages[kind].append(path)
            answer = self.client.get(path)
            if answer.status_code >= 400:
                self.broken[path] = answer.status_code
            if answer.status_code in {301, 302, 303}:
                ahead.append(urljoin(path, answer["Location"]))
            elif answer.get("Content-Type", "").startswith("text/html"):
                page = Page(path, answer.content.decode())
                ahead += page.links
                self.keep(page.forms)
        return self

    def is_enough(self, kind: tuple[str, ...]) -> bool:
        return (
            not self.pages[kind]
            and sum(bool(self.pages[other]) for other in self.pages if other[0] == kind[0]) >= QUERIES
        )

    def keep(self, forms: Iterable[Form]) -> None:
        for form in forms:
            kind = self.kind(form.action)
            if kind and len(self.forms[kind]) < EACH:
                self.forms[kind].append(form)

    def kind(self, address: str) -> tuple[str, ...] | None:
        """The name of its route and those of its query; None where it is not the portal's."""
        url = urlsplit(address)
        if url.netloc not in {"", "localhost:8000", "testserver"} or url.scheme not in {"", "http"}:
            return None
        try:
            name = resolve(url.path).view_name
        except Resolver404:
            return None
        if name in {"account_logout", "surveys:answer", "surveys:unsubscribe"}:  # in mails of a preview
            return None
        self.names.add(name)
        return name, *sorted({name for name, _value in parse_qsl(url.query, keep_blank_values=True)})


def member(role: Role) -> Membership:
    organisation = Organisation.objects.get(slug=NORDLICHT.slug)
    with organisation_scope(organisation.pk):
        return Membership.objects.filter(role=role).select_related("user").order_by("pk")[0]


def walk(role: Role) -> Walk:
    client = Client()
    client.force_login(member(role).user)
    return Walk(client).run(f"/o/{NORDLICHT.slug}/")


@pytest.fixture(scope="module")
def walked(printed: object, django_db_blocker: Any) -> Walk:
    """What an admin sees."""
    with django_db_blocker.unblock():
        return walk(Role.ADMIN)


@pytest.mark.parametrize("role", [Role.DEPARTMENT_LEAD, Role.MEMBER])
def test_no_link_leads_nowhere(role: Role) -> None:
    assert walk(role).broken == {}


def test_no_link_of_an_admin_leads_nowhere(walked: Walk) -> None:
    assert walked.broken == {}


def test_the_walk_goes_far(walked: Walk) -> None:
    """The rest is about what the demo has none of, such as a mail that is unclear."""
    names = {str(route) for route in INNER}
    assert len(names & walked.names) > 0.7 * len(names)


def test_no_query_is_a_fault_of_ours(walked: Walk) -> None:
    chance = random.Random(1)
    walked.client.raise_request_exception = False
    faults = []
    for kind, paths in [(kind, paths) for kind, paths in walked.pages.items() if paths]:
        for name in kind[1:]:
            for value in [chance.choice(HOSTILE), *(DAYS if name in {"day", "from", "to"} else [])]:
                sent = form_data([(name, value)])[:8000]
                with undone():
                    answer = walked.client.get(f"{urlsplit(paths[0]).path}?{sent}")
                if answer.status_code >= 500:
                    faults.append((paths[0], sent[:200]))
    assert faults == []


def test_no_form_is_a_fault_of_ours_or_half_stored(walked: Walk) -> None:
    chance = random.Random(2)
    walked.client.raise_request_exception = False
    faults = []
    for form in [form for forms in walked.forms.values() for form in forms]:
        for _ in range(2):
            sent = form_data(hostile(form.fields, chance))
            with undone():
                before = written()
                if form.method == "get":
                    answer = walked.client.get(f"{urlsplit(form.action).path}?{sent[:8000]}")
                else:
                    answer = walked.client.post(form.action, sent, "application/x-www-form-urlencoded")
                if answer.status_code < 500:
                    connection.check_constraints()
                if answer.status_code >= 500 or (answer.status_code >= 400 and written() != before):
                    faults.append((form.action, answer.status_code, sent[:300], written()))
    assert faults == []


def test_a_form_that_is_refused_is_answered_with_422(walked: Walk) -> None:
    faults, refused = [], 0
    ours = [forms for (name, *_query), forms in walked.forms.items() if not name.startswith("account_")]
    for form in [form for forms in ours for form in forms if form.method == "post"]:
        for value in ("", "\x00" + "x" * 70_000):
            sent = form_data((name, value) for name, _value in form.fields)
            with undone():
                answer = walked.client.post(form.action, sent, "application/x-www-form-urlencoded")
            refused += answer.status_code == 422
            if answer.status_code == 200 and has_faults(answer):
                faults.append((form.action, value[:3]))
    assert faults == []
    assert refused > 40


def has_faults(answer: Any) -> bool:
    """A form on the page, whatever its name there, says what is wrong with what was sent."""
    return any(
        (isinstance(value, BaseForm) and value.errors) or (isinstance(value, RuleForm) and value.has_errors)
        for context in answer.context or ()
        for value in context.flatten().values()
    )


def hostile(fields: list[tuple[str, str]], chance: random.Random) -> Iterator[tuple[str, str]]:
    """A form as it came, but for some fields: their values are hostile, or they are missing or there twice."""
    for name, value in fields:
        match chance.choice(["same", "same", "hostile", "missing", "twice"]):
            case "same":
                yield name, value
            case "hostile":
                yield name, chance.choice(HOSTILE)
            case "twice":
                yield name, value
                yield name, chance.choice(HOSTILE)


def form_data(pairs: Iterable[tuple[str, str]]) -> str:
    return "&".join(f"{quoted(name)}={quoted(value)}" for name, value in pairs)


def quoted(text: str) -> str:
    return quote_from_bytes(text.encode("utf-8", "surrogatepass"))


class _Undone(Exception):
    pass


@contextlib.contextmanager
def undone() -> Iterator[None]:
    """What is done inside leaves nothing behind."""
    with contextlib.suppress(_Undone), transaction.atomic():
        yield
        raise _Undone


def written() -> dict[str, int]:
    """Rows that were written to in this transaction, by table, sessions aside."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables"
            " WHERE n_tup_ins + n_tup_upd + n_tup_del > 0 AND relname <> 'django_session'"
        )
        return dict(cursor.fetchall())
