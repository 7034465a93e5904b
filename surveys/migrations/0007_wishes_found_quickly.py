from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("surveys", "0006_survey_types"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="response",
            index=models.Index(
                condition=models.Q(("contact_wished_at__isnull", False)),
                fields=["survey", "day"],
                name="response_wished",
            ),
        ),
    ]
