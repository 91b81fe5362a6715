"""Every row of a database out and in again: consistent while the service works, whole though row-level security binds us.

A dump is taken tenant by tenant in one snapshot, as the owner, whom the policies bind like everybody else. It is put
into an empty database in one transaction: the policies are not forced meanwhile, and nothing is audited.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import IO, NamedTuple

from psycopg import Connection, sql

NOT_DATA = frozenset({"alembic_version", "instance", "queue_migration", "probe"})
"""Tables that a new database has by itself."""

QUEUE = "procrastinate_jobs"
QUEUE_COLUMNS = ("queue_name", "task_name", "priority", "lock", "queueing_lock", "args", "scheduled_at")
QUEUED = """
SELECT DISTINCT ON (coalesce(queueing_lock, id::text)) queue_name, task_name, priority, lock, queueing_lock, args,
       scheduled_at
FROM procrastinate_jobs WHERE status IN ('todo', 'doing') AND task_name NOT IN ('tick', 'prune')
ORDER BY coalesce(queueing_lock, id::text), id
"""
"""Of the queue, what is still to be done: what was being done is begun anew."""

Write = Callable[[str], AbstractContextManager[IO[bytes]]]


class Table(NamedTuple):
    """A table with the columns that are data, and whether its rows are tenants' own."""

    name: str
    columns: tuple[str, ...]
    owned: bool


class Part(NamedTuple):
    """Some rows of a dump: of which table, in which columns, and the name of the entry that holds them."""

    table: str
    columns: tuple[str, ...]
    entry: str
    rows: int


class Dumped(NamedTuple):
    """What a dump holds: its parts in an order in which they can be put in again, and where each sequence stands."""

    parts: list[Part]
    sequences: dict[str, int]


def schema(connection: Connection) -> str | None:
    """The schema a database has; None where nothing was made in it yet."""
    if connection.execute("SELECT to_regclass('public.alembic_version') IS NULL").fetchone() == (True,):
        return None
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return None if row is None else str(row[0])


def dump(connection: Connection, write: Write) -> Dumped:
    """Write every row into entries, as of one moment; what each holds. `write` opens an entry by its name."""
    parts: list[Part] = []
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        tenants = [tenant for (tenant,) in connection.execute("SELECT id FROM tenant ORDER BY id").fetchall()]
        for table in tables(connection):
            for tenant in tenants if table.owned else [None]:
                entry = f"rows/{table.name}" if tenant is None else f"rows/{table.name}/{tenant}"
                rows = _copy_out(connection, _selecting(table, tenant), tenant, write, entry)
                if rows:
                    parts.append(Part(table.name, table.columns, entry, rows))
        rows = _copy_out(connection, sql.SQL(QUEUED), None, write, f"rows/{QUEUE}")
        parts += [Part(QUEUE, QUEUE_COLUMNS, f"rows/{QUEUE}", rows)] if rows else []
        return Dumped(parts, _sequences(connection))


def load(connection: Connection, dumped: Dumped, read: Callable[[str], AbstractContextManager[IO[bytes]]]) -> None:
    """Put a dump into an empty database of the same schema, in one transaction. `read` opens an entry by its name."""
    with connection.transaction():
        owned = {table.name for table in tables(connection) if table.owned}
        names = {part.table for part in dumped.parts}
        for name in names - {QUEUE}:
            _bind(connection, name, owned=name in owned, bound=False)
        for part in dumped.parts:
            into = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(
                sql.Identifier(part.table), sql.SQL(", ").join(map(sql.Identifier, part.columns))
            )
            with read(part.entry) as file, connection.cursor().copy(into) as copy:
                while block := file.read(1 << 20):
                    copy.write(block)
        for name, value in dumped.sequences.items():
            connection.execute("SELECT setval(%s::regclass, %s)", [name, value])
        for name in names - {QUEUE}:
            _bind(connection, name, owned=name in owned, bound=True)


def empty(connection: Connection) -> bool:
    """Whether a database holds no tenant."""
    if connection.execute("SELECT to_regclass('public.tenant') IS NULL").fetchone() == (True,):
        return True
    return connection.execute("SELECT EXISTS (SELECT 1 FROM tenant)").fetchone() == (False,)


def backed_up(connection: Connection) -> None:
    """Note that the database was backed up just now."""
    connection.execute("UPDATE instance SET backed_up_at = now()")


def tables(connection: Connection) -> list[Table]:
    """All tables with data, each after those its rows refer to."""
    rows = connection.execute(
        r"""SELECT c.relname, c.relrowsecurity,
                   (SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute a
                    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''),
                   ARRAY(SELECT f.confrelid::regclass::text FROM pg_constraint f WHERE f.conrelid = c.oid AND f.contype = 'f'
                         AND f.confrelid <> c.oid)
            FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
              AND c.relname NOT LIKE 'procrastinate\_%' ORDER BY c.relname"""
    ).fetchall()
    waiting = {
        name: (Table(name, tuple(columns), owned), set(needs))
        for name, owned, columns, needs in rows
        if name not in NOT_DATA
    }
    ordered: list[Table] = []
    while waiting:
        ready = [name for name, (_, needs) in waiting.items() if not needs & waiting.keys()]
        assert ready, "tables refer to each other in a circle"
        ordered += [waiting.pop(name)[0] for name in ready]
    return ordered


def _selecting(table: Table, tenant: int | None) -> sql.Composed:
    names = sql.SQL(", ").join(map(sql.Identifier, table.columns))
    whole = sql.SQL("SELECT {} FROM {}").format(names, sql.Identifier(table.name))
    return whole if tenant is None else whole + sql.SQL(" WHERE tenant_id = {}").format(sql.Literal(tenant))


def _copy_out(connection: Connection, query: sql.Composable, tenant: int | None, write: Write, entry: str) -> int:
    connection.execute("SELECT set_config('tessera.tenant', %s, true)", [str(tenant or "")])
    cursor = connection.cursor()
    out = sql.SQL("COPY ({}) TO STDOUT (FORMAT binary)").format(query)
    with write(entry) as file, cursor.copy(out) as copy:
        for block in copy:
            file.write(block)
    return cursor.rowcount


def _sequences(connection: Connection) -> dict[str, int]:
    rows = connection.execute(
        r"""SELECT quote_ident(sequencename), last_value FROM pg_sequences
            WHERE schemaname = 'public' AND last_value IS NOT NULL AND sequencename NOT LIKE 'procrastinate\_%'"""
    ).fetchall()
    return dict(rows)


def _bind(connection: Connection, name: str, *, owned: bool, bound: bool) -> None:
    """Take a table's policies and triggers back from its owner for a load, or put them in force again."""
    table = sql.Identifier(name)
    connection.execute(
        sql.SQL("ALTER TABLE {} {} TRIGGER USER").format(table, sql.SQL("ENABLE" if bound else "DISABLE"))
    )
    if owned:
        force = sql.SQL("FORCE" if bound else "NO FORCE")
        connection.execute(sql.SQL("ALTER TABLE {} {} ROW LEVEL SECURITY").format(table, force))
