"""Rules against an oracle that knows nothing of them but what their words mean."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.models import Customer
from journeys import rules
from journeys.rule_sql import Fits
from organisations.models import Organisation
from organisations.tenancy import organisation_scope
from tests.makers import make_customer, one_of

TODAY = date(2026, 3, 1)
NAMES = ["segment", "alter", "seit", "2024", "%s", "a'b"]
DAYS = [TODAY + timedelta(days) for days in (-400, -31, -30, -29, -1, 0, 1, 29, 30, 31, 400)]
TEXTS = [
    "", " ", "Family", "family", "FAMILIE", "Straße", "it's 100 %", "%s", "\\", "12abc", "1e5", "NaN", "infinity",
    "--1", "2024-02-30", "2023-02-29", "2024-02-29", "0000-01-01", "29.02.2024", "29.02.2023", "1.3.2026",
    "31.4.2026", "2026-03-01T23:59:59Z", "2026-03-01 10:00", "2026-03-01x", "2026-13-01", "20260301", "1900-02-29",
    "2000-02-29", "9" * 61, "007", "-5", "+5", "3,5", "3.5", "1.234,5", " 5", "true", "null",
]  # fmt: skip
VALUES = st.one_of(
    st.sampled_from(TEXTS),
    st.sampled_from(DAYS).map(date.isoformat),
    st.sampled_from(DAYS).map(lambda day: f"{day.day}.{day.month}.{day.year}"),
    st.integers(-10, 100),
    st.decimals(-5, 50, places=1).map(float),
    st.text("aäß%_'\"\\ .,-0123456789", max_size=12),
    st.none(),
    st.booleans(),
)
ATTRIBUTES = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=4)


def number(low: float, high: float) -> st.SearchStrategy[str]:
    return st.decimals(low, high, places=1).map(str)


def ends(low: Any, high: Any, order: Any) -> list[str]:
    both = sorted((low, high), key=order) if low and high else [low, high]
    return both if any(both) else ["1", ""] if order is float else ["2026-01-01", ""]


PLAIN = st.sampled_from([text for text in TEXTS if text.strip()]) | st.integers(-10, 100).map(str)
OPEN_NUMBER, OPEN_DAY = st.just("") | number(-10, 100), st.just("") | st.sampled_from(DAYS).map(date.isoformat)
CONDITIONS = st.one_of(
    st.tuples(st.sampled_from(["is", "is_not", "contains", "contains_not"]), PLAIN.map(lambda text: [text])),
    st.tuples(st.sampled_from(["one_of", "none_of"]), st.lists(PLAIN, min_size=1, max_size=4)),
    st.tuples(st.just("number_between"), st.builds(lambda a, b: ends(a, b, float), OPEN_NUMBER, OPEN_NUMBER)),
    st.tuples(st.just("date_between"), st.builds(lambda a, b: ends(a, b, str), OPEN_DAY, OPEN_DAY)),
    st.tuples(st.sampled_from(["last_days", "longer_ago", "next_days"]), st.sampled_from([["0"], ["1"], ["30"]])),
    st.tuples(st.sampled_from(["empty", "not_empty"]), st.just([])),
).flatmap(
    lambda found: st.sampled_from(NAMES).map(lambda name: {"attribute": name, "operator": found[0], "values": found[1]})
)
GROUPS = st.recursive(
    CONDITIONS,
    lambda parts: st.builds(
        lambda match, inner: {"match": match, "parts": inner},
        st.sampled_from(["all", "any"]),
        st.lists(parts, min_size=1, max_size=3),
    ),
    max_leaves=5,
)
RULES = st.builds(
    lambda match, parts: {"match": match, "parts": parts},
    st.sampled_from(["all", "any"]),
    st.lists(GROUPS, min_size=1, max_size=3),
).filter(lambda rule: depth(rule) <= rules.DEPTH)


def depth(part: dict[str, Any]) -> int:
    return 1 + max(map(depth, part["parts"])) if "parts" in part else 0


def as_text(value: object) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)


def as_number(text: str | None) -> float | None:
    digits = (text or "").replace(",", ".", 1).removeprefix("-" if (text or "").startswith("-") else "+")
    before, point, after = digits.partition(".")
    is_one = all(
        part.isascii() and part.isdigit() and len(text or "") <= 60 for part in ([before, after] if point else [before])
    )
    return float(digits) * (-1 if (text or "").startswith("-") else 1) if is_one else None


def as_day(text: str | None) -> date | None:
    text = text or ""
    if len(text) > 10 and text[10] in "T ":
        text = text[:10]
    parts = text.split("-") if "-" in text else text.split(".")[::-1]
    lengths = [len(part) for part in parts]
    is_iso, is_german = "-" in text and lengths == [4, 2, 2], "." in text and len(lengths) == 3 and lengths[0] == 4
    if not (is_iso or (is_german and {lengths[1], lengths[2]} <= {1, 2})):
        return None
    if is_german and len(text) > 10:
        return None
    try:
        return date(*(int(part) if part.isascii() and part.isdigit() else -1 for part in parts))
    except ValueError:
        return None


def fits(part: dict[str, Any], attributes: dict[str, Any]) -> bool:
    if "parts" in part:
        return {"all": all, "any": any}[part["match"]](fits(each, attributes) for each in part["parts"])
    text = as_text(attributes.get(part["attribute"]))
    low, values = (text or "").lower(), [value.strip().lower() for value in part["values"]]
    day = as_day(text)
    match part["operator"]:
        case "is" | "one_of":
            return text is not None and low in values
        case "is_not" | "none_of":
            return text is None or low not in values
        case "contains":
            return values[0] in low
        case "contains_not":
            return values[0] not in low
        case "empty":
            return not low.strip(" ")
        case "not_empty":
            return bool(low.strip(" "))
        case "number_between":
            found = as_number(text)
            first, last = part["values"]
            return found is not None and (not first or float(first) <= found) and (not last or found <= float(last))
        case "date_between":
            first, last = part["values"]
            return day is not None and (not first or first <= day.isoformat()) and (not last or day.isoformat() <= last)
        case "last_days":
            return day is not None and 0 <= (TODAY - day).days <= int(values[0])
        case "longer_ago":
            return day is not None and (TODAY - day).days > int(values[0])
        case "next_days":
            return day is not None and 0 <= (day - TODAY).days <= int(values[0])
    raise AssertionError(part)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(rule=RULES, facts=st.lists(ATTRIBUTES, min_size=1, max_size=12))
def test_rules_agree_with_what_their_words_mean(
    organisation: Organisation, rule: dict[str, Any], facts: list[dict[str, Any]]
) -> None:
    Customer.objects.all().delete()
    made = Customer.objects.bulk_create(
        Customer(organisation=organisation, external_id=str(number), attributes=attributes)
        for number, attributes in enumerate(facts)
    )
    found = set(Customer.objects.filter(Fits(rules.load(rule), TODAY)).values_list("pk", flat=True))
    assert {customer.pk: customer.pk in found for customer in made} == {
        customer.pk: fits(rule, customer.attributes) for customer in made
    }
    assert rules.dump(rules.load(rules.dump(rules.load(rule)))) == rules.dump(rules.load(rule))
    assert all(str(condition) for condition in rules.load(rule).conditions())


def condition(**changed: Any) -> dict[str, Any]:
    return {"attribute": "segment", "operator": "is", "values": ["Family"], **changed}


def all_of(*parts: Any) -> dict[str, Any]:
    return {"match": "all", "parts": list(parts)}


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (None, "This is not a group of conditions."),
        ("all", "This is not a group of conditions."),
        ([condition()], "This is not a group of conditions."),
        ({"match": "all", "parts": condition()}, "This is not a group of conditions."),
        ({"match": "some", "parts": [condition()]}, "Say whether all or any"),
        ({"match": ["all"], "parts": [condition()]}, "Say whether all or any"),
        (all_of(), "This group holds no condition."),
        (all_of(condition(), all_of()), "Condition 2: This group holds no condition."),
        (all_of("x"), "Condition 1: This is not a condition."),
        (all_of(condition(operator="regex")), "Condition 1: This comparison does not exist."),
        (all_of(condition(operator=["is"])), "This comparison does not exist."),
        (all_of(condition(operator={})), "This comparison does not exist."),
        (all_of(condition(attribute=7)), "Say which attribute is meant."),
        (all_of(condition(attribute=" ")), "Say which attribute is meant."),
        (all_of(condition(attribute="x" * 101)), "is longer than 100 characters."),
        (all_of(condition(attribute="a\0b")), "can't be stored"),
        (all_of(condition(values="Family")), "Values are texts or numbers."),
        (all_of(condition(values=[True])), "Values are texts or numbers."),
        (all_of(condition(values=[None])), "Values are texts or numbers."),
        (all_of(condition(values=[10**6000])), "Values are texts or numbers."),
        (all_of(condition(values=[])), "Say which value is meant."),
        (all_of(condition(values=["a", "b"])), "Say which value is meant."),
        (all_of(condition(values=["x" * 1_000_000])), "is longer than 500 characters."),
        (all_of(condition(values=["\ud800"])), "can't be stored"),
        (all_of(condition(operator="one_of", values=["", " "])), "Say which values are meant."),
        (all_of(condition(operator="one_of", values=[str(n) for n in range(101)])), "At most 100 values."),
        (all_of(condition(operator="number_between", values=["1e9", ""])), "“1e9” is not a number."),
        (all_of(condition(operator="number_between", values=[float("nan"), 1])), "“nan” is not a number."),
        (all_of(condition(operator="number_between", values=["9", "1"])), "The range ends before it begins."),
        (all_of(condition(operator="number_between", values=[])), "Say from where to where"),
        (all_of(condition(operator="date_between", values=["2023-02-29", ""])), "“2023-02-29” is not a date."),
        (all_of(condition(operator="last_days", values=["-3"])), "A number of days between 0 and 36500."),
        (all_of(condition(operator="next_days", values=["9" * 400])), "A number of days between 0 and 36500."),
        (all_of(*[condition()] * 51), "A rule holds at most 50 conditions."),
        (all_of(all_of(all_of(all_of(condition())))), "Condition 1.1.1: Groups stand at most 3 deep"),
    ],
)
def test_a_hostile_rule_is_refused_with_its_place(rule: object, message: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        rules.load(rule)
    assert message in " ".join(refusal.value.messages)


def test_a_rule_nested_very_deep_is_refused(organisation: Organisation) -> None:
    rule: dict[str, Any] = condition()
    for _ in range(900):
        rule = all_of(rule)
    with pytest.raises(ValidationError, match="Groups stand at most 3 deep"):
        rules.load(rule)


def test_values_are_kept_as_they_are_compared() -> None:
    written = all_of(
        condition(operator="number_between", values=["1,50", " 3 "]),
        condition(operator="date_between", values=["1.3.2024", "2024-12-31"]),
        condition(operator="one_of", values=[" b", "a", "b", ""]),
        condition(operator="last_days", values=[7]),
    )
    assert [part.values for part in rules.load(written).conditions()] == [
        ("1.50", "3"),
        ("2024-03-01", "2024-12-31"),
        ("b", "a"),
        ("7",),
    ]
    assert list(map(str, rules.load(written).conditions())) == [
        "“segment” is between 1.50 and 3",
        "“segment” is between 03/01/2024 and 12/31/2024",
        "“segment” is one of “b”, “a”",
        "“segment” is a date within the last 7 days",
    ]


def test_an_empty_rule_matches_nobody_and_no_rule_a_stranger(
    organisation: Organisation, other_organisation: Organisation
) -> None:
    with organisation_scope(other_organisation.pk):
        make_customer(other_organisation, attributes={"segment": "Family"})
    own = make_customer(organisation, attributes={"segment": "Family"})
    assert not Customer.objects.filter(Fits(rules.load({}), TODAY)).exists()
    assert rules.dump(rules.load({})) == {}
    assert Customer.objects.filter(Fits(rules.load(one_of("segment", "family")), TODAY)).get() == own
