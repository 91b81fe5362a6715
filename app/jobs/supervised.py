"""A run under supervision: it ends when its source is paused, and at the operator's deadline, whatever it waits for."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

from app.db import Database
from app.db.sources import sources
from app.db.sources.sources import SourceRow
from app.pipeline.report import Report
from app.start import Service

LOOK_AFTER = 2.0
"""Seconds between two looks at whether a source that is being pulled was paused."""

PULLS_PER_TENANT = 2
"""How many sources of one tenant are pulled at a time, over all workers: the rest of the room is for the others."""

_SLOTS = 1_000_000_000
"""What sets the locks for room apart from those of sources, whose first number is the tenant too."""


async def supervised(service: Service, row: SourceRow, pulling: Coroutine[None, None, Report]) -> Report:
    """What a pull reports. One that is stopped leaves what it has stored, and its report says why it stopped."""
    run = asyncio.create_task(pulling)
    deadline = datetime.now(UTC).timestamp() + service.settings.run_minutes * 60
    try:
        while True:
            finished, _ = await asyncio.wait({run}, timeout=LOOK_AFTER)
            if finished:
                return run.result()
            if reason := await _reason(service, row, deadline):
                run.cancel(reason)
                with suppress(asyncio.CancelledError):
                    return await run  # it was done just now
                return await _stopped(service.db, row, reason)
    finally:
        if not run.done():
            run.cancel()
            with suppress(asyncio.CancelledError):
                await run


@asynccontextmanager
async def room(db: Database, tenant: int) -> AsyncIterator[bool]:
    """Whether a tenant has room for one more pull; it is taken until the context ends, or our process."""
    for place in range(PULLS_PER_TENANT):
        async with db.alone(_SLOTS + tenant, place) as ours:
            if ours:
                yield True
                return
    yield False


async def _reason(service: Service, row: SourceRow, deadline: float) -> str | None:
    if datetime.now(UTC).timestamp() > deadline:
        minutes = f"{service.settings.run_minutes:g} minutes"
        return f"stopped: it did not end within {minutes} (TESSERA_RUN_MINUTES); the next run goes on from here"
    async with service.db.transaction(row.tenant_id) as tx:
        now = await sources.by_id(tx, row.id)
    if now is None:
        return "stopped: its source was removed"
    return None if now.state == "active" else f"stopped: its source was paused ({now.state_reason or 'by a person'})"


async def _stopped(db: Database, row: SourceRow, reason: str) -> Report:
    async with db.transaction(row.tenant_id) as tx:
        last = await sources.runs(tx, row.id, 1)
    return Report(last[0].id if last else 0, state="failed", messages=[reason])
