import django.contrib.postgres.fields
import django.db.models.deletion
import journeys.traits
from django.db import migrations, models

from organisations.row_security import ForceRowLevelSecurity


class Migration(migrations.Migration):
    dependencies = [
        ("journeys", "0004_persona_rules"),
        ("organisations", "0002_row_level_security"),
    ]

    operations = [
        migrations.RemoveField(
            model_name="persona",
            name="quote",
        ),
        migrations.AddField(
            model_name="persona",
            name="marks",
            field=models.TextField(
                blank=True,
                help_text="How you recognise them. Such as: calls before ordering, keeps every letter.",
                max_length=2000,
                verbose_name="distinguishing marks",
            ),
        ),
        migrations.AddField(
            model_name="persona",
            name="priorities",
            field=models.TextField(
                blank=True,
                help_text="What comes first when they choose. Such as: reliable before cheap, by post before by app.",
                max_length=2000,
                verbose_name="preferences and priorities",
            ),
        ),
        migrations.AddField(
            model_name="persona",
            name="quotes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=300),
                blank=True,
                default=list,
                help_text="Sentences you have really heard, one per line; at most five.",
                size=None,
                verbose_name="in their words",
            ),
        ),
        migrations.AddField(
            model_name="persona",
            name="research",
            field=models.TextField(
                blank=True,
                help_text="Where they look, whom they ask, how long they take. Such as: test reports first, then a friend.",
                max_length=2000,
                verbose_name="how they research",
            ),
        ),
        migrations.AddField(
            model_name="persona",
            name="traits",
            field=models.JSONField(
                blank=True, default=dict, validators=[journeys.traits.validate_traits], verbose_name="personality"
            ),
        ),
        migrations.AddField(
            model_name="persona",
            name="values",
            field=models.TextField(
                blank=True,
                help_text="What matters to them beyond the purchase. Such as: independence, fairness, time with the family.",
                max_length=2000,
                verbose_name="values",
            ),
        ),
        migrations.AlterField(
            model_name="persona",
            name="background",
            field=models.TextField(
                blank=True,
                help_text="Work, family, experience with what you offer.",
                max_length=2000,
                verbose_name="personal or professional background",
            ),
        ),
        migrations.AlterField(
            model_name="persona",
            name="frustrations",
            field=models.TextField(
                blank=True,
                help_text="What makes them break off, complain or leave. Such as: costs that appear at the last step.",
                max_length=2000,
                verbose_name="what makes them abandon a purchase",
            ),
        ),
        migrations.AlterField(
            model_name="persona",
            name="goals",
            field=models.TextField(
                blank=True,
                help_text="What they want to get done, and what they need for it.",
                max_length=2000,
                verbose_name="goals and needs",
            ),
        ),
        migrations.CreateModel(
            name="PersonaChannel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("channel", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="journeys.channel")),
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
                ("persona", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="journeys.persona")),
            ],
        ),
        migrations.AddField(
            model_name="persona",
            name="channels",
            field=models.ManyToManyField(
                blank=True,
                related_name="+",
                through="journeys.PersonaChannel",
                to="journeys.channel",
                verbose_name="channels they like",
            ),
        ),
        migrations.CreateModel(
            name="PersonaPicture",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("content", models.BinaryField()),
                ("digest", models.CharField(max_length=64)),
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
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="picture", to="journeys.persona"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddConstraint(
            model_name="personachannel",
            constraint=models.UniqueConstraint(fields=("persona", "channel"), name="persona_channel_once"),
        ),
        ForceRowLevelSecurity("PersonaChannel"),
        ForceRowLevelSecurity("PersonaPicture"),
    ]
