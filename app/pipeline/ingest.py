"""Ingest: one page through compare, keep, normalize and store, in one transaction, however it was handed over."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import NamedTuple

from msgspec.structs import replace

from app.db import Tx
from app.db.pipeline import listings, quarantine, statements
from app.db.pipeline.quarantine import Failure
from app.db.pipeline.statements import StoredRow
from app.errors import DeltaRefused
from app.pipeline import parting, raw, succession
from app.pipeline.arrival import Arrival
from app.pipeline.normalize import Normalized, Statement, normalize
from app.pipeline.raw import Item
from app.pipeline.refs import refs
from app.pipeline.rows import MARK, Rows, as_numbered, number, own_key, side_by_side, stored_rows
from app.pipeline.seen_keys import without_repeats
from app.pipeline.unsaid import put_behind
from connectors import Page

CONTEXT_KINDS = frozenset(
    {"org", "academicSession", "course", "class", "lineItem", "achievement", "framework", "competency", "person"}
)
"""Kinds that a learner's record names: a change in one touches every learner whose record was made from it."""

PERSON_KINDS = frozenset({"person", "demographics"})
"""Kinds that tell who a person is. Raw records that tell what somebody did are touched by whoever changes them."""


PLACES = 3
"""So many places are told of a value that could not be read."""

DIFFERENT = 500
"""So many different values that could not be read are told one by one."""


class RejectedRecord(NamedTuple):
    """A record set apart: its key (or its hash), where it was, why, and its position in the page if it had one."""

    key: str
    where: str
    reason: str
    pos: int | None


@dataclass(slots=True)
class UnreadableValue:
    """A value that could not be read, in so many rows, and where the first of them are."""

    rows: int = 0
    places: list[str] = field(default_factory=list)

    def add(self, rows: int, places: Sequence[str]) -> None:
        """Add further rows."""
        self.rows += rows
        self.places += places[: max(0, PLACES - len(self.places))]


@dataclass(slots=True)
class Outcome:
    """What became of one or several pages: counts by word, rejected records, fields no mapping took, what to know.

    `odd` are values that cost themselves alone, by field, value and reason; `cells` what became of a file's cells.
    """

    counts: Counter[str] = field(default_factory=Counter)
    rejected: list[RejectedRecord] = field(default_factory=list)
    leftovers: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    odd: dict[tuple[str, str, str], UnreadableValue] = field(default_factory=dict)
    cells: Counter[str] = field(default_factory=Counter)
    status: dict[int, str] = field(default_factory=dict)  # by position: new, updated, unchanged, stale, rejected
    unknown: dict[int, list[str]] = field(default_factory=dict)  # position in the page: fields that no mapping knows
    changed: list[str] = field(default_factory=list)  # raw keys, of one page, that were known and say something else
    unchanged: list[str] = field(default_factory=list)  # raw keys, of one page, that say what they said

    def add(self, other: "Outcome") -> None:
        """Add what became of a further page (positions are of one page only and are not kept)."""
        self.counts.update(other.counts)
        self.rejected.extend(other.rejected)
        self.leftovers.update(other.leftovers)
        self.notes.extend(note for note in other.notes if note not in self.notes)
        self.cells.update(other.cells)
        for what, odd in other.odd.items():
            self.tell_odd(what, odd.rows, odd.places)

    def tell_odd(self, what: tuple[str, str, str], rows: int, places: Sequence[str]) -> None:
        """Add a value that could not be read; of too many different ones, by column and reason only."""
        if what not in self.odd and len(self.odd) >= DIFFERENT:
            what = (what[0], "…", what[2])
        self.odd.setdefault(what, UnreadableValue()).add(rows, places)


async def ingest(tx: Tx, arrival: Arrival, page: Page) -> Outcome:
    """Take one page in. The caller's transaction makes page, cursor and events one truth."""
    source, stream = arrival.source, arrival.stream
    await statements.lock_source(tx, source.id)
    rounds, rejects = raw.rounds(page, stream, source.connector.version)
    if arrival.raw_chunk is not None:  # an empty place is of what is kept no longer: `app.pipeline.superseded`
        rejects = {pos: reject for pos, reject in rejects.items() if page.records[pos]}
    outcome = Outcome(notes=list(page.notes))
    hashes: dict[str, int] | None = None
    if arrival.rows is not None:
        rounds, hashes = await _side_by_side(tx, arrival, arrival.rows, rounds=rounds, page=page, outcome=outcome)
    elif arrival.nth:
        rounds = [as_numbered([item for items in rounds for item in items], arrival.nth)]
    if arrival.seen is not None:
        rounds, again_rejects = without_repeats(arrival.seen, rounds, page, stream)
        rejects |= again_rejects
    unreadable = [
        (pos, Failure(raw.reject_key(r.body), _where(page, pos, r.position), r.reason, raw.digest(r.body), r.body))
        for pos, r in [*((None, r) for r in page.rejects), *rejects.items()]
    ]
    await _set_apart(tx, arrival, page, unreadable, outcome)
    waits = await quarantine.any_waiting(tx, source.id, stream.name)
    for turn, items in enumerate(rounds):
        keys = [item.key for item in items]
        known = await statements.hashes(tx, source.id, stream.name, keys) if hashes is None else hashes
        if arrival.listing is not None and not turn:
            await listings.saw(tx, source.id, stream.name, arrival.listing, keys)
        fresh = [item for item in items if known.get(item.key) != item.hash] if known else items
        outcome.changed += [item.key for item in fresh if item.key in known]
        if len(fresh) < len(items):
            outcome.unchanged += [item.key for item in items if known.get(item.key) == item.hash]
            outcome.status.update(dict.fromkeys([item.pos for item in items], "unchanged"))
        if fresh:
            outcome.status.update({item.pos: "updated" if item.key in known else "new" for item in fresh})
            raw_id, stored = await _take(tx, arrival, page, fresh=fresh, known=known, outcome=outcome)
            if waits:
                await quarantine.release_stored(tx, source.id, stream.name, stored, raw_id=raw_id, at=arrival.at)
        if waits and len(fresh) < len(items):
            unchanged = [item.key for item in items if known.get(item.key) == item.hash]
            await succession.restore(tx, arrival, unchanged)
            persons = await quarantine.release_unchanged(tx, source.id, stream.name, unchanged, at=arrival.at)
            await statements.touch(tx, source.id, {person for person in persons if person is not None}, [])
        waits = waits or bool(outcome.rejected)
    outcome.status.update((r.pos, "rejected") for r in outcome.rejected if r.pos is not None)
    outcome.counts.update(outcome.status.values())
    outcome.counts["rejected"] += sum(1 for r in outcome.rejected if r.pos is None)
    if again := sum(map(len, rounds[1:])):
        outcome.counts["again"] += again
        outcome.notes.append(f"{stream.name}: {again} records have the key of another one of the same page")
    return outcome


async def _take(
    tx: Tx, arrival: Arrival, page: Page, fresh: Sequence[Item], known: dict[str, int], outcome: Outcome
) -> tuple[int, Collection[str]]:
    """Normalize and store what changed, set apart what cannot be mapped: the raw chunk's id, and the keys stored."""
    stream = arrival.stream
    normalized = normalize(stream, fresh, page.columns)
    raw_id, places = await _keep(tx, arrival, page, fresh, normalized)
    stated: Sequence[Statement] = normalized.statements
    if places:
        stated = [replace(s, raw_pos=places[s.raw_pos]) for s in stated]
    old = [key for key in normalized.counts if key in known] if known else []
    stated = await succession.with_successors(tx, arrival, stated, old)
    stated, shared = await parting.with_children(tx, arrival, stated)
    outcome.notes += shared
    before = await statements.stored_of(tx, arrival.source.id, stream.name, old) if old else []
    if before:
        await put_behind(tx, arrival, before, stated, fresh)
    outcome.counts["withdrawn"] += await _store(
        tx, arrival, raw_id, stated=stated, counts=normalized.counts, before=before
    )
    if before:
        await succession.retire_replaced(tx, arrival, stated, before)
    outcome.notes += await succession.part_successors(tx, arrival, stated, old) if old else []
    if unread := [item for item, _ in normalized.failures if item.key in known]:
        outcome.notes += await succession.doubt(tx, arrival, unread, page.columns)
    stale = await _stale(tx, arrival, fresh, stated, old) if old else []
    outcome.status.update(dict.fromkeys(stale, "stale"))
    outcome.leftovers.update(normalized.leftovers)
    outcome.unknown.update(normalized.unknown)
    outcome.cells.update(normalized.cells)
    for what, items in normalized.odd.items():
        outcome.tell_odd(what, len(items), [page.place(item.pos) or item.key for item in items[:PLACES]])
    failures = [
        (item.pos, Failure(item.key, _where(page, item.pos, f"{stream.name} {item.key}"), why, item.hash, item.body))
        for item, why in normalized.failures
    ]
    await _set_apart(tx, arrival, page, failures, outcome)
    return raw_id, normalized.counts.keys()


async def _stale(
    tx: Tx, arrival: Arrival, fresh: Sequence[Item], stated: Sequence[Statement], old: Collection[str]
) -> list[int]:
    """The positions of records that were not stored: their source has told a newer version of them before."""
    versioned = {s.raw_key for s in stated if s.n == 0 and s.version is not None} & {*old}
    if not versioned:
        return []
    stored = await statements.hashes(tx, arrival.source.id, arrival.stream.name, versioned)
    return [item.pos for item in fresh if item.key in versioned and stored.get(item.key) != item.hash]


async def _side_by_side(
    tx: Tx, arrival: Arrival, rows: Rows, rounds: Sequence[Sequence[Item]], page: Page, outcome: Outcome
) -> tuple[list[list[Item]], dict[str, int]]:
    """All records of a page in one round, with a word on keys that have several rows; and the hashes stored of them.

    DeltaRefused where a delta changes anything of a stream that has several rows of one key: which of them it speaks
    of, and whether the others still stand, only a whole listing tells.
    """
    source, stream = arrival.source.id, arrival.stream
    items = sorted((item for items in rounds for item in items), key=attrgetter("pos"))
    stored = await stored_rows(tx, source, stream.name, items)
    numbered = side_by_side(items, rows, stored, stream, page)
    if further := [item.key for item in numbered if number(item.key) > 1 and item.key not in stored]:
        stored |= await statements.hashes(tx, source, stream.name, further)
    changes = any(stored.get(item.key, item.hash) != item.hash for item in numbered)
    if rows.delta and changes and await statements.any_current(tx, source, stream.name, f"%{MARK}%"):
        raise DeltaRefused(f"{stream.name}: some have several rows, and a delta does not tell all of them")
    outcome.status.update(dict.fromkeys({item.pos for item in items} - {item.pos for item in numbered}, "unchanged"))
    if more := [item for item in numbered if number(item.key) > 1]:
        outcome.counts["again"] += len(more)
        keys = ", ".join(sorted({own_key(item.key) for item in more})[:5])
        outcome.notes.append(f"{len(more)} rows have the key of another row that differs: both stand ({keys}, …)")
    return [numbered], stored


def _where(page: Page, pos: int | None, what: str) -> str:
    """What a record is, and where in its file where that is known."""
    place = None if pos is None else page.place(pos)
    return f"{what}, {place}" if place else what


async def _set_apart(
    tx: Tx, arrival: Arrival, page: Page, failures: Sequence[tuple[int | None, Failure]], outcome: Outcome
) -> None:
    """Set failures, each with its position in the page, apart; whoever's statement one should replace is touched."""
    if not failures:
        return
    source, stream = arrival.source.id, arrival.stream.name
    apart = [failure for _, failure in failures]
    persons = await quarantine.set_apart(tx, source, stream, columns=page.columns, at=arrival.at, failures=apart)
    await statements.touch(tx, source, {person for person in persons if person is not None}, [])
    outcome.rejected += [RejectedRecord(f.key, f.position or "", f.reason, pos) for pos, f in failures]


async def _store(
    tx: Tx,
    arrival: Arrival,
    raw_id: int,
    stated: Sequence[Statement],
    counts: dict[str, int],
    before: Sequence[StoredRow],
) -> int:
    """Store what a chunk says (`counts`: statements by raw key); note whom it speaks of and did.

    `before` is what is stored of its raw records. How many raw records it withdraws.
    """
    source, stream = arrival.source.id, arrival.stream.name
    now = {s.person for s in stated}
    persons = {s.person for s in stated if s.kind in PERSON_KINDS}
    persons |= {row.person for row in before if row.kind in PERSON_KINDS or row.person not in now}
    context = {(s.kind, s.key) for s in stated if s.kind in CONTEXT_KINDS}
    context.update((row.kind, row.key) for row in before if row.kind in CONTEXT_KINDS)
    # who somebody is is settled no later than what they did, which storing notes
    await statements.touch(tx, source, {person for person in persons if person is not None}, refs(source, context))
    withdrawn = await statements.store(
        tx, source, stream, raw_id=raw_id, at=arrival.at, statements=stated, all_new=not before
    )
    gone = {s.raw_key for s in stated if s.state == "retracted"} if before else set()
    if fewer := {key: counts[key] for key in dict.fromkeys(row.raw_key for row in before) if key not in gone}:
        await statements.forget_surplus(tx, source, stream, raw_id, fewer, at=arrival.at)
    if arrival.stream.voids:
        voided = await statements.void(tx, source, stream, arrival.at)
        await statements.touch(tx, source, {person for person in voided if person is not None}, [])
    return withdrawn


async def _keep(
    tx: Tx, arrival: Arrival, page: Page, fresh: Sequence[Item], normalized: Normalized
) -> tuple[int, dict[int, int]]:
    """Keep raw records, but not again what is known to fail and waits in quarantine.

    The chunk's id, and where in it each of the fresh records is, if not simply in their order.
    """
    if arrival.raw_chunk is not None:
        return arrival.raw_chunk, {index: item.pos for index, item in enumerate(fresh)}
    source, stream = arrival.source.id, arrival.stream.name
    failing = [(item.key, item.hash) for item, _ in normalized.failures]
    waiting = await quarantine.waiting(tx, source, stream, failing) if failing else set()
    places = [index for index, item in enumerate(fresh) if item.key not in waiting] if waiting else range(len(fresh))
    chunk = raw.pack([fresh[index].body for index in places], page.columns)
    nth = {place: n for place, index in enumerate(places) if (n := number(fresh[index].key)) > 1}
    raw_id = (
        await statements.keep(tx, source, stream, run=arrival.run, received_at=arrival.at, chunk=chunk, nth=nth)
        if places
        else 0
    )
    return raw_id, {index: place for place, index in enumerate(places)} if waiting else {}
