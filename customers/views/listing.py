from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from common.paging import count_up_to, newest_first, sorted_by
from common.searching import asked_for, at_its_address
from customers.forms.customer import FilterForm
from customers.models import Customer, CustomerQuerySet
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest

COUNTED_UP_TO = 1000


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.READ_CUSTOMERS)
def customers(request: OrganisationRequest) -> HttpResponse:
    if request.method == "POST":
        return at_its_address(request, FilterForm)
    form = FilterForm(asked_for(request, FilterForm))
    rows = _filtered(form)
    by_newest = form.is_valid() and form.cleaned_data["sort"] == "newest"
    shown = rows.with_obstacle()
    page = newest_first(shown, request.GET) if by_newest else sorted_by("search_key", shown, request.GET)
    found = count_up_to(COUNTED_UP_TO, rows)
    context = {
        "form": form,
        "page": page,
        "found": found,
        "counted_up_to": COUNTED_UP_TO,
        "is_filtered": any(form.data.get(name) for name in ("search", "language", "asked", "attribute")),
        "may_manage": request.membership.may(Permission.MANAGE_CUSTOMERS),
    }
    return render(request, "customers/list.html", context)


def _filtered(form: FilterForm) -> CustomerQuerySet:
    rows = Customer.objects.all()
    if not form.is_valid():
        return rows
    chosen = form.cleaned_data
    if chosen["search"]:
        rows = rows.matching(chosen["search"])
    if chosen["language"]:
        rows = rows.filter(language=chosen["language"])
    if chosen["attribute"]:
        rows = rows.with_attribute(*chosen["attribute"])
    if chosen["asked"]:
        rows = rows.askable() if chosen["asked"] == "yes" else rows.hindered_by(chosen["asked"])
    return rows
