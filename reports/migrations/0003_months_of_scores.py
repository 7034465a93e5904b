from django.db import migrations, models

# Row-level security would hide all rows from a migration, which acts for no organisation; the owner may look for a moment.
_MONTHS = """
ALTER TABLE reports_scorerollup NO FORCE ROW LEVEL SECURITY;
UPDATE reports_scorerollup SET last_day = day;
INSERT INTO reports_scorerollup (
    organisation_id, survey_id, grain, is_month, question_id, touchpoint_id, channel_id, persona_id, day, last_day,
    n, top, bottom, total, squares, scores, counts
)
SELECT
    organisation_id, survey_id, grain, true, question_id, touchpoint_id, channel_id, persona_id,
    DATE_TRUNC('month', day)::date, MAX(day),
    SUM(n), SUM(top), SUM(bottom), SUM(total), SUM(squares), '{}', '{}'
FROM reports_scorerollup
GROUP BY 1, 2, 3, 5, 6, 7, 8, 9;
ALTER TABLE reports_scorerollup FORCE ROW LEVEL SECURITY;
"""
_NO_MONTHS = """
ALTER TABLE reports_scorerollup NO FORCE ROW LEVEL SECURITY;
DELETE FROM reports_scorerollup WHERE is_month;
ALTER TABLE reports_scorerollup FORCE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [("reports", "0002_row_level_security")]

    operations = [
        migrations.RemoveConstraint("scorerollup", "score_rollup_once"),
        migrations.RemoveIndex("scorerollup", "score_rollup_period"),
        migrations.RemoveIndex("scorerollup", "score_rollup_touchpoint"),
        migrations.AddField("scorerollup", "is_month", models.BooleanField(default=False)),
        migrations.AddField("scorerollup", "last_day", models.DateField(null=True)),
        migrations.RunSQL(_MONTHS, _NO_MONTHS),
        migrations.AlterField("scorerollup", "last_day", models.DateField()),
        migrations.AddConstraint(
            "scorerollup",
            models.UniqueConstraint(
                fields=("survey", "day", "is_month", "grain", "question", "touchpoint", "channel", "persona"),
                name="score_rollup_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddIndex(
            "scorerollup",
            models.Index(fields=["organisation", "grain", "is_month", "day"], name="score_rollup_period"),
        ),
        migrations.AddIndex(
            "scorerollup",
            models.Index(fields=["touchpoint", "grain", "is_month", "day"], name="score_rollup_touchpoint"),
        ),
    ]
