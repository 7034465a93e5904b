"""A survey's mail to the colleague who asks for it, also of a draft: links lead to the preview, so nothing counts."""

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from common.mail_check import Finding, check_sending
from customers.models import Consent, Customer
from organisations.models import Organisation, User
from surveys.documents import Document
from surveys.mails import Stationery
from surveys.models import Invitation, Survey, SurveyVersion


def send_test_mail(
    *, organisation: Organisation, survey: Survey, version: SurveyVersion | None, user: User, language: str
) -> list[Finding]:
    """Sent at once; ``version``: one that was published, or None for the survey as it stands.

    Returns what came of each step; the last one says whether the mail went out.
    Raises UnicodeError where no mail can be addressed to the user.
    """
    first_name, _space, last_name = user.name.rpartition(" ")
    customer = Customer(first_name=first_name or last_name, last_name=last_name if first_name else "", email=user.email)
    customer.legal_basis = Consent.Basis.CONSENT
    invitation = Invitation(pk=0, organisation=organisation, survey=survey, version_id=0, language=language)
    invitation.expires_at = timezone.now()
    link = settings.BASE_URL + reverse("surveys:preview", args=[organisation.slug, survey.pk])
    document = Document.of_version(version) if version else Document.of_draft(survey)
    if version:
        link += f"?version={version.number}"
    return list(check_sending(Stationery(organisation).mail(invitation, document, customer, link=link)))
