from django.urls import include, path

from reports.views import comments, departments, journey_grid, journeys, overview, touchpoints

app_name = "reports"

pages = [
    path("", overview.show, name="overview"),
    path("journeys/<int:journey_id>/", journeys.journey, name="journey"),
    path("journeys/<int:journey_id>/grid/", journey_grid.journey_grid, name="journey_grid"),
    path("touchpoints/<int:touchpoint_id>/", touchpoints.touchpoint, name="touchpoint"),
    path("departments/", departments.departments, name="departments"),
    path("departments/<int:department_id>/", departments.department, name="department"),
    path("comments/", comments.comments, name="comments"),
]

urlpatterns = [path("o/<slug:organisation>/", include(pages))]
