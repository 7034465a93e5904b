import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from organisations.row_security import ForceRowLevelSecurity


class Migration(migrations.Migration):
    dependencies = [
        ("organisations", "0003_mail_branding"),
        ("surveys", "0013_invitation_ledger"),
    ]

    operations = [
        migrations.CreateModel(
            name="Reminder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "days",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(364),
                        ],
                        verbose_name="days after the first mail",
                    ),
                ),
                ("subject", models.JSONField(default=dict, verbose_name="subject of the mail")),
                ("text", models.JSONField(default=dict, verbose_name="text of the mail")),
            ],
            options={
                "ordering": ("days",),
            },
        ),
        migrations.CreateModel(
            name="ReminderMail",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("not_sent", "not sent"),
                            ("queued", "waiting to be sent"),
                            ("sending", "being sent"),
                            ("sent", "sent"),
                            ("failed", "refused by the mail server"),
                            ("bounced", "came back"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("no_address", "no e-mail address"),
                            ("no_legal_basis", "no legal basis"),
                            ("unsubscribed", "unsubscribed"),
                            ("bounced", "mail came back"),
                            ("complained", "marked as spam"),
                            ("paused", "wants a pause"),
                            ("suppressed", "suppressed by hand"),
                            ("recently_asked", "asked recently"),
                            ("cancelled", "campaign cancelled"),
                            ("too_late", "contact too long ago"),
                            ("conditions", "conditions not met"),
                            ("sampled_out", "not drawn"),
                            ("cap_reached", "daily limit reached"),
                            ("trigger_paused", "trigger paused"),
                            ("closed", "survey closed"),
                            ("erased", "customer erased"),
                            ("answered", "answered meanwhile"),
                            ("expired", "link expired"),
                            ("not_arrived", "first mail did not arrive"),
                            ("taken_back", "reminder removed"),
                        ],
                        max_length=20,
                    ),
                ),
                ("legal_basis", models.CharField(blank=True, max_length=20)),
                ("refusal", models.CharField(blank=True, max_length=200)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("claimed_at", models.DateTimeField(null=True)),
                ("sent_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="ReminderQueue",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("due_at", models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="mailqueue",
            name="mail_queued_once",
        ),
        migrations.AddField(
            model_name="mailbatch",
            name="number",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="mailqueue",
            name="number",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AlterField(
            model_name="invitation",
            name="reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("no_address", "no e-mail address"),
                    ("no_legal_basis", "no legal basis"),
                    ("unsubscribed", "unsubscribed"),
                    ("bounced", "mail came back"),
                    ("complained", "marked as spam"),
                    ("paused", "wants a pause"),
                    ("suppressed", "suppressed by hand"),
                    ("recently_asked", "asked recently"),
                    ("cancelled", "campaign cancelled"),
                    ("too_late", "contact too long ago"),
                    ("conditions", "conditions not met"),
                    ("sampled_out", "not drawn"),
                    ("cap_reached", "daily limit reached"),
                    ("trigger_paused", "trigger paused"),
                    ("closed", "survey closed"),
                    ("erased", "customer erased"),
                    ("answered", "answered meanwhile"),
                    ("expired", "link expired"),
                    ("not_arrived", "first mail did not arrive"),
                    ("taken_back", "reminder removed"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            model_name="mailqueue",
            constraint=models.UniqueConstraint(fields=("invitation", "number"), name="mail_queued_once"),
        ),
        migrations.AddField(
            model_name="reminder",
            name="organisation",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="organisations.organisation",
            ),
        ),
        migrations.AddField(
            model_name="reminder",
            name="survey",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="reminders", to="surveys.survey"
            ),
        ),
        migrations.AddField(
            model_name="remindermail",
            name="invitation",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="reminder_mails",
                to="surveys.invitation",
            ),
        ),
        migrations.AddField(
            model_name="remindermail",
            name="organisation",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="organisations.organisation",
            ),
        ),
        migrations.AddField(
            model_name="remindermail",
            name="reminder",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="mails", to="surveys.reminder"
            ),
        ),
        migrations.AddField(
            model_name="reminderqueue",
            name="organisation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="organisations.organisation"
            ),
        ),
        migrations.AddField(
            model_name="reminderqueue",
            name="reminder",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="surveys.reminder"
            ),
        ),
        migrations.AddConstraint(
            model_name="reminder",
            constraint=models.UniqueConstraint(fields=("survey", "days"), name="reminder_once_per_day"),
        ),
        migrations.AddConstraint(
            model_name="remindermail",
            constraint=models.UniqueConstraint(fields=("invitation", "number"), name="reminded_once"),
        ),
        migrations.AddConstraint(
            model_name="reminderqueue",
            constraint=models.UniqueConstraint(fields=("reminder",), name="reminder_queued_once"),
        ),
        ForceRowLevelSecurity("Reminder"),
        ForceRowLevelSecurity("ReminderMail"),
    ]
