from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from organisations.navigation import NavigationItem
from organisations.permissions import Permission


class ReportsConfig(AppConfig):
    name = "reports"
    navigation = (
        NavigationItem("read", _("Overview"), "reports:overview", "", Permission.VIEW, 10),
        NavigationItem("read", _("Departments"), "reports:departments", "departments", Permission.READ_REPORTS, 40),
        NavigationItem("read", _("Survey results"), "reports:survey_list", "results", Permission.READ_CUSTOMERS, 45),
        NavigationItem("read", _("Comments"), "reports:comments", "comments", Permission.READ_COMMENTS, 50),
        NavigationItem("ask", _("Asked and not asked"), "reports:ledger", "ledger", Permission.READ_CUSTOMERS, 120),
    )
