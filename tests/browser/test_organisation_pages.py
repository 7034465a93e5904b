"""Settings, data sources and jobs in a real browser: axe finds nothing, nothing sticks out, in both modes."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from organisations.domain.audit import record
from organisations.domain.data_sources import mark_refreshed
from organisations.domain.invites import invite_colleague, link
from organisations.models import DataSource, Job, JobError, Membership, Organisation
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from tests.browser.conftest import OpenPage, accessibility_faults, scrolls_sideways
from tests.makers import make_department, make_member

PAGES = [
    "account",
    "add_data_source",
    "audit",
    "data_sources",
    "delete_department",
    "department",
    "departments",
    "invite_member",
    "job",
    "jobs",
    "join",
    "member",
    "members",
    "remove_member",
    "settings",
]


@pytest.fixture
def addresses(organisation: Organisation) -> tuple[Membership, dict[str, str]]:
    """An administrator, and the address of each page; every list has something in it."""
    with organisation_scope(organisation.pk):
        service = make_department(organisation, name="Kundenservice")
        hotline = make_department(organisation, name="Telefonischer Kundenservice", parent=service)
        admin = make_member(organisation, Role.ADMIN)
        lead = make_member(organisation, Role.DEPARTMENT_LEAD, service, hotline)
        invite = invite_colleague(
            organisation=organisation,
            email="annegret.mustermann-schulze@stadtwerke.example.org",
            role=Role.ANALYST,
            invited_by=admin.user,
        )
        late, fresh = (
            DataSource.objects.create(
                organisation=organisation, name=name, department=hotline, owner=owner, freshness_days=7
            )
            for name, owner in (("CRM-Abzug", None), ("Anruflisten", lead))
        )
        mark_refreshed(source=fresh, rows=81_400, actor=lead.user)
        late.refreshed_at = timezone.now() - timedelta(days=16)
        late.save()
        record(organisation=organisation, actor=admin.user, action="department.created", subject=service, name="X")
        job = Job.objects.create(
            organisation=organisation, kind="x", created_by=admin.user, state="failed", error_count=1, file_name="k.csv"
        )
        JobError.objects.create(organisation=organisation, job=job, row=17, column="E-mail", message="Not an address.")
    ids = {"member": lead.pk, "remove_member": lead.pk, "department": hotline.pk, "delete_department": hotline.pk}
    paths = {
        name: reverse(name, args=[organisation.slug, *filter(None, [{**ids, "job": job.pk}.get(name)])])
        for name in PAGES
        if name not in {"account", "join"}
    }
    return admin, {**paths, "account": reverse("account"), "join": "/join/" + link(invite).partition("/join/")[2]}


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (360, "dark")])
def test_everyone_can_use_them(
    open_page: OpenPage, addresses: tuple[Membership, dict[str, str]], width: int, scheme: str, language: str
) -> None:
    admin, paths = addresses
    admin.user.language = language
    admin.user.save()
    page = open_page("/account/", admin, width=width, color_scheme=scheme, locale=language)
    for name, path in paths.items():
        if name == "join":
            page.context.clear_cookies()
        page.goto(path)
        assert (name, accessibility_faults(page)) == (name, [])
        assert (name, scrolls_sideways(page)) == (name, False)
