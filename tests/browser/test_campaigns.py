"""A campaign from the form to the mails that went out, and a customer who wants no more of them."""

from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import expect

from organisations.models import Organisation
from organisations.tenancy import organisation_scope
from surveys.domain.campaigns import create_campaign, prepare_next_batch
from surveys.links import unsubscribe_token
from surveys.models import Campaign, Invitation
from tests.browser.conftest import OpenPage, accessibility_faults, scrolls_sideways
from tests.makers import make_customer, make_invitation, make_member, make_persona, make_survey

State = Invitation.State


def test_a_campaign_is_started_and_watched(
    organisation: Organisation, other_organisation: Organisation, open_page: OpenPage
) -> None:
    with organisation_scope(organisation.pk):
        member = make_member(organisation)
        make_persona(organisation, name="Family Petersen")
        make_survey(organisation, name="After the purchase")
        for may_be_asked in (True, True, False):
            make_customer(organisation, may_be_asked=may_be_asked)
    with organisation_scope(other_organisation.pk):
        make_customer(other_organisation)
    page = open_page("/o/nordlicht/campaigns/", member)
    assert accessibility_faults(page) == []
    page.get_by_role("link", name="New campaign").first.click()
    expect(page.get_by_label("Name", exact=True)).to_be_visible()
    assert accessibility_faults(page) == []
    page.get_by_label("Name", exact=True).fill("Autumn")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("2 customers would be asked.")).to_be_visible()
    assert accessibility_faults(page) == []
    page.get_by_role("button", name="Send 2 mails").click()
    expect(page.get_by_text("Choosing the customers")).to_be_visible()
    while prepare_next_batch():
        pass
    expect(page.get_by_text("not sent: no legal basis")).to_be_visible()  # without a reload
    assert accessibility_faults(page) == []


def test_what_is_unclear_is_shown_on_a_phone_and_settled(
    organisation: Organisation, other_organisation: Organisation, open_page: OpenPage
) -> None:
    with organisation_scope(organisation.pk):
        member = make_member(organisation)
        survey = make_survey(organisation)
        campaign = create_campaign(survey=survey, name="Autumn", selection="everyone")
        Campaign.objects.update(state=Campaign.State.SENDING)
        make_invitation(survey, campaign=campaign)
        open_fields = {"campaign": campaign, "sent_at": None, "sent_day": None}
        claimed = timezone.now() - timedelta(minutes=20)
        unclear = make_invitation(survey, None, state=State.SENDING, claimed_at=claimed, **open_fields)
        make_invitation(
            survey, None, state=State.FAILED, refusal="550 5.1.1 <…>: no such user in this domain", **open_fields
        )
    page = open_page(f"/o/nordlicht/campaigns/{campaign.pk}/", member, 360, color_scheme="dark")
    assert accessibility_faults(page) == []
    assert not scrolls_sideways(page)
    page.get_by_role("link", name="Show them").click()
    expect(page.get_by_role("button", name="Count as sent")).to_be_visible()
    assert accessibility_faults(page) == []
    assert not scrolls_sideways(page)
    page.get_by_role("button", name="Count as sent").click()
    expect(page.get_by_text("No invitation fits these filters.")).to_be_visible()
    with organisation_scope(organisation.pk):
        unclear.refresh_from_db()
        assert unclear.state == State.SENT


def test_unsubscribing_needs_no_script(
    organisation: Organisation, other_organisation: Organisation, open_page: OpenPage
) -> None:
    with organisation_scope(organisation.pk):
        invitation = make_invitation(make_survey(organisation))
    token = unsubscribe_token(organisation.pk, invitation.pk)
    page = open_page(f"/u/{token}", width=360, java_script_enabled=False)
    assert not scrolls_sideways(page)
    page.get_by_role("button", name="Keine Umfragen mehr senden").click()
    expect(page.get_by_role("heading", name="Sie erhalten keine Umfragen mehr")).to_be_visible()
    assert page.context.cookies() == []
    page = open_page(f"/u/{token}", color_scheme="dark")
    assert accessibility_faults(page) == []
