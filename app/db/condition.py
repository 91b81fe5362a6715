"""What a serving process needs of its database, beside reaching it: this release's schema, and a live worker."""

from functools import cache
from typing import Any

from psycopg import AsyncConnection

from app.db import migrate

WORKER_SECONDS = 30
"""A worker not heard of for so long counts as dead."""

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
    found = {}
    if row[0] != known_schema():
        found["schema"] = f"the database has schema {row[0]}, and this release wants {known_schema()}: migrate it"
    if not row[1]:
        found["worker"] = "no worker is alive: run one with 'tessera work', or let the server run jobs (TESSERA_WORKER)"
    return found
