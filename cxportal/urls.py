from django.urls import include, path

# Surveys first: customers answering are by far the most requests.
urlpatterns = [
    path("", include("surveys.urls")),
    path("", include("organisations.urls")),
    path("", include("customers.urls")),
    path("", include("journeys.urls")),
    path("", include("actions.urls")),
    path("", include("reports.urls")),
    path("account/", include("allauth.account.urls")),
]

handler400 = "organisations.views.errors.bad_request"
handler403 = "organisations.views.errors.permission_denied"
handler404 = "organisations.views.errors.page_not_found"
handler500 = "organisations.views.errors.server_error"
