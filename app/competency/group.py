"""Groups: learners by their ids, or the students of a class as its source tells of it."""

from datetime import date
from uuid import UUID

from app.db import Tx, rosters, sources
from app.pipeline.refs import ref


async def students(tx: Tx, source: str, key: str, on: date) -> list[UUID] | None:
    """The students on a day in the class that a source (by its slug) calls `key`; None: there is no such class."""
    row = await sources.by_slug(tx, source)
    if row is None:
        return None
    found = await rosters.students(tx, row.id, key, ref(row.id, "class", key), on)
    return found if found or await rosters.told_of(tx, row.id, key) else None
