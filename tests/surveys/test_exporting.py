"""Personal links as a file, for a mailer of one's own."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from customers.domain.suppression import suppress
from customers.models import Suppression
from organisations.models import AuditEntry, Membership, Organisation
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from surveys.domain.authoring import close
from surveys.domain.campaigns import prepare_next_batch
from surveys.domain.policy import change_policy
from surveys.domain.reminders import due_to
from surveys.models import Campaign, ChangedDay, Invitation, MailQueue, Reminder, Response, Survey
from tests.makers import make_customer, make_invitation, make_member, make_survey, make_touchpoint

SignIn = Callable[[Membership], Client]


@pytest.fixture
def survey(organisation: Organisation) -> Survey:
    return make_survey(organisation, touchpoint=make_touchpoint(organisation))


def prepared(browser: Client, survey: Survey) -> Campaign:
    """A campaign whose links are to be made a file, as its pages lead there."""
    base = f"/o/{survey.organisation.slug}/campaigns/"
    form = {"survey": survey.pk, "name": "Eigener Versand", "selection": "everyone", "is_exported": "on"}
    address = browser.post(f"{base}new/", form)["Location"]
    assert "link" in browser.get(address).content.decode().lower()
    browser.post(f"{address}send/")
    while prepare_next_batch():
        pass
    return Campaign.objects.get()


def download(browser: Client, campaign: Campaign) -> list[dict[str, str]]:
    page: Any = browser.post(f"/o/{campaign.organisation.slug}/campaigns/{campaign.pk}/links.csv")
    assert page["Content-Type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(page.getvalue().decode("utf-8-sig"))))


def test_each_gets_a_link_that_works_and_counts_as_asked(
    organisation: Organisation, other_organisation: Organisation, survey: Survey, sign_in: SignIn
) -> None:
    with organisation_scope(other_organisation.pk):
        make_customer(other_organisation, email="fremd@example.org")
    make_customer(organisation, external_id="K1", first_name="=Ada", email="ada@example.org")
    make_customer(organisation, may_be_asked=False, external_id="K2", email="ohne@example.org")
    browser = sign_in(make_member(organisation))
    campaign = prepared(browser, survey)
    assert not MailQueue.objects.exists()

    (row,) = download(browser, campaign)

    assert (row["Customer number"], row["E-mail address"]) == ("K1", "ada@example.org")
    assert row["First name"] == "'=Ada", "a spreadsheet must not take it for a formula"
    assert organisation.name in row["What must stand in the mail"]
    assert "/u/" in row["Link to unsubscribe"]
    invitation = Invitation.objects.get(state="sent")
    assert invitation.sent_day == organisation.today()
    assert invitation.consent is not None
    assert ChangedDay.objects.filter(survey=survey, day=organisation.today()).exists()
    campaign.refresh_from_db()
    assert campaign.state == "sent"
    assert mail.outbox == []
    path = row["Personal link"].split("/r/")[1]
    page = Client().get(f"/r/{path}")
    assert page.status_code == 200
    question = survey.questions.get(kind="nps")
    Client().post(f"/r/{path}", {f"q{question.pk}": "9"})
    assert Response.objects.get().invitation == invitation
    assert [entry.action for entry in AuditEntry.objects.all()].count("campaign.links_exported") == 1
    # Made anew, it holds the same link.
    assert download(browser, campaign)[0]["Personal link"] == row["Personal link"]
    assert Invitation.objects.filter(state="sent").count() == 1


def test_its_page_speaks_of_links_since_what_the_own_mailer_sent_nobody_here_knows(
    organisation: Organisation, survey: Survey, sign_in: SignIn
) -> None:
    make_customer(organisation)
    browser = sign_in(make_member(organisation))
    campaign = prepared(browser, survey)
    address = f"/o/{organisation.slug}/campaigns/{campaign.pk}/"
    before = " ".join(browser.get(address).content.decode().split())
    assert "links ready" in before
    assert "waits for the download" in before
    assert "being sent" not in before
    download(browser, campaign)
    after = browser.get(address)
    assert [str(step.label) for step in after.context["progress"].funnel] == [
        "Handed out",
        "Opened the link",
        "Begun",
        "Answered to the end",
    ]
    shown = " ".join(after.content.decode().split())
    assert "<em>1</em> link handed out, <em>0</em> answered." in shown
    assert "Of those delivered" not in shown
    assert "mail sent" not in shown


def test_a_draft_is_discarded_and_links_that_nobody_has_are_taken_back(
    organisation: Organisation, survey: Survey, sign_in: SignIn
) -> None:
    make_customer(organisation)
    browser = sign_in(make_member(organisation))
    campaign = prepared(browser, survey)
    address = f"/o/{organisation.slug}/campaigns/{campaign.pk}/cancel/"
    assert "Its links can not be downloaded any more." in browser.get(address).content.decode()
    assert "nobody was asked" in browser.post(address, follow=True).content.decode()
    draft = Campaign.objects.create(organisation=organisation, survey=survey, name="Oops")
    address = f"/o/{organisation.slug}/campaigns/{draft.pk}/cancel/"
    asked = browser.get(address).content.decode()
    assert "Discard “Oops”?" in asked
    assert "Cancel the campaign</button>" not in asked
    assert "The draft is discarded." in browser.post(address, follow=True).content.decode()


def test_the_gates_hold_when_the_file_is_made(organisation: Organisation, survey: Survey, sign_in: SignIn) -> None:
    change_policy(organisation=organisation, actor=None, pause_days=30)
    asked, unsubscribed, erased = (make_customer(organisation, email=f"{n}@example.org") for n in range(3))
    browser = sign_in(make_member(organisation))
    campaign = prepared(browser, survey)
    make_invitation(make_survey(organisation), asked)
    suppress(organisation=organisation, email=unsubscribed.email, reason=Suppression.Reason.UNSUBSCRIBED)
    Invitation.objects.filter(customer=erased, campaign=campaign).update(customer=None)
    assert download(browser, campaign) == []
    reasons = campaign.invitations.order_by("pk").values_list("state", "reason")
    assert list(reasons) == [("not_sent", "recently_asked"), ("not_sent", "unsubscribed"), ("not_sent", "erased")]


def test_links_to_a_survey_that_was_closed_are_not_handed_out(
    organisation: Organisation, survey: Survey, sign_in: SignIn
) -> None:
    make_customer(organisation)
    browser = sign_in(make_member(organisation))
    campaign = prepared(browser, survey)
    close(survey=survey)
    assert download(browser, campaign) == []
    assert list(campaign.invitations.values_list("state", "reason")) == [("not_sent", "closed")]


def test_our_mailer_does_not_remind_whom_another_asked(
    organisation: Organisation, survey: Survey, sign_in: SignIn
) -> None:
    make_customer(organisation)
    browser = sign_in(make_member(organisation))
    campaign = prepared(browser, survey)
    download(browser, campaign)
    reminder = Reminder.objects.create(organisation=organisation, survey=survey, days=3)
    sent = timezone.now() - timedelta(days=3, hours=1)
    Invitation.objects.update(sent_at=sent, sent_day=organisation.day_of(sent))
    assert not due_to(reminder, timezone.now())
    Campaign.objects.update(is_exported=False)
    assert due_to(reminder, timezone.now())


def test_it_cannot_be_paused_and_a_campaign_of_mails_has_no_file(
    organisation: Organisation, survey: Survey, sign_in: SignIn
) -> None:
    make_customer(organisation)
    browser = sign_in(make_member(organisation, Role.CX_MANAGER))
    campaign = prepared(browser, survey)
    base = f"/o/{organisation.slug}/campaigns/{campaign.pk}/"
    assert browser.post(f"{base}hold/", {"decision": "pause"}).status_code == 404
    Campaign.objects.update(is_exported=False)
    assert browser.post(f"{base}links.csv").status_code == 404
