import pytest

from organisations.models import Organisation
from organisations.tenancy import organisation_scope
from tests.browser.conftest import OpenPage, accessibility_faults, scrolls_sideways
from tests.makers import PASSWORD, make_member


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 360])
def test_everyone_can_use_the_sign_in_page(open_page: OpenPage, width: int, scheme: str) -> None:
    page = open_page("/account/login/", width=width, color_scheme=scheme)
    assert accessibility_faults(page) == []
    assert not scrolls_sideways(page)


def test_signing_in_works_without_scripts(open_page: OpenPage, organisation: Organisation) -> None:
    with organisation_scope(organisation.pk):
        member = make_member(organisation)
    page = open_page("/account/login/", java_script_enabled=False)
    page.get_by_label("E-mail").fill(member.user.email)
    page.locator("input[type=password]").fill(PASSWORD)
    page.locator("input[type=password]").press("Enter")
    page.wait_for_url(lambda url: "/account/login/" not in url)
