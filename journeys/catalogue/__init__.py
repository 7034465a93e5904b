"""Journeys to start from."""

from journeys.catalogue.bank import BANK
from journeys.catalogue.insurer import INSURER
from journeys.catalogue.plan import LANGUAGES, Template
from journeys.catalogue.public_service import PUBLIC_SERVICE
from journeys.catalogue.shop import SHOP
from journeys.catalogue.software import SOFTWARE
from journeys.catalogue.telecom import TELECOM

TEMPLATES = {template.key: template for template in (SHOP, INSURER, TELECOM, BANK, SOFTWARE, PUBLIC_SERVICE)}

__all__ = ["LANGUAGES", "TEMPLATES", "Template"]
