"""Who changed what on a map, and taking it back."""

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from common.paging import newest_first
from journeys.domain import undo as domain
from journeys.history import told
from journeys.models import Journey, MapChange
from journeys.views.answers import Done, edited
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest

PAGE_SIZE = 30


@requires(Permission.DESIGN)
def page(request: OrganisationRequest, journey_id: int) -> HttpResponse:
    journey = get_object_or_404(Journey, pk=journey_id)
    changes = MapChange.objects.on_map(journey).select_related("actor", "undone_by")
    shown = newest_first(changes, request.GET, PAGE_SIZE)
    return render(request, "journeys/history.html", {"journey": journey, "page": shown, "changes": told(shown.rows)})


@requires(Permission.DESIGN)
@require_POST
def undo_last(request: OrganisationRequest, journey_id: int) -> HttpResponse:
    """One's own last change."""
    journey = get_object_or_404(Journey, pk=journey_id)

    def change() -> Done:
        last = domain.next_undo(journey, request.user)
        if last is None:
            raise ValidationError(_("There is no change of yours to undo. Those of others stand in the history."))
        domain.undo(change=last, actor=request.user)
        return _("Undone: “%(name)s” is as it was.") % {"name": last.subject}, ""

    return edited(request, journey, change)


@requires(Permission.DESIGN)
@require_POST
def redo_last(request: OrganisationRequest, journey_id: int) -> HttpResponse:
    """One's own last undo."""
    journey = get_object_or_404(Journey, pk=journey_id)

    def change() -> Done:
        last = domain.next_redo(journey, request.user)
        if last is None:
            raise ValidationError(_("There is nothing to redo."))
        domain.undo(change=last, actor=request.user)
        return _("Redone: “%(name)s” is changed again.") % {"name": last.subject}, ""

    return edited(request, journey, change)


@requires(Permission.DESIGN)
@require_POST
def undo(request: OrganisationRequest, journey_id: int, change_id: int) -> HttpResponse:
    journey = get_object_or_404(Journey, pk=journey_id)
    wanted = get_object_or_404(MapChange.objects.on_map(journey), pk=change_id)

    def change() -> Done:
        domain.undo(change=wanted, actor=request.user)
        return _("Undone: “%(name)s” is as it was.") % {"name": wanted.subject}, ""

    return edited(request, journey, change)


@requires(Permission.DESIGN)
@require_POST
def restore(request: OrganisationRequest, journey_id: int, change_id: int) -> HttpResponse:
    journey = get_object_or_404(Journey, pk=journey_id)
    wanted = get_object_or_404(MapChange, pk=change_id, journey=journey)

    def change() -> Done:
        left_out = domain.restore(journey=journey, change=wanted, actor=request.user)
        if left_out:
            names = ", ".join(_("“%(name)s”") % {"name": touchpoint.name} for touchpoint in left_out)
            return _("The map is restored, without what is archived by now: %(names)s.") % {"names": names}, ""
        return _("The map is restored."), ""

    return edited(request, journey, change)
