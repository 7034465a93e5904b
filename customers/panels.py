"""What other apps show on a customer's page: each names in its ``apps.py`` what makes it, as dotted paths of
``panel(request, customer) -> SafeString`` in ``customer_panels``.
"""

from django.apps import apps
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString

from customers.models import Customer
from organisations.requests import OrganisationRequest


def panels(request: OrganisationRequest, customer: Customer) -> list[SafeString]:
    """In the order of the apps."""
    paths = [path for config in apps.get_app_configs() for path in getattr(config, "customer_panels", [])]
    return [import_string(path)(request, customer) for path in paths]
