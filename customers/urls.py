from django.urls import include, path

from customers.views import customer, importing, legal, listing, suppression

app_name = "customers"
urlpatterns = [
    path(
        "o/<slug:organisation>/customers/",
        include(
            [
                path("", listing.customers, name="list"),
                path("add/", customer.add, name="add"),
                path("import/", importing.upload, name="import"),
                path("import/<int:pk>/", importing.mapping, name="import_mapping"),
                path("import/<int:pk>/discard/", importing.discard, name="import_discard"),
                path("suppressed/", suppression.suppressions, name="suppressions"),
                path("suppressed/add/", suppression.suppress_address, name="suppress_address"),
                path("suppressed/<int:pk>/lift/", suppression.lift, name="lift"),
                path("<int:pk>/", customer.customer, name="customer"),
                path("<int:pk>/edit/", customer.edit, name="edit"),
                path("<int:pk>/erase/", customer.erase, name="erase"),
                path("<int:pk>/basis/", legal.record_basis, name="record_basis"),
                path("<int:pk>/basis/<int:consent_pk>/withdraw/", legal.withdraw, name="withdraw"),
                path("<int:pk>/suppress/", suppression.suppress_customer, name="suppress"),
            ]
        ),
    ),
]
