"""Who may do what: one map from role to permissions, and the decorator with which each view names the one it needs."""

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    ADMIN = "admin", _("Administrator")
    CX_MANAGER = "cx_manager", _("CX manager")
    ANALYST = "analyst", _("Analyst")
    DEPARTMENT_LEAD = "department_lead", _("Department lead")
    MEMBER = "member", _("Member")


class Permission(StrEnum):
    """A department lead holds the reading permissions for their own departments and those below only."""

    VIEW = "view"
    """Be in the organisation at all: home page, own data sources, own jobs."""
    ADMINISTER = "administer"
    """Members, departments, data sources, settings, audit trail."""
    DESIGN = "design"
    """Personas, journeys, surveys, campaigns."""
    READ_REPORTS = "read_reports"
    READ_COMMENTS = "read_comments"
    READ_CUSTOMERS = "read_customers"
    MANAGE_CUSTOMERS = "manage_customers"
    RECORD = "record"
    """Record that a customer was at a touchpoint."""
    ACT = "act"
    """Open and work on cases and improvements; what one is responsible for needs no permission."""


_MEMBER = frozenset({Permission.VIEW, Permission.RECORD})
_ANALYST = _MEMBER | {Permission.READ_REPORTS, Permission.READ_COMMENTS, Permission.READ_CUSTOMERS}
_LEAD = _MEMBER | {Permission.READ_REPORTS, Permission.READ_COMMENTS, Permission.ACT}
_CX_MANAGER = _ANALYST | _LEAD | {Permission.DESIGN, Permission.MANAGE_CUSTOMERS}
_ADMIN = _CX_MANAGER | {Permission.ADMINISTER}

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.ADMIN: _ADMIN,
    Role.CX_MANAGER: _CX_MANAGER,
    Role.ANALYST: _ANALYST,
    Role.DEPARTMENT_LEAD: _LEAD,
    Role.MEMBER: _MEMBER,
}


P = ParamSpec("P")


def requires(
    permission: Permission,
) -> Callable[[Callable[Concatenate[Any, P], HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Let in members of the URL's organisation whose role holds the permission; others get 403.

    The organisation itself is resolved by ``OrganisationMiddleware`` (strangers get 404 there); its slug is taken off
    the view's arguments.
    """

    def decorate(view: Callable[Concatenate[Any, P], HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest, organisation: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.membership.may(permission):  # type: ignore[attr-defined]  # set by the middleware
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]  # read by the guard test
        return guarded

    return decorate
