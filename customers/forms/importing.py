from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import islice
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models import TextChoices
from django.forms import BoundField
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.csv_file import MAX_BYTES, UNREADABLE, CsvError, CsvFile
from customers.domain.columns import Column, guess
from customers.domain.importing import Plan
from customers.models import Consent
from organisations.models import DataSource

ROWS_SHOWN = 3
"""Rows of a file beside which people say what its columns mean."""


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("CSV file"),
        help_text=_("With a header row. Comma, semicolon or tab; UTF-8 or Windows-1252; up to 50 MB and 500,000 rows."),
        widget=forms.FileInput({"accept": ".csv,.txt,.tsv,text/csv"}),
    )

    def clean_file(self) -> CsvFile:
        uploaded: UploadedFile[bytes] = self.cleaned_data["file"]
        self.file_name = uploaded.name or ""
        try:
            # Read no more than shows that it is too much.
            file = CsvFile(uploaded.read(MAX_BYTES + 1))
            list(islice(file.rows(), ROWS_SHOWN))  # which the next page shows
        except CsvError as error:
            raise ValidationError(str(error)) from error
        return file


class FaultyRowsForm(forms.Form):
    """What becomes of a file in which some rows are faulty."""

    faulty = forms.ChoiceField(
        label=_("If rows are faulty"),
        choices=[
            ("stop", _("import nothing and show what is wrong")),
            ("skip", _("leave the faulty rows out and import the others")),
        ],
        initial="stop",
        widget=forms.RadioSelect,
    )


class ColumnsForm(FaultyRowsForm):
    """What each column of a file means, for forms that also ask what holds for all of its rows."""

    columns: type[TextChoices]
    guess: Callable[[list[str]], Iterable[str]]

    data_source = forms.ModelChoiceField(
        DataSource.objects.none(),
        label=_("Data source"),
        help_text=_("Is noted as refreshed once the import is done."),
        required=False,
        empty_label=_("none"),
    )

    def __init__(self, header: list[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.header = header
        for place, (name, guessed) in enumerate(zip(header, type(self).guess(header), strict=True)):
            self.fields[f"column_{place}"] = forms.ChoiceField(
                label=name or _("Column %(number)d") % {"number": place + 1},
                choices=self.meanings(name),
                initial=guessed,
                required=False,
            )
        sources = DataSource.objects.order_by("name")
        self.fields["data_source"].queryset = sources  # type: ignore[attr-defined]  # a ModelChoiceField
        if not sources.exists():
            del self.fields["data_source"]

    def meanings(self, name: str) -> list[tuple[str, Any]]:
        """What the column of this name can mean."""
        return self.columns.choices

    def beside(self, file: CsvFile) -> Iterator[tuple[BoundField, list[str]]]:
        """The field of each column, with the column's first cells."""
        rows = [[UNREADABLE.sub("\ufffd", cell) for cell in row.cells] for row in islice(file.rows(), ROWS_SHOWN)]
        for place in range(len(self.header)):
            yield self[f"column_{place}"], [row[place] for row in rows if place < len(row)]

    @property
    def chosen_columns(self) -> list[Any]:
        """Of the kind of ``columns``, in the order of the file."""
        return [self.columns(self.cleaned_data.get(f"column_{place}", "")) for place in range(len(self.header))]


class MappingForm(ColumnsForm):
    columns, guess = Column, staticmethod(guess)

    basis = forms.ChoiceField(
        label=_("Legal basis of all customers in the file"),
        help_text=_("Where no column says it."),
        choices=[("", _("none")), *Consent.Basis.choices],
        required=False,
    )
    source = forms.CharField(
        label=_("How it was given"),
        help_text=_("Such as: order form, ticked box. For rows that do not say it themselves."),
        max_length=200,
        required=False,
    )
    given_on = forms.DateField(
        label=_("Given on"),
        help_text=_("For rows that do not say it themselves."),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        required=False,
    )

    def meanings(self, name: str) -> list[tuple[str, Any]]:
        return [choice for choice in Column.choices if name or choice[0] != Column.ATTRIBUTE]

    def clean_given_on(self) -> date | None:
        day: date | None = self.cleaned_data["given_on"]
        if day and day > timezone.localdate():
            raise ValidationError(_("This day has not come yet."))
        return day

    def clean(self) -> None:
        columns = self.chosen_columns
        uses = Counter(columns)
        if not uses[Column.NUMBER]:
            self.add_error(
                None, _("Choose the column that holds the customer number: by it customers are found again.")
            )
        for place, column in enumerate(columns):
            if uses[column] > 1 and column not in {Column.IGNORED, Column.ATTRIBUTE}:
                self.add_error(f"column_{place}", _("Chosen more than once."))
        attributes = Counter(
            name for name, column in zip(self.header, columns, strict=True) if column == Column.ATTRIBUTE
        )
        for place, (name, column) in enumerate(zip(self.header, columns, strict=True)):
            if column == Column.ATTRIBUTE and attributes[name] > 1:
                self.add_error(f"column_{place}", _("Two columns have this name; ignore one of them."))
            if column == Column.ATTRIBUTE and len(name) > 100:
                self.add_error(f"column_{place}", _("An attribute's name has at most 100 characters."))
        chosen = self.cleaned_data
        if chosen.get("basis") and Column.BASIS not in uses:
            if not chosen.get("source") and Column.SOURCE not in uses:
                self.add_error("source", _("A legal basis needs its evidence: how was it given?"))
            if "given_on" in chosen and not chosen["given_on"] and Column.GIVEN_ON not in uses:
                self.add_error("given_on", _("A legal basis needs its evidence: when was it given?"))

    def plan(self) -> Plan:
        chosen = self.cleaned_data
        return Plan(
            columns=[str(column) for column in self.chosen_columns],
            skips_faulty=chosen["faulty"] == "skip",
            basis=chosen["basis"],
            source=chosen["source"],
            given_on=chosen["given_on"].isoformat() if chosen["given_on"] else "",
            data_source=chosen["data_source"].pk if chosen.get("data_source") else None,
        )
