from django.db import models

from organisations.models import OrganisationOwned


class MailNotice(OrganisationOwned):
    """A sentence that stood in mails: why the customer gets it, and how to object. Never changed nor removed."""

    text = models.CharField(max_length=600)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "text"], name="mail_notice_once")]


class MailEvidence(models.Model):
    """What a mail rested on when it was sent; stays true whatever is recorded, withdrawn or reworded later.

    Consents are kept as they were given: the database refuses to change one, but for the day of its withdrawal. Without
    a constraint on it, so that erasing a customer, which takes their consents along, reads no table of mails.
    """

    consent = models.ForeignKey(
        "customers.Consent",
        on_delete=models.DO_NOTHING,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    notice = models.ForeignKey(MailNotice, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        abstract = True
