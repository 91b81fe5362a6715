"""Persons: who is whom is decided anew for those of whom something changed, and what is theirs moves with them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.db import Tx
from app.db.access.tenants import TenantRow
from app.db.records import entries, heads, learners
from app.db.records.entries import Piece
from app.identity.resolve import Moved, neighborhood, resolve
from app.mastery import judging
from app.matching.apart import PersonRef
from app.pipeline.known_sources import KnownSources
from app.records.document import FOLD


async def identify(
    tx: Tx, owner: TenantRow, sources: KnownSources, touched: Sequence[PersonRef], at: datetime
) -> tuple[set[Piece], int]:
    """Resolve persons with all they are connected to; their learners' headers are due.

    Raw records of who was no learner until now, and is one: they are no entries yet. How many learners went.
    """
    around = await neighborhood(tx, owner, sources, touched)
    moved = await resolve(tx, owner, sources, around)
    known = {ref: now for ref, now in moved.changed.items() if ref in around.before}
    moves = [(*ref, was, now) for ref, now in known.items() if (was := around.before[ref]) is not None]
    if moves:
        await entries.move(tx, moves)
        await judging.move_assertions(tx, known, at)
    late = await heads.behind_among(tx, {was for *_, was, _ in moves}, FOLD) if moves else set()
    newly = [
        ref
        for ref, now in known.items()
        if now is not None and (around.before[ref] is None or around.before[ref] in late)
    ]
    again = moved.pieces | (set(await heads.pieces_of(tx, newly)) if newly else set())
    await heads.mark(tx, moved.members)
    gone = await _retire(tx, moved, at)
    if moves:
        await judging.move_overrides(tx, {*moved.members, *moved.left, *(was for was, _ in gone)}, at)
    if gone:
        await learners.announce(tx, [_gone(was, now) for was, now in gone])
    return again, len(gone)


def _gone(was: UUID, now: UUID | None) -> tuple[str, UUID, dict[str, object]]:
    return ("learner.merged", was, {"into": str(now)}) if now else ("learner.removed", was, {})


async def _retire(tx: Tx, moved: Moved, at: datetime) -> list[tuple[UUID, UUID | None]]:
    """Learners who have no persons any more: where they went.

    An id leads to wherever the person is whose own it was, and moves on with them: never to another child. Where that
    person is no learner any more, it leads to whom all others went, if that is one.
    """
    empty = moved.left.keys() - moved.members.keys()
    if empty:
        empty -= await learners.populated(tx, sorted(empty))
    went = {was: next(iter(moved.left[was])) if len(moved.left[was]) == 1 else None for was in empty}
    went = dict.fromkeys(moved.own) | went | {was: now for was, now in moved.own.items() if now is not None}
    if not went:
        return []
    retired = set(await learners.retire(tx, sorted(went.items()), at))
    return [(was, now) for was, now in sorted(went.items()) if was in retired]
