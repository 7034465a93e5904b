"""METRICS.md as tests: its vectors, published examples, and properties over random counts."""

from datetime import date, timedelta
from decimal import Decimal
from typing import TypeVar

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reports.statistics import (
    NET,
    SHARE,
    Change,
    Figure,
    Scale,
    Tally,
    benjamini_hochberg,
    change,
    evidence,
    figure,
    hidden,
    mean,
    most_urgent,
    net_change,
    priority,
)
from reports.statistics.student import quantile, two_sided_p

NPS = Scale("nps", 0, 10, 9, 10)
CSAT = Scale("csat", 1, 5, 4, 5)
CES_2 = Scale("ces", 1, 7, 5, 7)
CES_1 = Scale("ces", 1, 5, 1, 2, high_is_good=False)
RATING = Scale("rating", 1, 5)
STRAIN = Scale("rating", 1, 10, high_is_good=False)
T = TypeVar("T")

SCALES = [NPS, CSAT, CES_2, CES_1, RATING, STRAIN]

scales = st.sampled_from(SCALES)


def counts_on(scale: Scale, least: int = 0) -> st.SearchStrategy[dict[int, int]]:
    scores = st.integers(scale.lo, scale.hi)
    return st.dictionaries(scores, st.integers(0, 400), max_size=11).filter(lambda c: sum(c.values()) >= least)


@st.composite
def tallies(draw: st.DrawFn, least: int = 1) -> tuple[Scale, Tally]:
    scale = draw(scales)
    return scale, Tally.of(scale, draw(counts_on(scale, least)))


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Scale, Tally, Tally]:
    scale = draw(scales)
    return scale, Tally.of(scale, draw(counts_on(scale, 1))), Tally.of(scale, draw(counts_on(scale, 1)))


def nps(promoters: int, detractors: int, n: int) -> Tally:
    return Tally.of(NPS, {10: promoters, 0: detractors, 8: n - promoters - detractors})


def csat(satisfied: int, n: int) -> Tally:
    return Tally.of(CSAT, {5: satisfied, 1: n - satisfied})


def known(value: T | None) -> T:
    assert value is not None
    return value


def interval(figure: Figure) -> tuple[float, float]:
    return round(figure.low, 1), round(figure.high, 1)


# --- scales and tallies


@pytest.mark.parametrize("score", [0, 6, -1, 2.0, 2.5, "3", True, None])
def test_score_off_the_scale_is_refused_with_the_range(score: object) -> None:
    with pytest.raises(ValueError, match="whole number from 1 to 5"):
        CSAT.check(score)


def test_score_on_the_scale_is_returned() -> None:
    assert [CSAT.check(score) for score in (1, 5)] == [1, 5]


@pytest.mark.parametrize(
    ("definition", "complaint"),
    [
        (("happiness", 1, 5, 4, 5), "Unknown metric"),
        (("rating", 5, 1), "from a lower to a higher"),
        (("csat", 1, 5), "box must lie inside"),
        (("csat", 1, 5, 4, 6), "box must lie inside"),
        (("csat", 1, 5, 3, 4), "best score"),
        (("ces", 1, 7, 5, 7, False), "best score"),
        (("ces", 1, 5, 1, 2, True), "best score"),
        (("nps", 1, 10, 9, 10), "NPS is asked from 0 to 10"),
        (("nps", 0, 10, 8, 10), "NPS is asked from 0 to 10"),
        (("nps", 0, 10, 0, 1, False), "NPS is asked from 0 to 10"),
    ],
)
def test_scale_that_would_mislead_is_refused(definition: tuple[str, int, int], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Scale(*definition)


def test_tally_counts_what_the_figure_needs() -> None:
    assert Tally.of(NPS, {10: 2, 9: 1, 8: 1, 7: 1, 6: 1, 0: 3}) == Tally(n=9, top=3, bottom=4, total=50, squares=430)
    assert Tally.of(CES_1, {1: 1, 2: 2, 3: 3}) == Tally(n=6, top=3, bottom=0, total=14, squares=36)
    assert Tally.of(RATING, {5: 2}) == Tally(n=2, top=0, bottom=0, total=10, squares=50)


def test_tally_refuses_scores_off_the_scale_and_negative_counts() -> None:
    with pytest.raises(ValueError, match="from 1 to 5"):
        Tally.of(CSAT, {6: 1})
    with pytest.raises(ValueError, match="negative"):
        Tally.of(CSAT, {5: -1})


@given(st.data())
def test_adding_tallies_is_pooling_answers(data: st.DataObject) -> None:
    scale = data.draw(scales)
    one, other = data.draw(counts_on(scale)), data.draw(counts_on(scale))
    pooled = {score: one.get(score, 0) + other.get(score, 0) for score in {*one, *other}}
    assert Tally.of(scale, one) + Tally.of(scale, other) == Tally.of(scale, pooled)


# --- figures


@pytest.mark.parametrize(
    ("promoters", "detractors", "n", "value", "low", "high"),
    [
        (6, 2, 10, 40, -12.6, 74.1),
        (60, 20, 100, 40, 23.4, 54.3),
        (600, 200, 1000, 40, 34.9, 44.8),
        (5, 0, 5, 100, 17.5, 100),
        (0, 5, 5, -100, -100, -17.5),
        (1, 0, 1, 100, -48.5, 100),
    ],
)
def test_nps_vectors(promoters: int, detractors: int, n: int, value: float, low: float, high: float) -> None:
    result = known(figure(NPS, nps(promoters, detractors, n)))
    assert (result.value, result.n, result.measure) == (value, n, NET)
    assert interval(result) == (low, high)


@pytest.mark.parametrize(
    ("satisfied", "n", "low", "high"), [(8, 10, 49.0, 94.3), (0, 10, 0, 27.8), (5, 5, 56.6, 100), (80, 100, 71.1, 86.7)]
)
def test_csat_vectors(satisfied: int, n: int, low: float, high: float) -> None:
    result = known(figure(CSAT, csat(satisfied, n)))
    assert (result.value, result.n, result.measure) == (100 * satisfied / n, n, SHARE)
    assert interval(result) == (low, high)


def test_ces_is_a_share_in_its_own_direction_with_the_mean_beside_it() -> None:
    easy, hard = Tally.of(CES_2, {7: 3, 1: 1}), Tally.of(CES_1, {1: 3, 5: 1})
    assert [f.value for f in map(known, (figure(CES_2, easy), figure(CES_1, hard)))] == [75, 75]
    assert [f.value for f in map(known, (mean(CES_2, easy), mean(CES_1, hard)))] == [5.5, 2]
    assert [scale.mean_measure.high_is_good for scale in (CES_2, CES_1)] == [True, False]
    assert CES_1.measure.high_is_good, "the share of easy answers is good in either direction"


def test_rating_is_a_mean_with_t_interval() -> None:
    result = known(figure(RATING, Tally.of(RATING, {1: 3, 2: 5, 3: 7, 4: 20, 5: 15})))
    assert (result.value, result.low, result.high) == pytest.approx((3.78, 3.4487216, 4.1112784))  # scipy.stats


def test_interval_of_a_mean_stays_on_the_scale() -> None:
    result = known(mean(RATING, Tally.of(RATING, {1: 1, 5: 4})))
    assert (result.low, result.high) == pytest.approx((1.9788439, 5))


def test_a_single_rating_has_the_whole_scale_as_its_interval() -> None:
    result = known(figure(RATING, Tally.of(RATING, {4: 1})))
    assert (result.value, result.low, result.high) == (4, 1, 5)


def test_equal_ratings_do_not_claim_certainty() -> None:
    results = [known(figure(RATING, Tally.of(RATING, {4: n}))) for n in (2, 5, 50)]
    assert [interval(result) for result in results] == [(1, 5), (3.4, 4.6), (4.0, 4.0)]
    one_step_off = known(figure(RATING, Tally.of(RATING, {4: 49, 3: 1})))
    assert results[2].high - results[2].low == pytest.approx(one_step_off.high - one_step_off.low)


@pytest.mark.parametrize("scale", SCALES)
def test_no_answers_is_no_figure(scale: Scale) -> None:
    assert figure(scale, Tally()) is mean(scale, Tally()) is None
    assert change(scale, Tally(), Tally()) is None


@given(tallies())
def test_interval_contains_the_figure_and_stays_in_range(case: tuple[Scale, Tally]) -> None:
    scale, tally = case
    for result in (known(figure(scale, tally)), known(mean(scale, tally))):
        assert result.n == tally.n
        assert result.measure.floor <= result.low <= result.value <= result.high <= result.measure.ceiling
        assert result.low < result.high


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 500))
def test_mirrored_answers_mirror_the_nps(promoters: int, detractors: int, passives: int) -> None:
    assume(promoters + detractors + passives > 0)
    n = promoters + detractors + passives
    result, mirrored = (
        known(figure(NPS, nps(promoters, detractors, n))),
        known(figure(NPS, nps(detractors, promoters, n))),
    )
    assert (mirrored.value, -mirrored.high, -mirrored.low) == pytest.approx((-result.value, result.low, result.high))


@given(st.integers(1, 500), st.data())
def test_one_more_answer_in_the_box_never_lowers_a_share(n: int, data: st.DataObject) -> None:
    satisfied = data.draw(st.integers(0, n - 1))
    less, more = known(figure(CSAT, csat(satisfied, n))), known(figure(CSAT, csat(satisfied + 1, n)))
    assert less.value < more.value
    assert less.low <= more.low
    assert less.high <= more.high


@given(tallies(least=5))
def test_ten_times_the_same_answers_narrow_the_interval(case: tuple[Scale, Tally]) -> None:
    scale, tally = case
    few, many = known(figure(scale, tally)), known(figure(scale, sum([tally] * 10, Tally())))
    assert many.value == pytest.approx(few.value)
    assert many.high - many.low < few.high - few.low


def test_reliability_comes_from_the_width_of_the_interval() -> None:
    split = [known(figure(CSAT, csat(n // 2, n))) for n in (20, 60, 100, 400)]
    agreed = [known(figure(CSAT, csat(n, n))) for n in (5, 20, 60)]
    assert [f.reliability for f in split] == ["thin", "indicative", "indicative", "solid"]
    assert [f.reliability for f in agreed] == ["thin", "indicative", "solid"]


# --- Student's t


@pytest.mark.parametrize(
    ("df", "table"),
    [
        (1, 12.7062),
        (2, 4.3027),
        (3, 3.1824),
        (5, 2.5706),
        (10, 2.2281),
        (19, 2.0930),
        (20, 2.0860),
        (30, 2.0423),
        (60, 2.0003),
        (120, 1.9799),
        (1000, 1.9623),
        (10**8, 1.9600),
    ],
)
def test_t_quantile_agrees_with_printed_tables(df: int, table: float) -> None:
    assert quantile(df) == pytest.approx(table, abs=5e-5)
    assert two_sided_p(quantile(df), df) == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("t", "df", "p"),
    [
        (0, 4, 1),
        (1, 1, 0.5),
        (2.1, 7.3, 0.0722467134),
        (2.086, 20, 0.0499963545),
        (-1.3, 45.6, 0.200133981982),
        (3, 1000, 0.00276670904),
    ],
)
def test_p_value_of_t(t: float, df: float, p: float) -> None:  # from scipy.stats
    assert two_sided_p(t, df) == pytest.approx(p, rel=1e-6)


# --- changes


@pytest.mark.parametrize(
    ("before", "after", "low", "high", "verdict"),
    [  # Newcombe (1998), table II, method 10; the last from statsmodels
        (csat(48, 80), csat(56, 70), 5.24, 33.39, "rose"),
        (csat(0, 10), csat(10, 10), 60.75, 100, "rose"),
        (csat(10, 10), csat(0, 10), -100, -60.75, "fell"),
        (csat(0, 29), csat(5, 56), -3.81, 19.26, "unclear"),
        (csat(70, 100), csat(80, 100), -2.02, 21.67, "unclear"),
    ],
)
def test_change_of_a_share(before: Tally, after: Tally, low: float, high: float, verdict: str) -> None:
    result = known(change(CSAT, before, after))
    assert (round(result.low, 2), round(result.high, 2), result.verdict) == (low, high, verdict)
    assert (result.p_value < 0.05) == (verdict != "unclear")


def test_change_of_nps() -> None:
    result = known(change(NPS, nps(60, 20, 100), nps(75, 10, 100)))
    assert (result.difference, result.verdict, result.is_good) == (25, "rose", True)
    assert (result.low, result.high, result.p_value) == pytest.approx((4.183495, 44.360195, 0.017877975))


def test_change_of_a_mean() -> None:
    before, after = (
        Tally.of(RATING, {1: 3, 2: 5, 3: 7, 4: 20, 5: 15}),
        Tally.of(RATING, {1: 1, 2: 2, 3: 4, 4: 10, 5: 23}),
    )
    result = known(change(RATING, before, after))
    assert result.verdict == "rose"
    assert (result.difference, result.low, result.high, result.p_value) == pytest.approx(  # scipy.stats.ttest_ind
        (0.52, 0.062124929, 0.977875071, 0.026492492)
    )


def test_change_against_a_single_rating_is_unclear() -> None:
    result = known(change(RATING, Tally.of(RATING, {1: 1}), Tally.of(RATING, {5: 500})))
    assert (result.difference, result.low, result.high, result.verdict, result.p_value) == (4, -4, 4, "unclear", 1)


@pytest.mark.parametrize(
    ("scale", "worst", "best"),
    [(NPS, 0, 10), (CSAT, 1, 5), (CES_2, 1, 7), (CES_1, 5, 1), (RATING, 1, 5), (STRAIN, 10, 1)],
)
def test_good_and_bad_follow_the_direction_of_the_scale(scale: Scale, worst: int, best: int) -> None:
    bad, good = Tally.of(scale, {worst: 50, best: 10}), Tally.of(scale, {best: 50, worst: 10})
    better, worse, same = (
        known(change(scale, bad, good)),
        known(change(scale, good, bad)),
        known(change(scale, good, good)),
    )
    assert [c.is_good for c in (better, worse, same)] == [True, False, None]
    assert better.verdict == ("fell" if scale == STRAIN else "rose")


@given(tallies())
def test_no_change_is_unclear(case: tuple[Scale, Tally]) -> None:
    scale, tally = case
    result = known(change(scale, tally, tally))
    assert (result.difference, result.verdict) == (0, "unclear")
    assert result.p_value == pytest.approx(1)


@given(pairs())
def test_change_is_in_range_mirrors_and_agrees_with_its_p_value(case: tuple[Scale, Tally, Tally]) -> None:
    scale, before, after = case
    there, back = known(change(scale, before, after)), known(change(scale, after, before))
    span = there.measure.span
    assert -span <= there.low <= there.difference <= there.high <= span
    assert (back.difference, back.low, back.high) == pytest.approx((-there.difference, -there.high, -there.low))
    assert back.p_value == pytest.approx(there.p_value)
    assert 0 <= there.p_value <= 1
    assert there.verdict == "unclear" or there.p_value < 0.05 + 1e-9
    if scale.measure != NET:
        assert there.verdict != "unclear" or there.p_value > 0.05 - 1e-9


def test_net_change_squares_and_adds_both_intervals() -> None:
    """By hand: 12 − √(6² + 4²) and 12 + √(6² + 3²)."""
    measure = CSAT.measure
    net = net_change(Change(10, 4, 16, 0.001, measure), Change(-2, -5, 2, 0.3, measure))
    assert (net.difference, net.low, net.high) == pytest.approx((12, 4.788897, 18.708204))
    assert net.verdict == "rose"
    still = Change(0, 0, 0, 1, measure)
    assert net_change(still, still).p_value == 1
    assert net_change(Change(3, 3, 3, 0, measure), still).p_value < 1e-9


@given(pairs(), st.data())
def test_net_change_mirrors_and_agrees_with_its_p_value(case: tuple[Scale, Tally, Tally], data: st.DataObject) -> None:
    scale, before, after = case
    others = [Tally.of(scale, data.draw(counts_on(scale, 1))) for _side in range(2)]
    own, elsewhere = known(change(scale, before, after)), known(change(scale, *others))
    net, reverse = net_change(own, elsewhere), net_change(elsewhere, own)
    assert net.low <= net.difference <= net.high
    assert (net.low, net.high) == pytest.approx((-reverse.high, -reverse.low))
    assert net.verdict == "unclear" or net.p_value < 0.05 + 1e-9
    assert net.verdict != "unclear" or net.p_value > 0.05 - 1e-9


def test_benjamini_hochberg_published_example() -> None:
    p_values = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459]
    p_values += [0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]  # Benjamini & Hochberg (1995), section 3.3
    assert benjamini_hochberg(p_values) == [True] * 4 + [False] * 11
    assert benjamini_hochberg(p_values[::-1]) == [False] * 11 + [True] * 4
    assert benjamini_hochberg([0.04, 0.01, 0.03, 0.05]) == [True] * 4
    assert benjamini_hochberg([0.04, 0.9]) == [False, False]
    assert benjamini_hochberg([]) == []


@given(st.lists(st.floats(0, 1)))
def test_benjamini_hochberg_lies_between_bonferroni_and_no_correction(p_values: list[float]) -> None:
    for p_value, clear in zip(p_values, benjamini_hochberg(p_values), strict=True):
        assert clear or p_value > 0.05 / len(p_values)
        assert not clear or p_value <= 0.05


# --- disclosure


@pytest.mark.parametrize(
    ("cells", "covered"),
    [
        ({"a": 10, "b": 20}, ""),
        ({"a": 4, "b": 20, "c": 9}, "ac"),
        ({"a": 4, "b": 4, "c": 9}, "ab"),
        ({"a": 1, "b": 2, "c": 9, "d": 30}, "abc"),  # a and b together are only 3 people
        ({"a": 4, "b": 0, "c": 9, "d": 12}, "ac"),  # an empty cell protects nobody
        ({"a": 4, "b": 0}, "a"),
        ({"a": 0, "b": 8}, ""),
        ({"a": 4, "b": 9, "c": 9}, "ab"),
        ({}, ""),
    ],
)
def test_small_cells_are_hidden_and_not_recoverable(cells: dict[str, int], covered: str) -> None:
    assert hidden(cells, 5) == set(covered)


@given(st.dictionaries(st.integers(), st.integers(0, 30)), st.integers(3, 20))
def test_what_is_hidden_cannot_be_subtracted(cells: dict[int, int], minimum: int) -> None:
    covered = hidden(cells, minimum)
    assert {key for key, n in cells.items() if 0 < n < minimum} <= covered
    assert all(cells[key] > 0 for key in covered)
    total_is_shown = sum(cells.values()) >= minimum
    if covered and total_is_shown:
        assert len(covered) > 1
        assert sum(cells[key] for key in covered) >= minimum
    if all(n >= minimum or n == 0 for n in cells.values()):
        assert not covered


@pytest.mark.parametrize(
    ("n", "age", "grade"),
    [(0, None, "assumed"), (4, 0, "thin"), (4, 400, "thin"), (5, 0, "measured"), (5, 90, "measured"), (5, 91, "stale")],
)
def test_evidence_grade(n: int, age: int | None, grade: str) -> None:
    today = date(2026, 3, 31)
    newest = None if age is None else today - timedelta(days=age)
    assert evidence(n, minimum_n=5, newest_day=newest, today=today, freshness_days=90) == grade


def test_evidence_needs_a_day_for_its_answers() -> None:
    with pytest.raises(ValueError, match="newest day"):
        evidence(3, minimum_n=5, newest_day=None, today=date(2026, 3, 31), freshness_days=90)


# --- priorities


def test_priority_is_importance_times_gap_times_volume() -> None:
    measured = Figure(20, 10, 30, 100, NET)
    result = known(priority(figure=measured, expected=Decimal("50.0"), volume=0.4, moment_of_truth=True))
    assert (result.importance, result.gap, result.least_gap) == pytest.approx((2, 0.15, 0.1))
    assert (result.score, result.certain_score) == pytest.approx((0.12, 0.08))


def test_gap_follows_the_direction_of_the_scale() -> None:
    strain = Figure(7, 6, 8, 100, STRAIN.measure)
    result = known(priority(figure=strain, expected=4, volume=1, moment_of_truth=False))
    assert (result.gap, result.least_gap) == pytest.approx((3 / 9, 2 / 9))


def test_expectation_on_another_scale_gives_no_priority() -> None:
    assert priority(figure=Figure(4, 3, 5, 9, RATING.measure), expected=80, volume=1, moment_of_truth=False) is None
    with pytest.raises(ValueError, match="from 0 to 1"):
        priority(figure=Figure(4, 3, 5, 9, RATING.measure), expected=4, volume=80, moment_of_truth=False)


def test_most_urgent_prefers_what_is_certain_over_a_few_angry_answers() -> None:
    figures = {"many": csat(600, 1000), "few": csat(2, 6), "fine": csat(90, 100), "moment": csat(600, 1000)}
    priorities = {}
    for key, tally in figures.items():
        measured = known(figure(CSAT, tally))
        ranked = known(priority(figure=measured, expected=80, volume=0.25, moment_of_truth=key == "moment"))
        priorities[key] = ranked
    assert priorities["few"].score > priorities["many"].score
    assert most_urgent(priorities) == ["moment", "many", "few"]
