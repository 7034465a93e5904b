import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("organisations", "0002_row_level_security"),
        ("surveys", "0005_picked_quotes"),
    ]

    operations = [
        migrations.CreateModel(
            name="MailBatch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("due_at", models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                (
                    "invitations",
                    django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None),
                ),
                ("last_begun", models.BigIntegerField(default=0)),
                ("claimed_at", models.DateTimeField()),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="organisations.organisation"
                    ),
                ),
            ],
            options={"abstract": False},
        ),
        # See the model: that a crash of the database empties it is what it is there for.
        migrations.RunSQL("ALTER TABLE surveys_mailbatch SET UNLOGGED", "ALTER TABLE surveys_mailbatch SET LOGGED"),
    ]
