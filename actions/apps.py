from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from organisations.navigation import NavigationItem
from organisations.permissions import Permission


class ActionsConfig(AppConfig):
    name = "actions"
    navigation = [
        NavigationItem("act", _("Cases"), "actions:cases", "cases", Permission.VIEW, 10),
        NavigationItem("act", _("Improvements"), "actions:improvements", "improvements", Permission.VIEW, 20),
    ]
    audit_actions = {
        "case.opened": _("opened a case"),
        "case.changed": _("changed a case"),
        "case.closed": _("closed a case"),
        "case.reopened": _("reopened a case"),
        "improvement.created": _("added an improvement"),
        "improvement.changed": _("changed an improvement"),
    }
