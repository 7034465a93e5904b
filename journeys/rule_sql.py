"""Rules as conditions in SQL: the only place where it is decided whether a customer matches."""

from datetime import date, timedelta
from typing import Any

from django.db import models

from journeys.rules import Condition, Group, Match, Operator

Sql = tuple[str, list[Any]]

# A cast that fails would end the whole statement, and PostgreSQL 15 cannot ask beforehand. So what is cast has the form
# that the cast wants; and days are compared as texts, whose order as 2024-12-31 is that of the days. Sub-selects with
# OFFSET 0 are not merged into what surrounds them, so that the text is taken out of the JSON once and not ten times.
# No counted repetitions such as [0-9]{1,30}: PostgreSQL takes five times as long for them.
_NUMBER = """(
    SELECT CASE WHEN length(t) <= 60 AND t ~ '^[+-]?[0-9]+([.,][0-9]+)?$' THEN replace(t, ',', '.')::numeric END {test}
    FROM (SELECT {value} AS t OFFSET 0) text
)"""
_DAY = r"""(
    SELECT d COLLATE "C" {test} AND d COLLATE "C" > '0001' AND translate(d, '0123456789', '') = '--'
        AND substr(d, 6, 2) BETWEEN '01' AND '12' AND right(d, 2) BETWEEN '01' AND '31'
        AND right(d, 5) NOT IN ('02-30', '02-31', '04-31', '06-31', '09-31', '11-31')
        AND (right(d, 5) <> '02-29'
            OR left(d, 4) ~ '^(..(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)$')
    FROM (
        SELECT CASE
            WHEN t LIKE '____-__-__' OR t LIKE '____-__-__T%%' OR t LIKE '____-__-__ %%' THEN left(t, 10)
            WHEN t LIKE '%%_.%%_.____' AND length(t) <= 10 THEN split_part(t, '.', 3)
                || '-' || lpad(split_part(t, '.', 2), 2, '0') || '-' || lpad(split_part(t, '.', 1), 2, '0')
        END AS d
        FROM (SELECT {value} AS t OFFSET 0) text OFFSET 0
    ) day
)"""


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
            low, high = (("%s::numeric", [end]) if end else None for end in values)
        case Operator.DATE_BETWEEN:
            low, high = (("%s::text", [end]) if end else None for end in values)
        case Operator.LAST_DAYS:
            low, high = _day_from(today, -int(values[0])), _day_from(today, 0)
        case Operator.LONGER_AGO:
            low, high = None, _day_from(today, -int(values[0]) - 1)
        case Operator.NEXT_DAYS:
            low, high = _day_from(today, 0), _day_from(today, int(values[0]))
    test, ends = _between(low, high)
    of = _NUMBER if condition.operator == Operator.NUMBER_BETWEEN else _DAY
    return f"{of.format(test=test, value=value)} IS TRUE", [*ends, name]


def _between(low: Sql | None, high: Sql | None) -> Sql:
    if low and high:
        return f"BETWEEN {low[0]} AND {high[0]}", [*low[1], *high[1]]
    end, sign = (low, ">=") if low else (high, "<=")
    assert end
    return f"{sign} {end[0]}", end[1]


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
