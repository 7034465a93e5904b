"""Who clicks twice makes one of what a form makes."""

from playwright.sync_api import expect

from journeys.models import Persona
from organisations.models import Organisation
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from tests.browser.conftest import OpenPage
from tests.makers import make_member, make_persona


def test_a_double_click_makes_one_persona(
    organisation: Organisation, other_organisation: Organisation, open_page: OpenPage
) -> None:
    with organisation_scope(other_organisation.pk):
        make_persona(other_organisation)
    with organisation_scope(organisation.pk):
        member = make_member(organisation)
    page = open_page("/o/nordlicht/personas/new/", member)
    page.get_by_label("Name", exact=True).fill("Familie Petersen")
    save = page.get_by_role("button", name="Save")
    save.evaluate("button => { button.click(); setTimeout(() => button.click(), 30); }")
    expect(page.get_by_role("heading", name="Familie Petersen")).to_be_visible()
    with organisation_scope(organisation.pk):
        assert [persona.name for persona in Persona.objects.all()] == ["Familie Petersen"]


def test_a_preview_right_before_does_not_keep_a_form_from_being_sent(
    organisation: Organisation, open_page: OpenPage
) -> None:
    with organisation_scope(organisation.pk):
        admin = make_member(organisation, Role.ADMIN)
    page = open_page("/o/nordlicht/settings/mails/", admin)
    with page.expect_request("**/preview/"):
        page.get_by_label("Sender of survey mails").fill("Customer service")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_be_visible()
    organisation.refresh_from_db()
    assert organisation.sender_name == "Customer service"
