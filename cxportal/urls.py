from django.urls import include, path

urlpatterns = [
    path("", include("organisations.urls")),
    path("", include("customers.urls")),
    path("", include("journeys.urls")),
    path("", include("surveys.urls")),
    path("", include("reports.urls")),
    path("account/", include("allauth.account.urls")),
]
