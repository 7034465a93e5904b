from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from organisations.navigation import NavigationItem
from organisations.permissions import Permission


class SurveysConfig(AppConfig):
    name = "surveys"
    navigation = [
        NavigationItem("ask", _("Surveys"), "surveys:list", "surveys", Permission.DESIGN),
        NavigationItem("ask", _("Campaigns"), "surveys:campaigns", "campaigns", Permission.DESIGN),
    ]
