from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models.functions import Lower
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from common.form_pages import render_form
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest
from surveys.domain.policy import change_policy, quiet_until
from surveys.forms.policy import PolicyForm
from surveys.models import ContactPolicy, Survey


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.ADMINISTER)
def policy(request: OrganisationRequest) -> HttpResponse:
    form = PolicyForm(request.POST or None, instance=ContactPolicy.of(request.organisation))
    if request.method == "POST" and form.is_valid():
        changes = {field: form.cleaned_data[field] for field in form.changed_data}
        try:
            change_policy(organisation=request.organisation, actor=request.user, **changes)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("surveys:policy", request.organisation.slug)
    current = ContactPolicy.of(request.organisation)
    context = {
        "form": form,
        "next_mail": quiet_until(request.organisation),
        "exempt": Survey.objects.filter(archived_at=None, type__in=current.exempt_types).order_by(Lower("name"), "pk"),
    }
    return render_form(request, "surveys/policy.html", context)
