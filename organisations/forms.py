import zoneinfo
from typing import Any, cast

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from common.bounds import bounded
from common.searching import PeopleFilterForm
from organisations.models import DataSource, Department, Membership, Organisation, User
from organisations.permissions import Role


class DepartmentChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic in the stubs only
    """A select that shows the tree by indenting."""

    def __init__(self, *, departments: list[Department], **options: Any) -> None:
        super().__init__(queryset=Department.objects.all(), **options)
        self.choices = [
            ("", self.empty_label or ""),
            *((each.pk, "\u2003" * each.depth + each.name) for each in departments),
        ]


class RoleForm(forms.Form):
    """A member's role and departments; everything else about the person is theirs."""

    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.MEMBER)
    departments = forms.ModelMultipleChoiceField(
        label=_("Departments"),
        queryset=Department.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("A department lead reads these departments and those below them."),
    )

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        departments = Department.objects.filter(organisation=organisation)
        field = cast("forms.ModelMultipleChoiceField[Department]", self.fields["departments"])
        field.queryset = departments
        field.choices = [(each.pk, "\u2003" * each.depth + each.name) for each in departments.as_tree()]

    def clean_role(self) -> Role:
        return Role(self.cleaned_data["role"])


class InviteForm(RoleForm):
    email = forms.EmailField(label=_("E-mail address"), max_length=254)

    field_order = ("email", "role", "departments")


class MemberFilterForm(PeopleFilterForm):
    search = forms.CharField(
        label=_("Name or e-mail address"), required=False, max_length=200, widget=forms.TextInput({"type": "search"})
    )


class JoinForm(forms.Form):
    """A new person's name and password; the address is the invitation's."""

    name = forms.CharField(label=_("Your name"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=False),
        help_text=_("At least 10 characters; a sentence is easiest to remember."),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if password := cleaned.get("password"):
            try:
                validate_password(password, User(email=self.email, name=cleaned.get("name", "")))
            except ValidationError as error:
                self.add_error("password", error)
        return cleaned


class AccountForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    class Meta:
        model = User
        fields = ("name", "language")
        help_texts = {"language": _("Of the portal and of the mails it sends you. Empty: as your browser says.")}


class DepartmentForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    class Meta:
        model = Department
        fields = ("name", "parent")

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organisation = organisation
        departments = Department.objects.filter(organisation=organisation)
        tree = departments.as_tree()
        if self.instance.pk:
            below = departments.ids_below({self.instance.pk})
            tree = [each for each in tree if each.pk not in below]
        self.fields["parent"] = DepartmentChoice(
            departments=tree, label=_("Part of"), required=False, empty_label=_("– no other department –")
        )

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        same = Department.objects.filter(organisation=self.organisation, name__iexact=name).exclude(pk=self.instance.pk)
        if same.exists():
            raise ValidationError(_("There is a department of this name already."))
        return name


class OrganisationForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    time_zone = forms.ChoiceField(label=_("Time zone"))

    class Meta:
        model = Organisation
        formfield_callback = bounded
        fields = (
            "name",
            "language",
            "time_zone",
            "minimum_n",
            "comment_minimum_n",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = sorted(zone for zone in zoneinfo.available_timezones() if "/" in zone and not zone.startswith("Etc/"))
        field = cast(forms.ChoiceField, self.fields["time_zone"])
        field.choices = [(zone, zone.replace("_", " ")) for zone in sorted({*zones, "UTC", self.instance.time_zone})]


class DataSourceForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    class Meta:
        model = DataSource
        formfield_callback = bounded
        fields = ("name", "description", "department", "owner", "deputy", "freshness_days")
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}
        help_texts = {"owner": _("Answers for this data being there and fresh.")}

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organisation = organisation
        self.fields["department"] = DepartmentChoice(
            departments=Department.objects.filter(organisation=organisation).as_tree(), label=_("Department")
        )
        memberships = Membership.objects.filter(organisation=organisation)
        members = list(memberships.for_list().prefetch_related(None))
        for name in ("owner", "deputy"):
            field = cast("forms.ModelChoiceField[Membership]", self.fields[name])
            field.queryset = memberships  # one's own memberships elsewhere can be read, too, but not chosen
            field.choices = [("", _("– nobody –")), *((each.pk, str(each)) for each in members)]

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        same = DataSource.objects.filter(organisation=self.organisation, name__iexact=name).exclude(pk=self.instance.pk)
        if same.exists():
            raise ValidationError(_("There is a data source of this name already."))
        return name

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("deputy") and cleaned.get("deputy") == cleaned.get("owner"):
            self.add_error("deputy", _("The deputy must be somebody else than the owner."))
        return cleaned


class RefreshForm(forms.Form):
    rows = forms.IntegerField(
        label=_("Rows"), min_value=0, max_value=2_147_483_647, help_text=_("How many rows the data has now.")
    )
