import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from common.migrating import CreateModels


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("customers", "0001_initial"),
        ("journeys", "0001_initial"),
        ("organisations", "0001_initial"),
        ("surveys", "0001_initial"),
    ]

    operations = [
        CreateModels(
            models=[
                migrations.CreateModel(
                    name="Case",
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
                                db_index=False,
                                editable=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="organisations.organisation",
                            ),
                        ),
                        (
                            "touchpoint",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="%(class)ss",
                                to="journeys.touchpoint",
                                verbose_name="touchpoint",
                            ),
                        ),
                        ("title", models.CharField(max_length=150, verbose_name="title")),
                        (
                            "responsible",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="%(class)ss",
                                to="organisations.membership",
                                verbose_name="responsible",
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
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        (
                            "comment",
                            models.OneToOneField(
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="case",
                                to="surveys.comment",
                            ),
                        ),
                        (
                            "customer",
                            models.ForeignKey(
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="cases",
                                to="customers.customer",
                            ),
                        ),
                        ("closed_at", models.DateTimeField(editable=False, null=True)),
                        ("outcome", models.TextField(editable=False, max_length=2000, verbose_name="outcome")),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["organisation", "-id"], name="case_newest_first"),
                            models.Index(
                                condition=models.Q(("closed_at", None)),
                                fields=["touchpoint"],
                                name="case_open_at_touchpoint",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CaseNote",
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
                                db_index=False,
                                editable=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="organisations.organisation",
                            ),
                        ),
                        (
                            "case",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="notes", to="actions.case"
                            ),
                        ),
                        (
                            "author",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("text", models.TextField(max_length=2000, verbose_name="note")),
                    ],
                    options={
                        "ordering": ("pk",),
                    },
                ),
                migrations.CreateModel(
                    name="Improvement",
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
                                db_index=False,
                                editable=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="organisations.organisation",
                            ),
                        ),
                        (
                            "touchpoint",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="%(class)ss",
                                to="journeys.touchpoint",
                                verbose_name="touchpoint",
                            ),
                        ),
                        ("title", models.CharField(max_length=150, verbose_name="title")),
                        (
                            "responsible",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="%(class)ss",
                                to="organisations.membership",
                                verbose_name="responsible",
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
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        (
                            "description",
                            models.TextField(blank=True, max_length=5000, verbose_name="what changes, and why"),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("planned", "planned"),
                                    ("running", "under way"),
                                    ("done", "done"),
                                    ("dropped", "dropped"),
                                ],
                                default="planned",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        ("due_on", models.DateField(blank=True, null=True, verbose_name="to be done by")),
                        (
                            "effective_on",
                            models.DateField(
                                blank=True,
                                help_text="Answers before this day are compared with those since.",
                                null=True,
                                verbose_name="customers feel it from",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["organisation", "-id"], name="improvement_newest_first"),
                            models.Index(
                                condition=models.Q(("state__in", ("planned", "running"))),
                                fields=["touchpoint"],
                                name="improvement_open_at_touchpoint",
                            ),
                        ],
                    },
                ),
            ],
        ),
    ]
