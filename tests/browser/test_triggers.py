"""From a contact that somebody records to the survey it sets off, and the reminders after it."""

from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import expect

from organisations.models import Organisation
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from surveys.domain.reminders import prepare_next_batch
from surveys.domain.triggers import decide_next_batch, take_up_next_contacts
from surveys.models import Invitation, ReminderMail
from tests.browser.conftest import OpenPage, accessibility_faults, scrolls_sideways
from tests.makers import (
    make_channel,
    make_customer,
    make_interaction,
    make_invitation,
    make_member,
    make_reminder,
    make_survey,
    make_touchpoint,
    make_trigger,
)

State = Invitation.State


def test_a_contact_sets_off_a_survey(
    organisation: Organisation, other_organisation: Organisation, open_page: OpenPage
) -> None:
    with organisation_scope(other_organisation.pk):
        make_customer(other_organisation, external_id="C-1", attributes={"segment": "Family"})
    with organisation_scope(organisation.pk):
        manager, member = make_member(organisation, Role.CX_MANAGER), make_member(organisation, Role.MEMBER)
        make_survey(organisation, name="After the delivery")
        make_touchpoint(organisation, name="Delivery")
        make_channel(organisation, name="Phone")
        make_customer(organisation, external_id="C-1", attributes={"segment": "Family"})
    page = open_page("/o/nordlicht/triggers/", manager)
    page.get_by_role("link", name="New trigger").first.click()
    expect(page.get_by_label("After a contact at")).to_be_visible()
    assert accessibility_faults(page) == []
    page.get_by_label("Survey").select_option("After the delivery")
    page.get_by_label("After a contact at").select_option("Delivery")
    page.get_by_label("Phone").check()
    page.get_by_label("How long after it").fill("0")
    page.get_by_label("Attribute").fill("segment")
    page.get_by_label("Value").fill("family")
    expect(page.locator("#rule-found")).to_contain_text("1 customer fits")  # without a reload
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_text("After a contact at “Delivery” (Phone), at once")).to_be_visible()
    assert accessibility_faults(page) == []
    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_text("contacts from now on")).to_be_visible()

    recording = open_page("/o/nordlicht/interactions/", member, 360)
    assert accessibility_faults(recording) == []
    assert not scrolls_sideways(recording)
    recording.get_by_label("Customer").fill("C-1")
    recording.get_by_label("Touchpoint").select_option("Delivery")
    recording.get_by_label("Channel").select_option("Phone")
    now = timezone.localtime(timezone=organisation.zone) + timedelta(minutes=2)
    recording.get_by_label("When").fill(now.strftime("%Y-%m-%dT%H:%M"))
    recording.get_by_role("button", name="Record").click()
    expect(recording.get_by_text("The contact has been recorded.")).to_be_visible()
    take_up_next_contacts()
    page.reload()
    expect(page.get_by_text("1 contact is waiting for its time.")).to_be_visible()


def test_what_a_trigger_and_reminders_did_reads_well_on_a_phone_and_in_the_dark(
    organisation: Organisation, other_organisation: Organisation, open_page: OpenPage
) -> None:
    with organisation_scope(organisation.pk):
        member = make_member(organisation)
        trigger = make_trigger(make_survey(organisation), make_touchpoint(organisation), daily_cap=1)
        for _ in range(3):
            make_interaction(trigger.touchpoint, make_customer(organisation))
        while take_up_next_contacts() or decide_next_batch():
            pass
        make_reminder(trigger.survey)
        asked_at = timezone.now() - timedelta(days=5)
        customer = make_customer(organisation)
        make_invitation(
            trigger.survey, customer, trigger=trigger, sent_at=asked_at, sent_day=organisation.day_of(asked_at)
        )
        prepare_next_batch()
        ReminderMail.objects.update(state=State.SENDING, claimed_at=timezone.now() - timedelta(hours=1))
    for path in (
        "triggers/",
        f"triggers/{trigger.pk}/",
        f"triggers/{trigger.pk}/edit/",
        f"triggers/{trigger.pk}/decisions/",
        f"surveys/{trigger.survey_id}/reminders/",
        f"surveys/{trigger.survey_id}/reminders/new/",
        f"surveys/{trigger.survey_id}/reminders/mails/",
        f"customers/{customer.pk}/",
        f"customers/{customer.pk}/interactions/",
    ):
        page = open_page(f"/o/nordlicht/{path}", member, 360, color_scheme="dark")
        assert accessibility_faults(page) == [], path
        assert not scrolls_sideways(page), path
