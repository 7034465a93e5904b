from math import ceil

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from common.csv_safety import csv_lines
from common.paging import newest_first
from organisations.domain.jobs import kinds, said, seconds_left, start_again, title, visible_to
from organisations.models import Job, JobError, JobQueue
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest

FAULTS_SHOWN = 100


@require_safe
@requires(Permission.VIEW)
def jobs(request: OrganisationRequest) -> HttpResponse:
    page = newest_first(visible_to(request.membership).select_related("created_by"), request.GET)
    rows = [(job, title(job), said(job.message, job.message_values)) for job in page.rows]
    return render(request, "organisations/jobs.html", {"page": page, "rows": rows})


@require_safe
@requires(Permission.VIEW)
def job(request: OrganisationRequest, pk: int) -> HttpResponse:
    """With htmx only its progress, again and again, until it is done and the whole page comes."""
    found = _job(request, pk)
    is_over = found.state in {Job.State.DONE, Job.State.FAILED}
    if request.htmx and is_over:
        return HttpResponseClientRefresh()
    seconds = seconds_left(found)
    context = {
        "job": found,
        "title": title(found),
        "message": said(found.message, found.message_values),
        "is_over": is_over,
        "minutes_left": None if seconds is None else ceil(seconds / 60),
        "kept": JobQueue.objects.filter(job=found).first() if is_over and _may_start(request, found) else None,
    }
    if request.htmx:
        return render(request, "organisations/_job_progress.html", context)
    if found.error_count:
        faults = JobError.objects.filter(job=found).order_by("row", "pk")[:FAULTS_SHOWN]
        context |= {"faults": [(fault, said(fault.message)) for fault in faults]}
    return render(request, "organisations/job.html", context)


@require_safe
@requires(Permission.VIEW)
def job_faults(request: OrganisationRequest, pk: int) -> HttpResponse:
    """All faults as a file to work through."""
    found = _job(request, pk)
    faults = JobError.objects.filter(job=found).order_by("row", "pk").values_list("row", "column", "message")
    header = (_("Row"), _("Column"), _("What is wrong"))
    # Not streamed: the stream would be read after the transaction that may see this organisation.
    lines = "".join(csv_lines(header, ((row, column, said(message)) for row, column, message in faults)))
    response = HttpResponse(lines, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="faults-{found.pk}.csv"'
    return response


@require_POST
@requires(Permission.VIEW)
def start_job_again(request: OrganisationRequest, pk: int) -> HttpResponse:
    """For who might have started it today."""
    found = _job(request, pk)
    if not _may_start(request, found):
        raise PermissionDenied
    start_again(job=found)
    return redirect("job", request.organisation.slug, pk)


def _may_start(request: OrganisationRequest, job: Job) -> bool:
    return job.kind in kinds() and request.membership.may(kinds()[job.kind].permission)


def _job(request: OrganisationRequest, pk: int) -> Job:
    found = visible_to(request.membership).select_related("created_by").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found
