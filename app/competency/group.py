"""Groups: learners by their ids, or the students of a class as its source tells of it."""

from datetime import date
from uuid import UUID

from app.db import Tx, rosters, sources
from app.pipeline.refs import refs


async def students(tx: Tx, source: str, key: str, on: date) -> list[UUID] | None:
    """The students on a day in the class that a source (by its slug) calls `key`, or in a part of it, by id.

    None: there is no such class.
    """
    row = await sources.by_slug(tx, source)
    if row is None:
        return None
    told = await rosters.parts(tx, row.id, key)
    keys = told or [key]
    found = await rosters.students(tx, row.id, keys, refs(row.id, [("class", one) for one in keys]), on)
    return found if found or told else None
