from django.urls import path

from surveys.views import (
    answering,
    authoring,
    campaigns,
    entrances,
    history,
    logic,
    mail_reports,
    mail_settings,
    policy,
    previewing,
    publishing,
    questions,
    reminders,
    setting_aside,
    triggers,
    unsubscribing,
)

app_name = "surveys"
SURVEYS = "o/<slug:organisation>/surveys/"
SURVEY = SURVEYS + "<int:survey>/"
WAY = SURVEY + "ways/<int:pk>/"
QUESTION = SURVEY + "questions/<int:question>/"
HISTORY = SURVEYS + "history/"
HISTORY_FILE = HISTORY + "<int:pk>/"
MAILS = "o/<slug:organisation>/settings/mails/"
CAMPAIGNS = "o/<slug:organisation>/campaigns/"
CAMPAIGN = CAMPAIGNS + "<int:pk>/"
REMINDERS = SURVEY + "reminders/"
TRIGGERS = "o/<slug:organisation>/triggers/"
TRIGGER = TRIGGERS + "<int:pk>/"
urlpatterns = [
    path(SURVEYS, authoring.survey_list, name="list"),
    path(SURVEYS + "new/", authoring.new, name="new"),
    path(SURVEYS + "new/<slug:template>/", authoring.create, name="create"),
    path(SURVEY, authoring.edit, name="edit"),
    path(SURVEY + "texts/", authoring.texts, name="texts"),
    path(SURVEY + "settings/", authoring.settings, name="settings"),
    path(SURVEY + "publish/", publishing.publish, name="publish"),
    path(SURVEY + "close/", publishing.close, name="close"),
    path(SURVEY + "reopen/", publishing.reopen, name="reopen"),
    path(SURVEY + "duplicate/", authoring.duplicate, name="duplicate"),
    path(SURVEY + "archive/", authoring.archive, name="archive"),
    path(SURVEY + "unarchive/", authoring.unarchive, name="unarchive"),
    path(SURVEY + "preview/", previewing.preview, name="preview"),
    path(SURVEY + "questions/", questions.add_question, name="add_question"),
    path(QUESTION, questions.question, name="question"),
    path(QUESTION + "move/", questions.move_question, name="move_question"),
    path(QUESTION + "archive/", questions.archive_question, name="archive_question"),
    path(QUESTION + "restore/", questions.restore_question, name="restore_question"),
    path(QUESTION + "replace/", questions.replace_question, name="replace_question"),
    path(QUESTION + "logic/<slug:which>/", logic.rule, name="rule"),
    path(QUESTION + "logic/<slug:which>/remove/", logic.remove_rule, name="remove_rule"),
    path(SURVEY + "ways/", entrances.ways, name="ways"),
    path(SURVEY + "ways/new/<slug:way>/", entrances.new_entrance, name="new_entrance"),
    path(WAY, entrances.entrance, name="entrance"),
    path(WAY + "change/", entrances.change_entrance, name="change_entrance"),
    path(WAY + "switch/", entrances.switch_entrance, name="switch_entrance"),
    path(WAY + "qr.svg", entrances.qr_code, name="entrance_qr"),
    path(WAY + "sheet.pdf", entrances.sheet, name="entrance_sheet"),
    path(SURVEY + "set-aside/", setting_aside.sheets, name="set_aside"),
    path(SURVEY + "set-aside/decide/", setting_aside.decide, name="decide_set_aside"),
    path(HISTORY, history.history, name="history"),
    path(HISTORY_FILE, history.mapping, name="history_mapping"),
    path(HISTORY_FILE + "text/", history.mapping_text, name="history_text"),
    path(HISTORY_FILE + "check/", history.check, name="history_check"),
    path(HISTORY_FILE + "mapping.toml", history.download, name="history_download"),
    path(HISTORY_FILE + "discard/", history.discard, name="history_discard"),
    path(HISTORY_FILE + "remove/", history.remove, name="history_remove"),
    path("r/<str:token>", answering.answer, name="answer"),
    path("u/<str:token>", unsubscribing.unsubscribe_page, name="unsubscribe"),
    path("o/<slug:organisation>/settings/contact/", policy.policy, name="policy"),
    path(MAILS, mail_settings.mail_settings, name="mail_settings"),
    path(MAILS + "preview/", mail_settings.preview, name="mail_preview"),
    path(MAILS + "test/", mail_settings.check, name="mail_check"),
    path("mail-reports/<slug:provider>/", mail_reports.provider_reports, name="provider_reports"),
    path(CAMPAIGNS, campaigns.campaigns, name="campaigns"),
    path(CAMPAIGNS + "new/", campaigns.new_campaign, name="new_campaign"),
    path(CAMPAIGN, campaigns.campaign, name="campaign"),
    path(CAMPAIGN + "send/", campaigns.send_campaign, name="send_campaign"),
    path(CAMPAIGN + "cancel/", campaigns.stop_campaign, name="stop_campaign"),
    path(CAMPAIGN + "hold/", campaigns.hold_campaign, name="hold_campaign"),
    path(CAMPAIGN + "settle/", campaigns.settle_invitations, name="settle_invitations"),
    path(CAMPAIGN + "invitations/", campaigns.invitations, name="invitations"),
    path(CAMPAIGN + "invitations/<int:invitation>/settle/", campaigns.settle_invitation, name="settle_invitation"),
    path(REMINDERS, reminders.reminders, name="reminders"),
    path(REMINDERS + "new/", reminders.new_reminder, name="new_reminder"),
    path(REMINDERS + "<int:pk>/", reminders.edit_reminder, name="edit_reminder"),
    path(REMINDERS + "<int:pk>/remove/", reminders.remove_reminder, name="remove_reminder"),
    path(REMINDERS + "mails/", reminders.reminder_mails, name="reminder_mails"),
    path(REMINDERS + "mails/<int:mail>/settle/", reminders.settle_reminder, name="settle_reminder"),
    path(TRIGGERS, triggers.triggers, name="triggers"),
    path(TRIGGERS + "new/", triggers.new_trigger, name="new_trigger"),
    path(TRIGGER, triggers.trigger, name="trigger"),
    path(TRIGGER + "edit/", triggers.edit_trigger, name="edit_trigger"),
    path(TRIGGER + "switch/", triggers.switch_trigger, name="switch_trigger"),
    path(TRIGGER + "remove/", triggers.remove, name="remove_trigger"),
    path(TRIGGER + "decisions/", triggers.decisions, name="decisions"),
    path(TRIGGER + "decisions/<int:invitation>/settle/", triggers.settle, name="settle_decision"),
]
