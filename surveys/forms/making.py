"""Forms that make something, and make it once: a double click sends the same form twice.

Each form goes out with a random key, which comes back with what was filled in; what it makes keeps a key of both
(``MadeByForm``). The same form with the same content finds what it made; filled in otherwise it makes another.
"""

from typing import Any, cast
from uuid import UUID, uuid4, uuid5

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _


class FormKeyField(forms.UUIDField):
    """One that can't be read is said to be so, and replaced: sent once more, the form goes through."""

    widget = forms.HiddenInput
    default_error_messages = {"invalid": _("This form came back damaged. Please check it and send it once more.")}

    def __init__(self) -> None:
        super().__init__(required=False, initial=uuid4)

    def bound_data(self, data: Any, initial: Any) -> Any:
        try:
            self.to_python(data)
        except ValidationError:
            return initial
        return data


class MakingForm(forms.Form):
    """Also the whole form of a button that makes something."""

    form_key = FormKeyField()

    def clean_form_key(self) -> UUID:
        """Of what this form makes, filled in as it is."""
        key: UUID | None = self.cleaned_data["form_key"]
        if key is None:
            return uuid4()
        sent = cast(QueryDict, self.data)
        files = [(name, file.name, file.size) for name, file in self.files.items() if isinstance(file, UploadedFile)]
        return uuid5(key, repr((sorted(sent.lists()), sorted(files))))


class ButtonForm(MakingForm):
    """May stand on a page more than once, so its field has no id."""

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id=False)

    @property
    def fault(self) -> str:
        return " ".join(map(str, self.errors.get("form_key", [])))
