import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from organisations.row_security import ForceRowLevelSecurity


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0006_pauses"),
        ("journeys", "0006_interactions"),
        ("organisations", "0003_mail_branding"),
        ("surveys", "0009_mails_that_come_back"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="comment",
            name="is_set_aside",
            field=models.BooleanField(db_default=False),
        ),
        migrations.AddField(
            model_name="response",
            name="left_out_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="response",
            name="sheet",
            field=models.BigIntegerField(null=True),
        ),
        migrations.CreateModel(
            name="Entrance",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "way",
                    models.CharField(
                        choices=[("link", "open link"), ("kiosk", "kiosk"), ("embed", "website")],
                        editable=False,
                        max_length=10,
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        help_text="Only your team sees it. Such as: receipts of the shop in Kiel.",
                        max_length=100,
                        verbose_name="name",
                    ),
                ),
                (
                    "language",
                    models.CharField(
                        blank=True,
                        choices=[("de", "German"), ("en", "English")],
                        help_text="In which it opens; people can switch.",
                        max_length=2,
                        verbose_name="language",
                    ),
                ),
                ("opens_on", models.DateField(blank=True, null=True, verbose_name="from")),
                ("closes_on", models.DateField(blank=True, null=True, verbose_name="until")),
                (
                    "origins",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=200), blank=True, default=list, size=None
                    ),
                ),
                ("switched_off_at", models.DateTimeField(editable=False, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "channel",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="journeys.channel",
                        verbose_name="channel",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                    "survey",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="entrances", to="surveys.survey"
                    ),
                ),
                (
                    "touchpoint",
                    models.ForeignKey(
                        blank=True,
                        help_text="What answers from here measure, where a question names no touchpoint of its own.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="journeys.touchpoint",
                        verbose_name="touchpoint",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Arrival",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("due_at", models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                ("source", models.BigIntegerField()),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="organisations.organisation"
                    ),
                ),
                (
                    "entrance",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="surveys.entrance",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="response",
            name="entrance",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="responses",
                to="surveys.entrance",
            ),
        ),
        migrations.AddIndex(
            model_name="response",
            index=models.Index(
                condition=models.Q(("set_aside", ""), _negated=True),
                fields=["survey", "-id"],
                name="response_set_aside",
            ),
        ),
        migrations.AddConstraint(
            model_name="response",
            constraint=models.UniqueConstraint(
                condition=models.Q(("entrance__isnull", False)),
                fields=("entrance", "sheet"),
                name="sheet_comes_in_once",
            ),
        ),
        migrations.AddIndex(
            model_name="arrival",
            index=models.Index(fields=["entrance", "source", "due_at"], name="arrival_source"),
        ),
        ForceRowLevelSecurity("Entrance"),
    ]
