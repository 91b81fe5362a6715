"""The one way to the database: a pool, and transactions that belong to one tenant."""

import asyncio
import select
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, LiteralString, Self, TypeVar

import structlog
from psycopg import AsyncClientCursor, AsyncConnection, AsyncCursor, OperationalError, Rollback
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import TupleRow, args_row, class_row
from psycopg_pool import AsyncConnectionPool

from app.actor import actor
from app.db.rows import adapted, inserting, selecting
from app.db.tables.shapes import TenantTable
from app.errors import ConfigError
from app.tracing import span

T = TypeVar("T")
log = structlog.get_logger(__name__)

STAGING = """
CREATE TEMP TABLE staged_record (raw_key text, n smallint, kind text, key text, person text, hash bigint,
    version timestamptz, raw_pos integer, state text, body json) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE staged_learner (id uuid, etag text, body bytea, general_etag text, general bytea, refs bigint[])
    ON COMMIT DELETE ROWS;
CREATE TEMP TABLE staged_entry (piece uuid, n smallint, learner_id uuid, section text, at timestamptz, setting text,
    source_id integer, stream text, raw_key text, person text, class text, state text, sensitive boolean,
    class_ref bigint, item_ref bigint, rated boolean, targets integer[], hash bigint, body bytea) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE staged_assertion (learner_id uuid, alignment_id integer, source_id integer, person text, stream text,
    raw_key text, n smallint, part smallint, hash bigint, at timestamptz, share float8, value float8, unit text,
    level text, met boolean, positive boolean, confidence float8, method text, expires timestamptz, detail json, undated boolean, least float8, most float8,
    doubt text)
    ON COMMIT DELETE ROWS;
CREATE TEMP TABLE staged_mastery (learner_id uuid, competency_id uuid, policy_id integer, level smallint, value float8,
    met boolean, at timestamptz, until timestamptz, deciding bigint[], shown integer,
    appends boolean, tally bytea) ON COMMIT DELETE ROWS;
"""

NOTICING: dict[str, Any] = {
    "connect_timeout": 10,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""How soon it is noticed that the database's machine is gone without a word (seconds; the last in milliseconds).

By the system's own times a connection to it would wait a quarter of an hour for an answer, and two hours idle. What the
URL says goes before.
"""


@dataclass(frozen=True, slots=True)
class Tx:
    """An open transaction that sees one tenant's rows and no others."""

    conn: AsyncConnection[TupleRow]
    tenant: int
    staged: set[str] = field(default_factory=set)  # staging tables filled in this transaction: see `app.db.bulk`
    unneeded: set[Path] = field(default_factory=set)  # files that nobody needs once this is committed

    async def rows(self, query: LiteralString, *args: Any, **named: Any) -> list[TupleRow]:
        """All rows of a query."""
        return await (await self._execute(query, args, named)).fetchall()

    async def row(self, query: LiteralString, *args: Any, **named: Any) -> TupleRow | None:
        """The first row of a query, or None."""
        return await (await self._execute(query, args, named)).fetchone()

    async def all(self, kind: type[T], query: LiteralString, *args: Any, **named: Any) -> list[T]:
        """All rows of a query as values of a dataclass or NamedTuple, whose fields are its columns.

        A query that begins with FROM selects those columns: they are written once, in the class. Values are given in
        their order (`%s`) or by name (`%(learner)s`); by name, the tenant is there as `%(tenant)s`.
        """
        async with self.conn.cursor(row_factory=class_row(kind)) as cursor:
            await cursor.execute(selecting(kind, query), args or {**named, "tenant": self.tenant})
            return await cursor.fetchall()

    async def all_binary(self, kind: type[T], query: LiteralString, *args: Any, **named: Any) -> list[T]:
        """All rows of a query whose columns stand in the order of the class's fields: for where very many are read.

        They come in PostgreSQL's binary format, and are made by position.
        """
        async with self.conn.cursor(row_factory=args_row(kind), binary=True) as cursor:
            await cursor.execute(query, args or {**named, "tenant": self.tenant})
            return await cursor.fetchall()

    async def first(self, kind: type[T], query: LiteralString, *args: Any, **named: Any) -> T | None:
        """The first row of a query likewise, or None."""
        async with self.conn.cursor(row_factory=class_row(kind)) as cursor:
            await cursor.execute(selecting(kind, query), args or {**named, "tenant": self.tenant})
            return await cursor.fetchone()

    async def insert(self, row: TenantTable, ending: LiteralString = "") -> TupleRow | None:
        """Insert one row of a table by its columns' names; columns that were not given get the table's defaults.

        `ending` is what follows the values: ON CONFLICT, RETURNING. The row it returns, if it returns one.
        """
        values = adapted(row, self.tenant)
        cursor = await self.conn.execute(inserting(type(row), tuple(sorted(values)), ending), values)
        return await cursor.fetchone() if cursor.description else None

    async def one(self, query: LiteralString, *args: Any, **named: Any) -> Any:
        """The first column of the first row of a query that always has one."""
        first = await self.row(query, *args, **named)
        assert first is not None
        return first[0]

    async def run(self, query: LiteralString, *args: Any, **named: Any) -> int:
        """Run a statement; how many rows it changed."""
        return (await self._execute(query, args, named)).rowcount

    async def _execute(
        self, query: LiteralString, args: tuple[Any, ...], named: dict[str, Any]
    ) -> AsyncCursor[TupleRow]:
        return await self.conn.execute(query, {**named, "tenant": self.tenant} if named else args)


class Database:
    """A pool of connections as the service's role."""

    def __init__(self, url: str, size: int = 8) -> None:
        self.url = make_conninfo("", **NOTICING | conninfo_to_dict(url))
        self.pool: AsyncConnectionPool[AsyncConnection[TupleRow]] = AsyncConnectionPool(
            self.url,
            min_size=1,
            max_size=size,
            open=False,
            kwargs={"autocommit": True},
            configure=_configure,
            check=self._alive,
            timeout=20,
        )

    async def __aenter__(self) -> Self:
        await self.pool.open(wait=True)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.pool.close()

    async def _alive(self, conn: AsyncConnection[TupleRow]) -> None:
        """Raise where the server has ended a connection, as it does all of them when it restarts.

        Its last word waits to be read then: to look for one is a call of the system and no round trip.
        """
        if not _word_waits(conn):
            return
        try:
            await self.pool.check_connection(conn)
        except OperationalError:
            await self.pool.check()  # the others have most likely ended with it
            raise

    @asynccontextmanager
    async def transaction(self, tenant: int) -> AsyncIterator[Tx]:
        """A transaction of one tenant: committed at the end, rolled back on an error, and on Rollback without one."""
        with span("transaction"):
            try:
                async with self.pool.connection() as conn:  # which commits, or rolls back on an error
                    await AsyncClientCursor(conn).execute(BEGINNING, [str(tenant), *actor()])
                    tx = Tx(conn, tenant)
                    yield tx
            except Rollback:
                return
        if tx.unneeded:
            await asyncio.to_thread(_delete, tx.unneeded)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection[TupleRow]]:
        """A connection outside any tenant, in autocommit: it sees no tenant's rows."""
        async with self.pool.connection() as conn:
            yield conn

    @asynccontextmanager
    async def alone(self, *lock: int) -> AsyncIterator[bool]:
        """Whether no one else holds a lock (two numbers); it is ours until the context ends, or our process.

        The lock lives on a connection of its own: one of the pool's would be missing to those who do the work.
        """
        async with await AsyncConnection.connect(self.url, autocommit=True) as conn:
            row = await (await conn.execute("SELECT pg_try_advisory_lock(%s, %s)", lock)).fetchone()
            assert row is not None
            try:
                yield row[0]
            finally:
                if row[0]:  # a server notices only some time later that a connection was closed
                    with suppress(OperationalError):  # one that is gone has taken the lock along
                        await conn.execute("SELECT pg_advisory_unlock(%s, %s)", lock)

    async def check(self) -> None:
        """Assert what isolation rests on: our role is neither superuser nor owner, nor above row-level security."""
        async with self.connection() as conn:
            row = await (await conn.execute(ROLE_CHECK)).fetchone()
        assert row is not None
        role, above, owner = row
        if above or owner:
            raise ConfigError(
                f"the service is connected as '{role}', whom row-level security does not bind: give it its own role"
            )


# Two statements in one round trip: the client puts the values in, for the server takes them only with a single one.
BEGINNING: LiteralString = """
BEGIN; SELECT set_config('tessera.tenant', %s, true), set_config('tessera.actor', %s, true), set_config('tessera.request', %s, true)
"""
ROLE_CHECK = """
SELECT current_user, r.rolsuper OR r.rolbypassrls,
       EXISTS (SELECT 1 FROM pg_tables t WHERE t.schemaname = 'public' AND pg_has_role(t.tableowner, 'member'))
FROM pg_roles r WHERE r.rolname = current_user
"""


def _delete(paths: set[Path]) -> None:
    """Delete files. One that cannot be deleted is told, and costs itself."""
    for path in paths:
        try:
            path.unlink(missing_ok=True)
        except OSError as why:
            log.warning("a file that is needed no more was not deleted", error=why.strerror)


def _word_waits(conn: AsyncConnection[TupleRow]) -> bool:
    """Whether the server said something that nobody has read, be it that it closed the connection."""
    look = select.poll()
    look.register(conn.fileno(), select.POLLIN)
    return bool(look.poll(0))


async def _configure(conn: AsyncConnection[TupleRow]) -> None:
    await conn.execute("SET timezone TO 'UTC'")
    await conn.execute("SET client_min_messages TO warning")
    for statement in STAGING.split(";"):
        if statement.strip():
            await conn.execute(statement.encode())
