import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from surveys.views.answering import answer
from surveys.views.entering import entrance

PATHS = {
    re.compile(r"/r/(?P<token>[^/]+)"): answer,
    re.compile(r"/a/(?P<token>[^/]+)(?:/(?P<sheet>[^/]+))?"): entrance,
}


class AnsweringMiddleware:
    """A short cut to the pages that customers answer on: they need no session, user or message, so what stands behind
    this in ``MIDDLEWARE`` does not run for it. Without it the page is the same, at twice the cost."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        for path, view in PATHS.items():
            if found := path.fullmatch(request.path_info):
                return view(request, **{name: value for name, value in found.groupdict().items() if value})
        return self.get_response(request)
