from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

TYPES = [
    ("relationship", "Relationship, asked regularly"),
    ("transaction", "After a contact"),
    ("complaint", "After a complaint or cancellation"),
    ("employees", "Of employees"),
    ("other", "Other"),
]

# Each organisation's rows are seen only from within it. Whatever was exempt by itself becomes the one exempt type, so
# that the same surveys are exempt as before.
EXEMPT_AS_BEFORE = """
DO $$
DECLARE own bigint;
BEGIN
    FOR own IN SELECT id FROM organisations_organisation LOOP
        PERFORM set_config('cxportal.organisation', own::text, true);
        UPDATE surveys_survey SET type = 'complaint' WHERE organisation_id = own AND ignores_pause;
        UPDATE surveys_contactpolicy SET exempt_types = '{complaint}'
        WHERE organisation_id = own AND EXISTS (SELECT FROM surveys_survey WHERE organisation_id = own AND ignores_pause);
    END LOOP;
    PERFORM set_config('cxportal.organisation', '', true);
END $$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("surveys", "0005_quiet_nights"),
    ]

    operations = [
        migrations.AddField(
            model_name="survey",
            name="type",
            field=models.CharField(
                choices=TYPES,
                default="other",
                help_text="The contact policy can exempt types from the pause between two invitations.",
                max_length=20,
                verbose_name="type",
            ),
        ),
        migrations.AddField(
            model_name="contactpolicy",
            name="exempt_types",
            field=ArrayField(
                base_field=models.CharField(choices=TYPES, max_length=20),
                blank=True,
                default=list,
                size=None,
                verbose_name="exempt surveys",
            ),
        ),
        migrations.RunSQL(EXEMPT_AS_BEFORE, migrations.RunSQL.noop),
        migrations.RemoveField(model_name="survey", name="ignores_pause"),
    ]
