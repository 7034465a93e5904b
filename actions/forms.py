from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from actions.models import Case, CaseNote, Improvement
from common.searching import PeopleFilterForm
from journeys.models import Touchpoint
from organisations.forms import DepartmentChoice
from organisations.models import Department, Membership
from organisations.permissions import Permission


class ActionForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """Offers the touchpoints that this member may act at, and the colleagues who may be responsible."""

    def __init__(self, *args: Any, membership: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not membership.may(Permission.ACT):
            # Whoever is responsible works on it where it is.
            self.fields.pop("touchpoint", None)
        if "touchpoint" in self.fields:
            touchpoint = cast("forms.ModelChoiceField[Touchpoint]", self.fields["touchpoint"])
            touchpoint.queryset = Touchpoint.objects.current().read_in_full_by(membership).order_by("name", "pk")
            touchpoint.empty_label = _("Please choose")
            if not touchpoint.queryset.exists():
                touchpoint.help_text = _("There is no touchpoint yet at which you could act.")
        responsible = cast("forms.ModelChoiceField[Membership]", self.fields["responsible"])
        # Not all that can be seen: people see their own memberships elsewhere, too.
        colleagues = Membership.objects.filter(organisation=membership.organisation_id)
        responsible.queryset = colleagues.select_related("user").order_by("user__name", "pk")
        responsible.empty_label = _("nobody yet")


class ImprovementForm(ActionForm):
    class Meta:
        model = Improvement
        fields = ("title", "touchpoint", "description", "responsible", "state", "due_on", "effective_on")
        widgets = {
            name: forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d") for name in ("due_on", "effective_on")
        }


class NewCaseForm(ActionForm):
    class Meta:
        model = Case
        fields = ("title", "touchpoint", "responsible")


class CaseForm(ActionForm):
    class Meta:
        model = Case
        fields = ("title", "responsible")


class NoteForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    class Meta:
        model = CaseNote
        fields = ("text",)
        widgets = {"text": forms.Textarea(attrs={"rows": 3})}


class OutcomeForm(forms.Form):
    outcome = forms.CharField(
        label=_("How it ended"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}), required=True
    )


class ActionFilter(PeopleFilterForm):
    """Titles and notes speak of customers, so what is searched for stands in no address."""

    more = ("department", "touchpoint")
    """Fields that are there for who may act."""

    search = forms.CharField(
        label=_("Search"), required=False, max_length=150, widget=forms.TextInput(attrs={"type": "search"})
    )
    show = forms.ChoiceField(
        label=_("Show"), required=False, choices=[("", _("open")), ("closed", _("closed")), ("all", _("all"))]
    )
    mine = forms.BooleanField(label=_("only mine"), required=False)

    field_order = ("search", *more, "show", "mine")

    def __init__(self, *args: Any, membership: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not membership.may(Permission.ACT):
            del self.fields["mine"]  # they see no others
            return
        self.fields["department"] = DepartmentChoice(
            departments=Department.objects.as_tree(), label=_("Department"), empty_label=_("all"), required=False
        )
        self.fields["touchpoint"] = forms.ModelChoiceField(
            label=_("Touchpoint"),
            queryset=Touchpoint.objects.current().read_in_full_by(membership).order_by("name", "pk"),
            empty_label=_("all"),
            required=False,
        )
        self.order_fields(self.field_order)
