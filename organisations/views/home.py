from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe
from django.views.i18n import set_language as django_set_language

from organisations.models import LANGUAGES, Membership, User
from organisations.tenancy import user_scope


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Straight to the organisation of the signed-in person; to a choice where there are several, or none."""
    user = cast(User, request.user)
    with user_scope(user.pk):
        memberships = list(Membership.objects.of(user).order_by("organisation__name"))
    if len(memberships) == 1:
        return redirect(f"/o/{memberships[0].organisation.slug}/")
    return render(request, "organisations/home.html", {"memberships": memberships})


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """As Django's own view; a signed-in person's choice is kept, so that mails to them follow it."""
    response = django_set_language(request)
    chosen = request.POST.get("language", "")
    # Django knows more languages than the portal speaks.
    if isinstance(request.user, User) and chosen in dict(LANGUAGES):
        request.user.language = chosen
        request.user.save(update_fields=["language"])
    return response
