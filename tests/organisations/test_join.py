import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from organisations.domain.invites import accept_invite, invite_colleague, link, resend_invite, withdraw_invite
from organisations.models import ColleagueInvite, Membership, Organisation, User
from organisations.permissions import Role
from organisations.tasks import send_invites
from organisations.tenancy import organisation_scope
from tests.makers import PASSWORD, make_department, make_member, make_organisation, make_user

SignIn = Callable[[Membership], Client]
NEW_PERSON = {"name": "Jana Brandt", "password": "ein ganz langer Satz"}


@pytest.fixture
def admin(organisation: Organisation) -> Membership:
    return make_member(organisation, Role.ADMIN)


@pytest.fixture
def invite(organisation: Organisation, admin: Membership) -> ColleagueInvite:
    return invite_colleague(
        organisation=organisation, email="Jana@Example.org", role=Role.ANALYST, invited_by=admin.user
    )


def path(invite: ColleagueInvite) -> str:
    return link(invite).removeprefix("http://localhost:8000")


def invite_page(organisation: Organisation) -> str:
    return reverse("invite_member", args=[organisation.slug])


def test_a_colleague_is_invited_by_mail_and_joins_with_a_name_and_a_password(
    organisation: Organisation, admin: Membership, sign_in: SignIn, mailoutbox: list[EmailMessage], client: Client
) -> None:
    department = make_department(organisation)
    data = {"email": "jana@example.org", "role": "department_lead", "departments": [department.pk]}
    assert sign_in(admin).post(invite_page(organisation), data).status_code == 302
    assert mailoutbox == []  # the worker sends it
    send_invites()
    send_invites()

    [mail] = mailoutbox
    assert mail.to == ["jana@example.org"]
    assert "Nordlicht" in mail.subject
    [address] = re.findall(r"http://localhost:8000(/join/\S+)", str(mail.body))
    assert "jana" not in address

    newcomer = Client()
    assert newcomer.get(address).status_code == 200
    assert Membership.objects.count() == 1
    assert newcomer.post(address, NEW_PERSON)["Location"] == "/o/nordlicht/"
    membership = Membership.objects.get(user__email="jana@example.org")
    assert membership.role == Role.DEPARTMENT_LEAD
    assert membership.own_departments == frozenset({department.pk})
    assert membership.user.name == "Jana Brandt"

    signed_in = Client().post(
        reverse("account_login"), {"login": "jana@example.org", "password": NEW_PERSON["password"]}
    )
    assert signed_in["Location"] == "/"


@pytest.mark.parametrize(("language", "words"), [("de", "lädt Sie in das"), ("en", "invites you")])
def test_the_mail_is_in_the_language_of_the_organisation(
    language: str, words: str, organisation: Organisation, admin: Membership, mailoutbox: list[EmailMessage]
) -> None:
    organisation.language = language
    organisation.save()
    invite_colleague(organisation=organisation, email="j@example.org", role=Role.MEMBER, invited_by=admin.user)
    send_invites()
    assert words in mailoutbox[0].body


def test_a_short_or_common_password_is_refused_and_the_name_stays(client: Client, invite: ColleagueInvite) -> None:
    for password in ("short", "1234567890", "jana brandt"):
        page = client.post(path(invite), {"name": "Jana Brandt", "password": password})
        assert page.status_code == 422
        assert "Jana Brandt" in page.content.decode()
    assert not User.objects.filter(email=invite.email).exists()


def test_a_person_with_an_account_signs_in_and_joins(client: Client, invite: ColleagueInvite) -> None:
    user = make_user(email=invite.email)
    page = client.get(path(invite))
    assert f"{reverse('account_login')}?next={path(invite)}".replace(":", "%3A") in page.content.decode()
    # Without signing in nothing is changed, whatever is posted.
    client.post(path(invite), NEW_PERSON)
    assert not Membership.objects.filter(user=user).exists()

    data = {"login": user.email, "password": PASSWORD, "next": path(invite)}
    assert client.post(reverse("account_login"), data)["Location"] == path(invite)
    assert client.post(path(invite))["Location"] == "/o/nordlicht/"
    assert Membership.objects.get(user=user).role == Role.ANALYST


def test_somebody_else_cannot_use_the_link(client: Client, invite: ColleagueInvite) -> None:
    stranger = make_user()
    client.force_login(stranger)
    assert invite.email not in client.get(path(invite)).content.decode()
    assert client.post(path(invite)).status_code == 403
    assert not Membership.objects.filter(user=stranger).exists()


def test_each_closed_link_says_why(client: Client, organisation: Organisation, admin: Membership) -> None:
    def closed(address: str) -> tuple[int, str]:
        response = client.get(address)
        [heading] = re.findall(r"<h1>\s*(.*?)\s*</h1>", response.content.decode(), re.DOTALL)
        return response.status_code, heading

    def invited(number: int) -> ColleagueInvite:
        return invite_colleague(
            organisation=organisation, email=f"c{number}@example.org", role=Role.MEMBER, invited_by=admin.user
        )

    used, withdrawn, expired = (invited(number) for number in range(3))
    addresses = [path(used), path(withdrawn), path(expired)]
    accept_invite(invite=used, user=make_user(email=used.email))
    withdraw_invite(invite=withdrawn, actor=admin.user)
    assert closed(addresses[0]) == (410, "This invitation has been accepted already")
    assert closed(addresses[1]) == (410, "This invitation was withdrawn")
    assert closed(addresses[2])[0] == 200
    with time_machine.travel(timezone.now() + timedelta(days=14, minutes=1)):
        assert closed(addresses[2]) == (410, "This invitation has expired")
        resend_invite(invite=expired, actor=admin.user)
        assert closed(addresses[2])[0] == 200
    assert closed(addresses[2][:-2] + "/") == (404, "This link is not complete")


def test_a_link_leads_to_its_own_organisation_only(
    client: Client, organisation: Organisation, other_organisation: Organisation, admin: Membership
) -> None:
    with organisation_scope(other_organisation.pk):
        theirs = invite_colleague(
            organisation=other_organisation, email="k@example.org", role=Role.ADMIN, invited_by=None
        )
    client.post(path(theirs), {**NEW_PERSON, "name": "Kim"})
    assert not Membership.objects.filter(organisation=organisation, user__name="Kim").exists()
    with organisation_scope(other_organisation.pk):
        assert Membership.objects.get().user.name == "Kim"


def test_inviting_tells_nothing_about_accounts_elsewhere(
    organisation: Organisation, other_organisation: Organisation, admin: Membership, sign_in: SignIn
) -> None:
    with organisation_scope(other_organisation.pk):
        known = make_member(other_organisation).user
    for email in (known.email, "nobody@example.org"):
        response = sign_in(admin).post(invite_page(organisation), {"email": email, "role": "member"}, follow=True)
        assert f"The invitation to {email} is on its way." in response.content.decode()


def test_nobody_is_invited_twice(organisation: Organisation, admin: Membership, sign_in: SignIn) -> None:
    browser = sign_in(admin)
    browser.post(invite_page(organisation), {"email": "j@example.org", "role": "member"})
    again = browser.post(invite_page(organisation), {"email": "J@example.org", "role": "member"})
    assert "has been invited already" in again.content.decode()
    member = browser.post(invite_page(organisation), {"email": admin.user.email, "role": "member"})
    assert "is a member already" in member.content.decode()
    assert ColleagueInvite.objects.count() == 1


def test_a_lead_needs_a_department(organisation: Organisation, admin: Membership, sign_in: SignIn) -> None:
    page = sign_in(admin).post(invite_page(organisation), {"email": "j@example.org", "role": "department_lead"})
    assert "at least one department" in page.content.decode()


def test_departments_of_another_organisation_cannot_be_given(
    organisation: Organisation, other_organisation: Organisation, admin: Membership, sign_in: SignIn
) -> None:
    with organisation_scope(other_organisation.pk):
        theirs = make_department(other_organisation)
    data = {"email": "j@example.org", "role": "department_lead", "departments": [theirs.pk]}
    assert sign_in(admin).post(invite_page(organisation), data).status_code == 422
    assert ColleagueInvite.objects.count() == 0


def test_the_mail_can_be_sent_again_and_the_invitation_withdrawn(
    organisation: Organisation,
    admin: Membership,
    invite: ColleagueInvite,
    sign_in: SignIn,
    mailoutbox: list[EmailMessage],
) -> None:
    browser = sign_in(admin)
    send_invites()
    browser.post(reverse("resend_invite", args=[organisation.slug, invite.pk]))
    send_invites()
    assert len(mailoutbox) == 2
    browser.post(reverse("withdraw_invite", args=[organisation.slug, invite.pk]))
    assert not ColleagueInvite.objects.exists()


def test_invites_of_another_organisation_are_out_of_reach(
    organisation: Organisation, other_organisation: Organisation, admin: Membership, sign_in: SignIn
) -> None:
    with organisation_scope(other_organisation.pk):
        theirs = invite_colleague(
            organisation=other_organisation, email="k@example.org", role=Role.ADMIN, invited_by=None
        )
    browser = sign_in(admin)
    assert browser.post(reverse("resend_invite", args=[organisation.slug, theirs.pk])).status_code == 404
    assert browser.post(reverse("withdraw_invite", args=[organisation.slug, theirs.pk])).status_code == 404
    assert "k@example.org" not in browser.get(reverse("members", args=[organisation.slug])).content.decode()


def test_a_department_that_is_gone_by_then_is_left_out(organisation: Organisation) -> None:
    department = make_department(organisation)
    invite = invite_colleague(
        organisation=organisation,
        email="j@example.org",
        role=Role.DEPARTMENT_LEAD,
        departments=[department],
        invited_by=None,
    )
    department.delete()
    membership = accept_invite(invite=invite, user=make_user(email="j@example.org"))
    assert membership.own_departments == frozenset()


def test_the_organisations_of_a_person_are_offered(client: Client, organisation: Organisation) -> None:
    first = make_member(organisation)
    client.force_login(first.user)
    assert client.get("/")["Location"] == "/o/nordlicht/"

    second = make_organisation(name="Westhafen")
    make_organisation(name="Fremdland")
    with organisation_scope(second.pk):
        Membership.objects.create(organisation=second, user=first.user, role=Role.MEMBER)
    page = client.get("/").content.decode()
    assert "Nordlicht" in page
    assert "Westhafen" in page
    assert "Fremdland" not in page
    rail = client.get(reverse("data_sources", args=[organisation.slug])).content.decode()
    assert f"/o/{second.slug}/" in rail
