"""Answers that do not count: out of every figure, in sight, and back again."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from actions.domain.cases import open_case
from actions.models import Case
from organisations.models import AuditEntry, Membership, Organisation
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from reports.domain.rollups import count_changed_days
from reports.domain.verification import verify
from reports.models import ScoreRollup
from surveys.domain.quotes import pick_quote
from surveys.domain.setting_aside import set_aside
from surveys.models import ChangedDay, Comment, PickedQuote, Response, Score, Survey
from tests.makers import (
    make_channel,
    make_invitation,
    make_member,
    make_organisation,
    make_persona,
    make_response,
    make_survey,
    make_touchpoint,
)

SignIn = Callable[[Membership], Client]


@pytest.fixture
def manager(organisation: Organisation, sign_in: SignIn) -> Client:
    return sign_in(make_member(organisation, Role.CX_MANAGER))


@pytest.fixture
def survey(organisation: Organisation) -> Survey:
    return make_survey(organisation, touchpoint=make_touchpoint(organisation))


@pytest.fixture(autouse=True)
def strangers_answer(other_organisation: Organisation) -> Response:
    with organisation_scope(other_organisation.pk):
        return make_response(make_survey(other_organisation), [1, "Of a stranger"])


def page(name: str, survey: Survey, query: str = "") -> str:
    return reverse(f"surveys:{name}", args=["nordlicht", survey.pk]) + query


def decide(manager: Client, survey: Survey, decision: str, *responses: Response, **more: Any) -> str:
    chosen = {"decision": decision, "sheet": [response.pk for response in responses], **more}
    return manager.post(page("decide_set_aside", survey), chosen, follow=True).content.decode()


def scores() -> list[Any]:
    return list(Score.objects.order_by("score").values("question", "touchpoint", "channel", "persona", "day", "score"))


def counted() -> list[int]:
    """The scores in the rollups, after the queue is settled and the recount agrees."""
    while count_changed_days():
        pass
    return sorted(
        score
        for row in ScoreRollup.objects.filter(grain=ScoreRollup.Grain.TOTAL)
        for score, n in zip(row.scores, row.counts, strict=True)
        for _ in range(n)
    )


def test_by_hand_and_back_changes_nothing_in_the_end(
    manager: Client, survey: Survey, organisation: Organisation
) -> None:
    channel, persona, touchpoint = make_channel(organisation), make_persona(organisation), survey.touchpoint
    assert touchpoint
    kept = make_response(survey, [9, "Fine."])
    odd = make_response(survey, [0, "buy now"], channel=channel, persona=persona)
    comment = Comment.objects.get(response=odd)
    pick_quote(persona=persona, comment=comment, actor=None)
    case = open_case(organisation=organisation, comment=comment, touchpoint=touchpoint, title="?", actor=None)
    before = list(
        Score.objects.order_by("score").values("question", "touchpoint", "channel", "persona", "day", "score")
    )
    assert counted() == [0, 9]

    decide(manager, survey, "set-aside", odd, odd, part="counted")
    odd.refresh_from_db()
    assert odd.set_aside == Response.SetAside.BY_HAND
    assert counted() == [9]
    assert [one.text for one in Comment.objects.all()] == ["Fine."]
    assert not PickedQuote.objects.exists()
    assert Case.objects.get(pk=case.pk).comment == comment
    left = manager.get(page("set_aside", survey, "?part=left-out")).content.decode()
    assert "buy now" in left
    assert "Fine." not in left

    decide(manager, survey, "count", odd)
    assert scores() == before
    assert counted() == [0, 9]
    assert Comment.objects.count() == 2
    assert "Fine." in manager.get(page("set_aside", survey, "?part=counted")).content.decode()
    kept.refresh_from_db()
    assert kept.set_aside == ""
    actions = AuditEntry.objects.filter(action__startswith="response.").order_by("pk")
    assert [(each.action, each.details["number"]) for each in actions] == [
        ("response.set_aside", 1),
        ("response.counted", 1),
    ]


def test_what_waits_can_be_left_out_or_deleted(manager: Client, survey: Survey) -> None:
    first, second, third = (make_response(survey, [score, "spam"]) for score in (1, 2, 3))
    aside(first, second, third)
    assert "spam" in manager.get(page("set_aside", survey)).content.decode()
    single = {"decision-" + str(first.pk): "leave-out", "sheet": [second.pk]}
    manager.post(page("decide_set_aside", survey), single)
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.left_out_at
    assert second.left_out_at is None

    sure = decide(manager, survey, "delete", first, second)
    assert Response.objects.count() == 3
    assert f'value="{first.pk}"' in sure
    decide(manager, survey, "delete", first, second, sure="yes")
    assert list(Response.objects.all()) == [third]
    assert Comment.all_objects.count() == 1
    assert counted() == []


def test_a_flood_is_left_out_at_once(manager: Client, survey: Survey) -> None:
    flood = [make_response(survey, [0, "Spam"]) for _ in range(20)]
    aside(*flood, why=Response.SetAside.FLOOD)
    shown = manager.get(page("set_aside", survey)).content.decode()
    assert "leave-out-until" not in shown, "those can be ticked"
    flood.append(make_response(survey, [0, "Spam"]))
    aside(flood[-1], why=Response.SetAside.FLOOD)
    shown = manager.get(page("set_aside", survey)).content.decode()
    assert "Leave out all 21 that wait" in shown
    assert f'name="leave-out-until" value="{flood[-1].pk}"' in shown
    counts, later = make_response(survey, [9, "Good"]), make_response(survey, [0, "Spam"])
    aside(later, why=Response.SetAside.FLOOD)
    told = manager.post(page("decide_set_aside", survey), {"leave-out-until": flood[-1].pk, "part": ""}, follow=True)
    assert "21 answer sheets are left out." in told.content.decode()
    assert Response.objects.filter(set_aside="flood", left_out_at=None).get() == later, "nobody has seen it yet"
    assert Response.objects.get(set_aside="") == counts


def test_what_counts_and_tests_are_not_deleted_here(manager: Client, survey: Survey) -> None:
    honest, test = make_response(survey, [9, "x"]), make_response(survey, [8, "y"])
    aside(test, why=Response.SetAside.TEST)
    decide(manager, survey, "delete", honest, test, sure="yes")
    decide(manager, survey, "count", test)
    assert Response.objects.count() == 2
    assert list(Score.objects.values_list("score", flat=True)) == [9]
    for part in ("", "?part=left-out", "?part=counted"):
        assert "<dd>y</dd>" not in manager.get(page("set_aside", survey, part)).content.decode()


def test_only_answers_of_this_survey(manager: Client, survey: Survey, strangers_answer: Response) -> None:
    other = make_response(make_survey(survey.organisation), [5, ""])
    decide(manager, survey, "set-aside", other, strangers_answer)
    assert not Response.objects.exclude(set_aside="").exists()
    for wrong in (
        {"decision": "burn", "sheet": [other.pk]},
        {"decision": "count"},
        {"decision": "count", "sheet": "x"},
    ):
        assert manager.post(page("decide_set_aside", survey), wrong).status_code == 302


def test_counting_anew_is_announced_for_the_day_of_the_mail_too(manager: Client, survey: Survey) -> None:
    invitation = make_invitation(survey, sent_day=date(2026, 1, 5))
    response = make_response(survey, [4, ""], invitation=invitation)
    ChangedDay.objects.all().delete()
    decide(manager, survey, "set-aside", response)
    assert {row.day for row in ChangedDay.objects.all()} == {response.day, date(2026, 1, 5)}


def test_the_recount_agrees(transactional_db: None) -> None:
    organisation = make_organisation()
    with organisation_scope(organisation.pk):
        survey = make_survey(organisation)
        responses = [make_response(survey, [score, "x"]) for score in (2, 9)]
        set_aside(survey=survey, responses=[responses[0].pk], user=None)
    while count_changed_days():
        pass
    assert verify(organisation).differences == []


def aside(*responses: Response, why: str = Response.SetAside.TRAP) -> None:
    """As sheets are stored that look odd."""
    for response in responses:
        Response.objects.filter(pk=response.pk).update(set_aside=why)
        Score.objects.filter(response=response).delete()
        Comment.objects.filter(response=response).update(is_set_aside=True)
