from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from common.form_pages import render_form
from common.paging import newest_first
from organisations.domain.audit import actions
from organisations.domain.organisation import change_organisation
from organisations.forms import OrganisationForm
from organisations.models import AuditEntry, Organisation
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest


@requires(Permission.ADMINISTER)
def settings(request: OrganisationRequest) -> HttpResponse:
    # A copy: a form writes what was typed into its instance, and the page around it shows the stored name.
    form = OrganisationForm(request.POST or None, instance=Organisation.objects.get(pk=request.organisation.pk))
    if request.method == "POST" and form.is_valid():
        changes = {field: form.cleaned_data[field] for field in form.changed_data}
        if changes:
            change_organisation(organisation=form.instance, actor=request.user, **changes)
        messages.success(request, _("Saved."))
        return redirect("settings", request.organisation.slug)
    return render_form(request, "organisations/settings.html", {"form": form})


@require_safe
@requires(Permission.ADMINISTER)
def audit(request: OrganisationRequest) -> HttpResponse:
    entries = AuditEntry.objects.filter(organisation=request.organisation).select_related("actor")
    page = newest_first(entries, request.GET)
    names = actions()
    rows = [(entry, names.get(entry.action, entry.action)) for entry in page.rows]
    return render(request, "organisations/audit.html", {"page": page, "rows": rows})
