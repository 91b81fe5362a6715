"""What a serving process needs of its database, beside reaching it: this release's schema, and a live worker."""

from functools import cache
from typing import Any, NamedTuple

from psycopg import AsyncConnection, DatabaseError, InternalError, OperationalError

from app.db import Database
from app.db.access import tenants
from app.db.server import migrate

WORKER_SECONDS = 30
"""A worker not heard of for so long counts as dead."""


class Backlog(NamedTuple):
    """What waits, over all tenants: records in quarantine, pages to be settled, sources that are paused."""

    quarantined: int
    unsettled: int
    paused: int


known_schema = cache(migrate.head)


async def complaints(conn: AsyncConnection[Any]) -> dict[str, str]:
    """What is missing, by what it concerns; nothing where all is well."""
    cursor = await conn.execute(
        """SELECT (SELECT version_num FROM alembic_version),
                  EXISTS (SELECT 1 FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => %s))""",
        [WORKER_SECONDS],
    )
    row = await cursor.fetchone()
    assert row is not None
    problems = {}
    if row[0] != known_schema():
        problems["schema"] = f"the database has schema {row[0]}, and this release wants {known_schema()}: migrate it"
    if not row[1]:
        problems["worker"] = (
            "no worker is alive: run one with 'tessera work', or let the server run jobs (TESSERA_WORKER)"
        )
    return problems | await _unwritable(conn)


async def _unwritable(conn: AsyncConnection[Any]) -> dict[str, str]:
    """Whether anything can be written, and has room: tried in a transaction that is rolled back, and by a temporary table.

    That table is empty again at each commit, so that its first row always takes a new page of the disk. Of other tables
    a page may have room where the disk has none.
    """
    try:
        await conn.execute("INSERT INTO staged_record (n) VALUES (0)")
        async with conn.transaction(force_rollback=True):
            await conn.execute("SELECT set_config('tessera.tenant', '-1', true)")
            await conn.execute("INSERT INTO event_floor (tenant_id, xid) VALUES (-1, '1')")
    except OperationalError:
        if conn.broken:
            raise
        return {"writes": "nothing can be written: the database's disk is full, or it was told to end what we do"}
    except (DatabaseError, InternalError) as why:
        return {"writes": f"nothing can be written ({type(why).__name__}): a standby, or set to read only"}
    return {}


async def backlog(db: Database) -> Backlog:
    """Count what waits, tenant by tenant: nobody sees them all at once."""
    counts = []
    for tenant in await tenants.listed(db):
        async with db.transaction(tenant.id) as tx:
            counts += await tx.rows(
                """SELECT (SELECT count(*) FROM quarantine WHERE tenant_id = %s AND resolved_at IS NULL),
                          (SELECT count(*) FROM touched WHERE tenant_id = %s),
                          (SELECT count(*) FROM source WHERE tenant_id = %s AND state = 'paused')""",
                tenant.id,
                tenant.id,
                tenant.id,
            )
    return Backlog(*(sum(row[i] for row in counts) for i in range(3)))
