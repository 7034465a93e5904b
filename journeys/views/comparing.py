from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from journeys.comparison import compare as compared
from journeys.models import Journey
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest


@requires(Permission.READ_REPORTS)
@require_safe
def compare(request: OrganisationRequest, journey_id: int) -> HttpResponse:
    """The as-is version and this to-be side by side; ``?only=differences`` leaves out what is the same."""
    after = get_object_or_404(Journey.objects.select_related("as_is"), pk=journey_id, as_is__isnull=False)
    assert after.as_is
    comparison = compared(after.as_is, after)
    only = request.GET.get("only") == "differences"
    columns = [column for column in comparison.columns if column.differs or not only]
    context = {
        "comparison": comparison,
        "columns": columns,
        "only": only,
        "may_design": request.membership.may(Permission.DESIGN),
    }
    return render(request, "journeys/compare.html", context)
