from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from actions.domain.cases import close_case
from actions.models import Case, CaseNote, Improvement
from customers.domain.customer import erase_customer
from journeys.models import Touchpoint
from organisations.models import AuditEntry, Membership, Organisation
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from surveys.models import Comment, Invitation, Response, Survey
from tests.makers import (
    make_case,
    make_customer,
    make_department,
    make_improvement,
    make_member,
    make_response,
    make_survey,
    make_touchpoint,
)
from tests.surveys.test_answering_pages import ask_for_contact
from tests.surveys.test_answering_pages import counted as count_all

LIST = "/o/nordlicht/cases/"
SignIn = Callable[[Membership], Client]


@pytest.fixture
def comment(organisation: Organisation) -> Comment:
    survey = make_survey(organisation, touchpoint=make_touchpoint(organisation, name="Parcel"))
    make_response(survey, [2, "Nobody came"], customer=make_customer(organisation, last_name="Lorenzen"))
    return Comment.objects.get()


def test_a_case_is_opened_from_a_comment_and_closed(
    organisation: Organisation, comment: Comment, sign_in: SignIn
) -> None:
    browser = sign_in(make_member(organisation, Role.CX_MANAGER))
    new = f"{LIST}new/?comment={comment.pk}"
    assert "Nobody came" in browser.get(new).content.decode()
    assert browser.post(new, {"title": "Call back", "touchpoint": comment.touchpoint_id}).status_code == 302
    case = Case.objects.get()
    assert (case.comment, case.customer) == (comment, comment.customer)
    assert browser.get(new)["Location"] == f"{LIST}{case.pk}/", "a second case about the same comment"

    for _click in range(2):
        assert browser.post(f"{LIST}{case.pk}/notes/", {"text": "Called, no answer"}).status_code == 302
    assert "Say" not in browser.get(f"{LIST}{case.pk}/").content.decode()
    assert browser.post(f"{LIST}{case.pk}/close/", {"outcome": " "}).status_code == 422
    assert Case.objects.open().exists()
    assert browser.post(f"{LIST}{case.pk}/close/", {"outcome": "Apologised"}).status_code == 302
    assert not Case.objects.open().exists()
    with pytest.raises(ValidationError):
        close_case(case=case, actor=case.created_by, outcome="Twice")  # type: ignore[arg-type]  # it was a person
    page = browser.get(f"{LIST}{case.pk}/").content.decode()
    assert "Apologised" in page
    assert "Lorenzen" in page

    browser.post(f"{LIST}{case.pk}/reopen/")
    browser.post(f"{LIST}{case.pk}/reopen/")
    assert Case.objects.open().get().outcome == ""
    assert [note.text for note in CaseNote.objects.all()] == ["Called, no answer", "Apologised"]
    trail = list(AuditEntry.objects.order_by("pk").values_list("action", "details"))
    assert trail == [("case.opened", {}), ("case.closed", {}), ("case.reopened", {})]


def test_a_case_goes_with_its_customer(organisation: Organisation, comment: Comment) -> None:
    case = make_case(comment.touchpoint, comment=comment, customer=comment.customer)
    CaseNote.objects.create(organisation=organisation, case=case, text="Lives in Kiel")
    assert comment.customer is not None
    erase_customer(customer=comment.customer, actor=make_member(organisation).user)
    assert not Case.objects.exists()
    assert not CaseNote.objects.exists()


def test_a_lead_opens_cases_from_their_own_comments_only(
    organisation: Organisation, comment: Comment, sign_in: SignIn
) -> None:
    assert comment.touchpoint is not None
    own = make_department(organisation)
    lead = sign_in(make_member(organisation, Role.DEPARTMENT_LEAD, own))
    assert lead.get(f"{LIST}new/?comment={comment.pk}").status_code == 404
    foreign = make_case(comment.touchpoint, title="Theirs")
    assert "Theirs" not in lead.get(LIST).content.decode()
    for path in ("", "edit/", "notes/", "close/", "reopen/"):
        answer = lead.get if path in ("", "edit/") else lead.post
        assert answer(f"{LIST}{foreign.pk}/{path}").status_code == 404
    comment.touchpoint.department = own
    comment.touchpoint.save()
    assert "Theirs" in lead.get(LIST).content.decode()
    assert lead.get(f"{LIST}new/?comment={comment.pk}").status_code == 404, "no page shows it to them, of so few"
    for _answer in range(organisation.comment_minimum_n - 1):
        make_response(comment.survey, [2, None])
    assert lead.get(f"{LIST}new/?comment={comment.pk}").status_code == 200


def test_a_member_works_on_the_cases_given_to_them(
    organisation: Organisation, comment: Comment, sign_in: SignIn
) -> None:
    member = make_member(organisation, Role.MEMBER)
    browser = sign_in(member)
    case = make_case(comment.touchpoint, title="Mine", responsible=member, comment=comment)
    other = make_case(comment.touchpoint, title="Somebody else's")
    assert "Nobody came" in browser.get(f"{LIST}{case.pk}/").content.decode()
    assert browser.get(f"{LIST}{other.pk}/").status_code == 404
    assert browser.get(f"{LIST}new/?comment={comment.pk}").status_code == 403
    browser.post(f"{LIST}{case.pk}/close/", {"outcome": "Solved"})
    assert list(Case.objects.open()) == [other]


def test_nothing_of_another_organisation(
    organisation: Organisation, other_organisation: Organisation, sign_in: SignIn
) -> None:
    with organisation_scope(other_organisation.pk):
        strange = make_touchpoint(other_organisation)
        make_response(make_survey(other_organisation, touchpoint=strange), [1, "Secret words"])
        comment, case = Comment.objects.get(), make_case(strange, title="Secret case")
    browser = sign_in(make_member(organisation))
    assert "Secret" not in browser.get(LIST + "?show=all").content.decode()
    assert browser.get(f"{LIST}{case.pk}/").status_code == 404
    assert browser.get(f"{LIST}new/?comment={comment.pk}").status_code == 404


def test_only_colleagues_may_be_responsible(
    organisation: Organisation, other_organisation: Organisation, comment: Comment, sign_in: SignIn
) -> None:
    """A person sees their own membership elsewhere, too, by row-level security."""
    manager = make_member(organisation, Role.CX_MANAGER)
    with organisation_scope(other_organisation.pk):
        elsewhere = Membership.objects.create(organisation=other_organisation, user=manager.user, role=Role.CX_MANAGER)
    browser = sign_in(manager)
    for kind, model in (("cases", Case), ("improvements", Improvement)):
        new = f"/o/nordlicht/{kind}/new/"
        assert f'<option value="{manager.pk}"' in browser.get(new).content.decode()
        assert f'<option value="{elsewhere.pk}"' not in browser.get(new).content.decode()
        sent = {
            "title": "Call",
            "touchpoint": comment.touchpoint_id,
            "state": "planned",
            "responsible": elsewhere.pk,
        }
        assert browser.post(new, sent).status_code == 422
        assert not model.objects.exists()


def test_handed_over_by_a_member_who_then_no_longer_sees_it(
    organisation: Organisation, comment: Comment, sign_in: SignIn
) -> None:
    member, colleague = make_member(organisation, Role.MEMBER), make_member(organisation, Role.MEMBER)
    browser = sign_in(member)
    case = make_case(comment.touchpoint, responsible=member)
    improvement = make_improvement(make_touchpoint(organisation), responsible=member)
    sent = {"title": "Yours now", "state": "planned", "responsible": colleague.pk}
    for kind, thing in (("cases", case), ("improvements", improvement)):
        page = browser.post(f"/o/nordlicht/{kind}/{thing.pk}/edit/", sent, follow=True)
        assert page.redirect_chain == [(f"/o/nordlicht/{kind}/", 302)]
        assert "Yours now" in page.content.decode(), "said to be saved"


def test_closed_by_somebody_else_meanwhile_loses_no_words(
    organisation: Organisation, comment: Comment, sign_in: SignIn
) -> None:
    member = make_member(organisation, Role.CX_MANAGER)
    browser = sign_in(member)
    case = make_case(comment.touchpoint)
    close_case(case=case, actor=member.user, outcome="Refunded")
    page = browser.post(f"{LIST}{case.pk}/close/", {"outcome": "Called and apologised"}).content.decode()
    assert "closed this case already" in page
    assert "Refunded" in page
    assert "Called and apologised</textarea>" in page


def test_who_asks_to_be_contacted_gets_one_case(
    organisation: Organisation, other_organisation: Organisation, client: Client
) -> None:
    with organisation_scope(other_organisation.pk):
        ask_for_contact(other_organisation)
    customer, question = ask_for_contact(organisation)
    Survey.objects.update(touchpoint=make_touchpoint(organisation, name="Parcel"))
    Invitation.objects.update(touchpoint=Touchpoint.objects.get())
    customer.send(1, {question: "2"})
    count_all()
    assert not Case.objects.exists(), "a low score alone is none"
    for _tap in range(2):
        customer.send(1, {}, contact="yes")
        count_all()
    case = Case.objects.get()
    assert (case.touchpoint.name, case.customer) == ("Parcel", Response.objects.get().customer)
    assert case.title == "Bittet nach einer schlechten Bewertung um Kontakt"
    assert (case.responsible, case.created_by) == (None, None)
    with organisation_scope(other_organisation.pk):
        assert not Case.objects.exists()
