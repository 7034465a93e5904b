"""What people search for in comments, cases and improvements may name a customer: it stands in no address."""

import re
from collections.abc import Callable

import pytest
from django.test import Client

from organisations.models import Membership, Organisation
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from reports.domain.rollups import count_changed_days
from tests.makers import make_case, make_improvement, make_member, make_response, make_survey, make_touchpoint

SignIn = Callable[[Membership], Client]


def fill(organisation: Organisation, number: int, words: str) -> None:
    touchpoint = make_touchpoint(organisation)
    survey = make_survey(organisation, touchpoint=touchpoint)
    for each in range(number):
        make_response(survey, [9, f"{words}, remark {each}"])
        make_case(touchpoint, title=f"{words}, case {each}")
        make_improvement(touchpoint, title=f"{words}, plan {each}")
    while count_changed_days():
        pass


@pytest.mark.parametrize(
    ("path", "others"),
    [("comments/", {"period": "90d"}), ("cases/", {"show": "all"}), ("improvements/", {"show": "all"})],
)
def test_the_words_stand_in_no_address(
    organisation: Organisation, other_organisation: Organisation, sign_in: SignIn, path: str, others: dict[str, str]
) -> None:
    with organisation_scope(other_organisation.pk):
        fill(other_organisation, 9, "Frau Lorenzen, foreign")
    fill(organisation, 51, "Frau Lorenzen")
    fill(organisation, 9, "Herr Petersen")
    browser, page = sign_in(make_member(organisation)), f"/o/nordlicht/{path}"
    found = browser.post(page, {"search": "lorenzen", **others}, follow=True)
    [(address, status)] = found.redirect_chain
    html = found.content.decode()
    assert status == 302
    assert 'value="lorenzen"' in html
    assert "Frau Lorenzen" in html
    assert "Petersen" not in html
    assert "foreign" not in html
    for name, value in others.items():
        assert f"{name}={value}" in address
    for link in (address, *re.findall('(?:href|action|hx-post|hx-get)="([^"]*)"', html)):
        assert "lorenzen" not in link.lower()
    assert 'method="post"' in html.partition('role="search"')[0].rpartition("<form")[2]
    following = re.search(r'rel="next" href="([^"]*)"', html)
    assert following
    second = browser.get(page + following[1].replace("&amp;", "&")).content.decode()
    assert "Frau Lorenzen" in second
    assert "Petersen" not in second
    assert "Petersen" in browser.get(page, {"search": "lorenzen", **others}).content.decode(), "not read from there"
    other = sign_in(make_member(organisation, Role.CX_MANAGER)).get(address).content.decode()
    assert "lorenzen" not in re.sub("Frau Lorenzen", "", other)


def test_a_search_that_finds_no_comment_says_so(organisation: Organisation, sign_in: SignIn) -> None:
    fill(organisation, 9, "Frau Lorenzen")
    browser, page = sign_in(make_member(organisation)), f"/o/{organisation.slug}/comments/"
    found = browser.post(page, {"search": "Termin"}, follow=True).content.decode()
    assert "No comment that is shown has these words." in found
    assert "No comment that is shown" not in browser.get(page).content.decode()
