import common.colours
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
import organisations.models
from django.conf import settings
from django.db import migrations, models

from common.migrating import CreateModels


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        CreateModels(
            models=[
                migrations.CreateModel(
                    name="Organisation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=100, verbose_name="name")),
                        ("slug", models.SlugField(unique=True, verbose_name="address in the portal")),
                        (
                            "language",
                            models.CharField(
                                choices=[("de", "German"), ("en", "English")],
                                default="de",
                                max_length=2,
                                verbose_name="language",
                            ),
                        ),
                        (
                            "time_zone",
                            models.CharField(
                                default="Europe/Berlin",
                                max_length=50,
                                validators=[organisations.models.validate_time_zone],
                                verbose_name="time zone",
                            ),
                        ),
                        (
                            "minimum_n",
                            models.PositiveSmallIntegerField(
                                default=5,
                                help_text="Figures from fewer answers are hidden everywhere. At least 3.",
                                validators=[django.core.validators.MinValueValidator(3)],
                                verbose_name="fewest answers shown",
                            ),
                        ),
                        (
                            "comment_minimum_n",
                            models.PositiveSmallIntegerField(
                                default=8,
                                help_text="Comments are shown only where at least this many people answered. At least 3.",
                                validators=[django.core.validators.MinValueValidator(3)],
                                verbose_name="fewest answers for comments",
                            ),
                        ),
                        (
                            "sender_name",
                            models.CharField(
                                blank=True,
                                help_text="Empty: the organisation's name.",
                                max_length=100,
                                verbose_name="sender of survey mails",
                            ),
                        ),
                        (
                            "from_address",
                            models.EmailField(
                                blank=True,
                                help_text="Empty: the address of this installation.",
                                max_length=254,
                                verbose_name="sender's address",
                            ),
                        ),
                        ("reply_to", models.EmailField(blank=True, max_length=254, verbose_name="replies go to")),
                        (
                            "brand_colour",
                            models.CharField(
                                blank=True,
                                help_text="Of the button and the edge.",
                                max_length=7,
                                validators=[common.colours.validate_colour],
                                verbose_name="colour",
                            ),
                        ),
                        ("logo_digest", models.CharField(blank=True, editable=False, max_length=16)),
                        ("logo_width", models.PositiveSmallIntegerField(default=0, editable=False)),
                        ("logo_height", models.PositiveSmallIntegerField(default=0, editable=False)),
                        (
                            "privacy_url",
                            models.URLField(
                                blank=True,
                                help_text="Linked from every survey and every mail.",
                                verbose_name="privacy notice",
                            ),
                        ),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                    ],
                ),
                migrations.CreateModel(
                    name="OrganisationLogo",
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
                        ("content", models.BinaryField()),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("organisation",), name="logo_once")],
                    },
                ),
                migrations.CreateModel(
                    name="User",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("password", models.CharField(max_length=128, verbose_name="password")),
                        ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                        ("email", models.EmailField(max_length=254, unique=True, verbose_name="e-mail address")),
                        ("name", models.CharField(max_length=100, verbose_name="name")),
                        (
                            "language",
                            models.CharField(
                                blank=True,
                                choices=[("de", "German"), ("en", "English")],
                                max_length=2,
                                verbose_name="language",
                            ),
                        ),
                        ("is_active", models.BooleanField(default=True)),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="Department",
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
                            "parent",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="children",
                                to="organisations.department",
                                verbose_name="part of",
                            ),
                        ),
                        ("name", models.CharField(max_length=100, verbose_name="name")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                models.F("organisation"),
                                django.db.models.functions.text.Lower("name"),
                                name="department_name_once",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Membership",
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
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="memberships",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "role",
                            models.CharField(
                                choices=[
                                    ("admin", "Administrator"),
                                    ("cx_manager", "CX manager"),
                                    ("analyst", "Analyst"),
                                    ("department_lead", "Department lead"),
                                    ("member", "Member"),
                                ],
                                max_length=20,
                                verbose_name="role",
                            ),
                        ),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        (
                            "departments",
                            models.ManyToManyField(
                                blank=True,
                                related_name="members",
                                through="organisations.MembershipDepartment",
                                to="organisations.department",
                                verbose_name="departments",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("organisation", "user"), name="membership_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MembershipDepartment",
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
                            "membership",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, to="organisations.membership"
                            ),
                        ),
                        (
                            "department",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, to="organisations.department"
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("membership", "department"), name="membership_department_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ColleagueInvite",
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
                        ("email", models.EmailField(max_length=254, verbose_name="e-mail address")),
                        (
                            "role",
                            models.CharField(
                                choices=[
                                    ("admin", "Administrator"),
                                    ("cx_manager", "CX manager"),
                                    ("analyst", "Analyst"),
                                    ("department_lead", "Department lead"),
                                    ("member", "Member"),
                                ],
                                max_length=20,
                                verbose_name="role",
                            ),
                        ),
                        ("departments", models.JSONField(default=list)),
                        (
                            "invited_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ("sent_at", models.DateTimeField(editable=False, null=True)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                models.F("organisation"),
                                django.db.models.functions.text.Lower("email"),
                                name="colleague_invited_once",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ColleagueInviteQueue",
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
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="organisations.organisation",
                            ),
                        ),
                        ("due_at", models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                        (
                            "invite",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="organisations.colleagueinvite",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("invite",), name="colleague_invite_queued_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DataSource",
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
                        ("name", models.CharField(max_length=100, verbose_name="name")),
                        ("description", models.TextField(blank=True, verbose_name="description")),
                        (
                            "department",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="data_sources",
                                to="organisations.department",
                                verbose_name="department",
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="owned_sources",
                                to="organisations.membership",
                                verbose_name="data owner",
                            ),
                        ),
                        (
                            "deputy",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="deputised_sources",
                                to="organisations.membership",
                                verbose_name="deputy",
                            ),
                        ),
                        (
                            "freshness_days",
                            models.PositiveSmallIntegerField(
                                default=30,
                                validators=[django.core.validators.MinValueValidator(1)],
                                verbose_name="must be fresh within (days)",
                            ),
                        ),
                        (
                            "refreshed_at",
                            models.DateTimeField(blank=True, editable=False, null=True, verbose_name="last refreshed"),
                        ),
                        ("row_count", models.PositiveIntegerField(default=0, editable=False, verbose_name="rows")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                models.F("organisation"),
                                django.db.models.functions.text.Lower("name"),
                                name="data_source_name_once",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AuditEntry",
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
                        ("at", models.DateTimeField(auto_now_add=True)),
                        (
                            "actor",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("action", models.CharField(max_length=50)),
                        ("subject_type", models.CharField(max_length=50)),
                        ("subject_id", models.BigIntegerField()),
                        ("details", models.JSONField(default=dict)),
                    ],
                    options={
                        "indexes": [models.Index(fields=["organisation", "-id"], name="audit_newest_first")],
                    },
                ),
                migrations.CreateModel(
                    name="Job",
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
                        ("kind", models.CharField(max_length=50)),
                        ("parameters", models.JSONField(default=dict)),
                        ("file", models.BinaryField(null=True)),
                        ("file_name", models.CharField(blank=True, max_length=200)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "waiting"),
                                    ("running", "running"),
                                    ("done", "done"),
                                    ("failed", "failed"),
                                ],
                                default="waiting",
                                max_length=10,
                            ),
                        ),
                        ("rows_total", models.PositiveIntegerField(null=True)),
                        ("rows_done", models.PositiveIntegerField(default=0)),
                        ("error_count", models.PositiveIntegerField(default=0)),
                        ("message", models.TextField(blank=True)),
                        ("message_values", models.JSONField(default=dict)),
                        (
                            "created_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        ("started_at", models.DateTimeField(null=True)),
                        ("finished_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "indexes": [models.Index(fields=["organisation", "-id"], name="job_newest_first")],
                    },
                ),
                migrations.CreateModel(
                    name="JobError",
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
                            "job",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="errors",
                                to="organisations.job",
                            ),
                        ),
                        ("row", models.PositiveIntegerField()),
                        ("column", models.CharField(blank=True, max_length=200)),
                        ("message", models.TextField()),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="JobQueue",
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
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="organisations.organisation",
                            ),
                        ),
                        ("due_at", models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                        (
                            "job",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="organisations.job"
                            ),
                        ),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("job",), name="job_queued_once")],
                    },
                ),
            ],
        ),
    ]
