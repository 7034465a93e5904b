from django.db import migrations

from organisations.row_security import ForceRowLevelSecurity


class Migration(migrations.Migration):
    dependencies = [("reports", "0001_initial")]

    operations = [
        ForceRowLevelSecurity("ScoreRollup"),
        ForceRowLevelSecurity("InvitationRollup"),
        ForceRowLevelSecurity("SheetRollup"),
        ForceRowLevelSecurity("AnswerRollup"),
    ]
