"""Ingest: one page through compare, keep, normalize and store, in one transaction, however it was handed over."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from app.db import Tx, statements
from app.pipeline import raw
from app.pipeline.normalize import Normalized, normalize
from app.pipeline.raw import Item
from app.pipeline.refs import refs
from app.pipeline.source import Source
from connectors import Page, Stream

CONTEXT_KINDS = frozenset({
    "org", "academicSession", "course", "class", "lineItem", "achievement", "framework", "competency", "person",
})  # fmt: skip
"""Kinds that a learner's record names: a change in one touches every learner whose record was made from it."""


class Rejected(NamedTuple):
    """A record set apart: its key (or its hash), where it was, why, and its position in the page if it had one."""

    key: str
    where: str
    reason: str
    pos: int | None


@dataclass(slots=True)
class Outcome:
    """What became of one or several pages: counts by word, rejected records, and fields no mapping took."""

    counts: Counter[str] = field(default_factory=Counter)
    rejected: list[Rejected] = field(default_factory=list)
    leftovers: Counter[str] = field(default_factory=Counter)
    status: dict[int, str] = field(default_factory=dict)  # position in the page: new, updated, unchanged, rejected

    def add(self, other: "Outcome") -> None:
        """Add what became of a further page (positions are of one page only and are not kept)."""
        self.counts.update(other.counts)
        self.rejected.extend(other.rejected)
        self.leftovers.update(other.leftovers)


async def ingest(
    tx: Tx,
    source: Source,
    stream: Stream,
    page: Page,
    *,
    at: datetime,
    run: int | None = None,
    listing: int | None = None,
) -> Outcome:
    """Take one page in. The caller's transaction makes page, cursor and events one truth.

    `at` is when it was received; `listing` the id of the complete listing this page is part of, if it is.
    """
    await statements.lock_source(tx, source.id)
    items, rejects = raw.items(page, stream, source.connector.version)
    known = await statements.changed(tx, source.id, stream.name, ((i.pos, i.key, i.hash) for i in items))
    fresh = [item for item in items if item.pos in known]
    if listing is not None and items:
        await statements.saw(tx, source.id, stream.name, listing, [item.key for item in items])
    outcome = Outcome()
    outcome.counts["unchanged"] += len(items) - len(fresh)
    failures = [
        (Rejected(raw.reject_key(r.body), r.position, r.reason, pos), r.body)
        for pos, r in [*((None, r) for r in page.rejects), *rejects.items()]
    ]
    if fresh:
        normalized = normalize(stream, fresh, page.columns)
        await _store(tx, source, stream, page, fresh, normalized, known, at, run)
        failures += [
            (Rejected(item.key, f"{stream.name} {item.key}", why, item.pos), item.body)
            for item, why in normalized.failures
        ]
        _tell(outcome, items, known, normalized)
    else:
        outcome.status = dict.fromkeys((item.pos for item in items), "unchanged")
    if failures:
        rows = [(r.key, r.where, r.reason, body) for r, body in failures]
        await statements.quarantine(tx, source.id, stream.name, page.columns, at, rows)
        outcome.rejected = [rejected for rejected, _ in failures]
        outcome.status.update((r.pos, "rejected") for r in outcome.rejected if r.pos is not None)
    outcome.counts["rejected"] += len(failures)
    return outcome


async def _store(
    tx: Tx,
    source: Source,
    stream: Stream,
    page: Page,
    fresh: list[Item],
    normalized: Normalized,
    known: dict[int, bool],
    at: datetime,
    run: int | None,
) -> None:
    chunk = raw.pack([item.body for item in fresh], page.columns)
    raw_id = await statements.keep(tx, source.id, stream.name, run, at, chunk)
    counts = normalized.counts
    old_keys = [item.key for item in fresh if known[item.pos] and item.key in counts]
    before = await statements.said_before(tx, source.id, stream.name, old_keys) if old_keys else []
    await statements.store(tx, source.id, stream.name, raw_id, at, normalized.statements)
    if old_keys:
        await statements.forget_surplus(tx, source.id, stream.name, raw_id, {key: counts[key] for key in old_keys})
    await statements.release(tx, source.id, stream.name, list(counts), at)
    said = {(s.kind, s.key, s.person) for s in normalized.statements} | set(before)
    persons = sorted({person for _, _, person in said if person is not None})
    context = {(kind, key) for kind, key, _ in said if kind in CONTEXT_KINDS}
    await statements.touch(tx, source.id, persons, refs(source.id, context))


def _tell(outcome: Outcome, items: list[Item], known: dict[int, bool], normalized: Normalized) -> None:
    for item in items:
        if item.key in normalized.counts:
            outcome.status[item.pos] = "updated" if known[item.pos] else "new"
        elif item.pos not in known:
            outcome.status[item.pos] = "unchanged"
    outcome.counts.update(word for word in outcome.status.values() if word != "unchanged")
    outcome.leftovers.update(normalized.leftovers)
