"""The logo's file, and what of it the organisation's own row says."""

from hashlib import sha256

from common.pictures import Logo
from organisations.models import Organisation, OrganisationLogo


def set_logo(*, organisation: Organisation, logo: Logo | None) -> None:
    """None: take it off. The caller writes the audit trail, as with the other settings."""
    organisation.logo_digest = sha256(logo.content).hexdigest()[:16] if logo else ""
    organisation.logo_width, organisation.logo_height = (logo.width, logo.height) if logo else (0, 0)
    organisation.save(update_fields=["logo_digest", "logo_width", "logo_height"])
    if logo:
        OrganisationLogo.objects.update_or_create(organisation=organisation, defaults={"content": logo.content})
    else:
        OrganisationLogo.objects.filter(organisation=organisation).delete()
