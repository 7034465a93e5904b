"""The portrait of a persona: what the team believes about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common import pictures
from journeys.forms.careful import CarefulForm
from journeys.models import Channel, Persona, PersonaPicture
from journeys.traits import FURTHEST, TRAITS

MOST_QUOTES = 5


class Quotes(forms.CharField):
    """A list of sentences, one per line; empty lines and repetitions are dropped."""

    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        lines = list(dict.fromkeys(line.strip() for line in super().clean(value).splitlines() if line.strip()))
        if len(lines) > MOST_QUOTES:
            raise ValidationError(_("At most %(most)s sentences, please."), params={"most": MOST_QUOTES})
        for line in lines:
            if len(line) > 300:
                raise ValidationError(
                    _("“%(start)s…” is longer than %(limit)s characters."), params={"start": line[:30], "limit": 300}
                )
        return lines


@dataclass(frozen=True)
class Slider:
    """A pair of opposites on the form."""

    low: str | Promise
    high: str | Promise
    place: forms.BoundField
    unsaid: forms.BoundField


class PersonaForm(CarefulForm):
    quotes = Quotes(
        label=_("In their words"),
        help_text=Persona._meta.get_field("quotes").help_text,
        max_length=2_000,
        required=False,
    )
    channels = forms.ModelMultipleChoiceField(
        label=_("Channels they like"),
        queryset=Channel.objects.all(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    picture = forms.FileField(
        label=_("Picture"),
        required=False,
        help_text=_("PNG, JPEG or WebP, at most 5 MB; the middle is shown. Without one, a picture is drawn."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
    )
    remove_picture = forms.BooleanField(
        label=_("Remove the picture"), required=False, help_text=_("The drawn one then stands there again.")
    )

    class Meta:
        model = Persona
        fields = (
            "name",
            "situation",
            "background",
            "goals",
            "frustrations",
            "values",
            "research",
            "priorities",
            "marks",
            "channels",
            "quotes",
        )
        labels = {"situation": _("Role or life situation")}
        help_texts = {"situation": _("Such as: family with two children, 41, Kiel; or: buyer at a machine maker.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = PersonaPicture.objects.filter(persona=self.instance.pk)
        self.digest = known.values_list("digest", flat=True).first()
        """Of the picture there is; None: one is drawn."""
        if not self.digest:
            del self.fields["remove_picture"]
        for key, (low, high) in TRAITS.items():
            place = self.instance.traits.get(key)
            label = _("From %(low)s to %(high)s") % {"low": low, "high": high}
            # Not required: a browser always sends a range, but nothing else has to.
            self.fields[f"trait_{key}"] = forms.IntegerField(
                label=label,
                min_value=-FURTHEST,
                max_value=FURTHEST,
                required=False,
                initial=place or 0,
                widget=forms.NumberInput(attrs={"type": "range", "step": 1}),
            )
            self.fields[f"unsaid_{key}"] = forms.BooleanField(
                label=_("not said"), required=False, initial=place is None
            )
        texts = {name: self.initial.get(name) for name in self._meta.fields or ()}
        self.remember({**texts, **{f"trait_{key}": self.instance.traits.get(key) for key in TRAITS}})

    @property
    def portrait(self) -> list[forms.BoundField]:
        """The texts, in the order of the page."""
        return [self[name] for name in self._meta.fields or () if name not in ("channels", "quotes")]

    @property
    def sliders(self) -> Iterator[Slider]:
        for key, (low, high) in TRAITS.items():
            yield Slider(low, high, self[f"trait_{key}"], self[f"unsaid_{key}"])

    def clean_picture(self) -> bytes | None:
        file = self.cleaned_data["picture"]
        return pictures.square(file) if file else None

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        opened = self.opened_with(data.get("seen", ""))
        for key in TRAITS:
            name, is_unsaid = f"trait_{key}", data.pop(f"unsaid_{key}", False)
            # A range always has a value. One that was moved is meant, although "not said" was ticked before.
            was_unsaid = opened.get(name) in (None, "")
            if name in data and is_unsaid and not (was_unsaid and data[name]):
                data[name] = None
        if data.pop("remove_picture", False) and not data.get("picture"):
            data["picture"] = False
        self.compare(data)
        return data

    def changes(self) -> dict[str, Any]:
        """What is to be written: all of a new persona, else this person's changes and nothing else."""
        traits = {key: value for key in TRAITS if (value := self.stored[f"trait_{key}"]) != ""}
        changed = {name: self.cleaned_data[name] for name in self.changed}
        for key in TRAITS:
            if f"trait_{key}" in changed:
                changed["traits"] = traits
                traits[key] = changed.pop(f"trait_{key}")
        if self.cleaned_data["picture"] is not None:
            changed["picture"] = self.cleaned_data["picture"]
        return changed
