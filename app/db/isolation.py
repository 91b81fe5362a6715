"""Isolation in the database: of a tenant's table, a transaction sees and writes the rows of its own tenant only."""


def isolated(table: str) -> str:
    """The SQL that isolates a table, from its owner too. Migrations that have run said just this: it never changes."""
    return f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON {table}
            USING (tenant_id = (SELECT nullif(current_setting('tessera.tenant', true), '')::integer));
    """
