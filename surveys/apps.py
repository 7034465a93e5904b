from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from organisations.navigation import NavigationItem
from organisations.permissions import Permission


class SurveysConfig(AppConfig):
    name = "surveys"
    navigation = [
        NavigationItem("ask", _("Surveys"), "surveys:list", "surveys", Permission.DESIGN),
        NavigationItem("ask", _("Campaigns"), "surveys:campaigns", "campaigns", Permission.DESIGN),
        NavigationItem("ask", _("Triggers"), "surveys:triggers", "triggers", Permission.DESIGN),
    ]
    customer_panels = ("surveys.panels.asked", "surveys.panels.phone")
    audit_actions = {
        "campaign.created": _("created a campaign"),
        "campaign.started": _("started a campaign"),
        "campaign.scheduled": _("planned a campaign"),
        "campaign.paused": _("paused a campaign"),
        "campaign.resumed": _("resumed a campaign"),
        "campaign.evidence_exported": _("exported the legal evidence of a campaign"),
        "campaign.links_exported": _("exported the personal links of a campaign"),
        "campaign.cancelled": _("cancelled a campaign"),
        "mail.tested": _("tested the mail settings"),
        "policy.changed": _("changed the contact policy"),
        "reminder.added": _("added a reminder"),
        "reminder.changed": _("changed a reminder"),
        "reminder.past_from_now_on": _("let a reminder go to those only who reach its day from then on"),
        "reminder.past_too": _("let a reminder go also to those who were past its day"),
        "reminder.removed": _("removed a reminder"),
        "trigger.created": _("made a trigger"),
        "trigger.changed": _("changed a trigger"),
        "trigger.switched_on": _("switched a trigger on"),
        "trigger.paused": _("paused a trigger"),
        "trigger.removed": _("removed a trigger"),
        "entrance.created": _("opened a way into a survey"),
        "entrance.changed": _("changed a way into a survey"),
        "entrance.switched_off": _("switched off a way into a survey"),
        "entrance.switched_on": _("switched on a way into a survey"),
        "response.by_phone": _("typed in an answer given on the phone"),
        "response.set_aside": _("set answers aside"),
        "response.left_out": _("left out answers that were set aside"),
        "response.counted": _("counted answers that were set aside"),
        "response.deleted": _("deleted answers that were set aside"),
        "quote.picked": _("picked a comment as a persona's quote"),
        "quote.removed": _("took a picked quote off a persona"),
        "history.imported": _("imported earlier answers"),
        "history.removed": _("removed an import of earlier answers"),
    }

    @property
    def jobs(self) -> list[object]:
        # Imported here, as models are not there yet while apps are loading.
        from organisations.domain.jobs import JobKind

        module = "surveys.domain.history"
        return [
            JobKind(
                "surveys.import_history", _("Import of earlier answers"), f"{module}.run_import", Permission.DESIGN
            ),
            JobKind(
                "surveys.remove_history", _("Removal of imported answers"), f"{module}.run_removal", Permission.DESIGN
            ),
        ]
