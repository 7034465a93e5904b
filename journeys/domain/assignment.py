"""To which persona each customer belongs: the first, in ranked order, whose rule they fit.

Computed from the rules and the customers' attributes, never incremented: running any of this twice changes nothing. A
``ChangedCustomer`` says that there is something to do; workers take turns per organisation.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import connection, transaction
from django.db.models import Count, Min, Q, QuerySet
from django.utils import timezone

from customers.models import ChangedCustomer, Customer
from journeys.models import Persona, PersonaCount
from journeys.rule_sql import Fits, Sql, to_sql
from journeys.rules import Group, Match
from organisations.models import Organisation
from organisations.tenancy import organisation_scope

ONE_BY_ONE = 10_000
"""So many changed customers are assigned by themselves, more together with all others. In an organisation of no more
customers all are always done, so that the counts are right at once."""
RECOUNT = timedelta(hours=1)
"""How far the counts of a larger organisation may lag behind."""
RETRY = timedelta(minutes=1)
TRIED = 20
"""Organisations looked at in one go for one that no other worker is at."""


@dataclass(frozen=True)
class Forecast:
    fitting: int
    """Customers who would fit."""
    belonging: int
    """Those of them who fit no persona ranked before."""

    @property
    def taken(self) -> int:
        return self.fitting - self.belonging


# Only what comes out differently is written. A customer erased meanwhile is not in "fresh", so their row goes.
_ASSIGN = """
WITH fresh AS MATERIALIZED (
    SELECT customer.id AS customer_id, {fits} AS fits FROM customers_customer customer {of_customers}
), changed AS MATERIALIZED (
    SELECT COALESCE(fresh.customer_id, former.customer_id) AS customer_id, fits[1] AS persona_id,
        former.persona_id IS NULL AS is_new
    FROM fresh
    FULL JOIN (SELECT customer_id, persona_id FROM journeys_personaassignment {of_assignments}) former
        ON former.customer_id = fresh.customer_id
    WHERE fits[1] IS DISTINCT FROM former.persona_id
), removed AS (
    DELETE FROM journeys_personaassignment assignment USING changed
    WHERE assignment.customer_id = changed.customer_id AND changed.persona_id IS NULL
), moved AS (
    UPDATE journeys_personaassignment assignment SET persona_id = changed.persona_id FROM changed
    WHERE assignment.customer_id = changed.customer_id AND changed.persona_id IS NOT NULL
), added AS (
    INSERT INTO journeys_personaassignment (organisation_id, customer_id, persona_id)
    SELECT %s, customer_id, persona_id FROM changed WHERE is_new AND persona_id IS NOT NULL
)
"""
_WRITTEN = "SELECT count(*) FROM changed"
_COUNTED = """
, combination AS (
    SELECT fits, count(*) AS n FROM fresh GROUP BY fits
)
SELECT 'written' AS what, NULL::bigint, NULL::bigint, count(*)::bigint FROM changed
UNION ALL SELECT 'customers', NULL, NULL, COALESCE(sum(n), 0)::bigint FROM combination
UNION ALL SELECT 'belonging', fits[1], NULL, sum(n)::bigint FROM combination WHERE fits[1] IS NOT NULL GROUP BY 2
UNION ALL
SELECT 'both', one, other, sum(n)::bigint FROM combination, unnest(fits) one, unnest(fits) other GROUP BY 2, 3
ORDER BY 1, 2, 3
"""


def settle_next() -> bool:
    """Work off the notes of the organisation that has waited longest and that no other worker is at; False: none.

    First they are put off, in a commit of its own, as by ``QueueQuerySet.work_on_next``.
    """
    due = ChangedCustomer.objects.filter(due_at__lte=timezone.now())
    waiting = due.values_list("organisation").annotate(since=Min("due_at")).order_by("since")[:TRIED]
    for organisation_id, _since in waiting:
        later = timezone.now() + RETRY
        with transaction.atomic():
            is_free = _lock(organisation_id, waits=False)
            if is_free:
                due.filter(organisation=organisation_id).update(due_at=later)
        if is_free:
            with organisation_scope(organisation_id):
                settle(Organisation.objects.get(pk=organisation_id), due_by=later)
            return True
    return False


def settle(organisation: Organisation, *, due_by: datetime | None = None) -> None:
    """Work off what is noted by now, in the caller's transaction and scope: from here on, assignments are right.

    ``due_by``: also what is due later, up to then.
    """
    _lock(organisation.pk, waits=True)
    now = timezone.now()
    due = ChangedCustomer.objects.filter(organisation=organisation, due_at__lte=due_by or now)
    changed = set(due.order_by().values_list("customer", flat=True).distinct()[: ONE_BY_ONE + 1])
    if not changed:
        return
    counted = PersonaCount.objects.first()
    is_small = counted is None or counted.customers <= ONE_BY_ONE
    # Notes go first: one that comes after has a change to tell that the assigning may not see.
    if is_small or None in changed or len(changed) > ONE_BY_ONE:
        due.delete()
        assign_everyone(organisation)
    else:
        due.filter(customer__in=changed).delete()
        _assign(organisation, changed)
        if not _later(organisation, now).filter(due_at__lte=now + RECOUNT).exists():
            ChangedCustomer.objects.create(organisation=organisation, due_at=now + RECOUNT)


def assign_everyone(organisation: Organisation) -> int:
    """Assign and count all customers, inside the organisation's scope; how many assignments changed."""
    _lock(organisation.pk, waits=True)
    now = timezone.now()
    personas = list(Persona.objects.all())
    written, customers = 0, 0
    belonging, both = [], []
    for what, one, other, n in _assign(organisation, None):
        match what:
            case "written":
                written = n
            case "customers":
                customers = n
            case "belonging":
                belonging.append([one, n])
            case "both":
                both.append([one, other, n])
    PersonaCount.objects.update_or_create(
        organisation=organisation,
        defaults={"counted_at": now, "customers": customers, "belonging": belonging, "fitting_both": both},
    )
    _later(organisation, now).delete()
    if any(persona.conditions.depends_on_today for persona in personas):
        tomorrow = datetime.combine(organisation.day_of(now) + timedelta(days=1), time.min, organisation.zone)
        ChangedCustomer.objects.create(organisation=organisation, due_at=tomorrow)
    return written


def forecast(*, persona: Persona, rule: Group, today: date) -> Forecast:
    """How many customers the persona would have with this rule, at its rank; one statement."""
    fitting = Customer.objects.filter(Fits(rule, today))
    before = tuple(other.conditions for other in Persona.objects.ranked_before(persona) if other.rule)
    taken = Q(Fits(Group(Match.ANY, before), today))
    return Forecast(**fitting.aggregate(fitting=Count("pk"), belonging=Count("pk", filter=~taken)))


def _later(organisation: Organisation, now: datetime) -> QuerySet[ChangedCustomer]:
    """Notes that everyone is to be assigned at a later time."""
    return ChangedCustomer.objects.filter(organisation=organisation, customer=None, due_at__gt=now)


def _assign(organisation: Organisation, customers: Collection[int] | None) -> list[tuple[str, int, int, int]]:
    """Write the assignments of these customers (None: of all) that come out differently; of all, also the counts."""
    fits, parameters = fits_sql(list(Persona.objects.all()), organisation.today())
    chosen = [] if customers is None else [sorted(customers)]
    statement = _ASSIGN.format(
        fits=fits,
        of_customers="WHERE customer.id = ANY (%s)" if chosen else "",
        of_assignments="WHERE customer_id = ANY (%s)" if chosen else "",
    )
    with connection.cursor() as cursor:
        cursor.execute(statement + (_WRITTEN if chosen else _COUNTED), [*parameters, *chosen, *chosen, organisation.pk])
        return [] if chosen else cursor.fetchall()


def fits_sql(personas: Sequence[Persona], today: date | str, attributes: str = "customer.attributes") -> Sql:
    """The keys of the personas that fit, in ranked order, as an SQL array; see ``rules.to_sql``."""
    cases, parameters = ["NULL::bigint"], []
    for persona in personas:
        condition, more = to_sql(persona.conditions, attributes=attributes, today=today)
        cases.append(f"CASE WHEN {condition} THEN %s::bigint END")
        parameters += [*more, persona.pk]
    return f"array_remove(ARRAY[{', '.join(cases)}], NULL)", parameters


def _lock(organisation_id: int, *, waits: bool) -> bool:
    """To the end of the transaction no one else assigns the organisation's customers; False: somebody does."""
    function = "pg_advisory_xact_lock" if waits else "pg_try_advisory_xact_lock"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(hashtextextended('personas', %s))", [organisation_id])
        return bool(cursor.fetchone() != (False,))
