from django.urls import include, path

from reports.views import (
    comments,
    departments,
    improvements,
    journey_exports,
    journey_grid,
    journey_presentation,
    journeys,
    ledger,
    overview,
    personas,
    results,
    touchpoints,
)

app_name = "reports"

pages = [
    path("", overview.show, name="overview"),
    path("journeys/<int:journey_id>/", journeys.journey, name="journey"),
    path("journeys/<int:journey_id>/grid/", journey_grid.journey_grid, name="journey_grid"),
    path("journeys/<int:journey_id>/map.<str:kind>", journey_exports.journey_picture, name="journey_picture"),
    path("journeys/<int:journey_id>/present/", journey_presentation.journey_presentation, name="journey_presentation"),
    path("touchpoints/<int:touchpoint_id>/", touchpoints.touchpoint, name="touchpoint"),
    path("departments/", departments.departments, name="departments"),
    path("departments/<int:department_id>/", departments.department, name="department"),
    path("improvements/<int:improvement_id>/", improvements.improvement, name="improvement"),
    path("ledger/", ledger.ledger, name="ledger"),
    path("results/", results.survey_list, name="survey_list"),
    path("results/<int:survey_id>/", results.survey_results, name="survey_results"),
    path("results/<int:survey_id>/answers/", results.survey_sheets, name="survey_sheets"),
    path("results/<int:survey_id>/answers/<int:response_id>/", results.set_sheet_aside, name="set_sheet_aside"),
    path("comments/", comments.comments, name="comments"),
    path("personas/quotes/", personas.pick, name="pick_quote"),
    path("personas/<int:persona_id>/", personas.persona, name="persona"),
    path("personas/<int:persona_id>/pdf/", personas.pdf, name="persona_pdf"),
    path("personas/<int:persona_id>/quotes/<int:quote_id>/remove/", personas.unpick, name="remove_quote"),
]

urlpatterns = [path("o/<slug:organisation>/", include(pages))]
