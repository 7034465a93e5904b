from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0005_time_zone"),
        ("journeys", "0006_interactions"),
        ("organisations", "0002_row_level_security"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="interaction",
            index=models.Index(fields=["touchpoint", "at"], name="interaction_at_touchpoint"),
        ),
    ]
