"""Groups: learners by their ids, or the students of a class as its source tells of it."""

from collections.abc import Container, Iterable
from datetime import date
from uuid import UUID

from app.db import Tx
from app.db.mastery import rosters
from app.db.mastery.rosters import EnrolledRow
from app.pipeline.refs import refs

LEFT = ("inactive", "rejected", "deleted")
OVER = (*LEFT, "completed")
"""States of an enrollment in which nobody is in the class any more; whoever completed it has not left it."""


async def students(tx: Tx, source: int, key: str, on: date) -> list[UUID] | None:
    """The students on a day in the class that a source calls `key`, or in a part of it, by id. None: no such class."""
    told, found = await _enrolled(tx, source, key)
    return present(found, on) if told else None


async def graduates(tx: Tx, source: int, key: str, on: date) -> list[UUID]:
    """Whom something may be given to for a class: its students on a day or, when it is over, on its last."""
    _, found = await _enrolled(tx, source, key)
    stayed = [one for one in found if one.state not in LEFT]
    last = max((one.ends or date.max for one in stayed), default=on)
    return present(stayed, min(on, last), gone=LEFT)


def present(found: Iterable[EnrolledRow], on: date, gone: Container[str | None] = OVER) -> list[UUID]:
    """Who is in class on a day, by id."""
    return sorted(
        {
            one.learner
            for one in found
            if one.state not in gone and (one.begins or date.min) <= on <= (one.ends or date.max)
        }
    )


async def _enrolled(tx: Tx, source: int, key: str) -> tuple[bool, list[EnrolledRow]]:
    """Whether a source tells of a class, and who is or was in it."""
    parts = await rosters.parts(tx, source, key)
    keys = parts or [key]
    found = await rosters.enrolled(tx, refs(source, [("class", one) for one in keys]))
    return bool(parts or found), found
