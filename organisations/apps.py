from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrganisationsConfig(AppConfig):
    name = "organisations"

    audit_actions = {
        "organisation.created": _("created the organisation"),
        "organisation.changed": _("changed the organisation's settings"),
        "invite.sent": _("invited a colleague"),
        "invite.resent": _("sent an invitation again"),
        "invite.withdrawn": _("withdrew an invitation"),
        "invite.accepted": _("accepted an invitation"),
        "member.joined": _("became a member"),
        "member.changed": _("changed a member"),
        "member.removed": _("removed a member"),
        "department.created": _("created a department"),
        "department.changed": _("changed a department"),
        "department.deleted": _("deleted a department"),
        "data_source.created": _("added a data source"),
        "data_source.changed": _("changed a data source"),
        "data_source.refreshed": _("refreshed a data source"),
    }

    def ready(self) -> None:
        from django.db.backends.signals import connection_created

        from organisations.database_role import refuse_powerful_role

        connection_created.connect(refuse_powerful_role, dispatch_uid="organisations.refuse_powerful_role")

    @property
    def navigation(self) -> list[object]:
        # Imported here: it needs Django's URL machinery, which is not there yet while apps are loading.
        from organisations.navigation import NavigationItem
        from organisations.permissions import Permission

        return [
            NavigationItem("data", _("Data sources"), "data_sources", "data-sources", Permission.VIEW),
            NavigationItem("data", _("Background work"), "jobs", "jobs", Permission.VIEW),
            NavigationItem("settings", _("Members and settings"), "members", "settings", Permission.ADMINISTER),
        ]
