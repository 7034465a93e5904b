import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from common.migrating import CreateModels


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("journeys", "0001_initial"),
        ("organisations", "0001_initial"),
        ("surveys", "0001_initial"),
    ]

    operations = [
        CreateModels(
            models=[
                migrations.CreateModel(
                    name="ScoreRollup",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "organisation",
                            models.ForeignKey(
                                db_constraint=False,
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
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="surveys.survey",
                            ),
                        ),
                        (
                            "touchpoint",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="journeys.touchpoint",
                            ),
                        ),
                        ("day", models.DateField()),
                        ("grain", models.SmallIntegerField(choices=[(0, "Total"), (1, "Detail")])),
                        ("is_month", models.BooleanField(default=False)),
                        ("last_day", models.DateField()),
                        (
                            "question",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="surveys.question",
                            ),
                        ),
                        (
                            "channel",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="journeys.channel",
                            ),
                        ),
                        (
                            "persona",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="journeys.persona",
                            ),
                        ),
                        ("n", models.IntegerField()),
                        ("top", models.IntegerField()),
                        ("bottom", models.IntegerField()),
                        ("total", models.BigIntegerField()),
                        ("squares", models.BigIntegerField()),
                        (
                            "scores",
                            django.contrib.postgres.fields.ArrayField(base_field=models.SmallIntegerField(), size=None),
                        ),
                        (
                            "counts",
                            django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=(
                                    "survey",
                                    "day",
                                    "is_month",
                                    "grain",
                                    "question",
                                    "touchpoint",
                                    "channel",
                                    "persona",
                                ),
                                name="score_rollup_once",
                                nulls_distinct=False,
                            )
                        ],
                        "indexes": [
                            models.Index(
                                fields=["organisation", "grain", "is_month", "day"], name="score_rollup_period"
                            ),
                            models.Index(
                                fields=["touchpoint", "grain", "is_month", "day"], name="score_rollup_touchpoint"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="InvitationRollup",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "organisation",
                            models.ForeignKey(
                                db_constraint=False,
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
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="surveys.survey",
                            ),
                        ),
                        (
                            "touchpoint",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="journeys.touchpoint",
                            ),
                        ),
                        ("day", models.DateField()),
                        ("sent", models.IntegerField()),
                        ("opened", models.IntegerField(default=0)),
                        ("answered", models.IntegerField()),
                        ("partial", models.IntegerField(default=0)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("survey", "day", "touchpoint"),
                                name="invitation_rollup_once",
                                nulls_distinct=False,
                            )
                        ],
                        "indexes": [models.Index(fields=["organisation", "day"], name="invitation_rollup_period")],
                    },
                ),
                migrations.CreateModel(
                    name="SheetRollup",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "organisation",
                            models.ForeignKey(
                                db_constraint=False,
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
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="surveys.survey",
                            ),
                        ),
                        (
                            "version",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="surveys.surveyversion",
                            ),
                        ),
                        ("language", models.CharField(max_length=2)),
                        (
                            "channel",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="journeys.channel",
                            ),
                        ),
                        (
                            "persona",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="journeys.persona",
                            ),
                        ),
                        ("day", models.DateField()),
                        ("complete", models.IntegerField()),
                        ("partial", models.IntegerField()),
                        (
                            "seconds",
                            django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None),
                        ),
                        (
                            "counts",
                            django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("survey", "day", "version", "language", "channel", "persona"),
                                name="sheet_rollup_once",
                                nulls_distinct=False,
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AnswerRollup",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "organisation",
                            models.ForeignKey(
                                db_constraint=False,
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
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="surveys.survey",
                            ),
                        ),
                        (
                            "version",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="surveys.surveyversion",
                            ),
                        ),
                        ("language", models.CharField(max_length=2)),
                        (
                            "channel",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="journeys.channel",
                            ),
                        ),
                        (
                            "persona",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="journeys.persona",
                            ),
                        ),
                        ("day", models.DateField()),
                        (
                            "question",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="surveys.question",
                            ),
                        ),
                        ("n", models.IntegerField()),
                        ("skipped", models.IntegerField()),
                        ("not_applicable", models.IntegerField()),
                        (
                            "codes",
                            django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None),
                        ),
                        (
                            "counts",
                            django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("survey", "day", "question", "version", "language", "channel", "persona"),
                                name="answer_rollup_once",
                                nulls_distinct=False,
                            )
                        ],
                    },
                ),
            ],
        ),
    ]
