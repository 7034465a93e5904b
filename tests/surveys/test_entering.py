"""Answering at a public entrance, through the door that anyone can use."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from organisations.models import Organisation
from organisations.tenancy import organisation_scope
from reports.domain.rollups import count_changed_days
from reports.models import ScoreRollup
from surveys.domain import flooding
from surveys.links import entrance_path
from surveys.models import Arrival, ChangedDay, Comment, Entrance, Question, Response, Score, Survey
from tests.makers import make_channel, make_entrance, make_survey, make_touchpoint, publish


@pytest.fixture
def entrance(organisation: Organisation, other_organisation: Organisation) -> Entrance:
    with organisation_scope(other_organisation.pk):
        make_entrance(make_survey(other_organisation))
    survey = make_survey(organisation, touchpoint=make_touchpoint(organisation))
    return make_entrance(survey, channel=make_channel(organisation))


@pytest.fixture
def later() -> Iterator[time_machine.Traveller]:
    """A clock that can be put forward, as people take their time."""
    with time_machine.travel(timezone.now(), tick=False) as clock:
        yield clock


def path(entrance: Entrance) -> str:
    return entrance_path(entrance.organisation_id, entrance.pk)


def questions(entrance: Entrance) -> list[str]:
    return [f"q{question.pk}" for question in entrance.survey.asked_questions()]


def handed(page: Any) -> str:
    """The sheet that a page hands out."""
    found = re.search(r'name="begun" value="([^"]+)"', page.content.decode())
    assert found
    return found[1]


def fill(client: Client, entrance: Entrance, clock: time_machine.Traveller, **more: Any) -> Any:
    """Open the page, take one's time, and send it."""
    sheet = handed(client.get(path(entrance), headers=more.pop("headers", {})))
    clock.shift(timedelta(seconds=10))
    score, text = questions(entrance)
    return client.post(path(entrance), {"begun": sheet, score: "9", text: "Fine.", **more})


def test_an_answer_from_anyone(client: Client, entrance: Entrance, later: time_machine.Traveller) -> None:
    for _ in range(2):
        assert client.get(path(entrance)).status_code == 200
    assert not Response.objects.exists()
    assert not Arrival.objects.exists()
    begun_at = timezone.now()
    thanks = fill(client, entrance, later)
    assert thanks.status_code == 200
    assert client.cookies == {}
    response = Response.objects.get()
    assert (response.way, response.entrance, response.channel) == (Response.Way.LINK, entrance, entrance.channel)
    assert (response.touchpoint, response.customer, response.set_aside) == (entrance.survey.touchpoint, None, "")
    assert abs(response.begun_at - begun_at) < timedelta(seconds=1) if response.begun_at else False
    assert response.completed_at == timezone.now()
    assert Score.objects.get().channel == entrance.channel
    assert Comment.objects.get().text == "Fine."
    assert ChangedDay.objects.exists()


def test_what_the_entrance_says_goes_before_what_the_survey_says(
    client: Client, organisation: Organisation, later: time_machine.Traveller
) -> None:
    survey = make_survey(organisation, touchpoint=make_touchpoint(organisation))
    entrance = make_entrance(survey, touchpoint=make_touchpoint(organisation), language="en")
    assert "Question 1" in client.get(path(entrance), headers={"accept-language": "de"}).content.decode()
    fill(client, entrance, later)
    assert Response.objects.get().touchpoint == entrance.touchpoint
    assert Response.objects.get().language == "en"


def test_the_browsers_language_and_switching(client: Client, entrance: Entrance) -> None:
    for wish, words in (("en-GB,en", "Question 1"), ("de", "Frage 1"), ("fr", "Frage 1")):
        assert words in client.get(path(entrance), headers={"accept-language": wish}).content.decode()
    page = client.get(path(entrance), headers={"accept-language": "de"})
    score, text = questions(entrance)
    other = client.post(f"{path(entrance)}?lang=en", {"begun": handed(page), "switch": "", score: "3", text: "so far"})
    assert "Question 1" in other.content.decode()
    assert "so far</textarea>" in other.content.decode()
    assert handed(other) == handed(page)
    assert not Response.objects.exists()


def test_a_sheet_comes_in_once(client: Client, entrance: Entrance, later: time_machine.Traveller) -> None:
    page = client.get(path(entrance))
    later.shift(timedelta(seconds=10))
    score, _text = questions(entrance)
    for value in ("9", "1", "1"):
        assert client.post(path(entrance), {"begun": handed(page), score: value}).status_code == 200
    assert Response.objects.get().answers[score[1:]] == 9
    assert client.get(f"{path(entrance)}/{handed(page)}").status_code == 200
    assert Arrival.objects.count() == 1


def test_without_a_sheet_of_ours_nothing_is_stored_and_nothing_is_lost(
    client: Client, entrance: Entrance, later: time_machine.Traveller
) -> None:
    other = make_entrance(entrance.survey)
    old = handed(client.get(path(entrance)))
    strange = handed(client.get(path(other)))
    later.shift(timedelta(days=8))
    score, text = questions(entrance)
    for sheet in ("", "x", old, strange, old[:-1], "é" * 50, "A" * 1000):
        page = client.post(path(entrance), {"begun": sheet, score: "9", text: "Kept <b>"})
        assert page.status_code == 422
        assert "Kept &lt;b&gt;" in page.content.decode()
        assert client.get(f"{path(entrance)}/{sheet or 'x'}").status_code == 303
    assert not Response.objects.exists()
    later.shift(timedelta(seconds=10))
    fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page.content.decode()))
    assert client.post(path(entrance), fields).status_code == 200
    assert Comment.objects.get().text == "Kept &lt;b&gt;"


def test_what_is_odd_is_stored_and_set_aside(client: Client, entrance: Entrance, later: time_machine.Traveller) -> None:
    score, text = questions(entrance)
    sheet = handed(client.get(path(entrance)))
    later.shift(timedelta(seconds=1))
    thanks = client.post(path(entrance), {"begun": sheet, score: "0", text: "Buy"})
    assert thanks.status_code == 200
    fill(client, entrance, later, website="https://spam.example")
    assert fill(client, entrance, later).content == thanks.content, "whoever stuffs does not learn of it"
    reasons = list(Response.objects.order_by("pk").values_list("set_aside", flat=True))
    assert reasons == [Response.SetAside.TOO_FAST, Response.SetAside.TRAP, ""]
    assert Score.objects.count() == 1
    assert Comment.objects.count() == 1
    assert Comment.all_objects.count() == 3
    while count_changed_days():
        pass
    assert {row.n for row in ScoreRollup.objects.all()} == {1}


def test_very_many_from_one_network_are_set_aside_and_then_put_off(
    client: Client, entrance: Entrance, later: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(flooding.FROM_ONE_NETWORK, Entrance.Way.LINK, 2)
    monkeypatch.setattr(flooding, "TOO_MANY", 2)
    for _ in range(4):
        assert fill(client, entrance, later).status_code == 200
    put_off = fill(client, entrance, later)
    assert put_off.status_code == 429
    assert "Fine." in put_off.content.decode(), "what was typed is kept"
    assert put_off["Retry-After"] == "600"
    client.defaults["REMOTE_ADDR"] = "127.0.1.1"  # another network
    fill(client, entrance, later)
    flood = Response.SetAside.FLOOD
    assert list(Response.objects.order_by("pk").values_list("set_aside", flat=True)) == ["", "", flood, flood, ""]
    Arrival.objects.all().delete()
    client.defaults["REMOTE_ADDR"] = "127.0.0.9"
    fill(client, entrance, later)
    assert Response.objects.latest("pk").set_aside == ""


def test_very_many_at_one_entrance(
    client: Client, entrance: Entrance, later: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(flooding.AT_ONE_ENTRANCE, Entrance.Way.LINK, 2)
    other = make_entrance(entrance.survey)
    for number in range(3):
        client.defaults["REMOTE_ADDR"] = f"10.{number}.0.1"
        fill(client, entrance, later)
    fill(client, other, later)
    reasons = list(Response.objects.order_by("pk").values_list("set_aside", flat=True))
    assert reasons == ["", "", Response.SetAside.FLOOD, ""]


def test_no_address_is_stored_and_what_stands_for_it_differs_by_day_and_entrance(
    client: Client, entrance: Entrance, later: time_machine.Traveller, settings: Any
) -> None:
    def source(**fields: Any) -> int:
        values = {"entrance_id": 1, "network": b"\x7f\0\0", "day": date(2026, 1, 1), **fields}
        return flooding.source_of(**values)

    assert source() == source()
    assert len({source(), source(day=date(2026, 1, 2)), source(entrance_id=2), source(network=b"\x7f\0\1")}) == 4
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    client.defaults["HTTP_X_FORWARDED_FOR"] = "1.2.3.4, 5.6.7.8"
    fill(client, entrance, later)
    client.defaults["HTTP_X_FORWARDED_FOR"] = "9.9.9.9, 5.6.7.99"
    fill(client, entrance, later)
    assert len(set(Arrival.objects.values_list("source", flat=True))) == 1
    for odd in ("", "nonsense", "5.6.7.8:80", "::1", "::ffff:5.6.7.8", "1" * 5000):
        client.defaults["HTTP_X_FORWARDED_FOR"] = odd
        assert fill(client, entrance, later).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        {"switched_off_at": timezone.now()},
        {"opens_on": date(2100, 1, 1)},
        {"closes_on": date(2000, 1, 1)},
    ],
)
def test_a_closed_entrance_says_so(
    client: Client, entrance: Entrance, later: time_machine.Traveller, change: dict[str, Any]
) -> None:
    sheet = handed(client.get(path(entrance)))
    later.shift(timedelta(seconds=10))
    Entrance.objects.filter(pk=entrance.pk).update(**change)
    assert client.get(path(entrance)).status_code == 410
    assert client.post(path(entrance), {"begun": sheet, questions(entrance)[0]: "9"}).status_code == 410
    assert not Response.objects.exists()


def test_a_closed_survey_and_one_never_published(client: Client, entrance: Entrance) -> None:
    Survey.objects.filter(pk=entrance.survey_id).update(state=Survey.State.CLOSED)
    assert client.get(path(entrance)).status_code == 410
    draft = Survey.objects.create(
        organisation=entrance.organisation, name="Draft", languages=["de"], default_language="de"
    )
    assert client.get(path(make_entrance(draft))).status_code == 404


def two_pages(entrance: Entrance) -> list[str]:
    Question.objects.filter(survey=entrance.survey, kind="text").update(starts_page=True)
    publish(entrance.survey)
    return questions(entrance)


def test_pages_are_kept_one_by_one(client: Client, entrance: Entrance, later: time_machine.Traveller) -> None:
    score, text = two_pages(entrance)
    sheet = handed(client.get(path(entrance)))
    later.shift(timedelta(seconds=10))
    first = client.post(f"{path(entrance)}?page=1", {"begun": sheet, score: "9"})
    assert (first.status_code, first["Location"]) == (303, f"{path(entrance)}/{sheet}?page=2")
    assert Response.objects.get().completed_at is None
    assert client.get(first["Location"]).status_code == 200
    back = client.get(f"{path(entrance)}/{sheet}?page=1")
    assert 'value="9" checked' in back.content.decode()
    done = client.post(f"{path(entrance)}/{sheet}?page=2", {"begun": sheet, text: "Good."})
    assert done.status_code == 200
    assert Response.objects.get().completed_at
    assert Arrival.objects.count() == 1


def test_a_sheet_set_aside_stays_so_on_its_next_page(
    client: Client, entrance: Entrance, later: time_machine.Traveller
) -> None:
    score, text = two_pages(entrance)
    sheet = handed(client.get(path(entrance)))
    client.post(f"{path(entrance)}?page=1", {"begun": sheet, score: "9"})
    client.post(f"{path(entrance)}/{sheet}?page=2", {text: "More"})
    assert Response.objects.get().set_aside == Response.SetAside.TOO_FAST
    assert not Score.objects.exists()
    assert not Comment.objects.exists()
    assert Comment.all_objects.get().text == "More"


def test_a_kiosk_shows_nobody_what_others_entered(
    client: Client, entrance: Entrance, later: time_machine.Traveller
) -> None:
    Entrance.objects.filter(pk=entrance.pk).update(way=Entrance.Way.KIOSK)
    score, text = two_pages(entrance)
    start = client.get(path(entrance))
    sheet = handed(start)
    later.shift(timedelta(hours=3))
    second = client.post(f"{path(entrance)}?page=1", {"begun": sheet, score: "9"})
    assert second.status_code == 200, "no address of its own"
    assert "Location" not in second
    assert handed(second) == sheet
    for _ in range(2):  # "send once more?" asks the browser's back button
        thanks = client.post(f"{path(entrance)}?page=2", {"begun": sheet, text: "My secret"})
        assert thanks["Refresh"].endswith(f"url={path(entrance)}")
        assert "My secret" not in thanks.content.decode()
    again = client.post(f"{path(entrance)}?page=1", {"begun": sheet, score: "1"})
    assert "My secret" not in again.content.decode()
    assert handed(client.get(path(entrance))) != sheet
    for page in (start, second, thanks):
        assert page["Cache-Control"] == "no-store"
        assert "script-src 'self'" in page["Content-Security-Policy"]
    assert Response.objects.get().way == Response.Way.KIOSK


def test_a_frame_is_allowed_on_its_websites_and_no_other_page_is(client: Client, entrance: Entrance) -> None:
    framed = make_entrance(entrance.survey, way=Entrance.Way.EMBED, origins=["https://www.example.com"])
    page = client.get(path(framed))
    assert "frame-ancestors 'self' https://www.example.com" in page["Content-Security-Policy"]
    assert "X-Frame-Options" not in page
    plain = client.get(path(entrance))
    assert "frame-ancestors 'none'" in plain["Content-Security-Policy"]
    assert plain["X-Frame-Options"] == "DENY"
    assert "script" not in plain.content.decode()


@pytest.mark.parametrize("token", ["x", "A" * 64, "é", "%00", "..%2f", "AQKDtgpc_1s-5zSS8Ew"])
def test_an_address_that_is_none_of_ours_costs_no_statement(client: Client, db: None, token: str) -> None:
    with CaptureQueriesContext(connection) as statements:
        for method in (client.get, client.post):
            assert method(f"/a/{token}").status_code == 404
    assert len(statements) == 0


def test_hostile_answers_are_refused_as_a_whole(
    client: Client, entrance: Entrance, later: time_machine.Traveller
) -> None:
    score, text = questions(entrance)
    for wrong in ({score: "11"}, {score: "9" * 5000}, {score: "9", text: "x" * 6000}, {score: "\ud800"}, {}):
        assert fill_with(client, entrance, later, wrong) == 422
    assert fill_with(client, entrance, later, {score: ["1", "2"], text: "\x00ok\x00"}) == 200
    assert Comment.objects.get().text == "ok"
    assert Response.objects.count() == 1


def fill_with(client: Client, entrance: Entrance, clock: time_machine.Traveller, answers: dict[str, Any]) -> int:
    sheet = handed(client.get(path(entrance)))
    clock.shift(timedelta(seconds=10))
    form = urlencode({"begun": sheet, **answers}, doseq=True, errors="surrogatepass")
    return client.post(path(entrance), form, content_type="application/x-www-form-urlencoded").status_code


def test_few_statements(client: Client, entrance: Entrance, later: time_machine.Traveller) -> None:
    client.get(path(entrance))
    with CaptureQueriesContext(connection) as got:
        page = client.get(path(entrance))
    later.shift(timedelta(seconds=10))
    with CaptureQueriesContext(connection) as posted:
        client.post(path(entrance), {"begun": handed(page), questions(entrance)[0]: "9"})
    words = [str(each["sql"]) for each in [*got.captured_queries, *posted.captured_queries]]
    # Savepoints, reading back and restoring who was entered before are the test's: it stands in a scope already.
    own = [each for each in words if "SAVEPOINT" not in each and "current_setting" not in each]
    assert len(own) - 2 <= 10, own
