from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from customers.domain.changes import note_everyone
from customers.domain.suppression import suppress
from customers.models import Customer
from journeys.domain.assignment import assign_everyone
from organisations.domain import audit
from organisations.models import AuditEntry, Membership, Organisation
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from surveys.domain import campaigns
from surveys.domain.campaigns import create_campaign, forecast, prepare_next_batch, start_campaign
from surveys.domain.ledger import ledger_of
from surveys.models import Campaign, CampaignQueue, Invitation, MailQueue, Survey
from tests.makers import (
    make_channel,
    make_customer,
    make_invitation,
    make_member,
    make_persona,
    make_response,
    make_survey,
    make_touchpoint,
    one_of,
)

State, Reason = Invitation.State, Invitation.Reason


@pytest.fixture(autouse=True)
def stranger(other_organisation: Organisation) -> Campaign:
    """Another organisation's campaign with customers who would match every selection here."""
    with organisation_scope(other_organisation.pk):
        customer = make_customer(other_organisation, external_id="K-1", attributes={"segment": "Family"})
        survey = make_survey(other_organisation, name="Foreign survey")
        campaign = create_campaign(survey=survey, name="Foreign campaign", selection="everyone")
        make_invitation(survey, customer, campaign=campaign)
    return campaign


@pytest.fixture
def browser(organisation: Organisation, sign_in: Callable[[Membership], Client]) -> Client:
    return sign_in(make_member(organisation, Role.CX_MANAGER))


def page(name: str, *args: object) -> str:
    return reverse(f"surveys:{name}", args=["nordlicht", *args])


def prepare() -> None:
    while prepare_next_batch():
        pass


def invited(campaign: Campaign) -> set[Customer]:
    return {invitation.customer for invitation in campaign.invitations.all() if invitation.customer}


def test_each_customer_gets_one_decision_with_its_reason(organisation: Organisation) -> None:
    touchpoint, channel = make_touchpoint(organisation), make_channel(organisation)
    make_persona(organisation, name="None", position=0)
    first = make_persona(organisation, rule=one_of("segment", "Family"), position=1)
    make_persona(organisation, rule=one_of("segment", "Family", "Single"), position=2)
    survey = make_survey(organisation, touchpoint=touchpoint, answer_days=10, languages=["en"], default_language="en")
    asked = make_customer(organisation, attributes={"segment": "Family"}, language="de")
    no_address = make_customer(organisation, email="")
    no_basis = make_customer(organisation, may_be_asked=False)
    suppressed = make_customer(organisation)
    suppress(organisation=organisation, email=suppressed.email, reason="manual")

    campaign = create_campaign(survey=survey, name="Autumn", selection="everyone", channel=channel)
    found = forecast(campaign=campaign)
    assert (found.asked, found.total) == (1, 4)
    assert found.hindered == {Reason.NO_ADDRESS: 1, Reason.SUPPRESSED: 1, Reason.NO_LEGAL_BASIS: 1}
    assert not Invitation.objects.filter(campaign=campaign).exists()

    note_everyone(organisation)
    start_campaign(campaign=campaign)
    prepare()
    decisions = {
        i.customer: (i.state, i.reason, i.legal_basis) for i in campaign.invitations.select_related("customer")
    }
    assert decisions == {
        asked: ("queued", "", "consent"),
        no_address: ("not_sent", "no_address", "consent"),
        no_basis: ("not_sent", "no_legal_basis", ""),
        suppressed: ("not_sent", "suppressed", "consent"),
    }
    invitation = campaign.invitations.get(state=State.QUEUED)
    assert (invitation.persona, invitation.channel, invitation.touchpoint) == (first, channel, touchpoint)
    assert (invitation.language, invitation.version) == ("en", survey.versions.get())
    assert invitation.expires_at - invitation.created_at == timedelta(days=10)
    assert list(MailQueue.objects.values_list("organisation", "invitation")) == [(organisation.pk, invitation.pk)]
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.SENDING
    assert not CampaignQueue.objects.exists()


def test_selections(organisation: Organisation) -> None:
    survey = make_survey(organisation)
    families = make_persona(organisation, rule=one_of("segment", "Family"), position=1)
    anyone = make_persona(organisation, rule=one_of("segment", "Family", "Single"), position=2)
    family = make_customer(organisation, attributes={"segment": "Family", "region": "North"})
    single = make_customer(organisation, attributes={"segment": "Single", "region": "North"})
    nobody = make_customer(organisation)
    assign_everyone(organisation)

    def selected(selection: str, **values: object) -> set[Customer]:
        campaign = create_campaign(survey=survey, name="Any", selection=selection, **values)  # type: ignore[arg-type]
        found = set(campaign.audience())
        start_campaign(campaign=campaign)
        prepare()
        assert invited(campaign) == found
        return found

    assert selected("everyone") == {family, single, nobody}
    assert selected("persona", persona=families) == {family}
    assert selected("persona", persona=anyone) == {single}, "a family belongs to the persona ranked first"
    assert selected("segment", rule=one_of("region", "North")) == {family, single}
    assert selected("segment") == set(), "no condition means nobody"
    assert selected("file", file_customers=[single.pk]) == {single}
    assert selected("chosen", customers=[single, nobody]) == {single, nobody}


def test_a_selection_that_vanished_means_nobody(organisation: Organisation) -> None:
    survey = make_survey(organisation)
    persona = make_persona(organisation, rule=one_of("segment", "Family"))
    chosen = make_customer(organisation)
    make_customer(organisation)
    by_persona = create_campaign(survey=survey, name="Persona", selection="persona", persona=persona)
    by_name = create_campaign(survey=survey, name="Chosen", selection="chosen", customers=[chosen])
    persona.delete()
    chosen.delete()
    for campaign in (by_persona, by_name):
        campaign.refresh_from_db()
        assert not campaign.audience().exists()
        start_campaign(campaign=campaign)
        prepare()
        campaign.refresh_from_db()
        assert (campaign.state, campaign.invitations.count()) == (Campaign.State.SENT, 0)


def test_preparing_goes_on_after_the_last_batch(organisation: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(campaigns, "BATCH", 2)
    customers = {make_customer(organisation) for _ in range(5)}
    campaign = create_campaign(survey=make_survey(organisation), name="Autumn", selection="everyone")
    start_campaign(campaign=campaign)
    start_campaign(campaign=campaign)
    assert prepare_next_batch()
    campaign.refresh_from_db()
    assert (campaign.state, campaign.invitations.count()) == (Campaign.State.PREPARING, 2)
    prepare()
    assert invited(campaign) == customers
    assert MailQueue.objects.count() == campaign.invitations.count() == 5


def test_the_number_of_statements_does_not_grow_with_the_customers(organisation: Organisation) -> None:
    def statements() -> int:
        campaign = create_campaign(survey=make_survey(organisation), name="Any", selection="everyone")
        start_campaign(campaign=campaign)
        with CaptureQueriesContext(connection) as queries:
            prepare()
        return len(queries)

    make_persona(organisation)
    make_customer(organisation)
    one = statements()
    for _ in range(20):
        make_customer(organisation)
    assert statements() == one


def test_only_a_live_survey_is_sent(organisation: Organisation) -> None:
    survey = make_survey(organisation, state=Survey.State.CLOSED)
    make_customer(organisation)
    campaign = create_campaign(survey=survey, name="Late", selection="everyone")
    with pytest.raises(ValidationError, match="not live"):
        start_campaign(campaign=campaign)
    assert not CampaignQueue.objects.exists()


def test_a_survey_whose_last_day_is_over_is_not_sent(organisation: Organisation, browser: Client) -> None:
    """Its state stays live; the worker would note each customer as not asked since the survey is closed."""
    customer = make_customer(organisation)
    today = organisation.today()
    over = make_survey(organisation, name="Summer", closes_on=today - timedelta(days=1))
    lasting = make_survey(organisation, name="Autumn", closes_on=today)
    with pytest.raises(ValidationError, match="not live"):
        start_campaign(campaign=create_campaign(survey=over, name="Late", selection="everyone"))
    planned = create_campaign(survey=lasting, name="Planned", selection="everyone")
    with pytest.raises(ValidationError, match="no more answers by then"):
        start_campaign(campaign=planned, send_at=timezone.now() + timedelta(days=1))
    assert not CampaignQueue.objects.exists()
    offered = browser.get(reverse("surveys:new_campaign", args=["nordlicht"])).content.decode()
    assert "Autumn" in offered
    assert "Summer" not in offered
    assert [each.survey for each in ledger_of(customer, organisation).surveys] == [lasting]
    start_campaign(campaign=planned)
    assert CampaignQueue.objects.get().campaign_id == planned.pk


def test_things_of_another_organisation_are_refused(organisation: Organisation, stranger: Campaign) -> None:
    with organisation_scope(stranger.organisation_id):
        channel = make_channel(stranger.organisation)
    with pytest.raises(ValueError, match="one organisation"):
        create_campaign(survey=make_survey(organisation), name="Any", selection="everyone", channel=channel)


def test_from_the_form_to_the_queue(organisation: Organisation, browser: Client) -> None:
    survey = make_survey(organisation)
    make_survey(organisation, name="Draft survey", state=Survey.State.DRAFT)
    customers = [make_customer(organisation), make_customer(organisation)]
    make_customer(organisation)
    form = browser.get(page("new_campaign")).content.decode()
    assert form.count('class="optional"') == 1, "only the channel: the others show with the choice that needs them"
    assert survey.name in form
    assert "Draft survey" not in form
    assert "Foreign survey" not in form

    values = {"survey": survey.pk, "name": "Autumn", "selection": "chosen", "people": ""}
    assert "Please name at least one customer." in browser.post(page("new_campaign"), values).content.decode()
    values["people"] = f"{customers[0].external_id}\n{customers[1].email.upper()}\nK-1"
    refused = browser.post(page("new_campaign"), values)
    assert refused.status_code == 422
    assert "Not among your customers: K-1" in refused.content.decode(), "K-1 is another organisation's"
    values["people"] = f"{customers[0].external_id}, {customers[1].email.upper()}"
    created = browser.post(page("new_campaign"), values)
    campaign = Campaign.objects.get()
    assert created.headers["Location"] == page("campaign", campaign.pk)
    assert set(campaign.audience()) == set(customers)

    draft = browser.get(page("campaign", campaign.pk)).content.decode()
    assert "Send 2 mails" in draft
    assert not CampaignQueue.objects.exists()
    browser.post(page("send_campaign", campaign.pk))
    assert "Choosing the customers" in browser.get(page("campaign", campaign.pk)).content.decode()
    prepare()
    fragment = browser.get(page("campaign", campaign.pk), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment
    assert 'hx-trigger="every 2s"' in fragment
    browser.post(page("stop_campaign", campaign.pk))
    after = browser.get(page("campaign", campaign.pk)).content.decode()
    assert "not sent: campaign cancelled" in after
    assert "every 2s" not in after


def test_a_form_sent_twice_leads_to_one_draft(organisation: Organisation, browser: Client) -> None:
    """By a double click, or by going back to mend it; once the mails are under way it is a new campaign."""
    customer = make_customer(organisation)
    key = str(browser.get(page("new_campaign")).context["form"]["form_key"].value())
    values = {"survey": make_survey(organisation).pk, "name": "Autumn", "selection": "everyone", "form_key": key}
    first = browser.post(page("new_campaign"), values).headers["Location"]
    assert browser.post(page("new_campaign"), values).headers["Location"] == first
    chosen = {**values, "name": "Winter", "selection": "chosen", "people": customer.external_id}
    assert browser.post(page("new_campaign"), chosen).headers["Location"] == first
    browser.post(page("new_campaign"), chosen)
    campaign = Campaign.objects.get()
    assert (campaign.name, list(campaign.customers.all())) == ("Winter", [customer])

    browser.post(page("send_campaign", campaign.pk))
    assert browser.post(page("new_campaign"), values).headers["Location"] != first
    assert Campaign.objects.count() == 2
    assert str(browser.get(page("new_campaign")).context["form"]["form_key"].value()) != key


def test_the_database_keeps_one_draft_of_a_form(organisation: Organisation, stranger: Campaign) -> None:
    survey = make_survey(organisation)
    draft = create_campaign(survey=survey, name="Autumn", selection="everyone", form_key=stranger.form_key)
    assert draft.pk != stranger.pk, "another organisation's draft is not found by its key"
    with pytest.raises(IntegrityError, match="campaign_drafted_once"), transaction.atomic():
        Campaign.objects.create(organisation=organisation, survey=survey, name="Second", form_key=draft.form_key)


def test_the_trail_says_who_made_started_and_cancelled_it(organisation: Organisation, browser: Client) -> None:
    make_customer(organisation)
    survey = make_survey(organisation)
    browser.post(page("new_campaign"), {"survey": survey.pk, "name": "Autumn", "selection": "everyone"})
    campaign = Campaign.objects.get()
    for name in ("send_campaign", "send_campaign", "stop_campaign", "stop_campaign"):
        browser.post(page(name, campaign.pk))
    closed = create_campaign(survey=survey, name="Late", selection="everyone")
    start_campaign(campaign=closed)
    Survey.objects.update(state=Survey.State.CLOSED)
    prepare()
    told = [
        (entry.action, entry.actor is not None, entry.details["name"]) for entry in AuditEntry.objects.order_by("pk")
    ]
    assert told == [
        ("campaign.created", True, "Autumn"),
        ("campaign.started", True, "Autumn"),
        ("campaign.cancelled", True, "Autumn"),
        ("campaign.created", False, "Late"),
        ("campaign.started", False, "Late"),
        ("campaign.cancelled", False, "Late"),
    ]
    assert {entry.action for entry in AuditEntry.objects.all()} <= set(audit.actions())


@pytest.mark.parametrize(
    ("selection", "field"), [("persona", "persona"), ("segment", "selection"), ("file", "file"), ("chosen", "people")]
)
def test_a_selection_needs_its_field(organisation: Organisation, browser: Client, selection: str, field: str) -> None:
    values = {"survey": make_survey(organisation).pk, "name": "Autumn", "selection": selection}
    response = browser.post(page("new_campaign"), values)
    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert not Campaign.objects.exists()


def test_the_page_counts_states_reasons_and_answers(organisation: Organisation, browser: Client) -> None:
    survey = make_survey(organisation)
    campaign = create_campaign(survey=survey, name="Autumn", selection="everyone")
    Campaign.objects.update(state=Campaign.State.SENDING)
    for _ in range(3):
        sent = make_invitation(survey, campaign=campaign)
    make_response(survey, [9, None], invitation=sent)
    waiting: dict[str, Any] = {"campaign": campaign, "sent_at": None, "sent_day": None}
    make_invitation(survey, state=State.NOT_SENT, reason="suppressed", **waiting)
    claimed = timezone.now() - timedelta(minutes=20)
    unclear = make_invitation(survey, state=State.SENDING, claimed_at=claimed, **waiting)
    with CaptureQueriesContext(connection) as queries:
        content = " ".join(browser.get(page("campaign", campaign.pk)).content.decode().split())
    grouped = [query["sql"] for query in queries if "GROUP BY" in query["sql"]]
    assert len(grouped) == 1
    assert "<em>3</em> mails sent, <em>1</em> answered." in content
    assert "not sent: suppressed by hand" in content
    assert "Of one mail it is unclear" in content

    listed = browser.get(page("invitations", campaign.pk), {"state": "unclear"})
    assert [row.pk for row in listed.context["page"].rows] == [unclear.pk]
    browser.post(page("settle_invitation", campaign.pk, unclear.pk), {"decision": "sent"})
    unclear.refresh_from_db()
    assert (unclear.state, unclear.sent_at) == (State.SENT, claimed)
    listed = browser.get(page("invitations", campaign.pk), {"state": "not_sent", "reason": "suppressed"})
    assert len(listed.context["page"].rows) == 1


def test_a_settled_mail_is_sent_again_once(organisation: Organisation, browser: Client) -> None:
    survey = make_survey(organisation)
    campaign = create_campaign(survey=survey, name="Autumn", selection="everyone")
    claimed = timezone.now() - timedelta(minutes=20)
    unclear = make_invitation(survey, campaign=campaign, state=State.SENDING, claimed_at=claimed)
    for _ in range(2):
        browser.post(page("settle_invitation", campaign.pk, unclear.pk), {"decision": "again"})
    unclear.refresh_from_db()
    assert unclear.state == State.QUEUED
    assert MailQueue.objects.filter(invitation=unclear).count() == 1


def test_lists_cost_the_same_at_one_and_three_rows(organisation: Organisation, browser: Client) -> None:
    survey = make_survey(organisation)

    def statements() -> tuple[int, int]:
        counts = []
        for address in (page("campaigns"), page("invitations", Campaign.objects.latest("pk").pk)):
            with CaptureQueriesContext(connection) as queries:
                assert browser.get(address).status_code == 200
            counts.append(len(queries))
        return counts[0], counts[1]

    campaign = create_campaign(survey=survey, name="Autumn", selection="everyone")
    make_invitation(survey, campaign=campaign)
    one = statements()
    for _ in range(2):
        campaign = create_campaign(survey=survey, name="Autumn", selection="everyone")
    for _ in range(3):
        make_response(survey, [9, None], invitation=make_invitation(survey, campaign=campaign))
    assert statements() == one
    listed = browser.get(page("campaigns")).content.decode()
    assert "Foreign campaign" not in listed


def test_the_list_is_searched_narrowed_and_sorted(organisation: Organisation, browser: Client) -> None:
    delivery, service = (make_survey(organisation, name=name) for name in ("Delivery", "Service"))
    oldest = create_campaign(survey=delivery, name="winter", selection="everyone")
    sent = create_campaign(survey=service, name="Autumn", selection="everyone")
    Campaign.objects.filter(pk=sent.pk).update(state="sent")
    newest = create_campaign(survey=service, name="Summer", selection="everyone")

    def found(**query: str) -> list[Campaign]:
        return list(browser.get(page("campaigns"), query).context["page"].rows)

    assert found() == [newest, sent, oldest]
    assert found(sort="name") == [sent, newest, oldest]
    assert found(sort="name", after=str(sent.pk)) == [newest, oldest]
    assert found(search="WINT") == [oldest]
    assert found(search="service") == [newest, sent]
    assert found(state="sent") == [sent]
    assert found(search="Foreign") == found(state="preparing") == []
    assert found(state="x") == found()
    nothing = browser.get(page("campaigns"), {"search": "Spring"}).content.decode()
    assert "No campaign fits these filters." in nothing
    assert 'value="Spring"' in nothing
    Campaign.objects.filter(survey__organisation=organisation).delete()
    assert 'name="search"' not in browser.get(page("campaigns")).content.decode()


def test_a_stranger_finds_nothing(organisation: Organisation, browser: Client, stranger: Campaign) -> None:
    for name in ("campaign", "stop_campaign", "invitations"):
        assert browser.get(page(name, stranger.pk)).status_code == 404
    assert browser.post(page("send_campaign", stranger.pk)).status_code == 404


def test_analysts_do_not_send(organisation: Organisation, sign_in: Callable[[Membership], Client]) -> None:
    client = sign_in(make_member(organisation, Role.ANALYST))
    for address in (page("campaigns"), page("new_campaign")):
        assert client.get(address).status_code == 403
