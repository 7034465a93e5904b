from datetime import date, timedelta
from itertools import pairwise
from urllib.parse import parse_qsl

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from common.periods import LABELS, MOST_BUCKETS, Period, month_of, requested

TODAY = date(2026, 11, 21)

days = st.dates(date(1970, 1, 1), date(2100, 12, 31))
presets = st.sampled_from(["30d", "90d", "quarter", "12m"])


@st.composite
def periods(draw: st.DrawFn) -> Period:
    first, last = sorted([draw(days), draw(days)])
    return Period(first, last)


@pytest.mark.parametrize(
    ("name", "today", "first", "length"),
    [
        ("30d", TODAY, date(2026, 10, 23), 30),
        ("90d", TODAY, date(2026, 8, 24), 90),
        ("quarter", TODAY, date(2026, 10, 1), 52),
        ("quarter", date(2026, 4, 1), date(2026, 4, 1), 1),
        ("12m", TODAY, date(2025, 11, 22), 365),
        ("12m", date(2024, 2, 29), date(2023, 3, 1), 366),
        ("12m", date(2025, 2, 28), date(2024, 2, 29), 366),
    ],
)
def test_presets_end_today(name: str, today: date, first: date, length: int) -> None:
    period = Period.preset(name, today=today)
    assert (period.first, period.last, period.days, period.query) == (first, today, length, f"period={name}")


def test_labels_are_words_of_the_language() -> None:
    with override("en"):
        labels = [str(Period(TODAY, TODAY, name).label) for name in LABELS]
    assert labels == ["30 days", "90 days", "Quarter", "12 months", "Custom period"]


def test_a_period_cannot_end_before_it_starts() -> None:
    with pytest.raises(ValueError, match="cannot end on 2026-11-20"):
        Period(TODAY, date(2026, 11, 20))


def test_without_parameters_it_is_the_last_12_months() -> None:
    assert requested({}, today=TODAY) == (Period.preset("12m", today=TODAY), [])
    assert requested({"period": "", "from": "", "to": "", "persona": "3"}, today=TODAY)[0].name == "12m"


def test_custom_period_includes_both_its_days() -> None:
    period, errors = requested({"from": "2026-03-01", "to": "2026-03-31"}, today=TODAY)
    assert (period.first, period.last, period.days, errors) == (date(2026, 3, 1), date(2026, 3, 31), 31, [])
    assert period.query == "from=2026-03-01&to=2026-03-31"


@pytest.mark.parametrize("end", ["", "2026-11-30"])
def test_open_or_future_end_is_today(end: str) -> None:
    assert requested({"from": "2026-11-01", "to": end}, today=TODAY) == (Period(date(2026, 11, 1), TODAY), [])


@pytest.mark.parametrize(
    ("parameters", "complaints"),
    [
        ({"period": "7y"}, ["“7y” is not a period. Choose one of: 30d, 90d, quarter, 12m, custom."]),
        ({"period": "custom"}, ["A custom period needs its first day."]),
        ({"to": "2026-03-31"}, ["A custom period needs its first day."]),
        ({"from": "1.3.2026"}, ["“1.3.2026” is not a date. Write it as year-month-day, like 2026-03-31."]),
        (
            {"from": "soon", "to": "2026-02-30"},
            [
                f"“{text}” is not a date. Write it as year-month-day, like 2026-03-31."
                for text in ("soon", "2026-02-30")
            ],
        ),
        ({"from": "2026-03-31", "to": "2026-03-01"}, ["The period ends before it starts."]),
        ({"from": "2026-11-22"}, ["The period cannot start in the future."]),
        ({"from": "0001-01-01"}, ["The period cannot start before 1970-01-01."]),
    ],
)
def test_bad_parameters_are_explained_and_the_default_shown(parameters: dict[str, str], complaints: list[str]) -> None:
    period, errors = requested(parameters, today=TODAY)
    assert period == Period.preset("12m", today=TODAY)
    with override("en"):
        assert [str(error) for error in errors] == complaints


@given(
    st.dictionaries(st.sampled_from(["period", "from", "to"]), st.text("0129-mdW ٣") | presets | days.map(str)), days
)
def test_any_parameters_give_a_period_up_to_today_or_words(parameters: dict[str, str], today: date) -> None:
    period, errors = requested(parameters, today=today)
    assert period.last <= today
    assert not errors or period.name == "12m"


@given(periods() | st.builds(lambda name: Period.preset(name, today=TODAY), presets))
def test_url_round_trip(period: Period) -> None:
    today = TODAY if period.last == TODAY else period.last
    assert requested(dict(parse_qsl(period.query)), today=today) == (period, [])


@given(periods())
def test_previous_is_as_long_and_directly_before(period: Period) -> None:
    previous = period.previous()
    assert previous.days == period.days
    assert previous.last + timedelta(days=1) == period.first


@given(periods())
def test_buckets_cover_every_day_once(period: Period) -> None:
    buckets = period.buckets()
    assert (buckets[0].first, buckets[-1].last) == (period.first, period.last)
    for bucket, following in pairwise(buckets):
        assert bucket.first <= bucket.last == following.first - timedelta(days=1)
    assert len(buckets) <= MOST_BUCKETS or buckets[0].unit == "year"
    assert len({bucket.unit for bucket in buckets}) == 1


@pytest.mark.parametrize(
    ("first", "last", "unit", "points"),
    [
        (date(2026, 11, 8), TODAY, "day", 14),
        (date(2026, 10, 23), TODAY, "week", 5),
        (date(2026, 8, 24), TODAY, "week", 13),
        (date(2025, 11, 22), TODAY, "month", 13),
        (date(2024, 1, 1), TODAY, "quarter", 12),
        (date(2015, 1, 1), TODAY, "year", 12),
    ],
)
def test_trend_has_the_finest_unit_with_few_points(first: date, last: date, unit: str, points: int) -> None:
    buckets = Period(first, last).buckets()
    assert ({bucket.unit for bucket in buckets}, len(buckets)) == ({unit}, points)


def test_buckets_follow_the_calendar() -> None:
    weeks = Period(date(2026, 10, 23), TODAY).buckets()
    assert [bucket.first.isoweekday() for bucket in weeks] == [5, 1, 1, 1, 1]
    months = Period.preset("12m", today=TODAY).buckets()
    assert [bucket.first.day for bucket in months] == [22] + [1] * 12
    assert months[0].last == date(2025, 11, 30)


@given(periods())
def test_whole_months_are_all_months_that_lie_in_it(period: Period) -> None:
    days = {period.first + timedelta(days=n) for n in range(min(period.days, 2000))}
    period = Period(period.first, max(days))
    months = period.whole_months()
    whole = {day.replace(day=1) for day in days if day.replace(day=1) in days and month_of(day).last in days}
    if months is None:
        assert not whole
    else:
        assert (months.first.day, (months.last + timedelta(days=1)).day) == (1, 1)
        assert {d.replace(day=1) for d in days if months.first <= d <= months.last} == whole


@pytest.mark.parametrize(
    ("first", "last", "before"),
    [
        (date(2026, 3, 1), date(2026, 3, 31), (date(2025, 3, 1), date(2025, 3, 31))),
        (date(2024, 2, 29), date(2024, 3, 1), (date(2023, 2, 28), date(2023, 3, 1))),
    ],
)
def test_a_year_before_has_the_same_days(first: date, last: date, before: tuple[date, date]) -> None:
    found = Period(first, last).year_before()
    assert (found.first, found.last) == before
