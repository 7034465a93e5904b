from typing import TypeVar

from actions.forms import ActionFilter
from actions.models import CaseQuerySet, ImprovementQuerySet
from organisations.models import Department, Membership

Rows = TypeVar("Rows", CaseQuerySet, ImprovementQuerySet)


def chosen(rows: Rows, form: ActionFilter, membership: Membership) -> Rows:
    """What this member may see and the filter asks for; without a valid filter, nothing."""
    if not form.is_valid():
        return rows.none()
    wanted = form.cleaned_data
    found = rows.visible_to(membership).matching(wanted["search"]).for_list()
    if wanted["show"] == "":
        found = found.open()
    if wanted["show"] == "closed":
        found = found.exclude(pk__in=rows.open().values("pk"))
    if wanted.get("mine"):
        found = found.filter(responsible=membership)
    if wanted.get("department"):
        found = found.filter(touchpoint__department__in=Department.objects.ids_below({wanted["department"].pk}))
    if wanted.get("touchpoint"):
        found = found.filter(touchpoint=wanted["touchpoint"])
    return found
