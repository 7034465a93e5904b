from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from journeys.models import Channel
from organisations.models import Organisation
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from surveys.domain.triggers import decide_next_batch, take_up_next_contacts
from surveys.models import Invitation, Response, Survey, Trigger, TriggerQueue
from surveys.trigger_words import sentence
from tests.makers import (
    make_channel,
    make_customer,
    make_interaction,
    make_invitation,
    make_member,
    make_response,
    make_survey,
    make_touchpoint,
    make_trigger,
    one_of,
)

PAGES = "/o/nordlicht/triggers/"


@pytest.fixture(autouse=True)
def stranger(other_organisation: Organisation) -> Trigger:
    with organisation_scope(other_organisation.pk):
        return make_trigger(make_survey(other_organisation, name="Fremd"), make_touchpoint(other_organisation))


@pytest.fixture
def manager(organisation: Organisation, sign_in: Callable[..., Client]) -> Client:
    return sign_in(make_member(organisation, Role.CX_MANAGER))


def filled(survey: Survey, **fields: Any) -> dict[str, Any]:
    values = {"survey": survey.pk, "touchpoint": make_touchpoint(survey.organisation, name="Lieferung").pk}
    return {**values, "delay_number": 2, "delay_unit": 60, "share": 20, "daily_cap": 200, **fields}


RULE = {
    "rule-match": "all",
    "rule-0-attribute": "segment",
    "rule-0-operator": "is",
    "rule-0-value": "Family",
}


def test_a_trigger_is_made_paused_and_switched_on(organisation: Organisation, manager: Client) -> None:
    survey, channel = make_survey(organisation), make_channel(organisation, name="phone")
    make_customer(organisation, attributes={"segment": "Family"})
    response = manager.post(PAGES + "new/", filled(survey, channels=[channel.pk], **RULE))
    trigger = Trigger.objects.get()
    assert response.headers["Location"] == f"{PAGES}{trigger.pk}/"
    assert (trigger.delay, trigger.share, trigger.daily_cap, trigger.is_active) == (120, 20, 200, False)
    assert list(trigger.channels.all()) == [channel]
    assert [str(condition) for condition in trigger.conditions.conditions()] == ["“segment” is “Family”"]
    page = manager.get(f"{PAGES}{trigger.pk}/")
    assert page.context["sentence"] == (
        "After a contact at “Lieferung” (phone), 2 hours later: "
        "every fifth customer, if the conditions are met, at most 200 a day"
    )
    manager.post(f"{PAGES}{trigger.pk}/switch/", {"to": "on"})
    trigger.refresh_from_db()
    assert trigger.is_active
    manager.post(f"{PAGES}{trigger.pk}/switch/", {"to": "off"})
    trigger.refresh_from_db()
    assert not trigger.is_active


def test_it_is_changed_on_the_same_form(organisation: Organisation, manager: Client) -> None:
    make_customer(organisation, attributes={"segment": "Family"})
    channels = [make_channel(organisation), make_channel(organisation)]
    survey = make_survey(organisation)
    trigger = make_trigger(
        survey, make_touchpoint(organisation), channels=channels, delay=60 * 48, rule=one_of("a", "b")
    )
    form = manager.get(f"{PAGES}{trigger.pk}/edit/").context["form"]
    assert (form["survey"].value(), form["touchpoint"].value()) == (survey.pk, trigger.touchpoint_id)
    assert (form["delay_number"].value(), form["delay_unit"].value()) == (2, 1440)
    assert [str(label) for _value, label in form.fields["channels"].choices] == [str(channel) for channel in channels]
    assert sorted(map(int, form["channels"].value())) == [channel.pk for channel in channels]
    manager.post(f"{PAGES}{trigger.pk}/edit/", filled(survey, channels=[channels[1].pk], delay_number=0))
    trigger = Trigger.objects.get()
    assert (trigger.delay, trigger.rule, list(trigger.channels.all())) == (0, {}, [channels[1]])
    assert trigger.is_active, "changing does not switch it off"


def test_a_button_of_the_conditions_keeps_what_was_typed(organisation: Organisation, manager: Client) -> None:
    channel = make_channel(organisation)
    data = filled(make_survey(organisation), channels=[channel.pk], share="abc", do="add-condition", **RULE)
    page = manager.post(PAGES + "new/", data)
    assert page.status_code == 200
    form = page.context["form"]
    assert not form.errors
    assert [form[name].value() for name in ("share", "delay_number", "channels")] == ["abc", "2", [str(channel.pk)]]
    assert len(page.context["rule_form"].rows) == 2
    assert not Trigger.objects.exists()


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"share": 0}, {"share"}),
        ({"share": 101}, {"share"}),
        ({"daily_cap": 0}, {"daily_cap"}),
        ({"delay_number": 91, "delay_unit": 1440}, {"delay_number"}),
        ({"delay_number": -1}, {"delay_number"}),
        ({"survey": ""}, {"survey"}),
    ],
)
def test_nothing_is_saved_of_what_does_not_fit(
    organisation: Organisation, manager: Client, changed: dict[str, Any], wrong: set[str]
) -> None:
    page = manager.post(PAGES + "new/", filled(make_survey(organisation)) | changed)
    assert set(page.context["form"].errors) == wrong
    assert not Trigger.objects.exists()


def test_things_of_others_are_not_to_be_chosen(organisation: Organisation, manager: Client, stranger: Trigger) -> None:
    data = filled(make_survey(organisation)) | {"survey": stranger.survey_id, "touchpoint": stranger.touchpoint_id}
    assert set(manager.post(PAGES + "new/", data).context["form"].errors) == {"survey", "touchpoint"}
    assert manager.get(f"{PAGES}{stranger.pk}/").status_code == 404
    assert "Fremd" not in manager.get(PAGES).content.decode()


def test_its_page_says_what_it_did_and_why_not(organisation: Organisation, manager: Client) -> None:
    trigger = make_trigger(make_survey(organisation), make_touchpoint(organisation), daily_cap=3)
    for _ in range(4):
        make_interaction(trigger.touchpoint, make_customer(organisation))
    make_interaction(trigger.touchpoint, make_customer(organisation, email=""))
    while take_up_next_contacts() or decide_next_batch():
        pass
    answered, begun = trigger.invitations.filter(state="queued")[:2]
    make_response(trigger.survey, [9, None], invitation=answered)
    make_response(trigger.survey, [9, None], invitation=begun)
    Response.objects.filter(invitation=begun).update(completed_at=None)
    make_interaction(trigger.touchpoint, make_customer(organisation))
    take_up_next_contacts()
    page = manager.get(f"{PAGES}{trigger.pk}/")
    (day,) = page.context["days"]
    assert (day.day, day.contacts, day.asked, day.answered) == (organisation.today(), 5, 3, 1)
    assert sorted(day.reasons) == [("cap_reached", 1), ("no_address", 1)]
    assert page.context["waiting"] == 1
    assert manager.get(f"{PAGES}{trigger.pk}/decisions/").content.decode().count(">partial<") == 1
    rows = manager.get(f"{PAGES}{trigger.pk}/decisions/", {"reason": "cap_reached", "day": day.day.isoformat()})
    assert [invitation.reason for invitation in rows.context["page"].rows] == ["cap_reached"]


def test_before_it_is_on_one_sees_what_is_to_come(organisation: Organisation, manager: Client) -> None:
    trigger = make_trigger(
        make_survey(organisation), make_touchpoint(organisation), share=50, rule=one_of("a", "b"), active_since=None
    )
    for number in range(60):
        customer = make_customer(organisation, attributes={"a": "b" if number % 2 else "c"})
        make_interaction(trigger.touchpoint, customer, at=timezone.now() - timedelta(days=number))
    forecast = manager.get(f"{PAGES}{trigger.pk}/").context["forecast"]
    assert (forecast.contacts, forecast.fitting, forecast.mails) == (30, 15, 8)


def test_that_its_survey_is_over_is_said(organisation: Organisation, manager: Client) -> None:
    survey = make_survey(organisation, closes_on=organisation.today() - timedelta(days=1))
    trigger = make_trigger(survey, make_touchpoint(organisation))
    assert "survey closed" in manager.get(PAGES).content.decode()
    page = manager.get(f"{PAGES}{trigger.pk}/").content.decode()
    assert "survey closed" in page
    assert "takes no answers, so nobody is asked" in page


def test_a_person_decides_about_an_unclear_mail(organisation: Organisation, manager: Client) -> None:
    trigger = make_trigger(make_survey(organisation), make_touchpoint(organisation))
    long_ago = timezone.now() - timedelta(hours=1)
    unclear = make_invitation(trigger.survey, trigger=trigger, state="sending", claimed_at=long_ago, sent_at=None)
    path = f"{PAGES}{trigger.pk}/decisions/"
    assert manager.get(path, {"state": "unclear"}).context["page"].rows == [unclear]
    manager.post(f"{path}{unclear.pk}/settle/", {"decision": "sent"})
    assert Invitation.objects.get(pk=unclear.pk).state == "sent"


def test_what_never_decided_can_be_removed(organisation: Organisation, manager: Client) -> None:
    trigger = make_trigger(make_survey(organisation), make_touchpoint(organisation))
    used = make_trigger(trigger.survey, trigger.touchpoint)
    make_invitation(used.survey, trigger=used)
    for each in (trigger, used):
        manager.post(f"{PAGES}{each.pk}/remove/")
    assert list(Trigger.objects.all()) == [used]


def test_a_channel_of_a_trigger_stays(organisation: Organisation, manager: Client) -> None:
    channel = make_channel(organisation)
    make_trigger(make_survey(organisation), make_touchpoint(organisation), channels=[channel])
    manager.post(f"/o/nordlicht/channels/{channel.pk}/delete/")
    assert Channel.objects.filter(pk=channel.pk).exists()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "at once: all customers"),
        ({"delay": 1, "share": 33}, "1 minute later: every third customer"),
        ({"delay": 90, "share": 35}, "90 minutes later: 35 % of the customers"),
        ({"delay": 1440, "daily_cap": 1500}, "1 day later: all customers, at most 1,500 a day"),
    ],
)
def test_a_trigger_in_words(organisation: Organisation, fields: dict[str, Any], words: str) -> None:
    touchpoint = make_touchpoint(organisation, name="Delivery")
    trigger = make_trigger(make_survey(organisation), touchpoint, **fields)
    assert sentence(trigger) == f"After a contact at “Delivery”, {words}"
    assert not TriggerQueue.objects.exists()


def test_a_survey_whose_last_day_is_over_can_be_kept_but_not_chosen(
    organisation: Organisation, manager: Client
) -> None:
    over = make_survey(organisation, name="Summer", closes_on=date(2020, 1, 1))
    trigger = make_trigger(over, make_touchpoint(organisation))
    assert "Summer" in manager.get(f"{PAGES}{trigger.pk}/edit/").content.decode()
    assert 'name="survey"' not in manager.get(PAGES + "new/").content.decode()
    assert not manager.get(PAGES).context["has_live_survey"]
    make_survey(organisation, name="Autumn", closes_on=organisation.today())
    page = manager.get(PAGES + "new/").content.decode()
    assert "Autumn" in page
    assert "Summer" not in page
    assert manager.post(PAGES + "new/", filled(over)).status_code == 422
