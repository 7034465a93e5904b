from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("organisations", "0002_row_level_security")]

    operations = [
        migrations.AddField("job", "starts", models.PositiveSmallIntegerField(default=0)),
    ]
