"""A tenant's rows, all of them, deleted by the database's owner."""

from typing import NamedTuple

from psycopg import Connection, sql
from psycopg.rows import class_row

from app.db.server.dump import tables

HOLDINGS = """
SELECT t.id, t.name, (SELECT count(*) FROM source WHERE tenant_id = t.id) AS sources,
       (SELECT count(*) FROM learner WHERE tenant_id = t.id AND body IS NOT NULL) AS learners,
       (SELECT count(*) FROM issued_credential WHERE tenant_id = t.id) AS credentials,
       (SELECT count(*) FROM client WHERE tenant_id = t.id AND revoked_at IS NULL) AS clients
FROM tenant t WHERE t.id = %s
"""
"""With the tenant set, too: row-level security binds an owner who is no superuser."""


class Holdings(NamedTuple):
    """What a tenant has, in numbers."""

    id: int
    name: str
    sources: int
    learners: int
    credentials: int
    clients: int


def holdings(connection: Connection, slug: str) -> Holdings | None:
    """What the tenant of that slug has; None where there is none."""
    row = connection.execute("SELECT id FROM tenant WHERE slug = %s", [slug]).fetchone()
    if row is None:
        return None
    with connection.transaction(), connection.cursor(row_factory=class_row(Holdings)) as cursor:
        cursor.execute("SELECT set_config('tessera.tenant', %s, true)", [str(row[0])])
        return cursor.execute(HOLDINGS, row).fetchone()


def remove(connection: Connection, tenant: int) -> int:
    """Delete every row of a tenant, its waiting jobs, and the tenant, in one transaction; how many rows they were.

    Rows go before those they refer to, and until none is left: deleting some writes others (counts, the audit log).
    Logs whose lines nobody may delete are opened for it, and closed again, in the same transaction.
    """
    owned = [table.name for table in reversed(tables(connection)) if table.owned]
    owned.sort(key=lambda name: name == "audit")
    with connection.transaction():
        connection.execute("SELECT set_config('tessera.tenant', %s, true)", [str(tenant)])
        connection.execute("DELETE FROM procrastinate_jobs WHERE args ->> 'tenant' = %s", [str(tenant)])
        sealed = _sealed(connection)
        for name in sealed:
            connection.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER append_only").format(sql.Identifier(name)))
        count = 0
        while deleted := sum(_delete(connection, name, tenant) for name in owned):
            count += deleted
        for name in sealed:
            connection.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER append_only").format(sql.Identifier(name)))
        count += connection.execute("DELETE FROM tenant WHERE id = %s", [tenant]).rowcount
        return count


def _delete(connection: Connection, table: str, tenant: int) -> int:
    query = sql.SQL("DELETE FROM {} WHERE tenant_id = %s").format(sql.Identifier(table))
    return connection.execute(query, [tenant]).rowcount


def _sealed(connection: Connection) -> list[str]:
    rows = connection.execute(
        "SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgname = 'append_only'"
    ).fetchall()
    return [name for (name,) in rows]
