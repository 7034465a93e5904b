"""A mail as customers get it, to nobody in particular: for the preview and the test of the mail settings."""

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from common.smtp import ReadyMail
from customers.models import Consent, Customer
from organisations.branding import LogoLink
from organisations.models import LANGUAGES, Organisation, User
from surveys.catalogue.questions import NPS
from surveys.documents import Document, DocumentQuestion
from surveys.mails import Stationery
from surveys.models import Invitation, Question, Survey


def preview_mail(organisation: Organisation, language: str, logo: LogoLink | None = None) -> ReadyMail:
    """Its links lead nowhere. The organisation may be one that is not saved yet."""
    with override(language):
        customer = Customer(salutation=Customer.Salutation.MS, last_name=_("Sample"), email="sample@example.org")
        subject, text = _("How was it?"), _("You recently bought from us. How was it? Simply tap a number.")
    return _mail(organisation, language, customer, subject, text, logo)


def trial_mail(organisation: Organisation, user: User, language: str) -> ReadyMail:
    """To a colleague, who is told that it is a test."""
    first_name, _space, last_name = user.name.rpartition(" ")
    customer = Customer(first_name=first_name or last_name, last_name=last_name if first_name else "", email=user.email)
    with override(language):
        subject = _("Test of the mail settings of %(name)s") % {"name": organisation.name}
        text = _(
            "This is the test that you have asked for. It arrived, so mails go out. Your surveys' mails look like this "
            "one, whose links lead nowhere."
        )
    return _mail(organisation, language, customer, subject, text)


def _mail(
    organisation: Organisation,
    language: str,
    customer: Customer,
    subject: str,
    text: str,
    logo: LogoLink | None = None,
) -> ReadyMail:
    languages = [code for code, _name in LANGUAGES]
    customer.legal_basis = Consent.Basis.CONSENT
    survey = Survey(organisation=organisation, mail_subject={language: subject}, mail_text={language: text})
    invitation = Invitation(pk=0, organisation=organisation, survey=survey, version_id=0, language=language)
    invitation.expires_at = timezone.now()
    question = DocumentQuestion.of_draft(Question(pk=0, **NPS.fields(languages)), languages)
    document = Document(
        survey_id=0,
        version_id=0,
        organisation_id=organisation.pk,
        languages=tuple(languages),
        default_language=language,
        intro={},
        thanks={},
        questions=(question,),
    )
    return Stationery(organisation, logo).mail(invitation, document, customer)
