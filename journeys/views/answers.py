"""How an edit of the map answers: htmx is told what happened, and fetches the map anew; without it the page reloads."""

from collections.abc import Callable
from http import HTTPStatus

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django_htmx.http import trigger_client_event

from journeys.models import Journey
from organisations.requests import OrganisationRequest

Done = tuple[str, str]
"""What happened, as a sentence, and the id of the element where one goes on ("": where one is)."""


def map_address(request: OrganisationRequest, journey: Journey, place: str = "") -> str:
    """Of the map being edited."""
    address = reverse("reports:journey", args=[request.organisation.slug, journey.pk]) + "?edit=1"
    return f"{address}#{place}" if place else address


def edited(request: OrganisationRequest, journey: Journey, change: Callable[[], Done]) -> HttpResponse:
    """Do the change and say what happened, or why it did not."""
    try:
        with transaction.atomic():
            done, place = change()
    except ValidationError as refusal:
        why = " ".join(refusal.messages)
        if request.htmx:
            return trigger_client_event(nothing_new(), "map-said", {"said": why, "bad": True})
        messages.error(request, why)
        return redirect(map_address(request, journey))
    if request.htmx:
        return trigger_client_event(nothing_new(), "map-changed", {"said": done, "focus": place})
    messages.success(request, done)
    return redirect(map_address(request, journey, place))


def panel(
    request: OrganisationRequest,
    journey: Journey,
    fragment: str,
    *,
    title: str,
    place: str = "",
    status: int = HTTPStatus.OK,
    **context: object,
) -> HttpResponse:
    """A menu or a small form: htmx shows it over the map, without it it is a page that leads back to ``place``."""
    back = map_address(request, journey, place)
    values = {"journey": journey, "fragment": fragment, "title": title, "back_url": back, **context}
    template = "journeys/_panel.html" if request.htmx else "journeys/panel.html"
    return render(request, template, values, status=status)


def nothing_new() -> HttpResponse:
    return HttpResponse(status=HTTPStatus.NO_CONTENT)
