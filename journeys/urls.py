from django.urls import URLPattern, URLResolver, include, path

from journeys.views import channels, comparing, creating, editor, journeys, personas, rules, touchpoints

app_name = "journeys"

journey_map: list[URLPattern | URLResolver] = [
    path("", editor.edit, name="edit"),
    path("stages/", editor.add_stage, name="add_stage"),
    path("stages/<int:stage_id>/", editor.change_stage, name="change_stage"),
    path("stages/<int:stage_id>/move/", editor.move_stage, name="move_stage"),
    path("stages/<int:stage_id>/delete/", editor.delete_stage, name="delete_stage"),
    path("stages/<int:stage_id>/touchpoints/", editor.place, name="place"),
    path("placements/<int:placement_id>/move/", editor.move_placement, name="move_placement"),
    path("placements/<int:placement_id>/remove/", editor.remove_placement, name="remove_placement"),
]

pages: list[URLPattern | URLResolver] = [
    path("journeys/", journeys.index, name="list"),
    path("journeys/new/", creating.new, name="new"),
    path("journeys/new/empty/", creating.empty, name="new_empty"),
    path("journeys/new/copy/", creating.copy, name="new_copy"),
    path("journeys/new/file/", creating.from_file, name="new_from_file"),
    path("journeys/new/<slug:template>/", creating.from_template, name="new_from_template"),
    path("journeys/<int:journey_id>/to-be/", creating.to_be, name="to_be"),
    path("journeys/<int:journey_id>/compare/", comparing.compare, name="compare"),
    path("journeys/<int:journey_id>/json/", creating.export, name="export"),
    path("journeys/<int:journey_id>/move/", journeys.move, name="move"),
    path("journeys/<int:journey_id>/delete/", journeys.delete, name="delete"),
    path("journeys/<int:journey_id>/edit/", include(journey_map)),
    path("touchpoints/", touchpoints.index, name="touchpoints"),
    path("touchpoints/new/", touchpoints.new, name="new_touchpoint"),
    path("touchpoints/<int:touchpoint_id>/edit/", touchpoints.edit, name="edit_touchpoint"),
    path("touchpoints/<int:touchpoint_id>/archive/", touchpoints.archive, name="archive_touchpoint"),
    path("touchpoints/<int:touchpoint_id>/restore/", touchpoints.restore, name="restore_touchpoint"),
    path("personas/", personas.index, name="personas"),
    path("personas/new/", personas.new, name="new_persona"),
    path("personas/<int:persona_id>/picture/", personas.picture, name="persona_picture"),
    path("personas/<int:persona_id>/edit/", personas.edit, name="edit_persona"),
    path("personas/<int:persona_id>/rule/", rules.edit, name="persona_rule"),
    path("personas/<int:persona_id>/move/", personas.move, name="move_persona"),
    path("personas/<int:persona_id>/delete/", personas.delete, name="delete_persona"),
    path("channels/", channels.index, name="channels"),
    path("channels/usual/", channels.add_usual, name="add_usual_channels"),
    path("channels/<int:channel_id>/", channels.rename, name="rename_channel"),
    path("channels/<int:channel_id>/move/", channels.move, name="move_channel"),
    path("channels/<int:channel_id>/delete/", channels.delete, name="delete_channel"),
]

urlpatterns = [path("o/<slug:organisation>/", include(pages))]
