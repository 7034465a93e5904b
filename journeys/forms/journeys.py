from django import forms
from django.utils.translation import gettext_lazy as _

from journeys.forms.naming import NameOnce
from journeys.models import Journey


class JourneyForm(NameOnce):
    class Meta:
        model = Journey
        fields = ("name", "description")


class NewJourneyForm(JourneyForm):
    with_default_stages = forms.TypedChoiceField(
        label=_("Start with"),
        choices=[
            ("yes", _("the usual stages, from awareness to loyalty")),
            ("no", _("an empty map")),
        ],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        initial="yes",
    )
