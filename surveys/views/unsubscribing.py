"""The page behind the unsubscribe link: no session, no cookie, and a GET never changes anything."""

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from surveys.domain.unsubscribing import subscriber, unsubscribe
from surveys.links import read_unsubscribe_token
from surveys.views.answering import respond


@csrf_exempt  # Mail programs post here by themselves (RFC 8058); the token is the secret.
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe_page(request: HttpRequest, token: str) -> HttpResponse:
    ids = read_unsubscribe_token(token)
    if ids is None:
        return _unknown()
    act = unsubscribe if request.method == "POST" else subscriber
    found = act(organisation_id=ids[0], invitation_id=ids[1])
    if found is None:
        return _unknown()
    with translation.override(found.language):
        context = {
            "organisation_name": found.organisation.name,
            "privacy_url": found.organisation.privacy_url,
            "is_done": request.method == "POST",
        }
        return respond("respond/unsubscribe.html", context)


def _unknown() -> HttpResponse:
    return respond("respond/unsubscribe_unknown.html", {}, status=404)
