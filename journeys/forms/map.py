"""The small forms that add something to a map."""

from typing import Any, TypeVar

from django import forms
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.keys import read_key
from journeys.domain.changes import gone
from journeys.models import Lane, Stage, Touchpoint
from organisations.forms import DepartmentChoice
from organisations.models import Department

Row = TypeVar("Row", bound=models.Model)


def suggested(rows: "models.QuerySet[Row]", key: str | None) -> Row | None:
    """The row that an address names, if it is still there."""
    return rows.filter(pk=read_key(key)).first()


def chosen(rows: "models.QuerySet[Row]", key: str | None) -> Row | None:
    """The row that a form names; None where it names none. Raises ValidationError where it is gone."""
    found = suggested(rows, key)
    if key and found is None:
        raise gone()
    return found


class StageForm(forms.ModelForm):  # type: ignore[type-arg]  # takes none when run
    class Meta:
        model = Stage
        fields = ("name",)
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "off", "autofocus": True})}


class LaneForm(forms.ModelForm):  # type: ignore[type-arg]  # takes none when run
    class Meta:
        model = Lane
        fields = ("name",)
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "off", "autofocus": True})}


class PlaceForm(forms.Form):
    """A touchpoint by its name. Only where there is none of this name yet, it asks for the owning department."""

    name = forms.CharField(
        label=gettext_lazy("Touchpoint"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": "touchpoint-names", "autofocus": True}),
        help_text=gettext_lazy("One that is there already, or the name of a new one."),
    )

    def __init__(self, data: Any, *, stage: Stage) -> None:
        name = str(data.get("name", "") if data else "").replace("\0", "").strip()
        self.known = Touchpoint.objects.current().named(name).first() if name else None
        is_new = bool(name) and self.known is None
        asks = is_new and "department" not in data
        neighbour = stage.placements.select_related("touchpoint").last() if asks else None
        initial = {"name": name[:100], "department": neighbour.touchpoint.department_id if neighbour else None}
        super().__init__(None if asks else data, initial=initial)
        if is_new:
            departments = Department.objects.as_tree()
            self.fields["department"] = DepartmentChoice(
                departments=departments,
                label=_("Owning department"),
                empty_label=_("Please choose"),
                help_text=_("There is no touchpoint of this name yet: it is made for this department.")
                if departments
                else _("There is no department yet. An administrator adds them."),
            )
            del self.fields["name"].widget.attrs["autofocus"]
            self.fields["department"].widget.attrs["autofocus"] = True
