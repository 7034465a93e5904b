"""Charts are well-formed for any input, stay inside their frame, invent no value and say in words what they show."""

import itertools
import re
from xml.etree import ElementTree

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from common import charts, journey_curve, numbers
from common.charts import Event, Part, Point
from common.journey_curve import Stage
from common.svg import nice_ticks, wrap
from common.tiles import Tile

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "</title><script>alert('ü')</script>\x00\x0b\ud800 & \"quoted\""

texts = st.text(max_size=60)
values = st.none() | st.floats(-1000, 1000)
points = st.lists(
    st.builds(
        Point, label=texts, value=values, low=values, high=values, n=st.none() | st.integers(0, 10**7), expected=values
    ),
    max_size=40,
)
stages = st.lists(st.builds(Stage, title=texts, points=points), max_size=5)
parts = st.lists(st.builds(Part, label=texts, value=st.integers(0, 10**6), text=texts), max_size=12)


def parsed(svg: str) -> ElementTree.Element:
    """The drawing, once it is sure that it is XML, keeps to the content policy and stays inside its frame."""
    root = ElementTree.fromstring(svg)  # noqa: S314  # our own drawing
    height = float(root.attrib["height"])
    assert root.attrib["role"] == "img"
    assert root.find(f"{SVG}title") is not None
    for node in root.iter():
        assert node.tag.removeprefix(SVG) in {
            "svg", "title", "desc", "g", "line", "polyline", "polygon", "rect", "circle", "text"
        }  # fmt: skip
        assert not [name for name in node.attrib if name == "style" or name.startswith("on")]
        for name in ("x", "x1", "x2", "cx", "width"):
            if (place := node.attrib.get(name, "")).endswith("%"):
                assert -0.01 <= float(place[:-1]) <= 100.01
        for name in ("y1", "y2", "cy"):
            assert 0 <= float(node.attrib.get(name, 0)) <= height
        for pair in node.attrib.get("points", "").split():
            x, y = map(float, pair.split(","))
            assert -0.01 <= x <= 100.01
            assert -0.01 <= y <= height + 0.01
    return root


def places(root: ElementTree.Element, kind: str) -> list[float]:
    circles = [node for node in root.iter(f"{SVG}circle") if kind in node.attrib["class"].split()]
    return [float(node.attrib["cx"].rstrip("%")) for node in circles]


def lines(root: ElementTree.Element, kind: str = "line") -> list[int]:
    """How many points each line of this kind joins."""
    return [len(n.attrib["points"].split()) for n in root.iter(f"{SVG}polyline") if n.attrib["class"] == kind]


@given(points, values, st.lists(st.builds(Event, at=st.floats(-5, 50), label=texts), max_size=4))
def test_trend_is_valid_for_anything(points: list[Point], expected: float | None, events: list[Event]) -> None:
    parsed(charts.trend(points, title="NPS", expected=expected, events=events))
    parsed(charts.sparkline(points, title="NPS"))


@given(stages)
def test_journey_is_valid_for_anything(stages: list[Stage]) -> None:
    parsed(journey_curve.across(stages, title="Journey"))
    parsed(journey_curve.across(stages, title="Journey", labels=False))
    parsed(journey_curve.down(stages, title="Journey"))


@given(points.filter(bool), values)
def test_whisker_is_valid_for_anything(points: list[Point], target: float | None) -> None:
    for point in points[:3]:
        if point.low is None or point.high is None or point.low <= point.high:
            parsed(charts.whisker(point, axis=(-100, 100), target=target))


@given(parts)
def test_distributions_are_valid_and_add_up(parts: list[Part]) -> None:
    parsed(charts.histogram(parts, title="Answers"))
    root = parsed(charts.split(parts, title="Answers"))
    widths = [float(bar.attrib["width"].rstrip("%")) for bar in root.iter(f"{SVG}rect")]
    assert sum(widths) == pytest.approx(100 if any(part.value for part in parts) else 0, abs=0.1)


@pytest.mark.parametrize(
    "svg",
    [
        charts.trend([Point(HOSTILE, 1)], title=HOSTILE, summary=HOSTILE, events=[Event(0, HOSTILE)]),
        charts.whisker(Point(HOSTILE, 1), axis=(0, 10)),
        charts.split([Part(HOSTILE, 1, HOSTILE)], title=HOSTILE),
        charts.histogram([Part(HOSTILE, 1, HOSTILE)], title=HOSTILE),
        journey_curve.across([Stage(HOSTILE, [Point(HOSTILE, 1)])], title=HOSTILE),
        journey_curve.down([Stage(HOSTILE, [Point(HOSTILE, 1)])], title=HOSTILE),
    ],
)
def test_hostile_labels_stay_text(svg: str) -> None:
    parsed(svg)
    assert "<script" not in svg


def test_a_gap_breaks_line_and_band_and_no_value_is_invented() -> None:
    points = [Point(str(i), v, v - 5, v + 5) if v is not None else Point(str(i), None) for i, v in enumerate(
        [10, 12, None, 14, None, 20, 21, 22]
    )]  # fmt: skip
    root = parsed(charts.trend(points, title="NPS"))
    assert lines(root) == [2, 3]
    assert len([n for n in root.iter(f"{SVG}polygon") if n.attrib["class"] == "band"]) == 2
    assert len(lines(root, "band-alone")) == 1
    assert len(places(root, "hit")) == 6


def test_a_band_needs_both_ends() -> None:
    root = parsed(charts.trend([Point("a", 1, 0, None), Point("b", 2, 1, None)], title="NPS"))
    assert lines(root) == [2]
    assert not list(root.iter(f"{SVG}polygon"))


def test_journey_points_stand_under_the_middle_of_their_columns() -> None:
    stages = [
        Stage("Awareness", [Point("Ad", 20), Point("Web", 46)]),
        Stage("Nothing yet", []),
        Stage("Delivery", [Point("Parcel", 12)]),
    ]
    assert journey_curve.positions(stages) == [12.5, 37.5, 87.5]
    assert journey_curve.positions(stages, equal_stages=True) == pytest.approx([100 / 12, 25, 500 / 6])
    root = parsed(journey_curve.across(stages, title="Journey"))
    assert places(root, "dot") == [12.5, 37.5, 87.5]


def test_a_touchpoint_is_bad_only_where_its_whole_interval_lies_below_what_was_expected() -> None:
    assert Point("Parcel", 12, 4, 20, expected=45).meaning == "bad"
    assert Point("Fault", 22, -2, 46, expected=35).meaning == "good"
    assert Point("Web", 46, 41, 51).meaning == "good"
    assert Point("Web", 12, 4, 20, expected=45, tone="neutral").meaning == "neutral"


def test_long_names_are_hyphenated_and_at_hand_as_a_whole() -> None:
    """Ten touchpoints are as many as the demo's longest journey has."""
    name = "Vertragsverlängerung"
    stages = [Stage("Phase", [Point(name, 10), *(Point(str(i), i) for i in range(9))])]
    for svg in (journey_curve.across(stages, title="Journey"), journey_curve.down(stages, title="Journey")):
        texts = [n for n in parsed(svg).iter(f"{SVG}text") if n.get("class") == "name" and not (n.text or "").isdigit()]
        lines = [n.text or "" for n in texts]
        assert "".join(line.removesuffix("-") for line in lines) == name
        assert all(line.endswith("-") for line in lines[:-1])
        assert len(lines) == 1 or {n.findtext(f"{SVG}title") for n in texts} == {name}


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("Beratungsgespräch", ["Beratungsge-", "spräch"]),
        ("E-Mail-Anfrage", ["E-Mail-", "Anfrage"]),
        ("Erste Abrechnung", ["Erste", "Abrechnung"]),
        ("x" * 14, ["x" * 11 + "-", "xxx"]),
    ],
)
def test_names_break_where_one_would(name: str, lines: list[str]) -> None:
    assert wrap(name, 12, 2) == lines


def test_endless_names_are_cut_with_the_whole_name_at_hand() -> None:
    name = "Donaudampfschifffahrtsgesellschaftskapitänsrückmeldung"
    stages = [Stage("Phase", [Point(name, 10), *(Point(str(i), i) for i in range(9))])]
    for svg in (journey_curve.across(stages, title="Journey"), journey_curve.down(stages, title="Journey")):
        cut = next(n for n in parsed(svg).iter(f"{SVG}text") if (n.text or "").endswith("…"))
        assert cut.findtext(f"{SVG}title") == name


def test_time_axis_never_crowds() -> None:
    root = parsed(charts.trend([Point(f"KW {i}", i) for i in range(53)], title="NPS"))
    labels = [n for n in root.iter(f"{SVG}text") if (n.text or "").startswith("KW")]
    assert len(labels) <= 12
    assert labels[0].text == "KW 52"


def test_the_picture_says_in_words_what_it_shows() -> None:
    with translation.override("en"):
        whisker = charts.whisker(Point("NPS", 34, 29, 39, 1204), axis=(-100, 100), form=numbers.signed, target=50)
        rows = charts.table([Point("March", 34, 29, 39, 1204), Point("April", None)], numbers.signed)
    assert parsed(whisker).findtext(f"{SVG}desc") == "NPS: +34 (+29 to +39), n 1,204, promised: +50"
    assert rows == [("March", "+34", "+29 to +39", "1,204"), ("April", "–", "–", "–")]


def test_tile_without_a_value_has_no_figure() -> None:
    tile = Tile("NPS", 3, reason="Fewer than 5 answers")
    assert not tile.has_figure
    assert tile.figure == numbers.NOTHING


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("de", ["+34", "−12", "0", "1.204", "78\u202f%", "78,5\u202f%", "–"]),
        ("en", ["+34", "−12", "0", "1,204", "78%", "78.5%", "–"]),
    ],
)
def test_figures_are_written_as_the_language_does(language: str, written: list[str]) -> None:
    with translation.override(language):
        assert [
            numbers.signed(33.6),
            numbers.signed(-12),
            numbers.signed(-0.2),
            numbers.count(1204),
            numbers.percent(78),
            numbers.percent(78.5, 1),
            numbers.signed(None),
        ] == written


@given(st.floats(-1000, 1000), st.floats(0, 1000))
def test_ticks_are_few_and_enclose_the_data(low: float, width: float) -> None:
    ticks = nice_ticks(low, low + width)
    assert ticks[0] <= low + 1e-6
    assert ticks[-1] >= low + width - 1e-6
    assert 2 <= len(ticks) <= 8
    assert not re.search("nan|inf", str(ticks))


@pytest.mark.parametrize("expected", [[70, 70], [70, 71]])
def test_no_two_lines_of_an_axis_say_the_same(expected: list[float]) -> None:
    points = [Point(f"Step {i}", None, expected=value) for i, value in enumerate(expected)]
    root = parsed(journey_curve.across([Stage("Service", points)], title="Journey", form=numbers.percent))
    written = [n.text for n in root.iter(f"{SVG}text") if "%" in (n.text or "")]
    assert len(set(written)) == len(written) > 1


def test_of_many_figures_only_those_are_written_that_have_room() -> None:
    stage = Stage("Service", [Point(f"Step {i}", 50 + (30 if i == 20 else i % 3)) for i in range(40)])
    root = parsed(journey_curve.across([stage], title="Journey", labels=False, equal_stages=True, width=736))
    written = [n for n in root.iter(f"{SVG}text") if (n.get("class") or "").startswith("value")]
    places = sorted(float((n.get("x") or "").rstrip("%")) * 7.36 for n in written)
    assert min(right - left for left, right in itertools.pairwise(places)) >= journey_curve.ROOM
    assert "+80" in [n.text for n in written], "the one that stands out most"
    assert len(root.findall(f".//{SVG}circle[@class='hit']")) == 40, "pointing says the others"


def test_a_second_curve_differs_in_line_and_shape_not_only_in_colour() -> None:
    stage = Stage("Service", [Point("Call", 20, 10, 30), Point("Bill", 40, 30, 50)])
    beside = [Point("Call (before)", 10, 0, 20), Point("Bill (before)", None)]
    root = parsed(journey_curve.across([stage], title="Journey", beside=beside))
    assert len(root.findall(f".//{SVG}rect[@class='dot second']")) == 1
    assert len(root.findall(f".//{SVG}circle[@class='dot good']")) == 2
    assert "Call (before): +10 (0 to +20)" in [n.text for n in root.iter(f"{SVG}title")]


def test_what_nobody_believes_is_a_gap() -> None:
    stages = [Stage("One", [Point("A", 2), Point("B", 1)]), Stage("Two", [Point("C", None), Point("D", -2)])]
    root = parsed(journey_curve.assumed(stages, title="Belief", ends=("annoyed", "delighted")))
    assert len(root.findall(f".//{SVG}circle[@class='dot assumed']")) == 3
    assert len(root.findall(f".//{SVG}polyline")) == 1
