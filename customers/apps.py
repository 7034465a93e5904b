from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CustomersConfig(AppConfig):
    name = "customers"

    audit_actions = {
        "customer.added": _("added a customer"),
        "customer.changed": _("changed a customer"),
        "customer.erased": _("erased a customer"),
        "customer.basis_given": _("recorded a legal basis"),
        "customer.basis_withdrawn": _("withdrew a legal basis"),
        "customers.imported": _("imported customers"),
        "suppression.added": _("put an address on the suppression list"),
        "suppression.paused": _("paused the surveys to an address"),
        "suppression.lifted": _("took an address off the suppression list"),
    }

    @property
    def jobs(self) -> list[object]:
        # Imported here, as models are not there yet while apps are loading.
        from organisations.domain.jobs import JobKind
        from organisations.permissions import Permission

        return [
            JobKind(
                "customers.import",
                _("Import of customers"),
                "customers.domain.importing.run",
                Permission.MANAGE_CUSTOMERS,
            )
        ]

    @property
    def navigation(self) -> list[object]:
        from organisations.navigation import NavigationItem
        from organisations.permissions import Permission

        return [NavigationItem("ask", _("Customers"), "customers:list", "customers", Permission.READ_CUSTOMERS)]
