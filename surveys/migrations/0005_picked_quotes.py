import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from organisations.row_security import ForceRowLevelSecurity


class Migration(migrations.Migration):
    dependencies = [
        ("journeys", "0005_persona_profile"),
        ("organisations", "0002_row_level_security"),
        ("surveys", "0004_files_have_an_end"),
    ]

    operations = [
        migrations.CreateModel(
            name="PickedQuote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("picked_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "comment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="picked_as", to="surveys.comment"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="organisations.organisation",
                    ),
                ),
                (
                    "persona",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="picked_quotes",
                        to="journeys.persona",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("persona", "comment"), name="quote_picked_once")],
            },
        ),
        ForceRowLevelSecurity("PickedQuote"),
    ]
