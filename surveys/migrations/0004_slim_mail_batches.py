from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("surveys", "0003_published_never_changes"),
    ]

    operations = [
        # Each mail updates the row of its batch, and an update copies the row: the long list of invitations, which
        # never changes, is kept beside it.
        migrations.RunSQL(
            "ALTER TABLE surveys_mailbatch SET (toast_tuple_target = 128);"
            "ALTER TABLE surveys_mailbatch ALTER COLUMN invitations SET STORAGE EXTERNAL",
            "ALTER TABLE surveys_mailbatch RESET (toast_tuple_target);"
            "ALTER TABLE surveys_mailbatch ALTER COLUMN invitations SET STORAGE EXTENDED",
        ),
    ]
