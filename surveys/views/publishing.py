"""Publishing a survey: what is to be mended first, and all versions with what became different."""

from dataclasses import dataclass
from itertools import pairwise

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest
from surveys.changes import changes
from surveys.documents import Document, published_document
from surveys.domain import authoring, checks
from surveys.domain.closing import endings
from surveys.models import Survey, SurveyVersion
from surveys.views.builder import head

SHOWN = 20
"""Versions whose changes are told."""


@dataclass(frozen=True)
class VersionRow:
    version: SurveyVersion
    changes: list[str]


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.DESIGN)
def publish(request: OrganisationRequest, survey: int) -> HttpResponse:
    """What is to be mended before publishing, the button, and all versions so far."""
    found = get_object_or_404(Survey, pk=survey)
    slug = request.organisation.slug
    if request.method == "POST":
        try:
            version = authoring.publish(survey=found, user=request.user)
        except authoring.NotPublishable:
            pass  # the page below says why
        else:
            messages.success(
                request, _("Version %(number)s is published and takes answers.") % {"number": version.number}
            )
            return redirect("surveys:publish", slug, found.pk)
    problems = [(problem, _place(slug, found, problem)) for problem in checks.problems(found)]
    versions = list(found.versions.select_related("published_by"))
    context = {
        "problems": [(problem, url) for problem, url in problems if problem.is_error],
        "warnings": [(problem, url) for problem, url in problems if not problem.is_error],
        "versions": list(_rows(versions)),
        "endings": [] if found.state == Survey.State.DRAFT else list(endings(found)),
        **head(found),
    }
    if context["differs"] and versions and not context["problems"]:
        context["next_changes"] = changes(published_document(versions[0].pk), Document.of_draft(found))
    return render(request, "surveys/publish.html", context)


@requires(Permission.DESIGN)
@require_POST
def close(request: OrganisationRequest, survey: int) -> HttpResponse:
    found = get_object_or_404(Survey, pk=survey)
    authoring.close(survey=found)
    messages.success(request, _("“%(name)s” takes no more answers. You can reopen it at any time.") % {"name": found})
    return redirect("surveys:publish", request.organisation.slug, found.pk)


@requires(Permission.DESIGN)
@require_POST
def reopen(request: OrganisationRequest, survey: int) -> HttpResponse:
    found = get_object_or_404(Survey, pk=survey)
    try:
        authoring.reopen(survey=found)
    except ValidationError:
        pass  # the page says why
    else:
        messages.success(request, _("“%(name)s” takes answers again.") % {"name": found})
    return redirect("surveys:publish", request.organisation.slug, found.pk)


def _rows(versions: list[SurveyVersion]) -> list[VersionRow]:
    """Newest first; of the oldest one shown nothing is told."""
    documents = [Document.of_version(version) for version in versions[: SHOWN + 1]]
    told = [changes(older, newer) for newer, older in pairwise(documents)]
    return [VersionRow(version, told[number] if number < len(told) else []) for number, version in enumerate(versions)]


def _place(slug: str, survey: Survey, problem: checks.Problem) -> str:
    """Where a problem is mended."""
    url_name = (
        f"surveys:{problem.part}" if problem.part in {"question", "texts", "settings", "reminders"} else "surveys:edit"
    )
    opened = [problem.question.pk] if problem.question is not None and problem.part == "question" else []
    url = reverse(url_name, args=[slug, survey.pk, *opened])
    query = f"?language={problem.language}" if problem.language else ""
    return f"{url}{query}#question-{problem.question.pk}" if problem.question else f"{url}{query}"
