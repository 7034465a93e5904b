"""Django's own error pages, of a request whose form may be what is wrong with it."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.views import defaults


def without_form(page: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """They look for the CSRF token in the form once more, and so would fail at one that can't be read."""

    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        request.POST = QueryDict()
        return page(request, *args, **kwargs)

    return shown


bad_request = without_form(defaults.bad_request)
permission_denied = without_form(defaults.permission_denied)
page_not_found = without_form(defaults.page_not_found)
server_error = without_form(defaults.server_error)
