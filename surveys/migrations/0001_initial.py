import django.contrib.postgres.fields
import django.contrib.postgres.functions
import django.core.validators
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
    ]

    operations = [
        CreateModels(
            models=[
                migrations.CreateModel(
                    name="Survey",
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
                            "form_key",
                            models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), editable=False),
                        ),
                        ("name", models.CharField(max_length=100, verbose_name="name")),
                        (
                            "state",
                            models.CharField(
                                choices=[("draft", "draft"), ("live", "live"), ("closed", "closed")],
                                default="draft",
                                editable=False,
                                max_length=10,
                            ),
                        ),
                        (
                            "touchpoint",
                            models.ForeignKey(
                                blank=True,
                                help_text="What the survey measures where a question names no touchpoint of its own.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="surveys",
                                to="journeys.touchpoint",
                                verbose_name="touchpoint",
                            ),
                        ),
                        (
                            "languages",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(
                                    choices=[("de", "German"), ("en", "English")], max_length=2
                                ),
                                size=None,
                                verbose_name="languages",
                            ),
                        ),
                        (
                            "default_language",
                            models.CharField(
                                choices=[("de", "German"), ("en", "English")],
                                max_length=2,
                                verbose_name="default language",
                            ),
                        ),
                        ("intro", models.JSONField(blank=True, default=dict, verbose_name="greeting sentence")),
                        ("thanks", models.JSONField(blank=True, default=dict, verbose_name="thank-you")),
                        (
                            "thanks_high",
                            models.JSONField(blank=True, default=dict, verbose_name="thank-you after a high score"),
                        ),
                        (
                            "thanks_low",
                            models.JSONField(blank=True, default=dict, verbose_name="thank-you after a low score"),
                        ),
                        ("review_url", models.URLField(blank=True, max_length=500, verbose_name="review link")),
                        (
                            "offers_contact",
                            models.BooleanField(
                                default=False, verbose_name="ask after a low score whether to get in touch"
                            ),
                        ),
                        (
                            "mail_subject",
                            models.JSONField(blank=True, default=dict, verbose_name="subject of the mail"),
                        ),
                        ("mail_text", models.JSONField(blank=True, default=dict, verbose_name="text of the mail")),
                        (
                            "answer_days",
                            models.PositiveSmallIntegerField(
                                default=30,
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(365),
                                ],
                                verbose_name="days to answer",
                            ),
                        ),
                        ("closes_on", models.DateField(blank=True, null=True, verbose_name="last day")),
                        (
                            "quota",
                            models.PositiveIntegerField(
                                blank=True,
                                null=True,
                                validators=[django.core.validators.MinValueValidator(1)],
                                verbose_name="answers wanted",
                            ),
                        ),
                        (
                            "is_anonymous",
                            models.BooleanField(
                                default=False,
                                help_text="Such as those of employees: nobody sees who has answered, results grow by several people at a time and have no filters for groups, comments have no day. Can be chosen until the survey is first published.",
                                verbose_name="never show answers one by one",
                            ),
                        ),
                        ("archived_at", models.DateTimeField(editable=False, null=True)),
                        (
                            "ignores_pause",
                            models.BooleanField(
                                default=False,
                                help_text="Is also sent to customers who were asked recently, and does not keep them from being asked by others. For what must not wait, such as a question after a complaint.",
                                verbose_name="exempt from the pause between invitations",
                            ),
                        ),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                    ],
                    options={
                        "abstract": False,
                        "constraints": [
                            models.UniqueConstraint(fields=("organisation", "form_key"), name="survey_made_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Question",
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
                            "form_key",
                            models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), editable=False),
                        ),
                        (
                            "survey",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="questions",
                                to="surveys.survey",
                            ),
                        ),
                        (
                            "matrix",
                            models.ForeignKey(
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="rows",
                                to="surveys.question",
                            ),
                        ),
                        (
                            "replaces",
                            models.ForeignKey(
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="replacements",
                                to="surveys.question",
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField(default=0, editable=False)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("nps", "Recommendation (NPS)"),
                                    ("csat", "Satisfaction (CSAT)"),
                                    ("ces", "Effort (CES)"),
                                    ("rating", "Rating"),
                                    ("matrix", "Several ratings in a table"),
                                    ("yes_no", "Yes or no"),
                                    ("single", "One choice"),
                                    ("multiple", "Several choices"),
                                    ("ranking", "Ranking"),
                                    ("short_text", "Short text"),
                                    ("text", "Open question"),
                                    ("number", "Number"),
                                    ("date", "Date"),
                                    ("consent", "Consent"),
                                    ("info", "Information"),
                                ],
                                max_length=10,
                                verbose_name="kind",
                            ),
                        ),
                        ("text", models.JSONField(default=dict, verbose_name="question")),
                        (
                            "low_label",
                            models.JSONField(blank=True, default=dict, verbose_name="label of the lowest score"),
                        ),
                        (
                            "high_label",
                            models.JSONField(blank=True, default=dict, verbose_name="label of the highest score"),
                        ),
                        ("lo", models.IntegerField(blank=True, null=True, verbose_name="lowest score")),
                        ("hi", models.IntegerField(blank=True, null=True, verbose_name="highest score")),
                        ("box_lo", models.SmallIntegerField(blank=True, null=True, verbose_name="counted from")),
                        ("box_hi", models.SmallIntegerField(blank=True, null=True, verbose_name="counted to")),
                        ("high_is_good", models.BooleanField(default=True, verbose_name="high is good")),
                        (
                            "look",
                            models.CharField(
                                choices=[("numbers", "numbers"), ("stars", "stars"), ("smileys", "smileys")],
                                default="numbers",
                                max_length=10,
                                verbose_name="shown as",
                            ),
                        ),
                        ("options", models.JSONField(blank=True, default=list, verbose_name="choices")),
                        (
                            "allows_other",
                            models.BooleanField(default=False, verbose_name="offer “other” with a text of one's own"),
                        ),
                        ("random_order", models.BooleanField(default=False, verbose_name="offer in random order")),
                        ("condition", models.JSONField(blank=True, default=dict)),
                        ("ends_if", models.JSONField(blank=True, default=dict)),
                        ("variants", models.JSONField(blank=True, default=list)),
                        ("starts_page", models.BooleanField(default=False, verbose_name="starts a new page")),
                        (
                            "aspect",
                            models.CharField(
                                choices=[("experience", "what was experienced"), ("expectation", "what was expected")],
                                default="experience",
                                max_length=12,
                                verbose_name="measures",
                            ),
                        ),
                        (
                            "touchpoint",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="questions",
                                to="journeys.touchpoint",
                                verbose_name="touchpoint",
                            ),
                        ),
                        ("is_required", models.BooleanField(default=False, verbose_name="required")),
                        (
                            "allows_not_applicable",
                            models.BooleanField(default=False, verbose_name="offer “not applicable”"),
                        ),
                        ("published_at", models.DateTimeField(editable=False, null=True)),
                        ("archived_at", models.DateTimeField(editable=False, null=True)),
                        (
                            "archived_by",
                            models.ForeignKey(
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("position", "pk"),
                        "abstract": False,
                        "constraints": [
                            models.UniqueConstraint(fields=("organisation", "form_key"), name="question_made_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind__in", ["nps", "csat", "ces", "rating", "matrix"]), _negated=True),
                                    models.Q(("hi__gt", models.F("lo")), ("lo__isnull", False)),
                                    _connector="OR",
                                ),
                                name="question_scale_complete",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SurveyVersion",
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
                            "survey",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="versions",
                                to="surveys.survey",
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField()),
                        ("document", models.JSONField()),
                        ("published_at", models.DateTimeField(auto_now_add=True)),
                        (
                            "published_by",
                            models.ForeignKey(
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("-number",),
                        "constraints": [
                            models.UniqueConstraint(fields=("survey", "number"), name="survey_version_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MailCheck",
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
                            "asked_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("asked_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("finished_at", models.DateTimeField(null=True)),
                        ("findings", models.JSONField(default=list)),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("organisation",), name="mail_check_once")],
                    },
                ),
                migrations.CreateModel(
                    name="MailCheckQueue",
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
                            "mail_check",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="surveys.mailcheck",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("mail_check",), name="mail_check_queued_once")],
                    },
                ),
                migrations.CreateModel(
                    name="Entrance",
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
                            "form_key",
                            models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), editable=False),
                        ),
                        (
                            "survey",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="entrances",
                                to="surveys.survey",
                            ),
                        ),
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
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                    ],
                    options={
                        "abstract": False,
                        "constraints": [
                            models.UniqueConstraint(fields=("organisation", "form_key"), name="entrance_made_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Arrival",
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
                            "entrance",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="surveys.entrance",
                            ),
                        ),
                        ("source", models.BigIntegerField()),
                    ],
                    options={
                        "indexes": [models.Index(fields=["entrance", "source", "due_at"], name="arrival_source")],
                    },
                ),
                migrations.CreateModel(
                    name="MailNotice",
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
                        ("text", models.CharField(max_length=600)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("organisation", "text"), name="mail_notice_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HistoryImport",
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
                        ("file_name", models.CharField(max_length=200)),
                        ("content", models.BinaryField(null=True)),
                        ("mapping", models.TextField(blank=True)),
                        (
                            "survey",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="history",
                                to="surveys.survey",
                            ),
                        ),
                        ("response_count", models.PositiveIntegerField(default=0)),
                        (
                            "created_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                    ],
                    options={
                        "indexes": [models.Index(fields=["organisation", "-id"], name="history_newest_first")],
                    },
                ),
                migrations.CreateModel(
                    name="HistoryQueue",
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
                            "history",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="surveys.historyimport",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("history",), name="history_queued_once")],
                    },
                ),
                migrations.CreateModel(
                    name="ContactPolicy",
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
                            "pause_days",
                            models.PositiveSmallIntegerField(
                                default=0,
                                help_text="A customer gets at most one invitation in so many days, across all surveys. 0: no limit.",
                                validators=[django.core.validators.MaxValueValidator(730)],
                                verbose_name="pause between two invitations (days)",
                            ),
                        ),
                        ("quiet_from", models.TimeField(blank=True, null=True, verbose_name="nothing is sent from")),
                        ("quiet_until", models.TimeField(blank=True, null=True, verbose_name="until")),
                        (
                            "quiet_weekdays",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.SmallIntegerField(
                                    choices=[
                                        (0, "Monday"),
                                        (1, "Tuesday"),
                                        (2, "Wednesday"),
                                        (3, "Thursday"),
                                        (4, "Friday"),
                                        (5, "Saturday"),
                                        (6, "Sunday"),
                                    ]
                                ),
                                blank=True,
                                default=list,
                                size=None,
                                verbose_name="days of the week on which nothing is sent",
                            ),
                        ),
                        (
                            "quiet_dates",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.DateField(),
                                blank=True,
                                default=list,
                                size=None,
                                verbose_name="single days",
                            ),
                        ),
                        (
                            "observes_german_holidays",
                            models.BooleanField(
                                default=False, verbose_name="nothing on Germany's nationwide public holidays"
                            ),
                        ),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("organisation",), name="contact_policy_once")],
                    },
                ),
                migrations.CreateModel(
                    name="Campaign",
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
                            "survey",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="campaigns",
                                to="surveys.survey",
                                verbose_name="survey",
                            ),
                        ),
                        ("name", models.CharField(max_length=100, verbose_name="name")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("draft", "draft"),
                                    ("scheduled", "planned"),
                                    ("preparing", "being prepared"),
                                    ("sending", "being sent"),
                                    ("sent", "sent"),
                                    ("cancelled", "cancelled"),
                                ],
                                default="draft",
                                editable=False,
                                max_length=10,
                            ),
                        ),
                        (
                            "channel",
                            models.ForeignKey(
                                blank=True,
                                help_text="The way on which the customers asked had contact, if it is the same for all.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="journeys.channel",
                                verbose_name="channel",
                            ),
                        ),
                        (
                            "selection",
                            models.CharField(
                                choices=[
                                    ("everyone", "all customers"),
                                    ("segment", "customers who meet conditions"),
                                    ("persona", "customers of a persona"),
                                    ("chosen", "chosen customers"),
                                    ("file", "customers in a file"),
                                ],
                                default="everyone",
                                max_length=10,
                                verbose_name="who is asked",
                            ),
                        ),
                        (
                            "persona",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="journeys.persona",
                                verbose_name="persona",
                            ),
                        ),
                        ("rule", models.JSONField(blank=True, default=dict, editable=False)),
                        ("file_name", models.CharField(blank=True, editable=False, max_length=200)),
                        (
                            "form_key",
                            models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), editable=False),
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
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        ("send_at", models.DateTimeField(editable=False, null=True)),
                        ("started_at", models.DateTimeField(editable=False, null=True)),
                        (
                            "is_exported",
                            models.BooleanField(
                                default=False,
                                help_text="For a mailer of your own. Who stands in the file counts as asked; the same rules hold for them.",
                                verbose_name="make a file of personal links instead of mails",
                            ),
                        ),
                        ("mails_per_hour", models.PositiveIntegerField(editable=False, null=True)),
                        ("planned_until", models.DateTimeField(editable=False, null=True)),
                        ("next_slot_at", models.DateTimeField(editable=False, null=True)),
                        ("paused_at", models.DateTimeField(editable=False, null=True)),
                        (
                            "customers",
                            models.ManyToManyField(
                                blank=True,
                                related_name="+",
                                through="surveys.CampaignCustomer",
                                to="customers.customer",
                                verbose_name="customers",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "draft")),
                                fields=("organisation", "form_key"),
                                name="campaign_drafted_once",
                            )
                        ],
                        "indexes": [models.Index(fields=["organisation", "-id"], name="campaign_newest_first")],
                    },
                ),
                migrations.CreateModel(
                    name="CampaignCustomer",
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
                            "campaign",
                            models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="surveys.campaign"),
                        ),
                        (
                            "customer",
                            models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="customers.customer"),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("campaign", "customer"), name="campaign_customer_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CampaignQueue",
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
                            "campaign",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="surveys.campaign",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("campaign",), name="campaign_queued_once")],
                    },
                ),
                migrations.CreateModel(
                    name="MailBatch",
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
                            "invitations",
                            django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None),
                        ),
                        ("number", models.PositiveSmallIntegerField(default=0)),
                        ("last_begun", models.BigIntegerField(default=0)),
                        ("claimed_at", models.DateTimeField()),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="Reminder",
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
                            "survey",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="reminders",
                                to="surveys.survey",
                            ),
                        ),
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
                        ("since", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "ordering": ("days",),
                        "constraints": [
                            models.UniqueConstraint(fields=("survey", "days"), name="reminder_once_per_day")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReminderQueue",
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
                            "reminder",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="surveys.reminder",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("reminder",), name="reminder_queued_once")],
                    },
                ),
                migrations.CreateModel(
                    name="ChangedDay",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("due_at", models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                        (
                            "organisation",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
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
                        ("day", models.DateField()),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="Trigger",
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
                            "form_key",
                            models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), editable=False),
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
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        (
                            "channels",
                            models.ManyToManyField(
                                blank=True,
                                help_text="None ticked: over any channel.",
                                related_name="+",
                                through="surveys.TriggerChannel",
                                to="journeys.channel",
                                verbose_name="over these channels only",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "constraints": [
                            models.UniqueConstraint(fields=("organisation", "form_key"), name="trigger_made_once")
                        ],
                        "indexes": [models.Index(fields=["organisation", "-id"], name="trigger_newest_first")],
                    },
                ),
                migrations.CreateModel(
                    name="Invitation",
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
                            "consent",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="customers.consent",
                            ),
                        ),
                        (
                            "notice",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="surveys.mailnotice",
                            ),
                        ),
                        (
                            "survey",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="invitations",
                                to="surveys.survey",
                            ),
                        ),
                        (
                            "version",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="surveys.surveyversion",
                            ),
                        ),
                        (
                            "campaign",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="invitations",
                                to="surveys.campaign",
                            ),
                        ),
                        (
                            "customer",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="invitations",
                                to="customers.customer",
                            ),
                        ),
                        (
                            "trigger",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="invitations",
                                to="surveys.trigger",
                            ),
                        ),
                        (
                            "interaction",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="journeys.interaction",
                            ),
                        ),
                        (
                            "touchpoint",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="journeys.touchpoint",
                            ),
                        ),
                        (
                            "channel",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="journeys.channel",
                            ),
                        ),
                        (
                            "persona",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="journeys.persona",
                            ),
                        ),
                        ("language", models.CharField(choices=[("de", "German"), ("en", "English")], max_length=2)),
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
                        ("sent_day", models.DateField(null=True)),
                        ("complained_at", models.DateTimeField(null=True)),
                        ("expires_at", models.DateTimeField()),
                        ("opened_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("campaign", "customer"), name="invited_once_per_campaign"),
                            models.UniqueConstraint(
                                condition=models.Q(("trigger__isnull", False)),
                                fields=("trigger", "interaction"),
                                name="decided_once_per_contact",
                            ),
                        ],
                        "indexes": [
                            models.Index(fields=["campaign", "state", "id"], name="invitation_campaign_state"),
                            models.Index(fields=["survey", "sent_day"], name="invitation_survey_sent"),
                            models.Index(fields=["customer", "sent_at"], name="invitation_customer_sent"),
                            models.Index(
                                condition=models.Q(("trigger__isnull", False)),
                                fields=["trigger", "created_at"],
                                name="invitation_of_trigger",
                            ),
                            models.Index(
                                condition=models.Q(("state", "not_sent")),
                                fields=["organisation", "created_at", "id", "reason", "survey"],
                                name="invitation_not_sent",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MailQueue",
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
                            "invitation",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="surveys.invitation",
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField(default=0)),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("invitation", "number"), name="mail_queued_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReminderMail",
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
                            "consent",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="customers.consent",
                            ),
                        ),
                        (
                            "notice",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="surveys.mailnotice",
                            ),
                        ),
                        (
                            "invitation",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="reminder_mails",
                                to="surveys.invitation",
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField()),
                        (
                            "reminder",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="mails",
                                to="surveys.reminder",
                            ),
                        ),
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
                    options={
                        "constraints": [models.UniqueConstraint(fields=("invitation", "number"), name="reminded_once")],
                    },
                ),
                migrations.CreateModel(
                    name="Response",
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
                            "survey",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="responses",
                                to="surveys.survey",
                            ),
                        ),
                        (
                            "version",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="surveys.surveyversion",
                            ),
                        ),
                        (
                            "invitation",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="response",
                                to="surveys.invitation",
                            ),
                        ),
                        (
                            "customer",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="responses",
                                to="customers.customer",
                            ),
                        ),
                        (
                            "touchpoint",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="journeys.touchpoint",
                            ),
                        ),
                        (
                            "channel",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="journeys.channel",
                            ),
                        ),
                        (
                            "persona",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="journeys.persona",
                            ),
                        ),
                        (
                            "entrance",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="responses",
                                to="surveys.entrance",
                            ),
                        ),
                        ("sheet", models.BigIntegerField(null=True)),
                        ("language", models.CharField(max_length=2)),
                        ("answers", models.JSONField()),
                        (
                            "way",
                            models.CharField(
                                choices=[
                                    ("mail", "e-mail"),
                                    ("link", "open link"),
                                    ("kiosk", "kiosk"),
                                    ("embed", "website"),
                                    ("phone", "phone"),
                                    ("import", "import"),
                                ],
                                db_default="mail",
                                max_length=10,
                            ),
                        ),
                        (
                            "set_aside",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("test", "test"),
                                    ("too_fast", "answered faster than anyone reads"),
                                    ("trap", "filled in a field that people don't see"),
                                    ("flood", "one of very many in a short time"),
                                    ("by_hand", "set aside by hand"),
                                ],
                                db_default="",
                                max_length=10,
                            ),
                        ),
                        ("left_out_at", models.DateTimeField(null=True)),
                        ("begun_at", models.DateTimeField(null=True)),
                        ("completed_at", models.DateTimeField(null=True)),
                        ("contact_wished_at", models.DateTimeField(null=True)),
                        ("submitted_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("day", models.DateField()),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("sheet__isnull", False)),
                                fields=("survey", "sheet"),
                                name="sheet_comes_in_once",
                            )
                        ],
                        "indexes": [
                            models.Index(fields=["survey", "day"], name="response_survey_day"),
                            models.Index(
                                condition=models.Q(("set_aside", ""), _negated=True),
                                fields=["survey", "-id"],
                                name="response_set_aside",
                            ),
                            models.Index(
                                condition=models.Q(("entrance__isnull", False)),
                                fields=["entrance"],
                                name="response_entrance",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Score",
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
                            "response",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="%(class)ss",
                                to="surveys.response",
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
                            "question",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="surveys.question",
                            ),
                        ),
                        (
                            "touchpoint",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="journeys.touchpoint",
                            ),
                        ),
                        (
                            "channel",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
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
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="journeys.persona",
                            ),
                        ),
                        ("day", models.DateField()),
                        ("score", models.SmallIntegerField()),
                    ],
                    options={
                        "indexes": [models.Index(fields=["survey", "day"], name="score_survey_day")],
                    },
                ),
                migrations.CreateModel(
                    name="Comment",
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
                            "response",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="comments",
                                to="surveys.response",
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
                            "question",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="surveys.question",
                            ),
                        ),
                        (
                            "touchpoint",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="journeys.touchpoint",
                            ),
                        ),
                        (
                            "channel",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
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
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="journeys.persona",
                            ),
                        ),
                        ("day", models.DateField()),
                        (
                            "customer",
                            models.ForeignKey(
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="comments",
                                to="customers.customer",
                            ),
                        ),
                        ("language", models.CharField(max_length=2)),
                        ("text", models.TextField()),
                        ("is_set_aside", models.BooleanField(db_default=False)),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["organisation", "-id"], name="comment_newest_first"),
                            models.Index(fields=["touchpoint", "-id"], name="comment_touchpoint"),
                            models.Index(fields=["response", "organisation"], name="comment_response"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PickedQuote",
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
                            "persona",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="picked_quotes",
                                to="journeys.persona",
                            ),
                        ),
                        (
                            "comment",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="picked_as",
                                to="surveys.comment",
                            ),
                        ),
                        ("picked_at", models.DateTimeField(default=django.utils.timezone.now)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("persona", "comment"), name="quote_picked_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TriggerChannel",
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
                            "trigger",
                            models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="surveys.trigger"),
                        ),
                        (
                            "channel",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="journeys.channel"),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("trigger", "channel"), name="trigger_channel_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TriggerQueue",
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
                            "trigger",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="surveys.trigger",
                            ),
                        ),
                        (
                            "interaction",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="journeys.interaction",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("trigger", "interaction"), name="trigger_queued_once")
                        ],
                    },
                ),
            ],
        ),
        # See the model: that a crash of the database empties it is what it is there for.
        migrations.RunSQL(
            sql="ALTER TABLE surveys_mailbatch SET UNLOGGED",
            reverse_sql="ALTER TABLE surveys_mailbatch SET LOGGED",
        ),
    ]
