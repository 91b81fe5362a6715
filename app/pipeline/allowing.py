"""Allowing: what the guard has shown of a source, and a person's word that it may end."""

from collections.abc import Collection

from app.db import Tx
from app.db.pipeline import leaving
from app.db.pipeline.leaving import Alarm
from app.errors import NotFound
from app.pipeline.guard import CHANGES

__all__ = ["CHANGES", "Alarm", "alarms", "allow"]


async def alarms(tx: Tx, source: int) -> list[Alarm]:
    """What the guard shows of a source: what its last held run or preview would have ended."""
    return await leaving.alarms(tx, source)


async def allow(tx: Tx, source: int, ids: Collection[int], by: str) -> int:
    """Allow what is shown under these ids: those records may end at the next pull, and no others; how many they are.

    NotFound where one of them is not shown (any more).
    """
    known = {alarm.id for alarm in await leaving.alarms(tx, source)}
    if unknown := sorted(set(ids) - known):
        raise NotFound(f"The guard shows nothing under {', '.join(map(str, unknown))}: look at what it shows now.")
    return await leaving.allow(tx, source, ids, by)
