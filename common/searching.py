"""Searching lists of people without the words getting into addresses, and so into logs and histories.

The form posts. The words stay in the session, and the address names them by a key that says nothing to anybody else;
so pages, filters, the way back and a second window work as with any other list.
"""

import secrets
from typing import Final
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

KEY: Final = "words"
SESSION: Final = "searches"
KEPT = 20
"""The newest searches of a session; typing makes many."""
LONGEST = 1000


class PeopleFilterForm(forms.Form):
    """Filters a list of people; what stands in the fields called ``personal`` may be about one of them."""

    personal: tuple[str, ...] = ("search",)


def at_its_address(request: HttpRequest, form: type[PeopleFilterForm], *more: str) -> HttpResponse:
    """Where a search that was posted is shown; ``more`` are names of filters that are no fields of every such form."""
    words = {name: request.POST[name][:LONGEST] for name in form.personal if request.POST.get(name)}
    others = [name for name in (*form.base_fields, *more) if name not in form.personal]
    query = {name: request.POST[name] for name in others if request.POST.get(name)}
    if words:
        query[KEY] = _keep(request, words)
    return redirect(f"{request.path}?{urlencode(query)}" if query else request.path)


def asked_for(request: HttpRequest, form: type[PeopleFilterForm]) -> dict[str, str]:
    """What the form is to hold at this address; nothing of a search that is forgotten or somebody else's."""
    data = {name: str(value) for name, value in request.GET.items() if name not in form.personal}
    kept: dict[str, dict[str, str]] = request.session.get(SESSION, {})
    return data | kept.get(request.GET.get(KEY, ""), {})


def forget_searches(request: HttpRequest) -> None:
    """Whoever is erased was probably searched for just before."""
    request.session.pop(SESSION, None)


def _keep(request: HttpRequest, words: dict[str, str]) -> str:
    kept = request.session.get(SESSION, {})
    key = next((key for key, former in kept.items() if former == words), None) or secrets.token_urlsafe(6)
    newest = [*((other, former) for other, former in kept.items() if other != key), (key, words)]
    request.session[SESSION] = dict(newest[-KEPT:])
    return key
