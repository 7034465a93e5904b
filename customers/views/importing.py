from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from common.csv_file import CsvFile
from common.form_pages import render_form
from customers.domain.importing import keep_upload, start_import
from customers.forms.importing import MappingForm, UploadForm
from customers.models import UploadedFile
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.MANAGE_CUSTOMERS)
def upload(request: OrganisationRequest) -> HttpResponse:
    form = UploadForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        kept = keep_upload(
            organisation=request.organisation,
            name=form.file_name,
            content=form.cleaned_data["file"].content,
            user=request.user,
        )
        return redirect("customers:import_mapping", request.organisation.slug, kept.pk)
    return render_form(request, "customers/import.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.MANAGE_CUSTOMERS)
def mapping(request: OrganisationRequest, pk: int) -> HttpResponse:
    kept = get_object_or_404(UploadedFile.objects.select_related("organisation"), pk=pk, uploaded_by=request.user)
    file = CsvFile(bytes(kept.content))
    form = MappingForm(file.header, request.POST or None)
    if form.is_valid():
        job = start_import(upload=kept, plan=form.plan(), user=request.user)
        return redirect("job", request.organisation.slug, job.pk)
    context = {"form": form, "columns": form.beside(file), "upload": kept}
    return render_form(request, "customers/import_mapping.html", context)


@require_POST
@requires(Permission.MANAGE_CUSTOMERS)
def discard(request: OrganisationRequest, pk: int) -> HttpResponse:
    UploadedFile.objects.filter(pk=pk, uploaded_by=request.user).delete()
    messages.success(request, _("The file has been discarded; nothing has been imported."))
    return redirect("customers:list", request.organisation.slug)
