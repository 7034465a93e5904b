from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from io import StringIO
from itertools import combinations_with_replacement

import pytest
import time_machine
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, connection
from django.db.models import Model
from django.utils import timezone

from common.periods import Period, month_of
from organisations.models import Organisation
from organisations.tenancy import organisation_scope
from reports.domain.rollups import count, count_changed_days, rebuild
from reports.models import AnswerRollup, InvitationRollup, ScoreRollup, SheetRollup
from surveys.models import ChangedDay, Response, Score, Survey
from tests.makers import (
    make_channel,
    make_invitation,
    make_organisation,
    make_persona,
    make_response,
    make_survey,
    make_touchpoint,
)

DAY = date(2026, 3, 2)


def rollups(grain: ScoreRollup.Grain, *, is_month: bool = False) -> list[tuple[object, ...]]:
    rows = ScoreRollup.objects.filter(grain=grain, is_month=is_month).order_by("day", "question", "channel", "persona")
    return list(rows.values_list("day", "channel", "persona", "n", "top", "bottom", "total", "scores", "counts"))


def test_counts_scores_per_day_at_both_grains(organisation: Organisation) -> None:
    shop, phone = make_channel(organisation), make_channel(organisation)
    survey = make_survey(organisation, kinds=["nps"], touchpoint=make_touchpoint(organisation))
    for score, channel in ((10, shop), (10, phone), (7, phone), (2, phone)):
        make_response(survey, [score], day=DAY, channel=channel)

    while count_changed_days():
        pass

    assert rollups(ScoreRollup.Grain.TOTAL) == [(DAY, None, None, 4, 2, 1, 29, [2, 7, 10], [1, 1, 2])]
    assert rollups(ScoreRollup.Grain.DETAIL) == [
        (DAY, shop.pk, None, 1, 1, 0, 10, [10], [1]),
        (DAY, phone.pk, None, 3, 1, 1, 19, [2, 7, 10], [1, 1, 1]),
    ]
    assert not ChangedDay.objects.exists()


def test_months_are_made_of_their_days_and_follow_them(organisation: Organisation) -> None:
    survey = make_survey(organisation, kinds=["nps"], touchpoint=make_touchpoint(organisation))
    shop = make_channel(organisation)
    for day, score in ((date(2026, 2, 28), 0), (date(2026, 3, 1), 10), (date(2026, 3, 9), 3), (date(2026, 3, 31), 8)):
        make_response(survey, [score], day=day, channel=shop)
    while count_changed_days():
        pass
    february, march = date(2026, 2, 1), date(2026, 3, 1)
    assert rollups(ScoreRollup.Grain.DETAIL, is_month=True) == [
        (february, shop.pk, None, 1, 0, 1, 0, [], []),
        (march, shop.pk, None, 3, 1, 1, 21, [], []),
    ]
    last_days = ScoreRollup.objects.seen().filter(is_month=True).order_by("day").values_list("last_day", flat=True)
    assert list(last_days) == [date(2026, 2, 28), date(2026, 3, 31)]

    Response.objects.filter(day=date(2026, 3, 31)).delete()
    Response.objects.filter(day=date(2026, 2, 28)).delete()
    for day in (date(2026, 2, 28), date(2026, 3, 31)):
        ChangedDay.objects.create(organisation=organisation, survey=survey, day=day)
    while count_changed_days():
        pass
    assert rollups(ScoreRollup.Grain.TOTAL, is_month=True) == [(march, None, None, 2, 1, 1, 13, [], [])]
    assert ScoreRollup.objects.seen().get(is_month=True).last_day == date(2026, 3, 9)


def test_a_period_of_months_and_days_counts_each_of_its_days_once(
    organisation: Organisation, other_organisation: Organisation
) -> None:
    """Edges in the first and the second half of a month, on its first and last day, and up to four in one month."""
    survey = make_survey(organisation, kinds=["csat"], touchpoint=make_touchpoint(organisation))
    start = date(2025, 9, 1)
    for number in range(0, 260, 3):
        make_response(survey, [1 + number % 5], day=start + timedelta(days=number))
    with organisation_scope(other_organisation.pk):
        strange = make_survey(other_organisation, kinds=["csat"], touchpoint=make_touchpoint(other_organisation))
        make_response(strange, [1], day=date(2026, 2, 2))
    while count_changed_days():
        pass
    answers = list(Score.objects.values_list("day", "score"))

    def answered(within: Period) -> tuple[int, int]:
        scores = [score for day, score in answers if within.first <= day <= within.last]
        return len(scores), sum(scores)

    days = [date(2026, 1, 1), date(2026, 1, 31), date(2026, 2, 2), date(2026, 2, 9), date(2026, 2, 14)]
    days += [date(2026, 2, 15), date(2026, 2, 23), date(2026, 2, 28), date(2026, 3, 1), date(2026, 4, 22)]
    for period in (Period(first, last) for first, last in combinations_with_replacement(days, 2)):
        for before in (period.previous(), Period(date(2025, 12, 18), date(2025, 12, 31)), Period(days[0], days[2])):
            if before.last >= period.first:
                continue
            if answered(period) == answered(before) == (0, 0):
                assert ScoreRollup.objects.seen().compared(period, before, "survey_id") == []
                continue
            (row,) = ScoreRollup.objects.seen().compared(period, before, "survey_id")
            assert row.by == (survey.pk,)
            assert (row.now.n, row.now.total) == answered(period), (period, before)
            assert (row.before.n, row.before.total) == answered(before), (period, before)
            newest = max(day for day, _ in answers for one in (before, period) if one.first <= day <= one.last)
            assert newest <= row.newest <= month_of(period.last).last, (period, before)
        by_bucket = {found["bucket"]: found["sum_of_n"] for found in ScoreRollup.objects.seen().over_time(period)}
        assert sum(by_bucket.values()) == answered(period)[0]


def test_what_was_answered_beside_a_period_only_is_not_in_it(organisation: Organisation) -> None:
    """Though it is read, to be taken off its month."""
    survey = make_survey(organisation, kinds=["csat"], touchpoint=make_touchpoint(organisation))
    make_response(survey, [5], day=date(2026, 3, 3))
    while count_changed_days():
        pass
    period = Period(date(2026, 3, 4), date(2026, 4, 30))
    assert ScoreRollup.objects.seen().compared(period, Period(date(2026, 1, 1), date(2026, 1, 1)), "survey_id") == []


def test_counting_twice_changes_nothing_and_erasing_is_seen(organisation: Organisation) -> None:
    survey = make_survey(organisation, kinds=["csat"], touchpoint=make_touchpoint(organisation))
    make_response(survey, [5], day=DAY)
    gone = make_response(survey, [1], day=DAY)
    while count_changed_days():
        pass
    once = rollups(ScoreRollup.Grain.TOTAL)
    rebuild(organisation)
    assert rollups(ScoreRollup.Grain.TOTAL) == once == [(DAY, None, None, 2, 1, 0, 6, [1, 5], [1, 1])]

    gone.delete()
    ChangedDay.objects.create(organisation=organisation, survey=survey, day=DAY)
    while count_changed_days():
        pass
    assert rollups(ScoreRollup.Grain.TOTAL) == [(DAY, None, None, 1, 1, 0, 5, [5], [1])]


def test_counting_anew_writes_only_what_comes_out_differently(
    organisation: Organisation, other_organisation: Organisation
) -> None:
    with organisation_scope(other_organisation.pk):
        strange = make_survey(other_organisation, kinds=["nps"], touchpoint=make_touchpoint(other_organisation))
        make_response(strange, [0], day=DAY)
    survey = make_survey(organisation, kinds=["nps"], touchpoint=make_touchpoint(organisation))
    shop, phone = make_channel(organisation), make_channel(organisation)
    make_invitation(survey, sent_day=DAY)
    for channel in (shop, phone):
        make_response(survey, [9], day=DAY, channel=channel)
    while count_changed_days():
        pass
    before = places()
    assert {table for table, _, _ in before} == {ScoreRollup, SheetRollup, AnswerRollup, InvitationRollup}

    for days in (None, {DAY}):
        count(organisation_id=organisation.pk, survey_id=survey.pk, days=days)
        assert places() == before

    make_response(survey, [9], day=DAY, channel=shop)
    while count_changed_days():
        pass
    assert {table for table, channel, _ in before - places() if channel == shop.pk} == {
        ScoreRollup,
        SheetRollup,
        AnswerRollup,
    }
    assert not [table for table, channel, _ in before ^ places() if channel == phone.pk or table is InvitationRollup]


def places() -> set[tuple[type[Model], int | None, str]]:
    """Of each stored count its table, its channel, and where the row lies, which changes when it is written."""
    found: set[tuple[type[Model], int | None, str]] = set()
    with connection.cursor() as cursor:
        for model in (ScoreRollup, SheetRollup, AnswerRollup, InvitationRollup):
            cursor.execute(
                f"SELECT (to_jsonb(stored) ->> 'channel_id')::bigint, ctid::text FROM {model._meta.db_table} stored"  # noqa: S608  # names from here
            )
            found |= {(model, channel, place) for channel, place in cursor.fetchall()}
    return found


def test_counts_each_organisation_by_itself(organisation: Organisation, other_organisation: Organisation) -> None:
    survey = make_survey(organisation, kinds=["nps"], touchpoint=make_touchpoint(organisation))
    make_response(survey, [9], day=DAY)
    with organisation_scope(other_organisation.pk):
        strange = make_survey(other_organisation, kinds=["nps"], touchpoint=make_touchpoint(other_organisation))
        make_response(strange, [0], day=DAY)
    while count_changed_days():
        pass
    assert rollups(ScoreRollup.Grain.TOTAL) == [(DAY, None, None, 1, 1, 0, 9, [9], [1])]
    with organisation_scope(other_organisation.pk):
        assert rollups(ScoreRollup.Grain.TOTAL) == [(DAY, None, None, 1, 0, 1, 0, [0], [1])]


@pytest.mark.django_db(transaction=True)
def test_verification_finds_what_was_tampered_with_and_rebuilding_mends_it() -> None:
    organisation = make_organisation()
    with organisation_scope(organisation.pk):
        survey = make_survey(organisation, kinds=["nps", "text"], touchpoint=make_touchpoint(organisation))
        for score in (0, 6, 7, 9, 10):
            make_response(survey, [score, "because"], day=DAY, persona=make_persona(organisation))
    while count_changed_days():
        pass
    call_command("verify_metrics", stdout=StringIO())

    with organisation_scope(organisation.pk):
        ScoreRollup.objects.filter(grain=ScoreRollup.Grain.TOTAL).update(top=5)
        ScoreRollup.objects.filter(grain=ScoreRollup.Grain.DETAIL, is_month=True).update(last_day=DAY.replace(day=3))
        Score.objects.filter(score=0).delete()
        InvitationRollup.objects.create(organisation=organisation, survey=survey, day=DAY, sent=1, answered=1)
    with pytest.raises(CommandError, match="8 differences"):
        call_command("verify_metrics", stdout=StringIO())

    call_command("rebuild_metrics", stdout=StringIO())
    with pytest.raises(CommandError, match="differences"):  # the score is still missing
        call_command("verify_metrics", stdout=StringIO())
    with organisation_scope(organisation.pk):
        nps, text = survey.questions.all()
        assert Response.objects.get(scores=None).answers == {str(nps.pk): 0, str(text.pk): True}


def test_a_large_import_is_counted_before_the_database_knows_how_large_it_is(organisation: Organisation) -> None:
    """Without statistics a plan could compare each count with each: for these 20,000 that takes minutes."""
    survey = make_survey(organisation, kinds=["csat"], touchpoint=make_touchpoint(organisation))
    response = make_response(survey, [5])
    question = survey.questions.get()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO surveys_score (organisation_id, response_id, survey_id, question_id, day, score)"
            " SELECT %s, %s, %s, %s, DATE '1970-01-01' + n, 5 FROM generate_series(1, 20000) n",
            [organisation.pk, response.pk, survey.pk, question.pk],
        )
        cursor.execute("SET LOCAL statement_timeout = '30s'")
        rebuild(organisation)
        cursor.execute("SET LOCAL statement_timeout = 0")
    assert ScoreRollup.objects.seen().filter(survey=survey, touchpoint=None, is_month=False).count() == 20_000


def count_all() -> int:
    """As the sweeps do, until nothing is due; how many of them were cut short."""
    cut_short = 0
    while cut_short < 10:
        try:
            while count_changed_days():
                pass
        except IntegrityError:
            cut_short += 1
        else:
            break
    return cut_short


@contextmanager
def uncountable(survey: Survey, day: date) -> Iterator[None]:
    """The database refuses what is counted of this survey on this day."""
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE reports_scorerollup ADD CONSTRAINT refused CHECK (survey_id <> %s OR day <> %s) NOT VALID",
            [survey.pk, day],
        )
        try:
            yield
        finally:
            cursor.execute("ALTER TABLE reports_scorerollup DROP CONSTRAINT refused")


@pytest.mark.django_db(transaction=True)
def test_a_day_that_cannot_be_counted_keeps_nothing_waiting_and_is_tried_ever_more_seldom(
    caplog: pytest.LogCaptureFixture,
) -> None:
    organisation, stranger = make_organisation(), make_organisation()
    surveys: list[Survey] = []
    for each in (organisation, organisation, stranger):
        with organisation_scope(each.pk):
            surveys.append(make_survey(each, kinds=["nps"], touchpoint=make_touchpoint(each)))
            for day in (DAY, date(2026, 4, 1)):
                make_response(surveys[-1], [9], day=day)
    bad, other, strange = surveys

    def counted(survey: Survey) -> list[date]:
        with organisation_scope(survey.organisation_id):
            rows = ScoreRollup.objects.seen().filter(survey=survey, is_month=False).order_by("day")
            return list(rows.values_list("day", flat=True))

    both = [DAY, date(2026, 4, 1)]
    now = timezone.now()
    with uncountable(bad, DAY):
        with time_machine.travel(now, tick=False):
            assert count_all() == 1
        assert counted(strange) == both
        with time_machine.travel(now + timedelta(minutes=2), tick=False):
            assert count_all() == 1, "once more, by itself"
        assert (counted(other), counted(bad)) == (both, both[1:])
        assert f"survey {bad.pk} on {DAY}" in caplog.text
        with organisation_scope(organisation.pk):
            make_response(bad, [9], day=DAY)
            make_response(other, [9], day=DAY)
        with time_machine.travel(now + timedelta(minutes=50), tick=False):
            assert count_all() == 0, "not even though there are new answers"
        for hours, expected in ((2, 1), (20, 0), (27, 1), (49, 0), (52, 1)):
            with time_machine.travel(now + timedelta(hours=hours), tick=False):
                assert count_all() == expected
        with pytest.raises(CommandError, match="differences"):
            call_command("verify_metrics", stdout=StringIO())
    with time_machine.travel(now + timedelta(hours=77), tick=False):
        assert count_all() == 0
    assert counted(bad) == both
    call_command("verify_metrics", stdout=StringIO())


def test_a_survey_that_is_gone_keeps_no_other_waiting(organisation: Organisation) -> None:
    survey = make_survey(organisation, kinds=["nps"], touchpoint=make_touchpoint(organisation))
    ChangedDay.objects.create(organisation=organisation, survey_id=survey.pk + 1, day=DAY)
    make_response(survey, [9], day=DAY)
    while count_changed_days():
        pass
    assert ScoreRollup.objects.seen().filter(survey=survey).exists()
