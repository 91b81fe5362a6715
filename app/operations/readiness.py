"""Readiness: what a serving process lacks, and what waits over all tenants."""

from psycopg import OperationalError
from psycopg_pool import PoolTimeout

from app.db import Database
from app.db.server import readiness
from app.db.server.readiness import Backlog
from app.errors import ConfigError


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


async def backlog(db: Database) -> Backlog:
    """Count what waits, over all tenants."""
    return await readiness.backlog(db)
