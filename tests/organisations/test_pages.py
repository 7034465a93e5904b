"""Settings, data sources and jobs, as members of different roles see them; a second organisation is always there."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from organisations.domain.boundary import TwoOrganisationsError
from organisations.domain.data_sources import create_data_source, mark_refreshed
from organisations.domain.departments import change_department, create_department
from organisations.domain.jobs import MOST_STARTS, kinds, run_next_job
from organisations.models import (
    AuditEntry,
    DataSource,
    Department,
    Job,
    JobError,
    JobQueue,
    Membership,
    Organisation,
)
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from tests.makers import make_department, make_member, make_touchpoint

SignIn = Callable[[Membership], Client]


@pytest.fixture
def admin(organisation: Organisation) -> Membership:
    return make_member(organisation, Role.ADMIN)


@pytest.fixture
def browser(admin: Membership, sign_in: SignIn) -> Client:
    return sign_in(admin)


def address(name: str, *args: int) -> str:
    return reverse(name, args=["nordlicht", *args])


def content(browser: Client, name: str, *args: int, query: str = "") -> str:
    response = browser.get(address(name, *args) + query)
    assert response.status_code == 200
    return response.content.decode()


class TestMembers:
    def test_lists_and_finds_the_members_of_this_organisation_only(
        self, organisation: Organisation, other_organisation: Organisation, browser: Client
    ) -> None:
        sales = make_department(organisation, name="Sales")
        member = make_member(organisation, Role.ANALYST, sales)
        with organisation_scope(other_organisation.pk):
            stranger = make_member(other_organisation, Role.ADMIN)
        page = content(browser, "members")
        assert member.user.email in page
        assert "Sales" in page
        assert stranger.user.email not in page
        found = browser.post(address("members"), {"search": member.user.email}, follow=True)
        assert found.content.decode().count("@example.org</small></th>") == 1
        assert "@" not in found.redirect_chain[0][0]

    def test_changes_role_and_departments(self, organisation: Organisation, browser: Client) -> None:
        sales = make_department(organisation, name="Sales")
        member = make_member(organisation, Role.MEMBER)
        browser.post(address("member", member.pk), {"role": "department_lead", "departments": [sales.pk]})
        changed = Membership.objects.get(pk=member.pk)
        assert changed.role == Role.DEPARTMENT_LEAD
        assert changed.own_departments == frozenset({sales.pk})
        assert AuditEntry.objects.get(action="member.changed").subject_id == member.pk

    def test_the_last_admin_can_be_neither_demoted_nor_removed(self, admin: Membership, browser: Client) -> None:
        page = browser.post(address("member", admin.pk), {"role": "member"})
        assert "Every organisation needs an administrator" in page.content.decode()
        page = browser.post(address("remove_member", admin.pk), follow=True)
        assert "Every organisation needs an administrator" in page.content.decode()
        assert Membership.objects.get(pk=admin.pk).role == Role.ADMIN

    def test_one_of_two_admins_can_go(self, organisation: Organisation, admin: Membership, browser: Client) -> None:
        make_member(organisation, Role.ADMIN)
        source = DataSource.objects.create(
            organisation=organisation, name="CRM", department=make_department(organisation), owner=admin
        )
        assert "CRM" in content(browser, "remove_member", admin.pk)
        assert browser.post(address("remove_member", admin.pk))["Location"] == "/"
        assert browser.get(address("members")).status_code == 404
        assert DataSource.objects.get(pk=source.pk).owner is None

    def test_members_of_another_organisation_are_out_of_reach(
        self, other_organisation: Organisation, browser: Client
    ) -> None:
        with organisation_scope(other_organisation.pk):
            stranger = make_member(other_organisation)
        assert browser.post(address("member", stranger.pk), {"role": "member"}).status_code == 404
        assert browser.post(address("remove_member", stranger.pk)).status_code == 404


class TestDepartments:
    def test_adds_renames_and_moves(self, organisation: Organisation, browser: Client) -> None:
        browser.post(address("add_department"), {"name": "Service"})
        service = Department.objects.get(name="Service")
        browser.post(address("add_department"), {"name": "Hotline", "parent": service.pk})
        hotline = Department.objects.get(name="Hotline")
        assert hotline.parent == service
        browser.post(address("department", hotline.pk), {"name": "Phone", "parent": ""})
        hotline.refresh_from_db()
        assert hotline.name == "Phone"
        assert hotline.parent_id is None
        assert [entry.action for entry in AuditEntry.objects.order_by("pk")] == [
            "department.created",
            "department.created",
            "department.changed",
        ]

    def test_a_name_is_given_once(self, organisation: Organisation, browser: Client) -> None:
        make_department(organisation, name="Service")
        page = browser.post(address("add_department"), {"name": "service"}).content.decode()
        assert "There is a department of this name already." in page

    def test_the_same_name_in_another_organisation_does_not_matter(
        self, other_organisation: Organisation, browser: Client
    ) -> None:
        with organisation_scope(other_organisation.pk):
            make_department(other_organisation, name="Service")
        assert browser.post(address("add_department"), {"name": "Service"}).status_code == 302

    def test_no_rings(self, organisation: Organisation, admin: Membership, browser: Client) -> None:
        top = make_department(organisation)
        middle = make_department(organisation, parent=top)
        low = make_department(organisation, parent=middle)
        assert browser.post(address("department", top.pk), {"name": "Top", "parent": low.pk}).status_code == 422
        with pytest.raises(Exception, match="part of itself"):
            change_department(department=top, name="Top", parent=low, actor=admin.user)
        top.refresh_from_db()
        assert top.parent is None

    def test_deletes_only_what_is_unused_and_names_what_is_in_the_way(
        self, organisation: Organisation, browser: Client
    ) -> None:
        used, led, empty = (make_department(organisation, name=name) for name in ("Used", "Led", "Empty"))
        make_touchpoint(organisation, used, name="Parcel")
        lead = make_member(organisation, Role.DEPARTMENT_LEAD, led)
        for department, reason in ((used, "Parcel"), (led, str(lead.user))):
            page = browser.post(address("delete_department", department.pk), follow=True).content.decode()
            assert f"“{department.name}” is still in use" in page
            assert reason in page
        browser.post(address("delete_department", empty.pk))
        assert set(Department.objects.values_list("name", flat=True)) == {"Used", "Led"}

    def test_a_parent_of_another_organisation_is_refused(
        self, organisation: Organisation, other_organisation: Organisation, admin: Membership, browser: Client
    ) -> None:
        with organisation_scope(other_organisation.pk):
            theirs = make_department(other_organisation)
        assert browser.post(address("add_department"), {"name": "X", "parent": theirs.pk}).status_code == 422
        with pytest.raises(TwoOrganisationsError):
            create_department(organisation=organisation, name="X", parent=theirs, actor=admin.user)
        assert Department.objects.count() == 0


class TestSettings:
    DATA = {
        "name": "Nordlicht Energie",
        "language": "en",
        "time_zone": "Europe/Vienna",
        "minimum_n": 4,
        "comment_minimum_n": 9,
    }

    def test_saves(self, organisation: Organisation, other_organisation: Organisation, browser: Client) -> None:
        assert browser.post(address("settings"), self.DATA).status_code == 302
        organisation.refresh_from_db()
        assert {field: getattr(organisation, field) for field in self.DATA} == self.DATA
        other_organisation.refresh_from_db()
        assert other_organisation.name == "Südwind"
        assert "name" in AuditEntry.objects.get().details["fields"]

    @pytest.mark.parametrize(
        ("field", "value"), [("minimum_n", 2), ("comment_minimum_n", 2), ("time_zone", "Mars/Base")]
    )
    def test_refuses(self, field: str, value: object, organisation: Organisation, browser: Client) -> None:
        page = browser.post(address("settings"), {**self.DATA, field: value})
        assert page.status_code == 422
        assert f'id="id_{field}_error"' in page.content.decode()
        organisation.refresh_from_db()
        assert organisation.name == "Nordlicht"


class TestAuditTrail:
    def test_newest_first_in_pages_by_key(
        self, organisation: Organisation, other_organisation: Organisation, admin: Membership, browser: Client
    ) -> None:
        with organisation_scope(other_organisation.pk):
            create_department(organisation=other_organisation, name="Secret", actor=admin.user)
        for number in range(60):
            create_department(organisation=organisation, name=f"Dep{number:02}", actor=admin.user)
        first = content(browser, "audit")
        assert first.index("Dep59") < first.index("Dep10")
        assert "Dep09" not in first
        oldest_shown = AuditEntry.objects.get(details__name="Dep10").pk
        second = content(browser, "audit", query=f"?after={oldest_shown}")
        assert "Dep09" in second
        assert "Dep10" not in second
        assert "Secret" not in first + second
        back = content(browser, "audit", query=f"?before={AuditEntry.objects.get(details__name='Dep09').pk}")
        assert "Dep59" in back
        assert "Dep59" in content(browser, "audit", query="?after=nonsense")


class TestDataSources:
    def source(self, organisation: Organisation, **fields: object) -> DataSource:
        return DataSource.objects.create(
            **{"organisation": organisation, "name": "CRM", "department": make_department(organisation), **fields}
        )

    def test_what_is_overdue_or_without_owner_stands_out(
        self, organisation: Organisation, other_organisation: Organisation, sign_in: SignIn
    ) -> None:
        member = make_member(organisation, Role.MEMBER)
        source = self.source(organisation, freshness_days=1)
        with organisation_scope(other_organisation.pk):
            self.source(other_organisation, name="Secret")
        mark_refreshed(source=source, rows=1234)
        browser = sign_in(member)
        page = content(browser, "data_sources")
        assert "no owner" in page
        assert "1,234" in page
        assert ">fresh<" in page
        assert "Secret" not in page
        with time_machine.travel(timezone.now() + timedelta(days=10, hours=1)):
            browser.force_login(member.user)
            page = content(browser, "data_sources")
            assert "9 days overdue" in page
            assert "No source fits." in content(browser, "data_sources", query="?show=mine")

    def test_an_admin_adds_and_edits(self, organisation: Organisation, admin: Membership, browser: Client) -> None:
        department = make_department(organisation)
        data = {"name": "CRM", "description": "", "department": department.pk, "owner": admin.pk, "freshness_days": 7}
        assert browser.post(address("add_data_source"), data).status_code == 302
        source = DataSource.objects.get()
        assert (source.owner, source.freshness_days) == (admin, 7)
        both = browser.post(address("data_source", source.pk), {**data, "deputy": admin.pk})
        assert "somebody else" in both.content.decode()
        browser.post(address("data_source", source.pk), {**data, "name": "CRM extract"})
        source.refresh_from_db()
        assert source.name == "CRM extract"

    def test_owner_deputy_and_admin_mark_it_refreshed_others_do_not(
        self, organisation: Organisation, admin: Membership, sign_in: SignIn
    ) -> None:
        owner, deputy, somebody = (make_member(organisation, Role.MEMBER) for _ in range(3))
        source = self.source(organisation, owner=owner, deputy=deputy)
        for number, (member, status) in enumerate([(owner, 302), (deputy, 302), (admin, 302), (somebody, 403)]):
            browser = sign_in(member)
            assert browser.post(address("refresh_data_source", source.pk), {"rows": number}).status_code == status
        source.refresh_from_db()
        assert source.row_count == 2

    def test_people_of_another_organisation_cannot_be_owners(
        self, organisation: Organisation, other_organisation: Organisation, admin: Membership, browser: Client
    ) -> None:
        department = make_department(organisation)
        with organisation_scope(other_organisation.pk):
            stranger = make_member(other_organisation)
            theirs = self.source(other_organisation)
        data = {"name": "CRM", "department": department.pk, "owner": stranger.pk, "freshness_days": 7}
        assert browser.post(address("add_data_source"), data).status_code == 422
        with pytest.raises(TwoOrganisationsError):
            create_data_source(
                organisation=organisation, department=department, owner=stranger, name="CRM", actor=admin.user
            )
        assert browser.post(address("data_source", theirs.pk), data).status_code == 404
        assert browser.post(address("refresh_data_source", theirs.pk), {"rows": 1}).status_code == 404
        assert DataSource.objects.count() == 0


class TestJobs:
    def job(self, organisation: Organisation, **fields: object) -> Job:
        return Job.objects.create(
            **{"organisation": organisation, "kind": "gone", "message_values": {}, "parameters": {}, **fields}
        )

    def test_who_started_it_sees_it_others_only_with_the_permission_of_its_kind(
        self, organisation: Organisation, other_organisation: Organisation, admin: Membership, sign_in: SignIn
    ) -> None:
        starter = make_member(organisation, Role.MEMBER)
        job = self.job(organisation, created_by=starter.user, file_name="mine.csv")
        with organisation_scope(other_organisation.pk):
            theirs = self.job(other_organisation, created_by=starter.user, file_name="secret.csv")
        browser = sign_in(starter)
        page = content(browser, "jobs")
        assert "mine.csv" in page
        assert "secret.csv" not in page
        assert content(browser, "job", job.pk)
        assert browser.get(address("job", theirs.pk)).status_code == 404
        assert sign_in(admin).get(address("job", job.pk)).status_code == 404  # a kind that no app names
        for kind in kinds().values():
            named = self.job(organisation, kind=kind.key)
            for role in Role:
                member = make_member(organisation, role)
                expected = 200 if member.may(kind.permission) else 404
                assert sign_in(member).get(address("job", named.pk)).status_code == expected

    def test_progress_with_an_estimate_until_it_is_over(self, admin: Membership, browser: Client) -> None:
        job = self.job(
            admin.organisation,
            created_by=admin.user,
            state="running",
            started_at=timezone.now() - timedelta(seconds=300),
            rows_done=1000,
            rows_total=3000,
        )
        page = content(browser, "job", job.pk)
        assert "1,000 / 3,000" in page
        assert "About 11 minutes left" in page or "About 10 minutes left" in page
        fragment = browser.get(address("job", job.pk), headers={"hx-request": "true"}).content.decode()
        assert fragment.strip().startswith("<section")
        Job.objects.update(
            state="done", message="Something went wrong on our side; nothing was stored. Please try again."
        )
        over = browser.get(address("job", job.pk), headers={"hx-request": "true"})
        assert over["HX-Refresh"] == "true"
        assert "Please try again." in content(browser, "job", job.pk)

    def test_one_given_up_is_started_again_by_who_may_start_it_or_forgotten_after_a_day(
        self, organisation: Organisation, other_organisation: Organisation, admin: Membership, sign_in: SignIn
    ) -> None:
        starter = make_member(organisation, Role.MEMBER)
        with organisation_scope(other_organisation.pk):
            theirs = self.job(other_organisation, kind="customers.import", starts=MOST_STARTS)
            JobQueue.objects.create(organisation=other_organisation, job=theirs)
        mine, other = (
            self.job(organisation, kind="customers.import", created_by=starter.user, starts=MOST_STARTS, file=b"Mail")
            for _ in range(2)
        )
        for job in (mine, other):
            JobQueue.objects.create(organisation=organisation, job=job)
        while run_next_job():
            pass
        browser = sign_in(starter)
        assert "It was begun three times" in content(browser, "job", mine.pk)
        assert "Start again" not in content(browser, "job", mine.pk)
        assert browser.post(address("start_job_again", mine.pk)).status_code == 403
        browser = sign_in(admin)
        assert "Start again" in content(browser, "job", mine.pk)
        assert browser.post(address("start_job_again", theirs.pk)).status_code == 404
        for _twice in range(2):
            assert browser.post(address("start_job_again", mine.pk)).status_code == 302
        mine.refresh_from_db()
        assert (mine.state, mine.starts, bytes(mine.file or b"")) == ("waiting", 0, b"Mail")
        assert [row.job_id for row in JobQueue.objects.due()] == [mine.pk]

        JobQueue.objects.filter(job=mine).delete()
        JobQueue.objects.filter(job=other).update(due_at=timezone.now())
        while run_next_job():
            pass
        other.refresh_from_db()
        assert (other.state, other.file) == ("failed", None)
        assert "Start again" not in content(browser, "job", other.pk)
        browser.post(address("start_job_again", other.pk))
        other.refresh_from_db()
        assert other.state == "failed"
        with organisation_scope(other_organisation.pk):
            theirs.refresh_from_db()
        assert (theirs.state, JobQueue.objects.filter(job=theirs).exists()) == ("failed", True)

    def test_faults_at_their_place_and_as_a_file_without_formulas(
        self, organisation: Organisation, other_organisation: Organisation, admin: Membership, browser: Client
    ) -> None:
        job = self.job(organisation, created_by=admin.user, state="failed", message="Bad file", error_count=101)
        JobError.objects.bulk_create(
            JobError(organisation=organisation, job=job, row=row, column="E-mail", message='=HYPERLINK("x")')
            for row in range(2, 103)
        )
        page = content(browser, "job", job.pk)
        assert "101 faults" in page
        assert page.count("E-mail</td>") == 100
        lines = browser.get(address("job_faults", job.pk)).content.decode("utf-8-sig").splitlines()
        assert lines[:2] == ["Row,Column,What is wrong", '2,E-mail,"\'=HYPERLINK(""x"")"']
        assert len(lines) == 102
        with organisation_scope(other_organisation.pk):
            theirs = self.job(other_organisation, created_by=admin.user)
        assert browser.get(address("job_faults", theirs.pk)).status_code == 404
