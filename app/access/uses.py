"""Uses: when each key was last used, noted in memory as requests come, and kept in the database now and then."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

import psycopg
import structlog

from app.db import Database
from app.db.access import uses

log = structlog.get_logger(__name__)

KEEP_EVERY = 60.0
"""Seconds between two times that uses are kept: so exact is what is told of them."""


class Uses:
    """The keys and tokens, by tenant and hash, that were used since uses were last kept."""

    def __init__(self) -> None:
        self._used: dict[int, set[bytes]] = defaultdict(set)

    def note(self, tenant: int, hashed: bytes) -> None:
        """A key or token of a tenant was presented, and opened something."""
        self._used[tenant].add(hashed)

    async def keep(self, db: Database) -> None:
        """Write down what was used; of a tenant for which that fails, nothing, and the others go on."""
        used, self._used = self._used, defaultdict(set)
        now = datetime.now(UTC)
        for tenant, hashes in used.items():
            try:
                async with db.transaction(tenant) as tx:
                    await uses.note(tx, sorted(hashes), now)
            except psycopg.Error as why:
                log.warning("the last use of keys was not noted", tenant=tenant, why=type(why).__name__)

    @asynccontextmanager
    async def keeping(self, db: Database) -> AsyncIterator[None]:
        """Keep uses every minute as long as the context lasts, and at its end."""
        task = asyncio.create_task(self._keep_forever(db))
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            await self.keep(db)

    async def _keep_forever(self, db: Database) -> None:
        while True:
            await asyncio.sleep(KEEP_EVERY)
            await self.keep(db)
