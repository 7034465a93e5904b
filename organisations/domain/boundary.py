"""Domain functions refuse arguments of two organisations, before the database has to."""

from organisations.models import Organisation, OrganisationOwned


class TwoOrganisationsError(Exception):
    """A thing of one organisation was passed together with another organisation: a fault in the calling code."""


def refuse_strangers(organisation: Organisation, *things: OrganisationOwned | None) -> None:
    for thing in things:
        if thing is not None and thing.organisation_id != organisation.pk:
            raise TwoOrganisationsError(
                f"{thing._meta.label} {thing.pk} does not belong to organisation {organisation.pk}"
            )
