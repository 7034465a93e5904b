from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class JourneysConfig(AppConfig):
    name = "journeys"
    customer_panels = ("journeys.panels.persona", "journeys.panels.contacts")

    audit_actions = {
        "channel.created": _("added a channel"),
        "channel.renamed": _("renamed a channel"),
        "channel.deleted": _("deleted a channel"),
        "interactions.imported": _("imported contacts of customers"),
        "persona.created": _("added a persona"),
        "persona.changed": _("changed a persona"),
        "persona.ranked": _("changed the rank of a persona"),
        "persona.deleted": _("deleted a persona"),
        "journey.created": _("added a customer journey"),
        "journey.imported": _("added a customer journey from a document"),
        "journey.copied": _("copied a customer journey"),
        "journey.changed": _("changed a customer journey"),
        "journey.deleted": _("deleted a customer journey"),
        "stage.created": _("added a stage"),
        "stage.changed": _("changed a stage"),
        "stage.moved": _("moved a stage"),
        "stage.deleted": _("deleted a stage"),
        "lane.created": _("added a lane"),
        "lane.blueprint": _("added the lanes of a service blueprint"),
        "lane.changed": _("changed a lane"),
        "lane.moved": _("moved a lane"),
        "lane.deleted": _("deleted a lane"),
        "placement.changed": _("wrote about a touchpoint in a customer journey"),
        "map.undone": _("undid a change of a customer journey"),
        "map.redone": _("redid a change of a customer journey"),
        "map.restored": _("restored an earlier state of a customer journey"),
        "touchpoint.created": _("added a touchpoint"),
        "touchpoint.changed": _("changed a touchpoint"),
        "touchpoint.archived": _("archived a touchpoint"),
        "touchpoint.restored": _("restored a touchpoint"),
        "touchpoint.placed": _("put a touchpoint into a customer journey"),
        "touchpoint.moved": _("moved a touchpoint in a customer journey"),
        "touchpoint.removed": _("took a touchpoint out of a customer journey"),
    }

    @property
    def jobs(self) -> list[object]:
        # Imported here, as models are not there yet while apps are loading.
        from organisations.domain.jobs import JobKind
        from organisations.permissions import Permission

        return [
            JobKind(
                "journeys.import_interactions",
                _("Import of contacts"),
                "journeys.domain.interaction_files.run",
                Permission.MANAGE_CUSTOMERS,
            )
        ]

    @property
    def navigation(self) -> list[object]:
        # Imported here: it needs Django's URL machinery, which is not there yet while apps are loading.
        from organisations.navigation import NavigationItem
        from organisations.permissions import Permission

        return [
            NavigationItem("read", _("Customer journeys"), "journeys:list", "journeys", Permission.READ_REPORTS, 20),
            NavigationItem(
                "read", _("Touchpoints"), "journeys:touchpoints", "touchpoints", Permission.READ_REPORTS, 30
            ),
            NavigationItem("read", _("Personas"), "journeys:personas", "personas", Permission.READ_REPORTS, 60),
            NavigationItem(
                "act", _("Record a contact"), "journeys:record_interaction", "interactions", Permission.RECORD, 90
            ),
            NavigationItem("settings", _("Channels"), "journeys:channels", "channels", Permission.DESIGN),
        ]
