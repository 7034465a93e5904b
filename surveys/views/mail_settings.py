import base64
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import cast

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_replace, csp_update
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin

from common.form_pages import render_form
from common.pictures import Logo
from organisations.branding import LogoLink, from_address
from organisations.domain.audit import record
from organisations.domain.logo import set_logo
from organisations.domain.organisation import change_organisation
from organisations.models import Organisation
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest
from surveys.domain.mail_checks import ask_for_check
from surveys.forms.mails import MailSettingsForm
from surveys.mail_findings import explained
from surveys.models import MailCheck
from surveys.samples import preview_mail

DARK = "@media (prefers-color-scheme: dark)"


@csp_update({"frame-src": [SELF]})
@requires(Permission.ADMINISTER)
def mail_settings(request: OrganisationRequest) -> HttpResponse:
    form = _form(request)
    if request.method == "POST" and form.is_valid():
        organisation = Organisation.objects.get(pk=request.organisation.pk)
        if form.changes:
            change_organisation(organisation=organisation, actor=request.user, **form.changes)
        logo = form.cleaned_data["logo"]
        if logo or form.cleaned_data.get("remove_logo"):
            set_logo(organisation=organisation, logo=logo)
            fields = ["logo"]
            record(
                organisation=organisation,
                actor=request.user,
                action="organisation.changed",
                subject=organisation,
                fields=fields,
            )
        messages.success(request, _("Saved."))
        return redirect("surveys:mail_settings", request.organisation.slug)
    context = {"form": form, "installation_address": from_address(Organisation())}
    return render_form(request, "surveys/mail_settings.html", context)


# A mail carries its styles at each element: only here, and shut in, may they stand.
@xframe_options_sameorigin
@csp_replace({"frame-ancestors": [SELF], "img-src": [SELF, "data:"], "style-src": [UNSAFE_INLINE], "sandbox": True})
@requires(Permission.ADMINISTER)
def preview(request: OrganisationRequest) -> HttpResponse:
    """The mail as it is stored or, when the form is sent here, as it would be; ``look``: light, dark or text."""
    organisation, logo = Organisation.objects.get(pk=request.organisation.pk), None
    if request.method == "POST":
        form = _form(request)
        form.is_valid()  # what is not, stays as it is stored
        for name, value in form.cleaned_data.items():
            if name in form.fields and hasattr(organisation, name):
                setattr(organisation, name, value)
        logo = _as_data(form.cleaned_data.get("logo"))
        if form.cleaned_data.get("remove_logo"):
            organisation.logo_digest = ""
    ready = preview_mail(organisation, request.membership.user.language or organisation.language, logo)
    mail = message_from_bytes(ready.content, policy=policy.default)
    look = request.POST.get("look") or request.GET.get("look", "")
    part = cast(EmailMessage, mail.get_body(("plain" if look == "text" else "html",)))
    content = str(part.get_content())
    if look == "text":
        return HttpResponse(content, content_type="text/plain; charset=utf-8")
    content = content.replace(f'src="{settings.BASE_URL}/', 'src="/')
    if look == "dark":
        content = content.replace(DARK, "@media all")
    elif look == "light":
        content = content.replace(DARK, "@media not all")
    return HttpResponse(content)


@requires(Permission.ADMINISTER)
def check(request: OrganisationRequest) -> HttpResponse:
    if request.method == "POST":
        ask_for_check(organisation=request.organisation, user=request.user)
        return redirect("surveys:mail_check", request.organisation.slug)
    asked = MailCheck.objects.select_related("asked_by").first()
    context = {"asked": asked, "findings": explained(asked.findings) if asked else []}
    template = "surveys/_mail_check.html" if request.headers.get("HX-Request") else "surveys/mail_check.html"
    return render(request, template, context)


def _form(request: OrganisationRequest) -> MailSettingsForm:
    # A copy: a form writes what was typed into its instance, and the page around it shows the stored name.
    instance = Organisation.objects.get(pk=request.organisation.pk)
    return MailSettingsForm(request.POST or None, request.FILES or None, instance=instance)


def _as_data(logo: Logo | None) -> LogoLink | None:
    if logo is None:
        return None
    data = base64.b64encode(logo.content).decode()
    return LogoLink(f"data:image/png;base64,{data}", logo.width, logo.height)
