from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from common.paging import newest_first
from common.searching import PeopleFilterForm, asked_for, at_its_address
from journeys.models import Touchpoint
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest
from reports.domain import measuring
from reports.domain.comments import readable
from reports.filters import Filters
from reports.models import ScoreRollup
from surveys.models import Comment

OTHERS = ("period", "from", "to", "touchpoint", "persona", "channel")
"""What else the page is narrowed to, as its address says."""


class CommentSearch(PeopleFilterForm):
    search = forms.CharField(required=False, max_length=200)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.READ_COMMENTS)
def comments(request: OrganisationRequest) -> HttpResponse:
    """What customers wrote, newest first; on touchpoints with answers enough that nobody is given away."""
    if request.method == "POST":
        return at_its_address(request, CommentSearch, *OTHERS)
    filters = Filters.of(request)
    found = Comment.objects.read_by(request.membership).in_period(filters.period).for_list()
    if filters.persona:
        found = found.filter(persona=filters.persona)
    if filters.channel:
        found = found.filter(channel=filters.channel)
    touchpoints = Touchpoint.objects.current().read_in_full_by(request.membership).order_by("name", "pk")
    chosen = next((one for one in touchpoints if str(one.pk) == request.GET.get("touchpoint")), None)
    if chosen:
        found = found.filter(touchpoint=chosen)
    words = asked_for(request, CommentSearch).get("search", "").strip()
    if words:
        found = found.filter(text__icontains=words.replace("\x00", ""))
    answers = measuring.readings_by(
        ScoreRollup.objects.seen(filters.persona, filters.channel),
        filters.period,
        "touchpoint_id",
        minimum=request.organisation.comment_minimum_n,
    )
    found = readable(found, answers, minimum=request.organisation.comment_minimum_n)
    context = {
        "filters": filters,
        "touchpoints": touchpoints,
        "chosen": chosen,
        "words": words,
        "page": newest_first(found.select_related("case"), request.GET),
        "may_pick": request.membership.may(Permission.DESIGN) and bool(filters.personas),
        "may_act": request.membership.may(Permission.ACT),
    }
    return render(request, "reports/comments.html", context)
