"""Absence: what a complete listing no longer has is over or unlisted, as its stream declares; it is never retracted."""

from collections.abc import Sequence
from datetime import datetime

from app.db import Tx
from app.db.pipeline import listings, quarantine, statements
from app.db.pipeline.listings import Missing
from app.pipeline import raw
from app.pipeline.arrival import Arrival
from app.pipeline.ingest import CONTEXT_KINDS, Outcome
from app.pipeline.normalize import KIND
from app.pipeline.refs import refs
from app.pipeline.report import Held
from connectors import Absence, Stream
from schemas.codes import StatementState

FEW = 5
"""So many may go from a small list, of which a few are a large share: but not half of it, and never all."""

STATES: dict[Absence, StatementState] = {Absence.ENDED: "ended", Absence.LEFT: "ended", Absence.UNLISTED: "unlisted"}
"""The state a statement gets that a full listing no longer has. What says nothing changes nothing."""


async def end_absent(tx: Tx, listing: Arrival, outcome: Outcome, *, allow_shrink: bool) -> None:
    """Give what a complete listing lacked the state that its stream declares, and say so in the listing's outcome.

    Held where more would end that still runs than the source's share, and nobody allowed it. What is only unlisted
    loses nothing, and nothing that was over already ends. Where pieces of the listing could not be read at all (they
    have no key), what seems absent may be among them: nothing changes.
    """
    source, stream = listing.source, listing.stream.name
    assert listing.listing is not None
    gone = await listings.missing(tx, source.id, stream, listing.listing)
    if gone and await quarantine.unreadable(tx, source.id, stream, listing.listing):
        outcome.notes.append(f"{stream}: {len(gone)} records seem gone, but part of the listing is unreadable: kept")
        gone = []
    ending = [record for record in gone if _ends(listing, record)]
    current = await listings.count_current(tx, source.id, stream) if ending else 0
    if shrinks(len(ending), current, source.shrink_share) and not allow_shrink:
        names = ", ".join(record.raw_key for record in ending[:5])
        raise Held(
            f"{stream}: {len(ending)} of {current} records are gone from a complete listing ({names}, …), "
            f"more than {source.shrink_share:.0%}; nothing was changed: look at the source, then sync again and "
            "allow it to shrink"
        )
    await listings.forget_seen(tx, source.id, stream)
    if gone:
        keys = [record.raw_key for record in gone]
        chunk = raw.pack([key.encode() for key in keys], None)
        await statements.keep(tx, source.id, stream, listing.run, listing.at, chunk, kind="absent")
        await mark(tx, source.id, listing.stream, keys, listing.at)
    outcome.counts["absent"] += len(gone)


async def check_withdrawn(tx: Tx, arrival: Arrival, gone: int, *, wary: bool = False) -> None:
    """Held where a run has withdrawn more of a stream, by saying so record by record, than the source's share.

    `wary`: where anything is withdrawn, for the last run was held: share by share, a storm would pass in a few runs.
    """
    source, stream = arrival.source, arrival.stream.name
    current = gone + await listings.count_current(tx, source.id, stream) if gone else 0
    much = shrinks(gone, current, source.shrink_share)
    if much or (wary and gone):
        which = f"at once, more than {source.shrink_share:.0%}" if much else "after a run that was held"
        raise Held(
            f"{stream}: {gone} of {current} records are withdrawn {which}; the run stopped before: look at the source, "
            "then sync again and allow it to shrink"
        )


def shrinks(gone: int, current: int, share: float) -> bool:
    """Whether so much is gone from a complete listing that a person must look first."""
    if gone <= share * current:
        return False
    return gone > FEW or gone == current > 1 or (current > FEW and 2 * gone >= current)


async def mark(tx: Tx, source: int, stream: Stream, keys: Sequence[str], at: datetime) -> None:
    """Give raw records that a listing of that time lacked their state, by kind, and touch whom they spoke of."""
    said = await statements.said_before(tx, source, stream.name, keys)
    states = {kind: STATES[absence] for kind in KIND.values() if (absence := stream.absence_of(kind)) in STATES}
    await listings.mark(tx, source, stream.name, keys, {"nothing": "unlisted", **states}, at=at)
    persons = sorted({person for _, _, person in said if person is not None})
    await statements.touch(tx, source, persons, refs(source, {(k, key) for k, key, _ in said if k in CONTEXT_KINDS}))


def _ends(listing: Arrival, record: Missing) -> bool:
    """Whether a record that a listing lacks was still running."""
    over = record.ends is not None and record.ends < listing.at.date()
    return STATES.get(listing.stream.absence_of(record.kind)) == "ended" and not over
