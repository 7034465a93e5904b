import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
import journeys.models.interactions
import journeys.traits
from django.conf import settings
from django.db import migrations, models

from common.migrating import CreateModels


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("customers", "0001_initial"),
        ("organisations", "0001_initial"),
    ]

    operations = [
        CreateModels(
            models=[
                migrations.CreateModel(
                    name="Channel",
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
                        ("name", models.CharField(max_length=50, verbose_name="name")),
                        ("position", models.PositiveSmallIntegerField(default=0, editable=False)),
                    ],
                    options={
                        "ordering": ("position", "pk"),
                        "constraints": [
                            models.UniqueConstraint(
                                models.F("organisation"),
                                django.db.models.functions.text.Lower("name"),
                                name="channel_name_once",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Persona",
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
                        (
                            "situation",
                            models.CharField(
                                blank=True,
                                help_text="Such as: family with two children, 41, Kiel.",
                                max_length=200,
                                verbose_name="life situation",
                            ),
                        ),
                        (
                            "background",
                            models.TextField(
                                blank=True,
                                help_text="Work, family, experience with what you offer.",
                                max_length=2000,
                                verbose_name="personal or professional background",
                            ),
                        ),
                        (
                            "goals",
                            models.TextField(
                                blank=True,
                                help_text="What they want to get done, and what they need for it.",
                                max_length=2000,
                                verbose_name="goals and needs",
                            ),
                        ),
                        (
                            "frustrations",
                            models.TextField(
                                blank=True,
                                help_text="What makes them break off, complain or leave. Such as: costs that appear at the last step.",
                                max_length=2000,
                                verbose_name="what makes them abandon a purchase",
                            ),
                        ),
                        (
                            "values",
                            models.TextField(
                                blank=True,
                                help_text="What matters to them beyond the purchase. Such as: independence, fairness, time with the family.",
                                max_length=2000,
                                verbose_name="values",
                            ),
                        ),
                        (
                            "research",
                            models.TextField(
                                blank=True,
                                help_text="Where they look, whom they ask, how long they take. Such as: test reports first, then a friend.",
                                max_length=2000,
                                verbose_name="how they research",
                            ),
                        ),
                        (
                            "priorities",
                            models.TextField(
                                blank=True,
                                help_text="What comes first when they choose. Such as: reliable before cheap, by post before by app.",
                                max_length=2000,
                                verbose_name="preferences and priorities",
                            ),
                        ),
                        (
                            "marks",
                            models.TextField(
                                blank=True,
                                help_text="How you recognise them. Such as: calls before ordering, keeps every letter.",
                                max_length=2000,
                                verbose_name="distinguishing marks",
                            ),
                        ),
                        (
                            "traits",
                            models.JSONField(
                                blank=True,
                                default=dict,
                                validators=[journeys.traits.validate_traits],
                                verbose_name="personality",
                            ),
                        ),
                        (
                            "quotes",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=300),
                                blank=True,
                                default=list,
                                help_text="Sentences you have really heard, one per line; at most five.",
                                size=None,
                                verbose_name="in their words",
                            ),
                        ),
                        ("rule", models.JSONField(blank=True, default=dict, editable=False)),
                        ("position", models.PositiveSmallIntegerField(default=0, editable=False)),
                        (
                            "channels",
                            models.ManyToManyField(
                                blank=True,
                                related_name="+",
                                through="journeys.PersonaChannel",
                                to="journeys.channel",
                                verbose_name="channels they like",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("position", "pk"),
                        "constraints": [
                            models.UniqueConstraint(
                                models.F("organisation"),
                                django.db.models.functions.text.Lower("name"),
                                name="persona_name_once",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PersonaChannel",
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
                            models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="journeys.persona"),
                        ),
                        (
                            "channel",
                            models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="journeys.channel"),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("persona", "channel"), name="persona_channel_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PersonaPicture",
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
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="picture",
                                to="journeys.persona",
                            ),
                        ),
                        ("content", models.BinaryField()),
                        ("digest", models.CharField(max_length=64)),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="PersonaAssignment",
                    fields=[
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
                            "customer",
                            models.OneToOneField(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="persona_assignment",
                                serialize=False,
                                to="customers.customer",
                            ),
                        ),
                        (
                            "persona",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="assignments",
                                to="journeys.persona",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["organisation", "persona"], name="assignment_of_persona")],
                    },
                ),
                migrations.CreateModel(
                    name="PersonaCount",
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
                        ("counted_at", models.DateTimeField()),
                        ("customers", models.PositiveIntegerField()),
                        ("belonging", models.JSONField()),
                        ("fitting_both", models.JSONField()),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(models.F("organisation"), name="persona_count_once")],
                    },
                ),
                migrations.CreateModel(
                    name="Journey",
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
                        ("description", models.TextField(blank=True, max_length=10000, verbose_name="description")),
                        (
                            "as_is",
                            models.ForeignKey(
                                blank=True,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="to_be_versions",
                                to="journeys.journey",
                                verbose_name="as-is version",
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField(default=0, editable=False)),
                    ],
                    options={
                        "ordering": ("position", "pk"),
                        "constraints": [
                            models.UniqueConstraint(
                                models.F("organisation"),
                                django.db.models.functions.text.Lower("name"),
                                name="journey_name_once",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Stage",
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
                            "journey",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="stages",
                                to="journeys.journey",
                            ),
                        ),
                        ("name", models.CharField(max_length=100, verbose_name="name")),
                        (
                            "customer_goal",
                            models.CharField(
                                blank=True,
                                help_text="In the customer's words.",
                                max_length=300,
                                verbose_name="customer's goal",
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField(default=0, editable=False)),
                    ],
                    options={
                        "ordering": ("position", "pk"),
                    },
                ),
                migrations.CreateModel(
                    name="Touchpoint",
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
                                related_name="touchpoints",
                                to="organisations.department",
                                verbose_name="owning department",
                            ),
                        ),
                        (
                            "is_moment_of_truth",
                            models.BooleanField(
                                default=False,
                                help_text="This touchpoint decides whether customers stay.",
                                verbose_name="moment of truth",
                            ),
                        ),
                        ("promise", models.TextField(blank=True, verbose_name="what was promised")),
                        (
                            "metric",
                            models.CharField(
                                choices=[("nps", "NPS"), ("csat", "CSAT"), ("ces", "CES"), ("rating", "Rating")],
                                default="csat",
                                max_length=10,
                                verbose_name="metric",
                            ),
                        ),
                        (
                            "expected_value",
                            models.DecimalField(
                                blank=True,
                                decimal_places=1,
                                help_text="In the unit of the metric: NPS −100 to +100, CSAT and CES 0 to 100 %, rating on its own scale.",
                                max_digits=5,
                                null=True,
                                verbose_name="expected score",
                            ),
                        ),
                        (
                            "freshness_days",
                            models.PositiveSmallIntegerField(
                                default=90,
                                validators=[django.core.validators.MinValueValidator(1)],
                                verbose_name="data stays fresh for (days)",
                            ),
                        ),
                        ("archived_at", models.DateTimeField(editable=False, null=True)),
                        (
                            "channels",
                            models.ManyToManyField(
                                blank=True,
                                related_name="touchpoints",
                                through="journeys.TouchpointChannel",
                                to="journeys.channel",
                                verbose_name="channels",
                            ),
                        ),
                        (
                            "data_sources",
                            models.ManyToManyField(
                                blank=True,
                                related_name="touchpoints",
                                through="journeys.TouchpointSource",
                                to="organisations.datasource",
                                verbose_name="data sources",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                models.F("organisation"),
                                django.db.models.functions.text.Lower("name"),
                                condition=models.Q(("archived_at", None)),
                                name="touchpoint_name_once",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TouchpointChannel",
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
                            models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="journeys.touchpoint"),
                        ),
                        (
                            "channel",
                            models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="journeys.channel"),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("touchpoint", "channel"), name="touchpoint_channel_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TouchpointSource",
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
                            models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="journeys.touchpoint"),
                        ),
                        (
                            "data_source",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, to="organisations.datasource"
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("touchpoint", "data_source"), name="touchpoint_source_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PersonaExpectation",
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
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="persona_expectations",
                                to="journeys.touchpoint",
                            ),
                        ),
                        (
                            "persona",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="journeys.persona"
                            ),
                        ),
                        (
                            "expected_value",
                            models.DecimalField(decimal_places=1, max_digits=5, verbose_name="expected score"),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("touchpoint", "persona"), name="persona_expectation_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Placement",
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
                            "stage",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="placements",
                                to="journeys.stage",
                            ),
                        ),
                        (
                            "touchpoint",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="placements",
                                to="journeys.touchpoint",
                            ),
                        ),
                        (
                            "customer_goal",
                            models.CharField(
                                blank=True,
                                help_text="In the customer's words.",
                                max_length=300,
                                verbose_name="customer's goal",
                            ),
                        ),
                        ("pain_points", models.TextField(blank=True, max_length=2000, verbose_name="pain points")),
                        ("ideas", models.TextField(blank=True, max_length=2000, verbose_name="ideas")),
                        (
                            "emotion",
                            models.SmallIntegerField(
                                blank=True,
                                choices=[
                                    (-2, "annoyed"),
                                    (-1, "uneasy"),
                                    (0, "neutral"),
                                    (1, "pleased"),
                                    (2, "delighted"),
                                ],
                                null=True,
                                verbose_name="assumed emotion",
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField(default=0, editable=False)),
                    ],
                    options={
                        "ordering": ("position", "pk"),
                        "constraints": [models.UniqueConstraint(fields=("stage", "touchpoint"), name="placement_once")],
                    },
                ),
                migrations.CreateModel(
                    name="Lane",
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
                            "journey",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="lanes", to="journeys.journey"
                            ),
                        ),
                        ("name", models.CharField(max_length=100, verbose_name="name")),
                        ("position", models.PositiveSmallIntegerField(default=0, editable=False)),
                    ],
                    options={
                        "ordering": ("position", "pk"),
                    },
                ),
                migrations.CreateModel(
                    name="LaneText",
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
                            "lane",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="texts", to="journeys.lane"
                            ),
                        ),
                        (
                            "stage",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="lane_texts",
                                to="journeys.stage",
                            ),
                        ),
                        ("text", models.TextField(max_length=2000, verbose_name="text")),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("lane", "stage"), name="lane_text_once")],
                    },
                ),
                migrations.CreateModel(
                    name="MapChange",
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
                            "journey",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="changes",
                                to="journeys.journey",
                            ),
                        ),
                        (
                            "touchpoint",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="changes",
                                to="journeys.touchpoint",
                            ),
                        ),
                        (
                            "actor",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("at", models.DateTimeField(auto_now_add=True)),
                        ("action", models.CharField(max_length=50)),
                        ("subject", models.CharField(max_length=100)),
                        ("rows", models.JSONField()),
                        (
                            "undoes",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="undone_by",
                                to="journeys.mapchange",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("-pk",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("journey", None), ("touchpoint", None), _connector="XOR"),
                                name="map_change_of_one_thing",
                            )
                        ],
                        "indexes": [
                            models.Index(fields=["journey", "-id"], name="map_change_of_journey"),
                            models.Index(fields=["touchpoint", "-id"], name="map_change_of_touchpoint"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Interaction",
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
                            "customer",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=journeys.models.interactions.make_anonymous,
                                related_name="interactions",
                                to="customers.customer",
                                verbose_name="customer",
                            ),
                        ),
                        (
                            "touchpoint",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="journeys.touchpoint",
                                verbose_name="touchpoint",
                            ),
                        ),
                        (
                            "channel",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="journeys.channel",
                                verbose_name="channel",
                            ),
                        ),
                        ("at", models.DateTimeField(verbose_name="date and time")),
                        ("external_id", models.CharField(blank=True, max_length=100)),
                        ("recorded_at", models.DateTimeField(default=django.utils.timezone.now)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("external_id", ""), _negated=True),
                                fields=("organisation", "external_id"),
                                name="interaction_once",
                            )
                        ],
                        "indexes": [
                            models.Index(fields=["customer", "at", "id"], name="interaction_of_customer"),
                            models.Index(fields=["touchpoint", "at"], name="interaction_at_touchpoint"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="NewInteractions",
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
                        ("first", models.BigIntegerField()),
                        ("last", models.BigIntegerField()),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
            ],
        ),
    ]
