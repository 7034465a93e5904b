"""Makes the organisations of the demo, each once and as a whole."""

import random

from django.db import transaction
from django.utils import timezone

from demo import bulk
from demo.acting import act
from demo.answering import fill
from demo.branding import drawn_logo
from demo.customers import add_customers
from demo.entrances import add_entrances
from demo.founding import Founded, found
from demo.plan import Company
from demo.pulse import ask_employees
from demo.yearly import ask_yearly
from journeys.domain.assignment import assign_everyone
from organisations.domain.logo import set_logo
from organisations.models import Organisation
from organisations.tenancy import organisation_scope
from reports.domain.rollups import rebuild
from surveys.domain.policy import change_policy
from surveys.domain.quotes import pick_quote
from surveys.models import ChangedDay, Comment, Invitation, Response, Score, Survey


@transaction.atomic
def make_company(company: Company) -> Organisation:
    """The organisation of this plan; one that exists stays as it is."""
    existing = Organisation.objects.filter(slug=company.slug).first()
    if existing:
        return existing
    now = timezone.now()
    chance = random.Random(company.seed)
    organisation = Organisation.objects.create(
        name=company.name,
        slug=company.slug,
        reply_to=f"service@{company.mail_domain}",
        privacy_url=f"https://www.{company.mail_domain}/datenschutz",
        brand_colour=company.colour,
    )
    with organisation_scope(organisation.pk):
        set_logo(organisation=organisation, logo=drawn_logo(company.name, company.colour))
        founded = found(company, organisation, now)
        add_customers(organisation, company, now, chance)
        assign_everyone(organisation)
        # Whoever tries the portal at night wants to see the mails, too.
        change_policy(
            organisation=organisation,
            actor=None,
            pause_days=14,
            exempt_types=[Survey.Type.RELATIONSHIP.value],
            observes_german_holidays=True,
            quiet_from=None,
            quiet_until=None,
        )
        add_entrances(founded, now, random.Random(company.seed))
        fill(company, founded, now, chance)
        act(company, founded, now)
        pick_quotes(founded)
        if company.asks_yearly:
            ask_yearly(founded, now, random.Random(company.seed))
            ask_employees(founded, now, random.Random(company.seed))
        # All is counted as a whole.
        ChangedDay.objects.all().delete()
    bulk.analyse(Invitation, Response, Score, Comment)
    rebuild(organisation)
    return organisation


def pick_quotes(founded: Founded) -> None:
    """Two comments of each persona speak for it: the longest of the newest."""
    for persona in founded.personas:
        newest = Comment.objects.filter(persona=persona, language="de").order_by("-pk")[:60]
        telling = {comment.text: comment for comment in sorted(newest, key=lambda one: (len(one.text), one.pk))}
        for comment in list(telling.values())[-2:]:
            pick_quote(persona=persona, comment=comment, actor=None)


def unanswered_invitation(organisation: Organisation) -> Invitation | None:
    """The newest that went out, is not answered, and may still be."""
    with organisation_scope(organisation.pk):
        return (
            Invitation.objects.filter(
                state=Invitation.State.SENT, response=None, language="de", expires_at__gt=timezone.now()
            )
            .order_by("-sent_at")
            .first()
        )
