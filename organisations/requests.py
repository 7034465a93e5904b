"""The request type of every view under /o/<organisation>/."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from organisations.models import Membership, Organisation, User


class OrganisationRequest(HttpRequest):
    organisation: Organisation
    membership: Membership
    memberships: list[Membership]
    htmx: HtmxDetails
    user: User
