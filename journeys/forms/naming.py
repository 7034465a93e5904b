from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from journeys.models import Touchpoint


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
