from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client

from actions.models import Improvement
from organisations.models import AuditEntry, Membership, Organisation
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from tests.makers import make_department, make_improvement, make_member, make_touchpoint

LIST = "/o/nordlicht/improvements/"
SignIn = Callable[[Membership], Client]


def fields(**changed: object) -> dict[str, object]:
    return {"title": "Two-hour slots", "state": "planned", **changed}


def test_an_improvement_is_added_changed_and_done(organisation: Organisation, sign_in: SignIn) -> None:
    browser = sign_in(make_member(organisation, Role.CX_MANAGER))
    parcel, colleague = make_touchpoint(organisation, name="Parcel"), make_member(organisation, Role.MEMBER)
    facts = fields(touchpoint=parcel.pk, responsible=colleague.pk, due_on="2026-12-15", description="Call ahead")
    assert browser.post(f"{LIST}new/", facts).status_code == 302
    made = Improvement.objects.get()
    assert (made.touchpoint, made.responsible, made.due_on) == (parcel, colleague, date(2026, 12, 15))
    assert "Two-hour slots" in browser.get(LIST).content.decode()

    page = f"{LIST}{made.pk}/edit/"
    refused = browser.post(page, {**facts, "state": "done"})
    assert "so that it can be proved" in refused.content.decode()
    too_early = browser.post(page, {**facts, "effective_on": "0001-01-01"})
    assert (too_early.status_code, "Reports start on" in too_early.content.decode()) == (422, True)
    assert Improvement.objects.get().state == "planned"
    assert browser.post(page, {**facts, "state": "done", "effective_on": "2026-11-01"}).status_code == 302
    assert Improvement.objects.get().effective_on == date(2026, 11, 1)
    browser.get(LIST)  # takes the message away
    assert "Two-hour slots" not in browser.get(LIST).content.decode()
    assert "Two-hour slots" in browser.get(f"{LIST}?show=closed").content.decode()
    assert [entry.action for entry in AuditEntry.objects.order_by("pk")] == [
        "improvement.created",
        "improvement.changed",
    ]


def test_a_lead_acts_in_their_own_departments_only(organisation: Organisation, sign_in: SignIn) -> None:
    own, foreign = make_department(organisation), make_department(organisation)
    mine = make_touchpoint(organisation, make_department(organisation, parent=own))
    theirs = make_touchpoint(organisation, foreign)
    browser = sign_in(make_member(organisation, Role.DEPARTMENT_LEAD, own))
    make_improvement(mine, title="Ours")
    other = make_improvement(theirs, title="Theirs")
    page = browser.get(LIST).content.decode()
    assert "Ours" in page
    assert "Theirs" not in page
    assert browser.get(f"{LIST}{other.pk}/").status_code == 404
    assert browser.post(f"{LIST}new/", fields(touchpoint=theirs.pk)).status_code == 422
    assert browser.post(f"{LIST}new/", fields(touchpoint=mine.pk)).status_code == 302
    assert Improvement.objects.filter(touchpoint=theirs).count() == 1


@pytest.mark.parametrize("role", [Role.MEMBER, Role.ANALYST])
def test_others_see_and_change_what_they_are_responsible_for(
    role: Role, organisation: Organisation, sign_in: SignIn
) -> None:
    member = make_member(organisation, role)
    browser = sign_in(member)
    touchpoint = make_touchpoint(organisation)
    assigned = make_improvement(touchpoint, title="Mine", responsible=member)
    other = make_improvement(touchpoint, title="Somebody else's")
    page = browser.get(LIST).content.decode()
    assert "Mine" in page
    assert "Somebody else" not in page
    assert browser.get(f"{LIST}new/").status_code == 403
    assert browser.post(f"{LIST}{other.pk}/edit/", fields(title="Taken over")).status_code == 404
    elsewhere = make_touchpoint(organisation)
    changed = fields(title="Mine", responsible=member.pk, state="running", touchpoint=elsewhere.pk)
    assert browser.post(f"{LIST}{assigned.pk}/edit/", changed).status_code == 302
    found = Improvement.objects.get(pk=assigned.pk)
    assert (found.state, found.touchpoint) == ("running", touchpoint)


def test_nothing_of_another_organisation(
    organisation: Organisation, other_organisation: Organisation, sign_in: SignIn
) -> None:
    with organisation_scope(other_organisation.pk):
        strange = make_touchpoint(other_organisation, name="Secret touchpoint")
        secret = make_improvement(strange, title="Secret plan")
        stranger = make_member(other_organisation)
    browser = sign_in(make_member(organisation))
    page = browser.get(LIST + "?show=all").content.decode() + browser.get(f"{LIST}new/").content.decode()
    assert "Secret" not in page
    assert browser.get(f"{LIST}{secret.pk}/").status_code == 404
    touchpoint = make_touchpoint(organisation)
    for wrong in ({"touchpoint": strange.pk}, {"touchpoint": touchpoint.pk, "responsible": stranger.pk}):
        assert "Select a valid choice" in browser.post(f"{LIST}new/", fields(**wrong)).content.decode()


@pytest.mark.parametrize("query", ["touchpoint=x", "department=99999999999999999999", "show=nothing", "search=%00"])
def test_a_wrong_address_is_no_fault(query: str, organisation: Organisation, sign_in: SignIn) -> None:
    browser = sign_in(make_member(organisation))
    assert browser.get(f"{LIST}?{query}").status_code == 200
    assert browser.get(f"{LIST}new/?{query}").status_code == 200


def test_a_new_organisation_is_told_why_there_is_nothing_to_choose(
    organisation: Organisation, other_organisation: Organisation, sign_in: SignIn
) -> None:
    with organisation_scope(other_organisation.pk):
        make_touchpoint(other_organisation)
    browser = sign_in(make_member(organisation, Role.CX_MANAGER))
    for kind in ("cases", "improvements"):
        assert "no touchpoint yet at which" in browser.get(f"/o/nordlicht/{kind}/new/").content.decode()
