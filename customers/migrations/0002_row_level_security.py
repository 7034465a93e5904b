from django.db import migrations

from organisations.row_security import ForceRowLevelSecurity


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial")]

    operations = [
        ForceRowLevelSecurity("Customer"),
        ForceRowLevelSecurity("Consent"),
        ForceRowLevelSecurity("Suppression"),
        ForceRowLevelSecurity("UploadedFile"),
    ]
