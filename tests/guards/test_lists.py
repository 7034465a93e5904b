"""Every list page costs the same number of statements at 1 and at 3 rows."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import TruncDate
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from customers.domain.suppression import suppress
from customers.models import Customer, Suppression
from journeys.models import Touchpoint
from organisations.domain.audit import record
from organisations.domain.invites import invite_colleague
from organisations.models import DataSource, Job, JobError, Membership, Organisation
from organisations.permissions import Role
from reports.domain.rollups import count_changed_days
from surveys.domain.campaigns import create_campaign
from surveys.domain.policy import change_policy
from surveys.domain.reminders import prepare_next_batch as prepare_reminders
from surveys.domain.triggers import decide_next_batch, take_up_next_contacts
from surveys.models import HistoryImport, Invitation, ReminderMail, ReminderQueue, Survey, Trigger
from tests.guards.test_urls import INNER
from tests.makers import (
    make_case,
    make_channel,
    make_customer,
    make_department,
    make_improvement,
    make_interaction,
    make_invitation,
    make_journey,
    make_member,
    make_persona,
    make_reminder,
    make_response,
    make_survey,
    make_touchpoint,
    make_trigger,
)

Ids = dict[str, int]
Make = Callable[[Organisation], Ids | None]
"""Adds one row to the page's list, with what hangs on it; returns ids for the address, if it needs any."""


def member(organisation: Organisation) -> None:
    """A member, the department they lead, and somebody who is invited."""
    lead = make_member(organisation, Role.DEPARTMENT_LEAD, make_department(organisation))
    invite_colleague(organisation=organisation, email=f"c{lead.pk}@example.org", role=Role.MEMBER, invited_by=lead.user)


def data_source(organisation: Organisation) -> None:
    DataSource.objects.create(
        organisation=organisation,
        name=f"Source {DataSource.objects.count()}",
        department=make_department(organisation),
        owner=make_member(organisation),
        deputy=make_member(organisation),
    )


def audit_entry(organisation: Organisation) -> None:
    record(organisation=organisation, actor=make_member(organisation).user, action="x", subject=organisation)


def job(organisation: Organisation) -> None:
    Job.objects.create(organisation=organisation, kind="x", created_by=Membership.objects.earliest("pk").user)


def fault(organisation: Organisation) -> Ids:
    user = Membership.objects.earliest("pk").user
    found, _ = Job.objects.get_or_create(
        organisation=organisation, kind="x", created_by=user, state="failed", error_count=3
    )
    JobError.objects.create(organisation=organisation, job=found, row=2, message="x")
    return {"pk": found.pk}


def survey(organisation: Organisation) -> None:
    make_survey(organisation)


def not_asked(organisation: Organisation) -> None:
    """A survey, and a customer who was asked too recently for it."""
    change_policy(organisation=organisation, actor=None, pause_days=30)
    customer = make_customer(organisation)
    make_invitation(make_survey(organisation), customer)
    not_sent: dict[str, Any] = {"state": "not_sent", "reason": "recently_asked", "sent_at": None, "sent_day": None}
    make_invitation(make_survey(organisation), customer, **not_sent)


def sheet(organisation: Organisation) -> Ids:
    found = Survey.objects.first() or make_survey(organisation, touchpoint=make_touchpoint(organisation))
    make_response(found, [9, "because"], customer=make_customer(organisation))
    return {"survey_id": found.pk}


def campaign(organisation: Organisation) -> None:
    create_campaign(survey=make_survey(organisation), name="Autumn", selection="everyone")


def trigger(organisation: Organisation) -> None:
    channels = [make_channel(organisation), make_channel(organisation)]
    make_trigger(make_survey(organisation), make_touchpoint(organisation), channels=channels)


def reminder(organisation: Organisation) -> Ids:
    """One reminder more of the same survey."""
    found = Survey.objects.first() or make_survey(organisation)
    make_reminder(found, days=3 + found.reminders.count())
    return {"survey": found.pk}


def reminder_mail(organisation: Organisation) -> Ids:
    """One customer more whom it reminds."""
    ids = reminder(organisation) if not Survey.objects.exists() else {"survey": Survey.objects.get().pk}
    make_invitation(Survey.objects.get(), sent_at=timezone.now() - timedelta(days=4), sent_day="2026-01-01")
    Invitation.objects.update(sent_day=TruncDate("sent_at"))
    ReminderQueue.objects.update(due_at=timezone.now())
    while prepare_reminders():
        pass
    assert ReminderMail.objects.count() == Invitation.objects.count()
    return ids


def decision(organisation: Organisation) -> Ids:
    """One contact more about which the same trigger has decided."""
    found = Trigger.objects.first() or make_trigger(make_survey(organisation), make_touchpoint(organisation))
    make_interaction(found.touchpoint, make_customer(organisation), channel=make_channel(organisation))
    while take_up_next_contacts() or decide_next_batch():
        pass
    return {"pk": found.pk}


def history(organisation: Organisation) -> None:
    """One file that waits and one that was imported."""
    user = make_member(organisation).user
    for survey in (None, make_survey(organisation)):
        HistoryImport.objects.create(organisation=organisation, content=b"a;b", survey=survey, created_by=user)


def journey(organisation: Organisation) -> None:
    make_journey(organisation, [measured_touchpoint(organisation)])


def measured_touchpoint(organisation: Organisation) -> Touchpoint:
    """A touchpoint of its own department, with enough answers and comments to be shown."""
    touchpoint = make_touchpoint(organisation)
    channel = make_channel(organisation)
    touchpoint.channels.add(channel, through_defaults={"organisation": organisation})
    survey = make_survey(organisation, touchpoint=touchpoint)
    for _ in range(organisation.comment_minimum_n):
        make_response(survey, [9, "Good."], channel=channel)
    while count_changed_days():
        pass
    return touchpoint


def touchpoint(organisation: Organisation) -> None:
    measured_touchpoint(organisation)


def persona(organisation: Organisation) -> None:
    make_persona(organisation)


def customer(organisation: Organisation) -> None:
    make_customer(organisation)


def interaction(organisation: Organisation) -> Ids:
    """One contact more of the same customer."""
    found = Customer.objects.first() or make_customer(organisation)
    make_interaction(make_touchpoint(organisation), found, channel=make_channel(organisation))
    return {"customer_id": found.pk}


def suppression(organisation: Organisation) -> None:
    suppress(organisation=organisation, email=make_customer(organisation).email, reason=Suppression.Reason.MANUAL)


def channel(organisation: Organisation) -> None:
    make_channel(organisation)


def improvement(organisation: Organisation) -> None:
    make_improvement(make_touchpoint(organisation), responsible=make_member(organisation))


def case(organisation: Organisation) -> None:
    make_case(make_touchpoint(organisation), responsible=make_member(organisation))


# Name of the address → a function that adds one row to what the page lists. Addresses without ids must stand here or in
# NO_LISTS; those of one thing that lists its parts (a job and its faults) are welcome here, too.
LISTS: dict[str, Make] = {
    "actions:cases": case,
    "actions:improvements": improvement,
    "audit": audit_entry,
    "customers:list": customer,
    "customers:suppressions": suppression,
    "data_sources": data_source,
    "departments": member,
    "job": fault,
    "jobs": job,
    "journeys:channels": channel,
    "journeys:interactions": interaction,
    "journeys:list": journey,
    "journeys:personas": persona,
    "journeys:touchpoints": touchpoint,
    "members": member,
    "reports:comments": touchpoint,
    "reports:departments": touchpoint,
    "reports:ledger": not_asked,
    "reports:overview": journey,
    "reports:survey_list": survey,
    "reports:survey_sheets": sheet,
    "surveys:campaigns": campaign,
    "surveys:history": history,
    "surveys:decisions": decision,
    "surveys:list": survey,
    "surveys:reminder_mails": reminder_mail,
    "surveys:reminders": reminder,
    "surveys:trigger": decision,
    "surveys:triggers": trigger,
}
FORM = "a form: what it lists are choices, see there"
NO_LISTS = {
    "actions:new_case": FORM,
    "actions:new_improvement": FORM,
    "add_data_source": FORM,
    "add_department": FORM,
    "customers:add": FORM,
    "customers:import": FORM,
    "customers:suppress_address": FORM,
    "invite_member": FORM,
    "journeys:add_usual_channels": "POST only",
    "journeys:import_interactions": FORM,
    "journeys:new": "templates that come with the portal",
    "journeys:new_copy": FORM,
    "journeys:new_empty": FORM,
    "journeys:new_from_file": FORM,
    "journeys:new_persona": FORM,
    "journeys:new_touchpoint": FORM,
    "journeys:record_interaction": FORM,
    "reports:pick_quote": "POST only",
    "settings": FORM,
    "surveys:mail_check": "the latest test alone",
    "surveys:mail_preview": "one mail",
    "surveys:mail_settings": FORM,
    "surveys:from_file": FORM,
    "surveys:new_campaign": FORM,
    "surveys:new_trigger": FORM,
    "surveys:policy": FORM,
    "surveys:new": "templates that come with the portal",
}


def test_each_page_is_listed() -> None:
    names = {route.name for route in INNER}
    without_ids = {route.name for route in INNER if set(route.converters) == {"organisation"}}
    missing = without_ids - LISTS.keys() - NO_LISTS.keys()
    assert not missing, f"add to LISTS in {__name__}, or with a reason to NO_LISTS: {missing}"
    gone = (LISTS.keys() | NO_LISTS.keys()) - names
    assert not gone, f"take off LISTS or NO_LISTS in {__name__}: {gone}"


@pytest.mark.parametrize("name", LISTS)
def test_a_page_costs_the_same_at_one_and_three_rows(name: str, organisation: Organisation, client: Client) -> None:
    client.force_login(make_member(organisation, Role.ADMIN).user)

    def statements(ids: Ids | None) -> list[str]:
        path = reverse(name, kwargs={"organisation": organisation.slug, **(ids or {})})
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path).status_code == 200
        return [query["sql"] for query in queries]

    ids = LISTS[name](organisation)
    statements(ids)  # fills what a process reads only once
    at_one = statements(ids)
    LISTS[name](organisation)
    LISTS[name](organisation)
    at_three = statements(ids)
    assert len(at_three) == len(at_one), "\n".join(at_three)
