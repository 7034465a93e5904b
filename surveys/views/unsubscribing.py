"""The page behind the unsubscribe link: no session, no cookie, and a GET never changes anything."""

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from organisations.models import LANGUAGES
from surveys.domain import unsubscribing
from surveys.domain.unsubscribing import MONTHS, Subscriber, consent_wording
from surveys.links import read_unsubscribe_token
from surveys.pages import UNREADABLE, brand_context, respond

SPOKEN = dict(LANGUAGES)


@csrf_exempt  # Mail programs post here by themselves (RFC 8058); the token is the secret.
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe_page(request: HttpRequest, token: str) -> HttpResponse:
    ids = read_unsubscribe_token(token)
    if ids is None:
        return _unknown()
    found = unsubscribing.subscriber(organisation_id=ids[0], invitation_id=ids[1])
    if found is None:
        return _unknown()
    language = request.GET.get("lang", "")
    if language not in SPOKEN:
        language = found.language
    data = _submitted(request)
    if data is not None:
        with translation.override(language):  # what one agrees to is kept in the words of the page one saw
            found = _act(data, *ids) or found
    has_chosen = data is not None and data.get("action") == "language" and found.preferred == data.get("language")
    if has_chosen:
        language = found.preferred
    with translation.override(language):
        context = _context(found, language) | {"has_chosen_language": has_chosen}
        return respond("respond/unsubscribe.html", context)


def _submitted(request: HttpRequest) -> dict[str, str] | None:
    """Whatever was posted was posted: what cannot be read still stops the mails."""
    if request.method != "POST":
        return None
    request.upload_handlers = []
    try:
        return request.POST.dict()
    except UNREADABLE:
        return {}


def _act(data: dict[str, str], organisation_id: int, invitation_id: int) -> Subscriber | None:
    """A post without an action, whatever else it says, is a mail program's: it stops the mails at once."""
    ids = {"organisation_id": organisation_id, "invitation_id": invitation_id}
    match data.get("action"):
        case "pause":
            months = data.get("months", "")
            return unsubscribing.take_a_break(**ids, months=int(months)) if months in map(str, MONTHS) else None
        case "language":
            return unsubscribing.choose_language(**ids, language=data.get("language", ""))
        case "return":
            return unsubscribing.come_back(**ids)
        case _:
            return unsubscribing.unsubscribe(**ids)


def _context(found: Subscriber, language: str) -> dict[str, object]:
    return {
        **brand_context(found.organisation),
        "language": language,
        "languages": tuple(code for code in SPOKEN if code != language),
        "organisation_name": found.organisation.name,
        "privacy_url": found.organisation.privacy_url,
        "subscriber": found,
        "until": found.paused_until and found.organisation.day_of(found.paused_until),
        "other_preferences": tuple(code for code in SPOKEN if code != found.preferred),
        "months": MONTHS,
        "consent_wording": consent_wording(found.organisation),
    }


def _unknown() -> HttpResponse:
    return respond("respond/unsubscribe_unknown.html", {}, status=404)
