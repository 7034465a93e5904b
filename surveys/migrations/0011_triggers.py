import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from organisations.row_security import ForceRowLevelSecurity


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0006_pauses"),
        ("journeys", "0007_interactions_at_touchpoints"),
        ("organisations", "0002_row_level_security"),
        ("surveys", "0010_entrances"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="TriggerChannel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ],
        ),
        migrations.CreateModel(
            name="TriggerQueue",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("due_at", models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
            ],
        ),
        migrations.AddField(
            model_name="invitation",
            name="interaction",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="journeys.interaction",
            ),
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
                ],
                max_length=20,
            ),
        ),
        migrations.CreateModel(
            name="Trigger",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "delay",
                    models.PositiveIntegerField(
                        default=60, validators=[django.core.validators.MaxValueValidator(129600)]
                    ),
                ),
                (
                    "share",
                    models.PositiveSmallIntegerField(
                        default=100,
                        help_text="100: everyone; 20: every fifth, chosen by chance.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="share of the customers (%)",
                    ),
                ),
                ("rule", models.JSONField(blank=True, default=dict, editable=False)),
                (
                    "daily_cap",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="Empty: no limit.",
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="at most so many mails a day",
                    ),
                ),
                ("active_since", models.DateTimeField(editable=False, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
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
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="triggers",
                        to="surveys.survey",
                        verbose_name="survey",
                    ),
                ),
                (
                    "touchpoint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="journeys.touchpoint",
                        verbose_name="after a contact at",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="invitation",
            name="trigger",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="invitations",
                to="surveys.trigger",
            ),
        ),
        migrations.AddIndex(
            model_name="invitation",
            index=models.Index(
                condition=models.Q(("trigger__isnull", False)),
                fields=["trigger", "created_at"],
                name="invitation_of_trigger",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("trigger__isnull", False)),
                fields=("trigger", "interaction"),
                name="decided_once_per_contact",
            ),
        ),
        migrations.AddField(
            model_name="triggerchannel",
            name="channel",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="journeys.channel"),
        ),
        migrations.AddField(
            model_name="triggerchannel",
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
            model_name="triggerchannel",
            name="trigger",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="surveys.trigger"),
        ),
        migrations.AddField(
            model_name="trigger",
            name="channels",
            field=models.ManyToManyField(
                blank=True,
                help_text="None ticked: over any channel.",
                related_name="+",
                through="surveys.TriggerChannel",
                to="journeys.channel",
                verbose_name="over these channels only",
            ),
        ),
        migrations.AddField(
            model_name="triggerqueue",
            name="interaction",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="journeys.interaction"
            ),
        ),
        migrations.AddField(
            model_name="triggerqueue",
            name="organisation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="organisations.organisation"
            ),
        ),
        migrations.AddField(
            model_name="triggerqueue",
            name="trigger",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="surveys.trigger"
            ),
        ),
        migrations.AddConstraint(
            model_name="triggerchannel",
            constraint=models.UniqueConstraint(fields=("trigger", "channel"), name="trigger_channel_once"),
        ),
        migrations.AddIndex(
            model_name="trigger",
            index=models.Index(fields=["organisation", "-id"], name="trigger_newest_first"),
        ),
        migrations.AddConstraint(
            model_name="triggerqueue",
            constraint=models.UniqueConstraint(fields=("trigger", "interaction"), name="trigger_queued_once"),
        ),
        ForceRowLevelSecurity("Trigger"),
        ForceRowLevelSecurity("TriggerChannel"),
    ]
