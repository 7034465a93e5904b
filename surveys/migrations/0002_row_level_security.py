from django.db import migrations

from organisations.row_security import ForceRowLevelSecurity


class Migration(migrations.Migration):
    dependencies = [("surveys", "0001_initial")]

    operations = [
        ForceRowLevelSecurity("Survey"),
        ForceRowLevelSecurity("Question"),
        ForceRowLevelSecurity("SurveyVersion"),
        ForceRowLevelSecurity("Campaign"),
        ForceRowLevelSecurity("CampaignCustomer"),
        ForceRowLevelSecurity("Invitation"),
        ForceRowLevelSecurity("Response"),
        ForceRowLevelSecurity("Score"),
        ForceRowLevelSecurity("Comment"),
        ForceRowLevelSecurity("HistoryImport"),
        ForceRowLevelSecurity("PickedQuote"),
        ForceRowLevelSecurity("ContactPolicy"),
        ForceRowLevelSecurity("MailCheck"),
        ForceRowLevelSecurity("Entrance"),
        ForceRowLevelSecurity("Trigger"),
        ForceRowLevelSecurity("TriggerChannel"),
        ForceRowLevelSecurity("Reminder"),
        ForceRowLevelSecurity("ReminderMail"),
        ForceRowLevelSecurity("MailNotice"),
    ]
