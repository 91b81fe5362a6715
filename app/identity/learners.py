"""Learners by their ids and identifiers: those that were merged into others are found under every id they ever had."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.db import Tx
from app.db.records import learners
from app.db.records.learners import Listed
from app.errors import NotFound
from app.identity.identity import normal


async def lineage(tx: Tx, learner: UUID) -> list[UUID]:
    """The learner of that id as they are now, first, and all who became them. NotFound where there is none."""
    ids = await learners.lineage(tx, learner)
    if not ids:
        raise NotFound(f"No learner {learner}.")
    return ids


async def current(tx: Tx, learner: UUID) -> UUID:
    """The id under which the learner of that id has a record now. NotFound where there is none, or not any more."""
    own = (await learners.currents(tx, [learner])).get(learner, learner)
    if not await learners.present(tx, [own]):
        raise NotFound(f"No learner {learner}.")
    return own


async def check(tx: Tx, ids: Sequence[UUID]) -> None:
    """NotFound where one of these is no learner who has a record."""
    if await learners.present(tx, ids) != {*ids}:
        raise NotFound


async def by_identifier(tx: Tx, type: str, value: str, issuer: str | None = None) -> list[Listed]:
    """Learners with an identifier of that type and value, however it is written; of that issuer, where one is named."""
    return await learners.by_identifier(tx, type, normal(type, value), issuer)


async def numbered(tx: Tx, types: Sequence[str], value: str) -> list[UUID]:
    """Learners with an identifier of that value, however it is written, of one of these types, in their order."""
    return await learners.numbered(tx, [(type_, normal(type_, value)) for type_ in types])


async def listed(tx: Tx, *, after: tuple[datetime, UUID] | None, since: datetime | None, limit: int) -> list[Listed]:
    """Learners in the order of their last change, after a (time, id), changed at or after a time."""
    return await learners.listed(tx, after=after, since=since, limit=limit)
