"""The rail on every page: apps name their entries in ``apps.py``, this module shows those the role may open."""

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from organisations.permissions import Permission

GROUPS: dict[str, Promise] = {
    "read": _("Read"),
    "act": _("Act"),
    "ask": _("Ask"),
    "data": _("Data"),
    "settings": _("Settings"),
}


@dataclass(frozen=True)
class NavigationItem:
    """One entry; ``section`` is the part of the path behind /o/<organisation>/ that it is current for.

    Entries of a group stand in the order of ``position``, whichever app they come from.
    """

    group: str
    title: str | Promise
    url_name: str
    section: str
    permission: Permission
    position: int = 100


@dataclass(frozen=True)
class Entry:
    title: str | Promise
    url: str
    is_current: bool


@dataclass(frozen=True)
class Group:
    title: str | Promise
    items: list[Entry]


def all_items() -> list[NavigationItem]:
    items = [item for config in apps.get_app_configs() for item in getattr(config, "navigation", [])]
    return sorted(items, key=lambda item: item.position)


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context processor: what the base template needs on pages of an organisation."""
    membership = getattr(request, "membership", None)
    if membership is None:
        return {}
    slug = membership.organisation.slug
    section = request.path_info.removeprefix(f"/o/{slug}/").split("/")[0]
    groups = []
    for key, title in GROUPS.items():
        entries = [
            Entry(item.title, reverse(item.url_name, args=[slug]), item.section == section)
            for item in all_items()
            if item.group == key and membership.may(item.permission)
        ]
        if entries:
            groups.append(Group(title, entries))
    return {
        "navigation": groups,
        "organisation": membership.organisation,
        "membership": membership,
        "memberships": request.memberships,  # type: ignore[attr-defined]  # set by the middleware with the membership
    }
