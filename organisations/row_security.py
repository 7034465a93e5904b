"""The migration operation that puts a table behind PostgreSQL's row-level security (DESIGN.md, section 4)."""

from typing import Any

from django.db.migrations.operations.base import Operation

# A sub-select is evaluated once per statement; the bare call would be evaluated once per row.
CURRENT_ORGANISATION = "(SELECT NULLIF(current_setting('cxportal.organisation', true), '')::bigint)"
CURRENT_USER = "(SELECT NULLIF(current_setting('cxportal.user', true), '')::bigint)"


class ForceRowLevelSecurity(Operation):
    """Only rows of the current organisation can be read or written; FORCE binds the tables' owner, too.

    ``readable_by_user`` names a column holding a user: rows of the current user can be read (not written) without an
    organisation, so that people can be shown the organisations they belong to.
    """

    reversible = True
    reduces_to_sql = True

    def __init__(self, model_name: str, readable_by_user: str | None = None) -> None:
        self.model_name = model_name
        self.readable_by_user = readable_by_user

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        options = {"readable_by_user": self.readable_by_user} if self.readable_by_user else {}
        return self.__class__.__qualname__, [self.model_name], options

    def state_forwards(self, app_label: str, state: Any) -> None:
        pass

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        table = self._table(schema_editor, to_state, app_label)
        own = f"organisation_id = {CURRENT_ORGANISATION}"
        schema_editor.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        schema_editor.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        schema_editor.execute(f"CREATE POLICY organisation ON {table} USING ({own}) WITH CHECK ({own})")
        if self.readable_by_user:
            schema_editor.execute(
                f"CREATE POLICY own_rows ON {table} FOR SELECT USING ({self.readable_by_user} = {CURRENT_USER})"
            )

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        table = self._table(schema_editor, from_state, app_label)
        schema_editor.execute(f"DROP POLICY IF EXISTS own_rows ON {table}")
        schema_editor.execute(f"DROP POLICY organisation ON {table}")
        schema_editor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        schema_editor.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")

    def _table(self, schema_editor: Any, state: Any, app_label: str) -> str:
        return str(schema_editor.quote_name(state.apps.get_model(app_label, self.model_name)._meta.db_table))

    def describe(self) -> str:
        return f"Force row-level security on {self.model_name}"
