import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.utils import translation

from surveys.views.answering import answer

ANSWER_PATH = re.compile(r"/r/(?P<token>[^/]+)")


class AnsweringMiddleware:
    """A short cut to the page that customers answer on: it needs no session, user or message, so what stands behind
    this in ``MIDDLEWARE`` does not run for it. Without it the page is the same, at twice the cost."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        path = ANSWER_PATH.fullmatch(request.path_info)
        if path is None:
            return self.get_response(request)
        # As LocaleMiddleware does; a page about an invitation speaks its language instead.
        with translation.override(translation.get_language_from_request(request)):
            return answer(request, path["token"])
