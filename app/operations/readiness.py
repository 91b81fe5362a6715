"""Readiness: what a serving process lacks, and what waits over all tenants."""

import asyncio

from psycopg import OperationalError
from psycopg_pool import PoolTimeout

from app.db import Database
from app.db.server import readiness
from app.db.server.readiness import Backlog
from app.errors import ConfigError

ANSWER_SECONDS = 3.0
"""How long a probe waits for the database: less than an orchestrator waits for the probe."""


async def complaints(db: Database) -> dict[str, str]:
    """Why the service is not ready, by what it concerns; nothing where it is.

    Its database is reached, isolates tenants, has this release's schema and can be written; and a worker is alive.
    """
    try:
        await db.check()
        async with db.connection() as conn:
            return await readiness.complaints(conn)
    except ConfigError as why:
        return {"database": str(why)}
    except (OperationalError, PoolTimeout):
        return {"database": "cannot be reached"}


class Readiness:
    """What a serving process lacks, asked one at a time: a database that hangs holds one question and no more."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._asking: asyncio.Task[dict[str, str]] | None = None

    async def complaints(self) -> dict[str, str]:
        """Why the service is not ready (see `complaints`), within ANSWER_SECONDS."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(complaints(self._db))
        answered, _ = await asyncio.wait({self._asking}, timeout=ANSWER_SECONDS)
        return self._asking.result() if answered else {"database": f"has not answered for {ANSWER_SECONDS:.0f} s"}


async def backlog(db: Database) -> Backlog:
    """Count what waits, over all tenants."""
    return await readiness.backlog(db)
