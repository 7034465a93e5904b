from django.db import migrations

FREEZE = """
CREATE FUNCTION customers_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a consent stays as it was given' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER frozen BEFORE UPDATE ON customers_consent FOR EACH ROW
    WHEN ((OLD.customer_id, OLD.basis, OLD.source, OLD.wording, OLD.proof, OLD.given_at)
        IS DISTINCT FROM (NEW.customer_id, NEW.basis, NEW.source, NEW.wording, NEW.proof, NEW.given_at))
    EXECUTE FUNCTION customers_refuse_change();
"""
THAW = "DROP TRIGGER frozen ON customers_consent; DROP FUNCTION customers_refuse_change();"


class Migration(migrations.Migration):
    dependencies = [("customers", "0002_row_level_security")]

    operations = [migrations.RunSQL(FREEZE, THAW)]
