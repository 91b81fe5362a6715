"""Learners by their ids: those that were merged into others are found under every id they ever had."""

from uuid import UUID

from app.db import Tx
from app.db.records import learners
from app.errors import NotFound


async def lineage(tx: Tx, learner: UUID) -> list[UUID]:
    """The learner of that id as they are now, first, and all who became them. NotFound where there is none."""
    ids = await learners.lineage(tx, learner)
    if not ids:
        raise NotFound(f"No learner {learner}.")
    return ids
