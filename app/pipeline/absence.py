"""Absence: what a complete listing no longer has is withdrawn, unless so much is gone that a person must look first."""

from datetime import datetime

from app.db import Tx, statements
from app.pipeline import raw
from app.pipeline.ingest import CONTEXT_KINDS
from app.pipeline.refs import refs
from app.pipeline.report import Held
from app.pipeline.source import Source

FEW = 5
"""So many may always go: a guard on a share alone would stop every change of a small list."""


async def withdraw_absent(
    tx: Tx, source: Source, stream: str, listing: int, at: datetime, *, run: int | None, allow_shrink: bool
) -> int:
    """Withdraw what the listing lacked; how many. Held where that is more than the source's share, and not allowed."""
    gone, held = await statements.missing(tx, source.id, stream, listing)
    if len(gone) > max(FEW, source.shrink_share * held) and not allow_shrink:
        raise Held(
            f"{stream}: {len(gone)} of {held} records are gone from a complete listing ({', '.join(gone[:5])}, …), "
            f"more than {source.shrink_share:.0%}; nothing was withdrawn: look at the source, then sync again and "
            "allow it to shrink"
        )
    await statements.forget_seen(tx, source.id, stream)
    if gone:
        chunk = raw.pack([key.encode() for key in gone], None)
        await statements.keep(tx, source.id, stream, run, at, chunk, kind="absent")
        await mark(tx, source.id, stream, gone)
    return len(gone)


async def mark(tx: Tx, source: int, stream: str, gone: list[str]) -> None:
    """Mark raw records as absent and touch whom they spoke of."""
    said = await statements.said_before(tx, source, stream, gone)
    await statements.mark_absent(tx, source, stream, gone)
    persons = sorted({person for _, _, person in said if person is not None})
    await statements.touch(tx, source, persons, refs(source, {(k, key) for k, key, _ in said if k in CONTEXT_KINDS}))
