"""Where mail providers report what came back and what was marked as spam."""

from http import HTTPStatus

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from common.providers import UnreadableReport, read_reports
from surveys.domain.bounces import take_report
from surveys.pages import UNREADABLE


@csrf_exempt  # Programs post here; the provider's secret or signature says that it is they.
@require_http_methods(["HEAD", "POST"])
def provider_reports(request: HttpRequest, provider: str) -> HttpResponse:
    """Some providers look with HEAD whether there is anybody."""
    if request.method == "HEAD":
        return HttpResponse()
    request.upload_handlers = []
    try:
        reports = read_reports(provider.replace("-", "_"), request)
    except LookupError:
        return HttpResponse(status=HTTPStatus.NOT_FOUND)
    except PermissionDenied:
        if "Authorization" not in request.headers:  # Amazon's SNS says the secret only when asked
            return HttpResponse(status=HTTPStatus.UNAUTHORIZED, headers={"WWW-Authenticate": 'Basic realm="reports"'})
        return HttpResponse(status=HTTPStatus.FORBIDDEN)
    except (UnreadableReport, *UNREADABLE):
        return HttpResponse(status=HTTPStatus.BAD_REQUEST)
    for report in reports:
        take_report(report)
    return HttpResponse()
