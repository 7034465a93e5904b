from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0006_pauses"),
        ("journeys", "0007_interactions_at_touchpoints"),
        ("organisations", "0003_mail_branding"),
        ("surveys", "0014_reminders"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="response",
            name="sheet_comes_in_once",
        ),
        migrations.AddIndex(
            model_name="response",
            index=models.Index(
                condition=models.Q(("entrance__isnull", False)), fields=["entrance"], name="response_entrance"
            ),
        ),
        migrations.AddConstraint(
            model_name="response",
            constraint=models.UniqueConstraint(
                condition=models.Q(("sheet__isnull", False)), fields=("survey", "sheet"), name="sheet_comes_in_once"
            ),
        ),
    ]
