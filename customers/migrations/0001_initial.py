import customers.models
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
import organisations.models
from django.conf import settings
from django.db import migrations, models

from common.migrating import CreateModels


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("organisations", "0001_initial"),
    ]

    operations = [
        CreateModels(
            models=[
                migrations.CreateModel(
                    name="Customer",
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
                            "external_id",
                            models.CharField(
                                help_text="The customer's key in your own systems.",
                                max_length=100,
                                verbose_name="customer number",
                            ),
                        ),
                        ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail address")),
                        (
                            "salutation",
                            models.CharField(
                                blank=True,
                                choices=[("", "none"), ("ms", "Ms"), ("mr", "Mr")],
                                max_length=2,
                                verbose_name="salutation",
                            ),
                        ),
                        ("first_name", models.CharField(blank=True, max_length=100, verbose_name="first name")),
                        ("last_name", models.CharField(blank=True, max_length=100, verbose_name="last name")),
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
                                blank=True,
                                db_default="",
                                help_text="Such as Europe/Lisbon, where it differs from yours: mails then come at the customer's hours.",
                                max_length=50,
                                validators=[organisations.models.validate_time_zone],
                                verbose_name="time zone",
                            ),
                        ),
                        ("attributes", models.JSONField(blank=True, default=dict, verbose_name="attributes")),
                        ("address_hash", customers.models.AddressHashField(blank=True, editable=False, max_length=64)),
                        (
                            "search_key",
                            models.GeneratedField(
                                db_persist=True,
                                expression=customers.models.Folded(
                                    django.db.models.functions.text.LTrim(
                                        django.db.models.functions.text.Concat(
                                            "last_name",
                                            models.Value(" "),
                                            "first_name",
                                            models.Value(" "),
                                            "email",
                                            models.Value(" "),
                                            "external_id",
                                            output_field=models.TextField(),
                                        )
                                    )
                                ),
                                output_field=models.TextField(),
                            ),
                        ),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        ("updated_at", models.DateTimeField(auto_now=True)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("organisation", "external_id"), name="customer_number_once"
                            ),
                            models.UniqueConstraint(
                                models.F("organisation"),
                                django.db.models.functions.text.Lower("email"),
                                condition=models.Q(("email", ""), _negated=True),
                                name="customer_email_once",
                            ),
                        ],
                        "indexes": [
                            models.Index(fields=["organisation", "search_key", "id"], name="customer_by_name"),
                            models.Index(fields=["organisation", "-id"], name="customer_newest_first"),
                            models.Index(fields=["organisation", "address_hash"], name="customer_address"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ChangedCustomer",
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
                            "customer",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="customers.customer",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="Consent",
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
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="consents",
                                to="customers.customer",
                            ),
                        ),
                        (
                            "basis",
                            models.CharField(
                                choices=[
                                    ("consent", "Consent"),
                                    ("existing_customer", "Existing customer (§ 7 (3) UWG)"),
                                ],
                                max_length=20,
                                verbose_name="legal basis",
                            ),
                        ),
                        (
                            "source",
                            models.CharField(
                                help_text="Such as: order form, ticked box, phone call.",
                                max_length=200,
                                verbose_name="how it was given",
                            ),
                        ),
                        (
                            "wording",
                            models.TextField(
                                blank=True, help_text="The sentence the customer agreed to.", verbose_name="wording"
                            ),
                        ),
                        (
                            "proof",
                            models.CharField(
                                blank=True,
                                db_default="",
                                help_text="Where it can be seen, such as: number of the scanned form, entry in the log of the web shop.",
                                max_length=300,
                                verbose_name="proof",
                            ),
                        ),
                        ("given_at", models.DateTimeField(verbose_name="given at")),
                        ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="withdrawn at")),
                    ],
                    options={
                        "indexes": [models.Index(fields=["customer"], name="consent_customer")],
                    },
                ),
                migrations.CreateModel(
                    name="Suppression",
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
                        ("address_hash", models.CharField(max_length=64)),
                        ("hint", models.CharField(max_length=80)),
                        (
                            "reason",
                            models.CharField(
                                choices=[
                                    ("unsubscribed", "unsubscribed"),
                                    ("bounced", "mail came back"),
                                    ("complained", "marked as spam"),
                                    ("manual", "entered by hand"),
                                    ("paused", "wants a pause"),
                                ],
                                max_length=20,
                                verbose_name="reason",
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ("until", models.DateTimeField(editable=False, null=True)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("organisation", "address_hash"), name="suppression_once")
                        ],
                        "indexes": [models.Index(fields=["organisation", "-id"], name="suppression_newest_first")],
                    },
                ),
                migrations.CreateModel(
                    name="UploadedFile",
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
                        ("name", models.CharField(max_length=200)),
                        ("content", models.BinaryField()),
                        (
                            "uploaded_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="UploadQueue",
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
                            "upload",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="customers.uploadedfile",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("upload",), name="upload_queued_once")],
                    },
                ),
            ],
        ),
    ]
