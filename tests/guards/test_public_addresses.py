"""Whatever is sent to an address that anyone may call: never a fault of ours, and what is refused leaves nothing."""

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import quote_from_bytes

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from django.conf import LazySettings
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from common.pictures import Logo
from organisations.branding import logo_link
from organisations.domain.invites import invite_colleague, link
from organisations.domain.logo import set_logo
from organisations.models import Organisation
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from surveys.domain.entering import Handed
from surveys.links import answer_token, entrance_path, unsubscribe_path
from surveys.models import Entrance, Invitation, Response
from tests.guards.project import MODELS
from tests.guards.test_urls import OUTER, Route
from tests.makers import (
    make_entrance,
    make_invitation,
    make_member,
    make_response,
    make_survey,
    make_user,
)
from tests.surveys.test_fuzz import check_whole, survey_of_all_kinds

SECRET = "provider:only-for-tests"
FORM = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data; boundary=x"


def invitations(organisation: Organisation) -> list[Invitation]:
    """One that is open, one that was answered, one that is out of date."""
    survey = survey_of_all_kinds(organisation)
    answered = make_invitation(make_survey(organisation))
    make_response(answered.survey, [3, "Because."], invitation=answered)
    return [make_invitation(survey), answered, make_invitation(survey, expires_at="2020-01-01T00:00Z")]


def answer(organisation: Organisation) -> list[str]:
    return [f"/r/{answer_token(organisation.pk, invitation.pk)}" for invitation in invitations(organisation)]


def unsubscribe(organisation: Organisation) -> list[str]:
    return [unsubscribe_path(organisation.pk, invitation.pk) for invitation in invitations(organisation)[:1]]


def entrances(organisation: Organisation) -> list[Entrance]:
    survey = survey_of_all_kinds(organisation)
    embed = make_entrance(survey, way=Entrance.Way.EMBED, origins=["https://www.example.com"])
    return [make_entrance(survey), make_entrance(survey, way=Entrance.Way.KIOSK), embed]


def enter(organisation: Organisation) -> list[str]:
    closed = make_entrance(make_survey(organisation), switched_off_at=timezone.now())
    return [entrance_path(organisation.pk, entrance.pk) for entrance in [*entrances(organisation), closed]]


def enter_sheet(organisation: Organisation) -> list[str]:
    """A sheet that was handed out an hour ago, at its own entrance and at another one."""
    own, other, _embed = entrances(organisation)
    version = own.survey.versions.latest("number")
    sheet = Handed(organisation.pk, own.pk, version.pk, int(timezone.now().timestamp()) - 3600, 7)
    return [f"{entrance_path(organisation.pk, entrance.pk)}/{sheet.token}" for entrance in (own, other)]


def join(organisation: Organisation) -> list[str]:
    """Somebody new, and somebody who has an account."""
    admin = make_member(organisation)
    addresses = ["jana@example.org", make_user().email]
    invites = [
        invite_colleague(organisation=organisation, email=each, role=Role.MEMBER, invited_by=admin.user)
        for each in addresses
    ]
    return [link(invite).removeprefix("http://localhost:8000") for invite in invites]


def logo_address(organisation: Organisation) -> list[str]:
    set_logo(organisation=organisation, logo=Logo(b"PNG", 40, 40))
    found = logo_link(organisation)
    assert found
    return [found.path, re.sub(r"[0-9a-f]{16}\.png", "x.png", found.path)]


def confirm_email(organisation: Organisation) -> list[str]:
    user = make_user()
    address = EmailAddress.objects.create(user=user, email=user.email)
    return [reverse("account_confirm_email", args=[EmailConfirmationHMAC.create(address).key])]


def new_password(organisation: Organisation) -> list[str]:
    user = make_user()
    ids = (user_pk_to_url_str(user), default_token_generator.make_token(user))
    return [reverse("account_reset_password_from_key", args=ids)]


def providers(organisation: Organisation) -> list[str]:
    names = ["postmark", "brevo", "sendgrid", "mailjet", "sparkpost", "resend", "mailgun", "amazon-ses", "nobody"]
    return [f"/mail-reports/{name}/" for name in names]


# What makes addresses of this name that open something. Those without arguments are called as they are.
DOORS: dict[str, Callable[[Organisation], list[str]]] = {
    "account_confirm_email": confirm_email,
    "account_reset_password_from_key": new_password,
    "join": join,
    "logo": logo_address,
    "surveys:answer": answer,
    "surveys:enter": enter,
    "surveys:enter_sheet": enter_sheet,
    "surveys:provider_reports": providers,
    "surveys:unsubscribe": unsubscribe,
}

NESTED = b"[" * 100_000
BODIES: list[tuple[bytes, str]] = [
    (b"", ""),
    (b"\xff\xfe\x00", FORM),
    (b"=&=&&;%", FORM),
    (b"%00=%00&q1=%ff&begun=%00&action=%00&language=%00", FORM),
    (b"a=1&" * 5000, FORM),
    (b"x" * (10 * 2**20), FORM),
    (b"q1=9", FORM + "; charset=utf-7"),
    (b"q1=9", FORM + "; charset=no-such-thing"),
    (b"q1=9", FORM + "; charset=\xff"),
    (b"q1=9", "text/plain; charset=utf-99"),
    (b"q1=9", "\x00/\x00; ;;="),
    (b"garbage", "multipart/form-data"),
    (b"garbage", "multipart/form-data; boundary=" + "x" * 300),
    (b"--x\r\nContent-Disposition: form-data; name=", PARTS),
    (b'--x\r\nContent-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: base64\r\n\r\n!\r\n--x--', PARTS),
    (b'--x\r\nContent-Disposition: form-data; name="q1"; filename="../\x00"\r\n\r\n\x00\r\n' * 200 + b"--x--", PARTS),
    (b'--x\r\nContent-Disposition: form-data; name="q1"\r\n\r\n' + b"x" * (10 * 2**20) + b"\r\n--x--", PARTS),
    (NESTED, "application/json"),
    (b'{"a":' * 50_000, "application/json"),
    *((body, "application/json") for body in (b"", b"{", b"null", b"[]", b"7", b"\xff\xfe", b'{"RecordType": []}')),
    (b'{"RecordType": {}, "Metadata": 3, "begun": []}', "application/json"),
    (
        b'{"RecordType": "Bounce", "Type": "HardBounce", "Metadata": {"mail": "\\u0000\\ud800"}, "Email": [1]}',
        "application/json",
    ),
    (b'{"RecordType": "Bounce", "Type": [], "BouncedAt": 7, "Metadata": null}', "application/json"),
    (b'{"RecordType": "Bounce", "BouncedAt": "2026-99-99T99:99:99Z"}', "application/json"),
    (json.dumps([{"event": "bounce", "email": [], "timestamp": 10**400}]).encode(), "application/json"),
]
VALUES = ["", "0", "-1", "9" * 400, "٣", "NaN", "\x00", "\ud800", "x" * 5001, "2024-12-31", "0000-00-00", "<script>"]
QUERIES = [
    "page=2",
    "page=99",
    "page=%00",
    "page=²",
    "s=9",
    "s=%ff&lang=en",
    "lang=%00",
    "lang=" + "x" * 5000,
    "next=//evil.example",
    "next=%00https://[",
    "&" * 5000,
]
CSRF = "y" * 32
TRUSTED = {"HTTP_X_CSRFTOKEN": CSRF, "HTTP_AUTHORIZATION": "Basic " + b64encode(SECRET.encode()).decode()}
"""What a page of ours and a mail provider know, so that what follows is looked at."""
COOKIES = [
    "sessionid=\x00; csrftoken=\x00; django_language=\x00; messages=\x00",
    f"csrftoken={CSRF}; sessionid={'x' * 5000}; django_language={'x' * 5000}; messages={'x' * 5000}",
    f"csrftoken={CSRF}; sessionid=\xff; messages=[[\xff; =;;=",
    f"csrftoken={CSRF}; sessionid=%00; messages=W1si:1:x; django_language=../../etc",
]
SENDERS = ["", "nobody", "\x00", ", ,", "::1%eth0", "1.2.3.4," * 1000, "fe80::/10"]
WISHES = ["x" * 5000, "de;q=9,*;q=\xff", "\x00", "de," * 2000]
HEADERS: list[dict[str, Any]] = [
    {"HTTP_HOST": value} for value in ("evil.example", "[::1", "a b", "testserver:99999999", "\xff", "")
]
# What nobody refuses a request for, all at once.
HEADERS += [
    {
        "REMOTE_ADDR": sender,
        "HTTP_X_FORWARDED_FOR": sender,
        "HTTP_COOKIE": COOKIES[number % len(COOKIES)],
        "HTTP_ACCEPT_LANGUAGE": WISHES[number % len(WISHES)],
        "HTTP_ACCEPT_ENCODING": "gzip;q=x, \xff",
        "HTTP_ACCEPT": "\x00",
        "HTTP_RANGE": "bytes=9-1",
        "HTTP_IF_MODIFIED_SINCE": "never",
        "HTTP_IF_NONE_MATCH": '"' * 500,
        "HTTP_HX_REQUEST": "true",
        "HTTP_HX_CURRENT_URL": "https://[",
        "HTTP_AUTHORIZATION": "Basic " + sender,
    }
    for number, sender in enumerate(SENDERS)
]
HEADERS += [
    {"HTTP_ORIGIN": "https://[", "HTTP_REFERER": "https://["},
    {"HTTP_REFERER": "\xff", "HTTP_X_FORWARDED_PROTO": "gopher", "HTTP_X_FORWARDED_HOST": "\0"},
    {"HTTP_TRANSFER_ENCODING": "chunked", "HTTP_CONTENT_ENCODING": "gzip", "CONTENT_LENGTH": "-1"},
]
TOKENS = [b"x", b"A" * 64, b"A" * 9000, b"\xff", b"\x00", b"..%2f..", b"e\xcc\x81", b"1:2", b"-", b"\xf0\x9f\x99\x82"]
METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"]
SAFE = {"GET", "HEAD", "OPTIONS", "TRACE"}
FIELD = re.compile(r'<(?:input|textarea|select|button)[^>]* name="([^"]+)"')
KEPT = re.compile(r' name="(begun)" value="([^"]*)"')


@dataclass
class Attacker:
    """Sends one request after the other, each to the same rows as the first found."""

    organisations: list[Organisation]
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False, enforce_csrf_checks=True))
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.before = self.stored()

    def send(self, method: str, address: str, body: bytes = b"", kind: str = FORM, **headers: Any) -> Any:
        extra: Any = {**TRUSTED, **headers}
        self.client.cookies = SimpleCookie({"csrftoken": CSRF})
        with transaction.atomic(), writes() as written:
            response: Any = self.client.generic(method, address, body, kind, **extra)
            wrong = ""
            if not 200 <= response.status_code < 500:
                wrong = repr(response.exc_info[1])
            elif written and (method in SAFE or response.status_code >= 400) and self.stored() != self.before:
                wrong = f"was not to write, but {written[0]}"
            elif any(Response._meta.db_table in statement for statement in written):
                for each in Response.objects.all():
                    check_whole(each)
            if wrong:
                request = (
                    f"{response.status_code} {method} {address[:90]} {body[:60]!r} {kind[:60]} {str(headers)[:99]}"
                )
                self.faults.append(f"{request}: {wrong[:200]}")
            transaction.set_rollback(True)
        return response

    def stored(self) -> list[Any]:
        """Of every table what it holds, but for sessions, which anyone may begin."""
        found: list[Any] = []
        for organisation in self.organisations:
            with organisation_scope(organisation.pk), connection.cursor() as cursor:
                cursor.execute(EVERYTHING)
                found.append(cursor.fetchall())
        return found


EVERYTHING = " UNION ALL ".join(
    f"SELECT '{model._meta.db_table}', count(*), sum(hashtext(each::text)) FROM {model._meta.db_table} AS each"
    for model in MODELS
)


@contextmanager
def writes() -> Iterator[list[str]]:
    """The statements inside that may have changed something."""
    written: list[str] = []

    def watch(execute: Any, sql: str, *args: Any) -> Any:
        if re.search(r"\b(INSERT|UPDATE|DELETE|COPY)\b", sql) and Session._meta.db_table not in sql:
            written.append(sql)
        return execute(sql, *args)

    with connection.execute_wrapper(watch):
        yield written


@pytest.mark.parametrize("route", OUTER, ids=lambda route: route.name)
def test_nothing_sent_to_it_is_a_fault_of_ours(
    route: Route, organisation: Organisation, other_organisation: Organisation, settings: LazySettings
) -> None:
    settings.ANYMAIL = {"WEBHOOK_SECRET": [SECRET], "POSTMARK_SERVER_TOKEN": "x"}
    with organisation_scope(other_organisation.pk):
        make_response(make_survey(other_organisation), [9, "Of a stranger."])
    has_arguments = "<" in route.route
    assert has_arguments == (route.name in DOORS), f"add what makes addresses of {route.name} to DOORS in {__name__}"
    addresses = DOORS[route.name](organisation) if has_arguments else ["/" + route.route]
    for address in addresses:
        Client().get(address)  # that a link was opened is written down once
    attacker = Attacker([organisation, other_organisation])
    send_rubbish(attacker, addresses[0])
    for address in addresses:
        send_bodies(attacker, address)
        send_values(attacker, address)
    if has_arguments:
        for address in damaged(addresses[0]):
            for method in ("GET", "POST"):
                attacker.send(method, address, b"q1=9")
    assert not attacker.faults, "\n".join(attacker.faults)
    connection.check_constraints()


def test_no_door_is_of_an_address_that_is_gone() -> None:
    assert DOORS.keys() <= {route.name for route in OUTER}


def test_nothing_sent_to_an_address_that_is_none_is_a_fault_of_ours(organisation: Organisation) -> None:
    attacker = Attacker([organisation])
    for address in (
        "/nothing",
        "/static/nothing.css",
        "/static/%00",
        "/o/nordlicht/surveys/",
        "//evil.example/%2e%2e/",
    ):
        send_rubbish(attacker, address)
        send_bodies(attacker, address)
    assert not attacker.faults, "\n".join(attacker.faults)


def send_rubbish(attacker: Attacker, address: str) -> None:
    for method in METHODS:
        attacker.send(method, address)
    attacker.send("PUT", address, *BODIES[3])
    for query in QUERIES:
        for method in ("GET", "POST"):
            attacker.send(method, f"{address}?{query}")
    for headers in HEADERS:
        attacker.send("GET", address, **headers)
        attacker.send("POST", address, b"q1=9&login=a&password=b", **headers)


def send_bodies(attacker: Attacker, address: str) -> None:
    for body, kind in BODIES:
        attacker.send("POST", address, body, kind)


def send_values(attacker: Attacker, address: str) -> None:
    """What the page itself would send, with other values."""
    page = getattr(attacker.send("GET", address), "content", b"").decode(errors="replace")
    kept = dict(KEPT.findall(page))
    names = {*FIELD.findall(page), "q9"} - kept.keys()
    for value in VALUES:
        attacker.send("POST", address, encoded({**dict.fromkeys(names, value), **kept}))
    for name in names:
        attacker.send("POST", address, encoded({**kept, name: "\x00"}))


def encoded(form: dict[str, str]) -> bytes:
    pairs = [(name.encode(), value.encode("utf-8", "surrogatepass")) for name, value in form.items()]
    return "&".join(f"{quote_from_bytes(name)}={quote_from_bytes(value)}" for name, value in pairs).encode()


def damaged(address: str) -> Iterator[str]:
    """Each part of an address that opens something, replaced by rubbish."""
    parts = address.split("/")
    for place in range(2, len(parts)):
        for token in TOKENS:
            yield "/".join([*parts[:place], quote_from_bytes(token), *parts[place + 1 :]])
        yield "/".join([*parts[:place], parts[place][:-1] + "A", *parts[place + 1 :]])
