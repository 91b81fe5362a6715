"""Push: what clients hand over, acknowledged when it is durable; concurrent pushes of a source share a commit."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import NamedTuple

from psycopg import OperationalError, Rollback

from app.db import Database, Tx
from app.db.pipeline.statements import lock_source
from app.db.sources.sources import note_received
from app.errors import DomainError
from app.pipeline.arrival import Arrival
from app.pipeline.ingest import Outcome, ingest
from app.sources.source import Source
from connectors import Page, Stream

TOGETHER = 5000
"""The most records that share a commit."""

STALE = "a newer version of it is held, by its updatedAt: nothing was changed"
SettleSoon = Callable[[Tx], Awaitable[None]]
Admit = Callable[[Tx], Awaitable[Sequence[bytes]]]
"""Looks, while nobody else writes into the source, which records of a push are to be taken in: all, some or, by an
error, none.
"""


class ItemResult(NamedTuple):
    """What became of one pushed item: new, updated, unchanged, stale, rejected or, with a bad neighbor, refused.

    `unknown` are its fields that no mapping knows: they are kept, and say nothing.
    """

    status: str
    reason: str | None = None
    unknown: Sequence[str] = ()


Answer = list[ItemResult] | Exception
"""What became of a push."""


@dataclass(slots=True)
class _Waiting:
    records: Sequence[bytes]
    atomic: bool
    admit: Admit | None
    answer: "asyncio.Future[list[ItemResult]]"


@dataclass(slots=True)
class _Queue:
    waiting: list[_Waiting] = field(default_factory=list)
    draining: "asyncio.Task[None] | None" = None

    def next(self) -> list[_Waiting]:
        """The pushes that go in the next commit: one that is atomic goes alone."""
        together = [self.waiting.pop(0)]
        size = len(together[0].records)
        while not together[0].atomic and self.waiting and not self.waiting[0].atomic:
            size += len(self.waiting[0].records)
            if size > TOGETHER:
                break
            together.append(self.waiting.pop(0))
        return together


class Inbox:
    """Takes pushes in. While one commit is under way the next pushes gather, and go together (group commit).

    However many push to a source, they wait with one database connection: the others are for those who read.
    """

    def __init__(self, db: Database, settle_soon: SettleSoon) -> None:
        self._db = db
        self._settle_soon = settle_soon
        self._queues: dict[tuple[int, int, str], _Queue] = defaultdict(_Queue)

    async def push(
        self,
        source: Source,
        stream: Stream,
        records: Sequence[bytes],
        *,
        atomic: bool = False,
        admit: Admit | None = None,
    ) -> list[ItemResult]:
        """Take records in; when this returns, what it says is durable.

        With `atomic`, one rejected record refuses all of them and nothing is stored; else the good ones are stored and
        the bad ones quarantined. `admit` has the last word on which are taken in, and its error is this push's alone;
        the results are of those.
        """
        queue = self._queues[source.tenant, source.id, stream.name]
        waiting = _Waiting(records, atomic, admit, asyncio.get_running_loop().create_future())
        queue.waiting.append(waiting)
        if queue.draining is None or queue.draining.done():
            queue.draining = asyncio.create_task(self._drain(source, stream, queue))
        return await waiting.answer

    async def _drain(self, source: Source, stream: Stream, queue: _Queue) -> None:
        while queue.waiting:
            await self._together(source, stream, queue.next())

    async def _together(self, source: Source, stream: Stream, together: Sequence[_Waiting]) -> None:
        """Commit pushes as one, and answer each; where that fails, each alone: one must not spoil its neighbors."""
        try:
            if together[0].atomic:
                answers: Sequence[Answer] = [await self._alone(source, stream, together[0].records)]
            else:
                answers = await self._commit(source, stream, together)
        except Exception as why:  # noqa: BLE001  (whatever it was, every waiting request must hear of it)
            if len(together) > 1 and not isinstance(why, OperationalError):
                for waiting in together:
                    await self._together(source, stream, [waiting])
                return
            answers = [why] * len(together)
        for waiting, answer in zip(together, answers, strict=True):
            if waiting.answer.done():
                continue
            if isinstance(answer, Exception):
                waiting.answer.set_exception(answer)
            else:
                waiting.answer.set_result(answer)

    async def _commit(self, source: Source, stream: Stream, together: Sequence[_Waiting]) -> list[Answer]:
        """Take pushes in, in one transaction: as one page or, where any has a word in what is taken in, one by one."""
        async with self._db.transaction(source.tenant) as tx:
            if all(waiting.admit is None for waiting in together):
                outcome = await self._ingest(tx, source, stream, [r for w in together for r in w.records])
                results = iter(item_results(outcome, sum(len(w.records) for w in together)))
                return [list(islice(results, len(waiting.records))) for waiting in together]
            return [await self._admitted(tx, source, stream, waiting) for waiting in together]

    async def _admitted(self, tx: Tx, source: Source, stream: Stream, waiting: _Waiting) -> Answer:
        await lock_source(tx, source.id)
        try:
            records = waiting.records if waiting.admit is None else await waiting.admit(tx)
        except DomainError as why:
            return why
        return item_results(await self._ingest(tx, source, stream, records), len(records)) if records else []

    async def _alone(self, source: Source, stream: Stream, records: Sequence[bytes]) -> list[ItemResult]:
        async with self._db.transaction(source.tenant) as tx:
            outcome = await self._ingest(tx, source, stream, records)
            results = item_results(outcome, len(records))
            if outcome.rejected:
                raise Rollback
        if not outcome.rejected:
            return results
        reason = "another item of this atomic batch was rejected: mend that one, or push without atomic"
        return [r if r.status == "rejected" else ItemResult("refused", reason) for r in results]

    async def _ingest(self, tx: Tx, source: Source, stream: Stream, records: Sequence[bytes]) -> Outcome:
        await lock_source(tx, source.id)  # before the clock is read: who comes later is not told to have come before
        now = datetime.now(UTC)
        outcome = await ingest(tx, Arrival(source, stream, now), Page(records))
        await note_received(tx, source.id, stream.name, now)
        if outcome.counts["new"] or outcome.counts["updated"]:
            await self._settle_soon(tx)
        return outcome


def item_results(outcome: Outcome, count: int) -> list[ItemResult]:
    """What became of each record of a page."""
    reasons = {rejected.pos: rejected.reason for rejected in outcome.rejected}
    stale = {pos: STALE for pos, status in outcome.status.items() if status == "stale"}
    return [
        ItemResult(outcome.status[pos], reasons.get(pos) or stale.get(pos), outcome.unknown.get(pos, ()))
        for pos in range(count)
    ]
