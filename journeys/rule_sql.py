"""Rules as conditions in SQL: the only place where it is decided whether a customer matches."""

from datetime import date, timedelta
from typing import Any

from django.db import models

from journeys.rules import Condition, Group, Match, Operator

Sql = tuple[str, list[Any]]

# A cast that fails would end the whole statement, and PostgreSQL 15 cannot ask beforehand. So what is cast has the form
# that the cast wants; and days are compared as texts, whose order as 2024-12-31 is that of the days.
_IS_NUMBER = "'^[+-]?[0-9]{1,30}([.,][0-9]{1,30})?$'"
_IS_ISO = "'^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ].*)?$'"
_IS_GERMAN = r"'^[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}$'"
_IS_DAY = (
    "'^(?!0000)([0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)"
    "|02-(0[1-9]|1[0-9]|2[0-8]))"
    "|([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29)$'"
)


def to_sql(rule: Group, *, attributes: str, today: date | str) -> Sql:
    """The rule as a condition that is true or false, never NULL.

    ``attributes`` is the SQL of a jsonb column; ``today`` a day, or the SQL of a date.
    """
    if not rule.parts:
        return "FALSE", []
    texts, parameters = [], []
    for part in rule.parts:
        if isinstance(part, Group):
            text, more = to_sql(part, attributes=attributes, today=today)
        else:
            text, more = _condition_sql(part, attributes, today)
        texts.append(text)
        parameters += more
    return "(" + (" AND " if rule.match == Match.ALL else " OR ").join(texts) + ")", parameters


def _condition_sql(condition: Condition, attributes: str, today: date | str) -> Sql:
    # Typed, since a bare "2024" could be taken for a place in a list.
    value, name = f"({attributes} ->> %s::text)", condition.attribute
    values = list(condition.values)
    match condition.operator:
        case Operator.IS:
            return f"(lower{value} = lower(%s)) IS TRUE", [name, *values]
        case Operator.IS_NOT:
            return f"(lower{value} = lower(%s)) IS NOT TRUE", [name, *values]
        case Operator.ONE_OF | Operator.NONE_OF:
            negation = "NOT " if condition.operator == Operator.NONE_OF else ""
            listed = ", ".join(["lower(%s)"] * len(values))
            return f"(lower{value} = ANY (ARRAY[{listed}])) IS {negation}TRUE", [name, *values]
        case Operator.CONTAINS:
            return f"(strpos(lower{value}, lower(%s)) > 0) IS TRUE", [name, *values]
        case Operator.CONTAINS_NOT:
            return f"(strpos(lower{value}, lower(%s)) > 0) IS NOT TRUE", [name, *values]
        case Operator.EMPTY:
            return f"COALESCE(btrim{value}, '') = ''", [name]
        case Operator.NOT_EMPTY:
            return f"COALESCE(btrim{value}, '') <> ''", [name]
        case Operator.NUMBER_BETWEEN:
            number = f"CASE WHEN {value} ~ {_IS_NUMBER} THEN replace({value}, ',', '.')::numeric END"
            low, high = (("%s::numeric", [end]) if end else None for end in values)
            return _between(f"({number})", [name, name], low, high)
        case Operator.DATE_BETWEEN:
            low, high = (("%s::text", [end]) if end else None for end in values)
        case Operator.LAST_DAYS:
            low, high = _day_from(today, -int(values[0])), _day_from(today, 0)
        case Operator.LONGER_AGO:
            low, high = None, _day_from(today, -int(values[0]) - 1)
        case Operator.NEXT_DAYS:
            low, high = _day_from(today, 0), _day_from(today, int(values[0]))
    return _between(*_day_sql(value, name), low, high)


def _between(what: str, parameters: list[Any], low: Sql | None, high: Sql | None) -> Sql:
    if low and high:
        return f"({what} BETWEEN {low[0]} AND {high[0]}) IS TRUE", [*parameters, *low[1], *high[1]]
    end, sign = (low, ">=") if low else (high, "<=")
    assert end
    return f"({what} {sign} {end[0]}) IS TRUE", [*parameters, *end[1]]


def _day_sql(value: str, name: str) -> Sql:
    """The day that the text is, as 2024-12-31; NULL where it is none."""
    day, month, year = (f"split_part({value}, '.', {part})" for part in (1, 2, 3))
    german = f"{year} || '-' || lpad({month}, 2, '0') || '-' || lpad({day}, 2, '0')"
    iso = f"CASE WHEN {value} ~ {_IS_ISO} THEN left({value}, 10) WHEN {value} ~ {_IS_GERMAN} THEN {german} END"
    return f'(substring({iso} FROM {_IS_DAY}) COLLATE "C")', [name] * iso.count("%s")


def _day_from(today: date | str, days: int) -> Sql:
    if isinstance(today, date):
        return "%s::text", [(today + timedelta(days)).isoformat()]
    return f"to_char({today} + %s, 'YYYY-MM-DD')", [days]


class Fits(models.Func):
    """Whether a customer matches a rule, for ``filter`` and ``annotate`` on customers."""

    output_field = models.BooleanField()

    def __init__(self, rule: Group, today: date) -> None:
        super().__init__(models.F("attributes"))
        self.rule = rule
        self.today = today

    def as_sql(self, compiler: Any, connection: Any, *_options: Any, **_context: Any) -> tuple[str, tuple[Any, ...]]:
        column, _parameters = compiler.compile(self.source_expressions[0])
        sql, parameters = to_sql(self.rule, attributes=column, today=self.today)
        return sql, tuple(parameters)
