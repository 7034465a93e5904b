"""Every address names who may open it, and answers strangers, weak roles and passers-by as it should."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, converters, get_resolver

from organisations.models import Organisation
from organisations.permissions import PERMISSIONS, Permission, Role
from organisations.tenancy import organisation_scope
from tests.makers import make_member

INSIDE = "o/<slug:organisation>/"
# Addresses outside an organisation, by the start of their route.
OUTSIDE = {
    "": "home: sends a signed-in person on to their organisation",
    "healthz": "whether this process can answer; it says no more than that",
    "language/": "the language of whoever looks",
    "account/": "sign-in and one's own account",
    "join/": "a colleague's invitation: the signed token in the address says who may",
    "a/": "a survey's public address: the signed token in it says which, and anyone may answer",
    "r/": "a survey's page: the signed token in the address says who may answer",
    "u/": "unsubscribing: the signed token in the address says whose",
    "logo/": "an organisation's logo: the signed token in the address says whose",
    "mail-reports/": "what a mail provider reports: the provider's secret says that it is they",
}


@dataclass(frozen=True)
class Route:
    name: str
    route: str
    view: Callable[..., Any]
    converters: dict[str, Any]

    def __str__(self) -> str:
        return self.name

    @property
    def permission(self) -> Permission | None:
        return getattr(self.view, "permission", None)

    def path(self, organisation: str) -> str:
        """The address, with values that no row has: the permission is looked at before any row."""
        path = "/" + self.route
        for name, converter in self.converters.items():
            value = organisation if name == "organisation" else example(converter)
            kind = next(key for key, known in converters.get_converters().items() if known is converter)
            path = path.replace(f"<{kind}:{name}>", value).replace(f"<{name}>", value)
        assert "<" not in path, path
        return path


def example(converter: Any) -> str:
    known = {
        converters.IntConverter: "999999999",
        converters.SlugConverter: "nothing",
        converters.StringConverter: "nothing",
        converters.PathConverter: "nothing",
        converters.UUIDConverter: "00000000-0000-4000-8000-000000000000",
    }
    for kind, value in known.items():
        if type(converter) is kind:
            return value
    raise AssertionError(f"teach example() in {__name__} a value that {type(converter).__name__} takes")


def routes(
    resolver: URLResolver, route: str = "", namespace: str = "", outer: dict[str, Any] | None = None
) -> Iterator[Route]:
    for pattern in resolver.url_patterns:
        found = {**(outer or {}), **getattr(pattern.pattern, "converters", {})}
        whole = route + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, whole, namespace + (f"{pattern.namespace}:" if pattern.namespace else ""), found)
        else:
            assert isinstance(pattern, URLPattern)
            yield Route(f"{namespace}{pattern.name}", whole, pattern.callback, found)


ROUTES = list(routes(get_resolver()))
INNER = [route for route in ROUTES if route.route.startswith(INSIDE)]
OUTER = [route for route in ROUTES if not route.route.startswith(INSIDE)]

inner_routes = pytest.mark.parametrize("route", INNER, ids=str)


@pytest.mark.parametrize("route", OUTER, ids=lambda route: route.route or "home")
def test_outside_an_organisation_there_is_little(route: Route) -> None:
    fits = route.route in OUTSIDE or any(start and route.route.startswith(start) for start in OUTSIDE)
    assert fits, f"/{route.route}: put it below /{INSIDE}, or add its start to OUTSIDE in {__name__} with a reason"


def test_nothing_outside_is_allowed_that_is_not_there() -> None:
    starts = {start for start in OUTSIDE if start and any(route.route.startswith(start) for route in OUTER)}
    assert OUTSIDE.keys() - {""} == starts, f"take off OUTSIDE in {__name__} what no route begins with"


@inner_routes
def test_each_view_names_its_permission(route: Route) -> None:
    assert route.permission in set(Permission), f"{route}: decorate its view with @requires(Permission.…)"
    assert route.name.rpartition(":")[2] != "None", f"/{route.route} has no name"


def test_somebody_signed_out_is_asked_to_sign_in(organisation: Organisation, client: Client) -> None:
    def is_asked(response: HttpResponseBase) -> bool:
        return response.status_code == 302 and response["Location"].startswith("/account/login/?next=")

    paths = [route.path(organisation.slug) for route in INNER]
    assert [path for path in paths if not is_asked(ask(client, path))] == []


def test_a_stranger_does_not_learn_that_the_organisation_exists(
    organisation: Organisation, other_organisation: Organisation, client: Client
) -> None:
    with organisation_scope(other_organisation.pk):
        client.force_login(make_member(other_organisation, Role.ADMIN).user)
    paths = [route.path(organisation.slug) for route in INNER]
    assert [path for path in paths if ask(client, path).status_code != 404] == []


@pytest.mark.parametrize("role", Role)
def test_a_weak_role_is_refused_and_a_strong_one_let_in(role: Role, organisation: Organisation, client: Client) -> None:
    client.force_login(make_member(organisation, role).user)
    wrong = {}
    for route in INNER:
        path = route.path(organisation.slug)
        expected = {200, 302, 400, 404} if route.permission in PERMISSIONS[role] else {403}
        status = ask(client, path).status_code
        if status not in expected:
            wrong[path] = f"{status}, although it needs {route.permission}"
    assert wrong == {}, "the permission is to be looked at before anything else, by @requires"


def ask(client: Client, path: str) -> HttpResponseBase:
    response = client.get(path)
    return client.post(path) if response.status_code == 405 else response
