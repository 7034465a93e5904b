"""How an organisation's mails look and from whom they come."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from common import pictures
from organisations.branding import PLAIN, from_domains
from organisations.models import Organisation


class MailSettingsForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    privacy_url = forms.URLField(
        label=_("Privacy notice"),
        required=False,
        assume_scheme="https",
        help_text=_("Linked from every survey and every mail."),
    )
    brand_colour = forms.CharField(
        label=_("Colour"),
        required=False,
        max_length=7,
        widget=forms.TextInput(attrs={"type": "color"}),
        help_text=_("Of buttons and of the mail's edge. The text on it becomes white or black, whichever reads."),
    )
    logo = forms.FileField(
        label=_("Logo"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
        help_text=_("PNG, JPEG or WebP, at most 5 MB. It is shown at most 200 by 48 pixels large."),
    )
    remove_logo = forms.BooleanField(label=_("Remove the logo"), required=False)

    class Meta:
        model = Organisation
        fields = ("sender_name", "from_address", "reply_to", "privacy_url", "brand_colour")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["brand_colour"] = self.initial["brand_colour"] or PLAIN
        if not self.instance.logo_digest:
            del self.fields["remove_logo"]
        domains = sorted(from_domains(self.instance))
        if not domains and not self.instance.from_address:
            del self.fields["from_address"]
        else:
            self.fields["from_address"].help_text = _(
                "Empty: the address of this installation. Possible domains: %(domains)s"
            ) % {"domains": ", ".join(domains) or "–"}

    def clean_from_address(self) -> str:
        address = str(self.cleaned_data["from_address"])
        domain = address.rpartition("@")[2].lower()
        if address and domain not in from_domains(self.instance):
            raise ValidationError(
                _("This installation does not send from %(domain)s. Whoever runs it can allow that."),
                params={"domain": domain},
            )
        return address

    def clean_brand_colour(self) -> str:
        """The portal's own is none: a colour field always has a value."""
        colour = str(self.cleaned_data["brand_colour"]).lower()
        return "" if colour == PLAIN else colour

    def clean_logo(self) -> pictures.Logo | None:
        file = self.cleaned_data["logo"]
        return pictures.logo(file) if file else None

    @property
    def changes(self) -> dict[str, Any]:
        """Fields of the organisation that were changed."""
        own = [name for name in self.changed_data if name in (self._meta.fields or ())]
        return {name: self.cleaned_data[name] for name in own}
