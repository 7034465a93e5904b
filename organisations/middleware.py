import re
from collections.abc import Callable
from http import HTTPStatus

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models.functions import Lower
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers
from psycopg.errors import ForeignKeyViolation, UniqueViolation

from organisations.models import Membership, User
from organisations.tenancy import enter_organisation, enter_user, tenant_transaction

ORGANISATION_PATH = re.compile(r"^/o/(?P<slug>[-\w]+)/")


class OrganisationMiddleware:
    """Puts every request below /o/<organisation>/ into one transaction that sees this organisation only.

    Who is not signed in goes to the sign-in page; who is no member gets 404, as if the organisation did not exist.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        path = ORGANISATION_PATH.match(request.path_info)
        if path is None:
            return self.get_response(request)
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        try:
            response = self.inside(request, path["slug"], request.user)
        except IntegrityError as error:  # of a constraint that is checked at the end of the transaction
            if not is_conflict(error):
                raise
            response = conflict(request)
        # Customers' data: nothing for shared caches, nor for the back button after signing out.
        add_never_cache_headers(response)
        return response

    def inside(self, request: HttpRequest, slug: str, user: User) -> HttpResponseBase:
        with tenant_transaction():
            enter_user(user.pk)
            # All of them in one statement: the rail offers to switch.
            memberships = list(Membership.objects.of(user).order_by(Lower("organisation__name")))
            membership = next((each for each in memberships if each.organisation.slug == slug), None)
            if membership is None:
                raise Http404
            enter_organisation(membership.organisation_id)
            request.memberships = memberships  # type: ignore[attr-defined]  # see organisations.requests
            request.membership = membership  # type: ignore[attr-defined]  # see organisations.requests
            request.organisation = membership.organisation  # type: ignore[attr-defined]
            language = user.language or translation.get_language()
            with timezone.override(membership.organisation.time_zone), translation.override(language):
                request.LANGUAGE_CODE = language  # as LocaleMiddleware does
                return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A failing view leaves nothing behind: Django has turned its exception into a response by the time
        ``__call__`` sees it, so the transaction must be told."""
        if hasattr(request, "organisation"):
            transaction.set_rollback(True)
        return conflict(request) if is_conflict(exception) else None


def is_conflict(error: Exception) -> bool:
    """Two people saved the same name at once, or one deleted what the other was using: nobody's fault."""
    if type(error) is DatabaseError and error.__cause__ is None:
        return True  # raised by Model.save: the row is gone
    if isinstance(error, ValidationError):
        # The form found the name free; a moment later, the model did not.
        return NON_FIELD_ERRORS in getattr(error, "error_dict", {}) or getattr(error, "code", "") == "unique"
    return isinstance(error, IntegrityError) and isinstance(error.__cause__, UniqueViolation | ForeignKeyViolation)


def conflict(request: HttpRequest) -> HttpResponse:
    return render(request, "409.html", status=HTTPStatus.CONFLICT)
