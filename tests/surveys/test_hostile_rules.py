"""Conditions that no form sends: refused where they stand, in each of the forms, and never taken for no condition."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from organisations.models import Organisation
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from surveys.models import Campaign, Trigger
from tests.makers import make_customer, make_member, make_persona, make_survey, make_touchpoint, one_of

EVIL = "'; DROP TABLE customers"
HOSTILE: dict[str, dict[str, str]] = {
    "operator": {"rule-0-attribute": "segment", "rule-0-operator": EVIL, "rule-0-value": "Family"},
    "operator alone": {"rule-0-attribute": "", "rule-0-operator": EVIL, "rule-0-value": ""},
    "no operator": {"rule-0-attribute": "segment", "rule-0-value": "Family"},
    "match": {
        "rule-match": EVIL,
        "rule-0-attribute": "segment",
        "rule-0-operator": "is",
        "rule-0-value": "Family",
    },
    "in no group": {"rule-4-2-attribute": "segment", "rule-4-2-operator": "is", "rule-4-2-value": "Family"},
    "in a condition": {
        "rule-0-attribute": "segment",
        "rule-0-operator": "is",
        "rule-0-value": "Family",
        "rule-0-0-attribute": "segment",
        "rule-0-0-operator": "is_not",
        "rule-0-0-value": "Family",
    },
    "too deep": {
        "rule-0-match": "all",
        "rule-0-0-match": "all",
        "rule-0-0-0-match": "all",
        "rule-0-0-0-0-attribute": "segment",
        "rule-0-0-0-0-operator": "is",
        "rule-0-0-0-0-value": "Family",
    },
}


@pytest.fixture
def manager(organisation: Organisation, other_organisation: Organisation, sign_in: Callable[..., Client]) -> Client:
    with organisation_scope(other_organisation.pk):
        make_customer(other_organisation, attributes={"segment": "Family"})
    make_customer(organisation, attributes={"segment": "Family"})
    return sign_in(make_member(organisation, Role.CX_MANAGER))


def told(response: Any) -> bool:
    """Whether the page says at a condition or group what is wrong with it."""
    return "errorlist" in response.content.decode()


@pytest.mark.parametrize("sent", HOSTILE.values(), ids=HOSTILE)
def test_the_condition_of_a_trigger(organisation: Organisation, manager: Client, sent: dict[str, str]) -> None:
    survey, touchpoint = make_survey(organisation), make_touchpoint(organisation)
    values: dict[str, Any] = {"survey": survey.pk, "touchpoint": touchpoint.pk, "share": 100}
    values |= {"delay_number": 1, "delay_unit": 60, **sent}
    assert told(manager.post("/o/nordlicht/triggers/new/", values))
    assert not Trigger.objects.exists()


@pytest.mark.parametrize("sent", HOSTILE.values(), ids=HOSTILE)
def test_the_condition_of_a_campaign(organisation: Organisation, manager: Client, sent: dict[str, str]) -> None:
    values = {"survey": make_survey(organisation).pk, "name": "Autumn", "selection": "segment", **sent}
    assert told(manager.post("/o/nordlicht/campaigns/new/", values))
    assert not Campaign.objects.exists()


@pytest.mark.parametrize("sent", HOSTILE.values(), ids=HOSTILE)
def test_the_rule_of_a_persona(organisation: Organisation, manager: Client, sent: dict[str, str]) -> None:
    persona = make_persona(organisation, rule=one_of("segment", "Family"))
    assert told(manager.post(f"/o/nordlicht/personas/{persona.pk}/rule/", sent))
    persona.refresh_from_db()
    assert persona.rule == one_of("segment", "Family")


def test_the_logic_of_a_question(organisation: Organisation, manager: Client) -> None:
    survey = make_survey(organisation, kinds=["nps", "text", "text"])
    score, written, last = survey.questions.order_by("position")
    page = f"/o/nordlicht/surveys/{survey.pk}/questions/{last.pk}/logic/condition/"
    for sent in (
        {"rule-0-subject": f"q{score.pk}", "rule-0-operator": EVIL, "rule-0-value": "0", "rule-0-until": "6"},
        {"rule-0-subject": f"q{score.pk}", "rule-0-operator": "contains", "rule-0-chosen": "1"},
        {"rule-0-subject": f"q{written.pk}", "rule-0-operator": EVIL},
        {"rule-0-subject": f"q{written.pk}", "rule-0-operator": "known", "rule-match": EVIL},
        {"rule-0-subject": EVIL, "rule-0-operator": "known"},
        {"rule-3-1-subject": f"q{written.pk}", "rule-3-1-operator": "known"},
        {"rule-0-subject": f"q{written.pk}", "rule-0-operator": "known", "rule-0-0-subject": f"q{score.pk}"},
    ):
        assert told(manager.post(page, sent)), sent
        last.refresh_from_db()
        assert last.condition == {}
    manager.post(page, {"rule-0-subject": f"q{written.pk}", "rule-0-operator": "known"})
    last.refresh_from_db()
    assert last.condition["parts"][0]["operator"] == "known"
