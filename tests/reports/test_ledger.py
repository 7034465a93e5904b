from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from common.periods import Period
from customers.domain.suppression import suppress
from organisations.models import Membership, Organisation
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from reports.domain.asking import not_asked
from reports.domain.rollups import count_changed_days
from surveys.domain.policy import change_policy
from surveys.models import ChangedDay, Invitation
from tests.makers import make_customer, make_invitation, make_member, make_response, make_survey

State, Reason = Invitation.State, Invitation.Reason
NOT_SENT: dict[str, Any] = {"state": State.NOT_SENT, "sent_at": None, "sent_day": None}


@pytest.fixture
def browser(organisation: Organisation, sign_in: Callable[[Membership], Client]) -> Client:
    return sign_in(make_member(organisation, Role.CX_MANAGER))


@pytest.fixture(autouse=True)
def stranger(other_organisation: Organisation) -> None:
    with organisation_scope(other_organisation.pk):
        survey = make_survey(other_organisation, name="Foreign survey")
        foreign = make_customer(other_organisation, last_name="Stranger")
        for reason in Reason.values:
            make_invitation(survey, foreign, reason=reason, **NOT_SENT)


def text(browser: Client, name: str, *ids: int, **query: str) -> str:
    address = reverse(name, args=["nordlicht", *ids])
    return " ".join(browser.get(address, query).content.decode().split())


def test_the_customers_page_says_why_and_when(organisation: Organisation, browser: Client) -> None:
    change_policy(organisation=organisation, actor=None, pause_days=10, exempt_types=["complaint"])
    customer, survey = make_customer(organisation), make_survey(organisation, name="Delivery")
    make_survey(organisation, name="Complaint", type="complaint")
    sent_at = timezone.now() - timedelta(days=2)
    make_response(survey, [9, None], invitation=make_invitation(survey, customer, sent_at=sent_at))
    make_invitation(survey, customer, reason=Reason.RECENTLY_ASKED, **NOT_SENT)
    make_invitation(survey, customer, state=State.FAILED, refusal="550 unknown", sent_at=None, sent_day=None)
    with CaptureQueriesContext(connection) as queries:
        page = text(browser, "customers:customer", customer.pk)
    many = len(queries)
    again = timezone.localtime(sent_at + timedelta(days=10), organisation.zone)
    assert f"Can be asked next: <strong>from {date_format(again, 'SHORT_DATETIME_FORMAT')} (asked recently)" in page
    assert "at most one invitation in 10 days" in page
    assert "not asked</span> asked recently" in page
    assert "550 unknown" in page
    assert "exempt from the pause" in page
    assert "<span>now</span>" in page, "the exempt survey"
    assert "Foreign" not in page

    for _ in range(3):
        make_invitation(make_survey(organisation), customer)
    with CaptureQueriesContext(connection) as queries:
        text(browser, "customers:customer", customer.pk)
    assert len(queries) == many


def test_who_may_not_be_asked_is_told_so(organisation: Organisation, browser: Client) -> None:
    customer = make_customer(organisation)
    assert "Can be asked next: <strong>now</strong>" in text(browser, "customers:customer", customer.pk)
    assert "Never considered" in text(browser, "customers:customer", customer.pk)
    suppress(organisation=organisation, email=customer.email, reason="bounced")
    assert "not as things stand: mail came back" in text(browser, "customers:customer", customer.pk)


def test_the_report_counts_each_reason(organisation: Organisation, browser: Client) -> None:
    change_policy(organisation=organisation, actor=None, pause_days=400)
    delivery, other = make_survey(organisation, name="Delivery"), make_survey(organisation, name="Other")
    customers = [make_customer(organisation, last_name=f"Person {number}") for number in range(4)]
    for customer in customers:
        make_invitation(delivery, customer, reason=Reason.RECENTLY_ASKED, **NOT_SENT)
    make_invitation(delivery, customers[0], reason=Reason.UNSUBSCRIBED, **NOT_SENT)
    make_invitation(other, customers[0], reason=Reason.NO_LEGAL_BASIS, **NOT_SENT)
    long_ago = timezone.now() - timedelta(days=40)
    make_invitation(other, customers[1], reason=Reason.NO_LEGAL_BASIS, created_at=long_ago, **NOT_SENT)
    sent = make_invitation(other, customers[2], sent_at=timezone.now() - timedelta(days=1))
    assert sent.sent_day
    ChangedDay.objects.create(organisation=organisation, survey=other, day=sent.sent_day)
    while count_changed_days():
        pass

    page = text(browser, "reports:ledger", period="30d")
    assert "<em>6</em> not asked: 4 asked recently, 1 unsubscribed, 1 no legal basis." in page.replace(
        "1 no legal basis, 1 unsubscribed.", "1 unsubscribed, 1 no legal basis."
    )
    assert "1 mail went out" in page
    assert "Stranger" not in page
    assert "<em>7</em> not asked" in text(browser, "reports:ledger")
    assert "<em>5</em> not asked" in text(browser, "reports:ledger", period="30d", survey=str(delivery.pk))
    of_reason = text(browser, "reports:ledger", period="30d", reason="no_legal_basis")
    assert of_reason.count("once a legal basis is on record") == 1
    recent = browser.get(reverse("reports:ledger", args=["nordlicht"]), {"reason": "recently_asked"})
    shown = {row.customer_id: moment for row, moment in recent.context["rows"]}
    assert set(shown) == {customer.pk for customer in customers}
    assert [pk for pk, moment in shown.items() if moment] == [customers[2].pk], "who was asked but yesterday"


def test_it_pages_newest_first_without_gaps(organisation: Organisation, browser: Client) -> None:
    survey = make_survey(organisation)
    start = datetime(2026, 1, 1, tzinfo=organisation.zone)
    made = [
        make_invitation(
            survey, reason=Reason.RECENTLY_ASKED, created_at=start + timedelta(minutes=number // 3), **NOT_SENT
        ).pk
        for number in range(120)
    ]
    address = reverse("reports:ledger", args=["nordlicht"])
    chosen = {"from": "2026-01-01", "to": "2026-01-31"}
    seen: list[int] = []
    query = dict(chosen)
    while True:
        page = browser.get(address, query).context["page"]
        seen += [row.pk for row in page.rows]
        if not page.next:
            break
        query = {**chosen, "after": str(page.next)}
    assert seen == made[::-1]
    back = browser.get(address, {**chosen, "before": str(page.previous)}).context["page"]
    assert [row.pk for row in back.rows] == made[::-1][50:100]


def test_it_counts_without_looking_at_the_rows(organisation: Organisation) -> None:

    period = Period.preset("30d", today=organisation.today())
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
    plan = not_asked(organisation, period, None).values("reason").order_by().distinct().explain()
    assert "Index Only Scan using invitation_not_sent" in plan


@pytest.mark.parametrize("role", [Role.DEPARTMENT_LEAD, Role.MEMBER])
def test_it_names_customers_so_not_everyone_reads_it(
    role: Role, organisation: Organisation, sign_in: Callable[[Membership], Client]
) -> None:
    client = sign_in(make_member(organisation, role))
    assert client.get(reverse("reports:ledger", args=["nordlicht"])).status_code == 403
