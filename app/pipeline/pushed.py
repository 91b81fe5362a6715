"""Pushed: what a client has pushed into its own source, read back and taken back by its own ids."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

import msgspec

from app.db import Tx
from app.db.pipeline import pushed
from app.db.pipeline.pushed import PushedRow
from app.errors import NotFound
from app.pipeline.push import Inbox
from app.pipeline.verbatim import raw_records
from app.sources.source import Source

Status = Literal["stored", "withdrawn", "rejected"]
LearnerState = Literal["matched", "waiting", "contradicts"]
"""Whose an item is: known with others' words of them; not known further than it says itself; or what it says of them
contradicts what others say of whoever has that identifier."""


@dataclass(frozen=True, slots=True)
class PushedItem:
    """An item of a source: what is held of it, why its last version was rejected (None: it was not), and its bytes."""

    id: str
    status: Status
    received_at: datetime
    changed_at: datetime | None
    reason: str | None
    rejected_at: datetime | None
    body: bytes | None
    learner: LearnerState | None = None


async def listed(
    tx: Tx, source: Source, *, after: str = "", limit: int = 100, learners: bool = False
) -> list[PushedItem]:
    """Items in the order of their ids, without their bytes; with `learners`, whose they are."""
    rows = await pushed.listed(tx, source.id, _stream(source), after=after, limit=limit)
    whose = await learner_states(tx, source, [row.key for row in rows]) if learners else {}
    return [_pushed(row, None, whose.get(row.key)) for row in rows]


async def by_id(tx: Tx, source: Source, id: str, *, learners: bool = False) -> PushedItem:
    """One item with its bytes: those held, else those rejected. NotFound where none of that id was pushed here."""
    rows = await pushed.by_keys(tx, source.id, _stream(source), [id])
    if not rows:
        raise NotFound(f"No item '{id[:200]}' was pushed into {source.slug}.")
    row = rows[0]
    body = row.rejected
    if row.raw_id is not None and row.raw_pos is not None:
        (body,) = await raw_records(tx, [(row.raw_id, row.raw_pos)])
    whose = await learner_states(tx, source, [id]) if learners else {}
    return _pushed(row, body, whose.get(id))


async def check_stored(tx: Tx, source: Source, id: str) -> None:
    """NotFound where nothing is held of an item: it was never pushed into this source, or only rejected."""
    rows = await pushed.by_keys(tx, source.id, _stream(source), [id])
    if not rows or rows[0].state is None:
        why = "it was rejected, and counts nowhere" if rows else "none of that id was pushed"
        raise NotFound(f"Nothing is held of '{id[:200]}' in {source.slug}: {why}.")


async def learner_states(tx: Tx, source: Source, ids: Collection[str]) -> dict[str, LearnerState]:
    """Whose items are, as far as it is known now: of what came just now, that is mostly `waiting`."""
    rows = await pushed.whose(tx, source.id, _stream(source), ids)
    return {key: cast(LearnerState, state) for key, state in rows.items()}


async def take_back(inbox: Inbox, source: Source, id: str) -> None:
    """Take an item back by its id: it counts no more, and is in no record, and its history stays."""
    await inbox.push(source, source.streams()[0], [msgspec.json.encode({"id": id, "withdrawn": True})], atomic=True)


def _stream(source: Source) -> str:
    return source.streams()[0].name


def _pushed(row: PushedRow, body: bytes | None, learner: LearnerState | None) -> PushedItem:
    status: Status = "rejected" if row.state is None else "withdrawn" if row.state == "retracted" else "stored"
    received_at = row.received_at or row.rejected_at
    assert received_at is not None  # of each item one of the two is there
    visible = learner if status == "stored" else None
    return PushedItem(
        id=row.key,
        status=status,
        received_at=received_at,
        changed_at=row.state_at,
        reason=row.reason,
        rejected_at=row.rejected_at,
        body=body,
        learner=visible,
    )
