"""The one way in which the portal answers a form that was refused."""

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def render_form(
    request: HttpRequest, template: str, context: dict[str, Any], *, is_refused: bool = False
) -> HttpResponse:
    """A page with one or more forms: 422 where one was sent and is refused, so that not only people see that it was.

    A form is whatever in the context has ``errors`` or, as those of nested conditions, ``has_errors``.
    """
    has_faults = request.method == "POST" and any(
        getattr(each, "errors", None) or getattr(each, "has_errors", False) for each in context.values()
    )
    status = HTTPStatus.UNPROCESSABLE_ENTITY if has_faults or is_refused else HTTPStatus.OK
    return render(request, template, context, status=status)
