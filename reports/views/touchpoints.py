from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from actions.models import Case, Improvement
from journeys.models import Placement, Touchpoint
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest
from reports.domain import measuring
from reports.domain.covering import GroupTable, cover_trends
from reports.filters import Filters
from reports.models import ScoreRollup
from reports.panels import Group, ScalePanel, felt_since, groups
from surveys.models import Comment, Question, Survey

COMMENTS_SHOWN = 5


@dataclass(frozen=True)
class Section:
    """A metric of the touchpoint and how channels and personas differ in it."""

    panel: ScalePanel
    by_channel: list[Group]
    by_persona: list[Group]


@requires(Permission.READ_REPORTS)
def touchpoint(request: OrganisationRequest, touchpoint_id: int) -> HttpResponse:
    """All that is known of one touchpoint; for its department and those who read everything."""
    shown = get_object_or_404(
        Touchpoint.objects.select_related("department").read_in_full_by(request.membership), pk=touchpoint_id
    )
    filters = Filters.of(request)
    minimum = request.organisation.minimum_n
    rollups = ScoreRollup.objects.filter(touchpoint=shown)
    table = GroupTable.read(rollups, filters.period, minimum=minimum)
    readings = table.together(filters.group)
    by_channel, by_persona = table.by_channel(filters.group), table.by_persona(filters.group)
    chosen = rollups.seen(filters.persona, filters.channel)
    trends = measuring.trends(chosen, filters.period, minimum=minimum)
    trends = cover_trends(trends, rollups, filters.period, filters.group, minimum=minimum)
    counts = measuring.distribution(chosen, filters.period)
    improvements = list(
        Improvement.objects.filter(touchpoint=shown).exclude(state=Improvement.State.DROPPED).for_list()
    )
    channels = {one.pk: one.name for one in filters.channels}
    personas = {one.pk: one.name for one in filters.personas}
    promised: dict[int | None, float] = {
        one.persona_id: float(one.expected_value) for one in shown.persona_expectations.all()
    }
    sections = []
    for meaning in readings:
        if not meaning.is_experience:
            continue
        expected = shown.expected_in(meaning.scale.metric)
        own = promised if meaning.scale.metric == shown.metric else {}
        if filters.persona:
            expected = own.get(filters.persona.pk, expected)
        trend = trends.get(meaning, [])
        panel = ScalePanel.of(
            readings, meaning, trend, counts.get(meaning, {}), expected, events=felt_since(improvements, trend)
        )
        sections.append(
            Section(
                panel,
                groups(by_channel, channels, meaning.scale, expected),
                groups(by_persona, personas, meaning.scale, expected, own),
            )
        )
    # Its own metric first.
    sections.sort(key=lambda section: (section.panel.scale.metric != shown.metric, -section.panel.reading.n))
    answers = max((section.panel.reading.n for section in sections), default=0)
    placements = Placement.objects.filter(touchpoint=shown).for_list()
    context = {
        "touchpoint": shown,
        "filters": filters,
        "sections": sections,
        "comments": _newest_comments(request, shown, filters, answers),
        "placements": placements,
        "said": _said(placements),
        "sources": shown.data_sources.order_by("name"),
        "surveys": Survey.objects.measuring(shown),
        "replaced": Question.objects.replacing_at(shown),
        "improvements": improvements,
        "open_cases": Case.objects.open().filter(touchpoint=shown).count(),
        "today": request.organisation.today(),
        "may_edit": request.membership.may(Permission.DESIGN),
        "may_see_results": request.membership.may(Permission.READ_CUSTOMERS),
        "may_act": request.membership.may(Permission.ACT),
    }
    return render(request, "reports/touchpoint.html", context)


def _said(placements: Iterable[Placement]) -> list[tuple[str, list[str]]]:
    """What the journeys say about it as it is, the same only once; what none says is left out."""
    placements = [one for one in placements if one.stage.journey.as_is_id is None]
    texts = {
        _("Customer's goal"): [one.customer_goal for one in placements],
        _("Pain points"): [one.pain_points for one in placements],
        _("Ideas"): [one.ideas for one in placements],
        _("Assumed emotion"): [str(one.get_emotion_display() or "") for one in placements],
    }
    said = ((title, [text for text in dict.fromkeys(found) if text]) for title, found in texts.items())
    return [(title, found) for title, found in said if found]


def _newest_comments(
    request: OrganisationRequest, shown: Touchpoint, filters: Filters, answers: int
) -> list[Comment] | None:
    """None where so few people answered that a comment could give one of them away."""
    if not request.membership.may(Permission.READ_COMMENTS) or answers < request.organisation.comment_minimum_n:
        return None
    comments = Comment.objects.of_somebody().filter(touchpoint=shown).in_period(filters.period).select_related("case")
    if filters.persona:
        comments = comments.filter(persona=filters.persona)
    if filters.channel:
        comments = comments.filter(channel=filters.channel)
    return list(comments.for_list()[:COMMENTS_SHOWN])
