"""Absence: what a complete listing no longer has is withdrawn, unless so much is gone that a person must look first."""

from app.db import Tx
from app.db.pipeline import statements
from app.pipeline import raw
from app.pipeline.ingest import CONTEXT_KINDS, Arrival, Outcome
from app.pipeline.refs import refs
from app.pipeline.report import Held

FEW = 5
"""So many may go from a small list, of which a few are a large share: but not half of it, and never all."""


async def withdraw_absent(tx: Tx, listing: Arrival, outcome: Outcome, *, allow_shrink: bool) -> None:
    """Withdraw what a complete listing lacked, and say so in its outcome.

    Held where that is more than the source's share, and not allowed. Where pieces of the listing could not be read at
    all (they have no key), what seems absent may be among them: nothing is withdrawn.
    """
    source, stream = listing.source, listing.stream.name
    assert listing.listing is not None
    gone = await statements.missing(tx, source.id, stream, listing.listing)
    if gone and await statements.unreadable(tx, source.id, stream, listing.listing):
        outcome.notes.append(f"{stream}: {len(gone)} records seem gone, but part of the listing is unreadable: kept")
        gone = []
    held = await statements.live(tx, source.id, stream) if gone else 0
    if shrinks(len(gone), held, source.shrink_share) and not allow_shrink:
        raise Held(
            f"{stream}: {len(gone)} of {held} records are gone from a complete listing ({', '.join(gone[:5])}, …), "
            f"more than {source.shrink_share:.0%}; nothing was withdrawn: look at the source, then sync again and "
            "allow it to shrink"
        )
    await statements.forget_seen(tx, source.id, stream)
    if gone:
        chunk = raw.pack([key.encode() for key in gone], None)
        await statements.keep(tx, source.id, stream, listing.run, listing.at, chunk, kind="absent")
        await mark(tx, source.id, stream, gone)
    outcome.counts["absent"] += len(gone)


async def check_withdrawn(tx: Tx, arrival: Arrival, gone: int, *, wary: bool = False) -> None:
    """Held where a run has withdrawn more of a stream, by saying so record by record, than the source's share.

    `wary`: where anything is withdrawn, for the last run was held: share by share, a storm would pass in a few runs.
    """
    source, stream = arrival.source, arrival.stream.name
    held = gone + await statements.live(tx, source.id, stream) if gone else 0
    much = shrinks(gone, held, source.shrink_share)
    if much or (wary and gone):
        which = f"at once, more than {source.shrink_share:.0%}" if much else "after a run that was held"
        raise Held(
            f"{stream}: {gone} of {held} records are withdrawn {which}; the run stopped before: look at the source, "
            "then sync again and allow it to shrink"
        )


def shrinks(gone: int, held: int, share: float) -> bool:
    """Whether so much is gone from a complete listing that a person must look first."""
    if gone <= share * held:
        return False
    return gone > FEW or gone == held > 1 or (held > FEW and 2 * gone >= held)


async def mark(tx: Tx, source: int, stream: str, gone: list[str]) -> None:
    """Mark raw records as absent and touch whom they spoke of."""
    said = await statements.said_before(tx, source, stream, gone)
    await statements.mark_absent(tx, source, stream, gone)
    persons = sorted({person for _, _, person in said if person is not None})
    await statements.touch(tx, source, persons, refs(source, {(k, key) for k, key, _ in said if k in CONTEXT_KINDS}))
