from http import HTTPStatus

from django.contrib.auth import login
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache

from common.form_pages import render_form
from organisations.domain.invites import Closed, accept_invite, find, join_as_new_person, read_token
from organisations.forms import JoinForm
from organisations.models import ColleagueInvite, User
from organisations.tenancy import organisation_scope


@never_cache
def join(request: HttpRequest, token: str) -> HttpResponse:
    """The link in the mail to an invited colleague; opening it changes nothing, the button does."""
    key = read_token(token)
    if key is None:
        return _closed(request, Closed.DAMAGED)
    with organisation_scope(key.organisation_id):
        invite = find(key)
        if isinstance(invite, Closed):
            return _closed(request, invite)
        if request.user.is_authenticated:
            return _join_as(request, invite, request.user)
        # Only who holds the link can tell from this page that the address has an account: its owner.
        if User.objects.filter(email=invite.email).exists():
            return render(request, "organisations/join_sign_in.html", {"invite": invite})
        return _join_as_new_person(request, invite)


def _join_as(request: HttpRequest, invite: ColleagueInvite, user: User) -> HttpResponse:
    if request.method == "POST":
        try:
            accept_invite(invite=invite, user=user)
        except ValidationError:
            return render(request, "organisations/join_other.html", {"invite": invite}, status=HTTPStatus.FORBIDDEN)
        return redirect(f"/o/{invite.organisation.slug}/")
    page = "organisations/join.html" if user.email == invite.email else "organisations/join_other.html"
    return render(request, page, {"invite": invite})


def _join_as_new_person(request: HttpRequest, invite: ColleagueInvite) -> HttpResponse:
    form = JoinForm(request.POST or None, email=invite.email)
    if request.method == "POST" and form.is_valid():
        membership = join_as_new_person(
            invite=invite,
            name=form.cleaned_data["name"],
            password=form.cleaned_data["password"],
            language=get_language() or invite.organisation.language,
        )
        login(request, membership.user)
        return redirect(f"/o/{invite.organisation.slug}/")
    return render_form(request, "organisations/join.html", {"invite": invite, "form": form})


def _closed(request: HttpRequest, reason: Closed) -> HttpResponse:
    status = HTTPStatus.NOT_FOUND if reason == Closed.DAMAGED else HTTPStatus.GONE
    return render(request, "organisations/join_closed.html", {"reason": reason}, status=status)
