from django.db import migrations

# What a published version says, and what a published question's scores mean, never changes (DESIGN.md, promise 4).
FREEZE = """
CREATE FUNCTION surveys_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a published survey version never changes' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER frozen BEFORE UPDATE ON surveys_surveyversion FOR EACH ROW
    WHEN (OLD.document IS DISTINCT FROM NEW.document OR OLD.number <> NEW.number OR OLD.survey_id <> NEW.survey_id)
    EXECUTE FUNCTION surveys_refuse_change();
CREATE TRIGGER frozen BEFORE UPDATE ON surveys_question FOR EACH ROW
    WHEN (OLD.published_at IS NOT NULL AND (
        (OLD.kind, OLD.lo, OLD.hi, OLD.box_lo, OLD.box_hi, OLD.high_is_good, OLD.aspect, OLD.survey_id)
        IS DISTINCT FROM
        (NEW.kind, NEW.lo, NEW.hi, NEW.box_lo, NEW.box_hi, NEW.high_is_good, NEW.aspect, NEW.survey_id)))
    EXECUTE FUNCTION surveys_refuse_change();
"""
THAW = """
DROP TRIGGER frozen ON surveys_question;
DROP TRIGGER frozen ON surveys_surveyversion;
DROP FUNCTION surveys_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("surveys", "0002_row_level_security")]

    operations = [migrations.RunSQL(FREEZE, THAW)]
