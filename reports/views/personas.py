from dataclasses import dataclass, replace

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from common import numbers
from common.avatars import avatar
from common.tiles import Tile
from journeys import traits
from journeys.models import Persona, PersonaPicture, Touchpoint
from journeys.ranking import ranking
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest
from reports import wording
from reports.domain import measuring, overview
from reports.domain.comments import readable, readable_quotes
from reports.domain.covering import GroupTable, cover_trends
from reports.domain.personas import extremes, share_of_answers
from reports.filters import Filters
from reports.models import ScoreRollup
from reports.panels import Group
from reports.statistics import ALL
from surveys.domain.quotes import pick_quote, remove_quote
from surveys.models import Comment, PickedQuote

COMMENTS_SHOWN = 4


@dataclass(frozen=True)
class Portrait:
    """What the team believes about a persona."""

    texts: list[tuple[str, str]]
    """Title and text of what is written; what is not, is left out."""
    traits: list[traits.Trait]
    channels: list[str]
    quotes: list[str]
    digest: str
    """Of the uploaded picture; empty: there is none, and one is drawn."""
    drawn: SafeString

    @classmethod
    def of(cls, persona: Persona) -> "Portrait":
        texts = [
            (_("Background"), persona.background),
            (_("Goals and needs"), persona.goals),
            (_("What makes them abandon a purchase"), persona.frustrations),
            (_("Values"), persona.values),
            (_("How they research"), persona.research),
            (_("Preferences and priorities"), persona.priorities),
            (_("Distinguishing marks"), persona.marks),
        ]
        return cls(
            texts=[(title, text) for title, text in texts if text],
            traits=traits.known(persona.traits),
            channels=[channel.name for channel in persona.channels.all()],
            quotes=persona.quotes,
            digest=PersonaPicture.objects.filter(persona=persona).values_list("digest", flat=True).first() or "",
            drawn=avatar(persona.name),
        )


@dataclass(frozen=True)
class Figures:
    """What was measured of a persona, as far as the reader may see it."""

    tiles: list[Tile]
    metric: str
    """In which best and worst are compared."""
    best: list[tuple[Touchpoint, Group]]
    worst: list[tuple[Touchpoint, Group]]
    share_of_answers: str
    answers: int
    comments: list[Comment] | None
    """None: so few answered that a comment could give one of them away."""

    @classmethod
    def of(cls, request: OrganisationRequest, persona: Persona, filters: Filters) -> "Figures":
        """A fixed number of statements, whatever the number of answers."""
        minimum, group = request.organisation.minimum_n, (persona.pk, ALL)
        rollups = ScoreRollup.objects.read_by(request.membership)
        table = GroupTable.read(rollups, filters.period, minimum=minimum)
        readings = table.by_touchpoint(group)
        trends = measuring.trends(rollups.seen(persona), filters.period, minimum=minimum, without=table.left_out.now)
        trends = cover_trends(trends, rollups, filters.period, group, minimum=minimum)
        touchpoints = list(Touchpoint.objects.current().read_in_full_by(request.membership).order_by("name", "pk"))
        found = extremes(touchpoints, readings)
        own, everyone = share_of_answers(table, persona.pk)
        courses = {meaning.scale: course for meaning, course in trends.items() if meaning.is_experience}
        return cls(
            tiles=[
                wording.tile(reading, trend=courses.get(scale, ()))
                for scale, reading in measuring.in_order(measuring.experienced(table.together(group)))
            ],
            metric=wording.metric_name(found.scale) if found else "",
            best=[(one, Group.of(one.name, reading, _expected(one, reading))) for one, reading in found.best]
            if found
            else [],
            worst=[(one, Group.of(one.name, reading, _expected(one, reading))) for one, reading in found.worst]
            if found
            else [],
            share_of_answers=numbers.percent(100 * own / everyone) if everyone else "",
            answers=own,
            comments=_newest_comments(request, persona, filters, readings),
        )


def _expected(touchpoint: Touchpoint, reading: measuring.Reading) -> float | None:
    return overview.Measured(touchpoint, reading).expected


def _newest_comments(
    request: OrganisationRequest,
    persona: Persona,
    filters: Filters,
    readings: dict[int | None, measuring.Readings],
) -> list[Comment] | None:
    if not request.membership.may(Permission.READ_COMMENTS):
        return None
    minimum = request.organisation.comment_minimum_n
    if not any(reading.n >= minimum for each in readings.values() for reading in each.values()):
        return None
    comments = Comment.objects.read_by(request.membership).in_period(filters.period).filter(persona=persona)
    return list(readable(comments, readings, minimum=minimum).for_list()[:COMMENTS_SHOWN])


@requires(Permission.READ_REPORTS)
def persona(request: OrganisationRequest, persona_id: int) -> HttpResponse:
    """What is believed about a persona, and beside it what was measured."""
    shown = get_object_or_404(Persona, pk=persona_id)
    # Of this persona, whatever else the address says, and over all channels: its links lead on to just that.
    filters = replace(Filters.of(request), persona=shown, channel=None)
    counted = ranking(request.organisation)
    context = {
        "persona": shown,
        "portrait": Portrait.of(shown),
        "figures": Figures.of(request, shown, filters),
        "picked": _quotes(request, shown),
        "filters": filters,
        "rule": shown.conditions,
        "ranking": counted,
        "share": counted.of(shown),
        "may_design": request.membership.may(Permission.DESIGN),
        "may_read_comments": request.membership.may(Permission.READ_COMMENTS),
    }
    return render(request, "reports/persona.html", context)


def _quotes(request: OrganisationRequest, persona: Persona) -> list[PickedQuote]:
    if not request.membership.may(Permission.READ_COMMENTS):
        return []
    return readable_quotes(persona, request.membership, request.organisation)


@requires(Permission.DESIGN)
@require_POST
def pick(request: OrganisationRequest) -> HttpResponse:
    """Let a comment speak for a persona."""
    comments = Comment.objects.read_by(request.membership)
    comment = get_object_or_404(comments, pk=_number(request.POST.get("comment")))
    chosen = get_object_or_404(Persona, pk=_number(request.POST.get("persona")))
    if pick_quote(persona=chosen, comment=comment, actor=request.user):
        messages.success(request, _("The comment now speaks for “%(name)s”.") % {"name": chosen.name})
    else:
        messages.info(request, _("The comment speaks for “%(name)s” already.") % {"name": chosen.name})
    return redirect("reports:persona", request.organisation.slug, chosen.pk)


@requires(Permission.DESIGN)
@require_POST
def unpick(request: OrganisationRequest, persona_id: int, quote_id: int) -> HttpResponse:
    quote = get_object_or_404(PickedQuote.objects.select_related("persona"), pk=quote_id, persona=persona_id)
    remove_quote(quote=quote, actor=request.user)
    messages.success(request, _("The quote was taken off. The comment itself stays."))
    return redirect("reports:persona", request.organisation.slug, persona_id)


def _number(text: str | None) -> int:
    """A key out of a form; 0, which no row has, where it is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else 0
