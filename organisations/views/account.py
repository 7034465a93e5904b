from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import translation
from django.utils.translation import gettext as _

from common.form_pages import render_form
from organisations.forms import AccountForm


@login_required
def account(request: HttpRequest) -> HttpResponse:
    """One's own name and language; password and address are allauth's pages."""
    form = AccountForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        user = form.save()
        with translation.override(user.language or translation.get_language()):
            messages.success(request, _("Saved."))
        return redirect("account")
    return render_form(request, "organisations/account.html", {"form": form})
