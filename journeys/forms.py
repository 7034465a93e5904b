from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from journeys.models import Channel, Journey, Touchpoint
from organisations.forms import DepartmentChoice
from organisations.models import Department


class NameOnce(forms.ModelForm):  # type: ignore[type-arg]  # takes none when run
    """Refuses a name that another one of the organisation has, at the field."""

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        others = self._meta.model.objects.exclude(pk=self.instance.pk)
        if issubclass(self._meta.model, Touchpoint):
            others = others.current()
        if others.named(name).exists():
            raise ValidationError(_("There is already one called “%(name)s”."), params={"name": name})
        return name


class ChannelForm(NameOnce):
    class Meta:
        model = Channel
        fields = ("name",)


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


class TouchpointFilter(forms.Form):
    field_order = ("search", "department", "channel", "show")

    search = forms.CharField(
        label=_("Search"), required=False, max_length=200, widget=forms.TextInput(attrs={"type": "search"})
    )
    channel = forms.ModelChoiceField(
        label=_("Channel"), queryset=Channel.objects.all(), required=False, empty_label=_("all")
    )
    show = forms.ChoiceField(
        label=_("Show"),
        required=False,
        choices=[
            ("", _("all current ones")),
            ("truth", _("moments of truth")),
            ("unplaced", _("those in no journey")),
            ("archived", _("archived ones")),
        ],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["department"] = DepartmentChoice(
            departments=Department.objects.as_tree(), label=_("Department"), empty_label=_("all"), required=False
        )
        self.order_fields(self.field_order)
