from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from actions.models import Improvement
from journeys.models import Touchpoint
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest
from reports.effect_panels import Proof
from reports.models import ScoreRollup


@require_safe
@requires(Permission.VIEW)
def improvement(request: OrganisationRequest, improvement_id: int) -> HttpResponse:
    """An improvement and, for who may read its touchpoint's figures, whether it worked."""
    visible = Improvement.objects.visible_to(request.membership).for_list()
    shown = get_object_or_404(visible, pk=improvement_id)
    readable = Touchpoint.objects.read_in_full_by(request.membership).filter(pk=shown.touchpoint_id)
    may_read = request.membership.may(Permission.READ_REPORTS) and readable.exists()
    is_given_up = shown.state == Improvement.State.DROPPED
    rollups = ScoreRollup.objects.read_by(request.membership)
    context = {
        "improvement": shown,
        "today": request.organisation.today(),
        "may_read": may_read,
        "asks_for_proof": may_read and not is_given_up,
        "proof": Proof.of(shown, rollups, request.organisation) if may_read and not is_given_up else None,
    }
    return render(request, "reports/improvement.html", context)
