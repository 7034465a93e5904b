from django.urls import path

from actions.views import cases, improvements

app_name = "actions"
CASES = "o/<slug:organisation>/cases/"
CASE = CASES + "<int:case>/"
IMPROVEMENTS = "o/<slug:organisation>/improvements/"

urlpatterns = [
    path(CASES, cases.index, name="cases"),
    path(CASES + "new/", cases.new, name="new_case"),
    path(CASE, cases.page, name="case"),
    path(CASE + "edit/", cases.edit, name="edit_case"),
    path(CASE + "notes/", cases.note, name="add_note"),
    path(CASE + "close/", cases.close, name="close_case"),
    path(CASE + "reopen/", cases.reopen, name="reopen_case"),
    path(IMPROVEMENTS, improvements.index, name="improvements"),
    path(IMPROVEMENTS + "new/", improvements.new, name="new_improvement"),
    path(IMPROVEMENTS + "<int:improvement>/edit/", improvements.edit, name="edit_improvement"),
]
