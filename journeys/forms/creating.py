"""Forms from which a journey is made: of a template or a file, or after another journey."""

from difflib import SequenceMatcher
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from journeys.document_reader import read_document
from journeys.documents import MAX_BYTES, JourneyDocument
from journeys.domain.importing import Matches
from journeys.forms.naming import NameOnce
from journeys.models import Journey
from organisations.forms import DepartmentChoice
from organisations.models import Department

KINDS = (
    ("marketing", "werbung", "kommunikation", "communication", "brand", "öffentlichkeit"),
    ("sales", "vertrieb", "verkauf", "beratung", "commerce"),
    ("service", "support", "kundenservice", "kundendienst", "kundenbetreuung", "care", "help"),
    ("logisti", "versand", "lager", "delivery", "liefer", "shipping", "technik"),
    ("billing", "abrechnung", "buchhaltung", "finan", "invoic", "account", "rechnung"),
    ("it", "software", "digital", "edv", "informatik", "technik", "product", "entwicklung"),
)
"""Words by which departments of the same kind are known, in both languages."""


def most_similar(name: str, departments: list[Department]) -> Department | None:
    """The department that is probably meant by the name; the only one, where there is one."""

    def likeness(department: Department) -> float:
        kinds = _kinds(name) & _kinds(department.name)
        return SequenceMatcher(None, name.lower(), department.name.lower()).ratio() + bool(kinds)

    best = max(departments, key=likeness, default=None)
    if len(departments) == 1 or (best and likeness(best) > 0.6):
        return best
    return None


def _kinds(name: str) -> set[int]:
    words = name.lower().replace("&", " ").replace("-", " ").split()
    return {
        number
        for number, kind in enumerate(KINDS)
        if any(word == part or (len(part) > 3 and part in word) for word in words for part in kind)
    }


class DocumentForm(NameOnce):
    """The journey's name, and which department is meant by each name that is not known."""

    class Meta:
        model = Journey
        fields = ("name",)

    def __init__(self, data: Any, *, document: JourneyDocument, matches: Matches) -> None:
        super().__init__(data, initial={"name": document.name})
        self.unknown = matches.unknown_departments
        departments = Department.objects.as_tree()
        self.lacks_departments = bool(self.unknown) and not departments
        """Then there is nothing to choose from, and no journey to be made yet."""
        for number, name in enumerate(self.unknown):
            similar = most_similar(name, departments)
            self.fields[f"department_{number}"] = DepartmentChoice(
                departments=departments, label=name, empty_label=_("Please choose"), initial=similar and similar.pk
            )

    @property
    def department_fields(self) -> list[forms.BoundField]:
        return [self[f"department_{number}"] for number in range(len(self.unknown))]

    @property
    def departments(self) -> dict[str, Department]:
        return {name: self.cleaned_data[f"department_{number}"] for number, name in enumerate(self.unknown)}


class DocumentFileForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("JSON file"),
        help_text=gettext_lazy("As the portal exports it; up to 2 MB."),
        widget=forms.FileInput({"accept": ".json,application/json"}),
    )

    def clean_file(self) -> str:
        uploaded: UploadedFile[bytes] = self.cleaned_data["file"]
        content: bytes = uploaded.read(MAX_BYTES + 1)
        self.document = read_document(content)
        return content.decode("utf-8-sig")


class CopyForm(NameOnce):
    journey = forms.ModelChoiceField(
        label=gettext_lazy("Journey"), queryset=Journey.objects.all(), empty_label=gettext_lazy("Please choose")
    )
    field_order = ("journey", "name")

    class Meta:
        model = Journey
        fields = ("name",)


class TypedNameForm(forms.Form):
    """What can't be undone is done only with its name typed."""

    name = forms.CharField(
        label=gettext_lazy("Type its name"), widget=forms.TextInput({"autocomplete": "off"}), strip=True
    )

    def __init__(self, *args: Any, expected: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.expected = expected
        self.fields["name"].help_text = expected

    def clean_name(self) -> str:
        if self.cleaned_data["name"] != self.expected.strip():
            raise ValidationError(_("This is not its name."))
        return self.expected


class JourneyFilter(forms.Form):
    search = forms.CharField(
        label=gettext_lazy("Search"), required=False, max_length=200, widget=forms.TextInput({"type": "search"})
    )
    order = forms.ChoiceField(
        label=gettext_lazy("Order"),
        required=False,
        choices=[
            ("", gettext_lazy("your own")),
            ("name", gettext_lazy("by name")),
            ("-touchpoint_count", gettext_lazy("most touchpoints first")),
            ("-pk", gettext_lazy("newest first")),
        ],
    )
