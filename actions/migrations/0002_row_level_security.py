from django.db import migrations

from organisations.row_security import ForceRowLevelSecurity


class Migration(migrations.Migration):
    dependencies = [("actions", "0001_initial")]

    operations = [
        ForceRowLevelSecurity("Case"),
        ForceRowLevelSecurity("CaseNote"),
        ForceRowLevelSecurity("Improvement"),
    ]
