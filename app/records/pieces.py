"""Pieces: raw records that changed become entries of their learners' records, and what they assert is judged.

What is done follows from these raw records alone: their statements, the records they name, and results of the same
work. However much else a learner has is not looked at.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.db import Tx
from app.db.access.tenants import TenantRow
from app.db.identity import persons
from app.db.records import entries as stored
from app.db.records import heads
from app.db.records.entries import BeforeRow, EntryRow, Piece
from app.frameworks.alignment import align
from app.mastery import judging
from app.matching.apart import PersonRef
from app.pipeline.known_sources import KnownSources, statement_of
from app.pipeline.statement import Statement
from app.records import context
from app.records.book import Context
from app.records.document import FOLD
from app.records.entries import NewEntry, entry_of, piece_of
from app.records.persons import identify
from schemas import Credential, Enrollment, Evidence, Result

Whose = dict[PersonRef, UUID]


async def fold(
    tx: Tx, owner: TenantRow, sources: KnownSources, pieces: Sequence[Piece], at: datetime, known: Context
) -> int:
    """Make the entries of raw records, with what is known of those they name; how many learners were merged or removed
    on the way.
    """
    statements = await _read(tx, sources, pieces)
    whose, again, moved = await _whose(tx, owner, sources, statements, at)
    if more := sorted(again - set(pieces)):
        pieces = [*pieces, *more]
        statements = await _read(tx, sources, pieces)
        whose, *_ = await _whose(tx, owner, sources, statements, at)
    await context.lookup(tx, sources, [t for _, t in statements], known)
    new = [entry for ref, t in statements if ref in whose and (entry := entry_of(t, known)) is not None]
    ids = [piece_of(*piece) for piece in pieces]
    before = await stored.before(tx, ids)
    gone = (
        {(row.piece, row.n) for row in before} - {(entry.piece, entry.statement.n) for entry in new}
        if before
        else set()
    )
    await stored.store(tx, await _rows(tx, new, whose, at), sorted(gone), FOLD)
    await heads.leave_to_later(tx, {*whose.values(), *(row.learner_id for row in before)}, FOLD)
    if pairs := {pair for entry in new for pair in entry.context} - known.noted:
        await stored.note_context(tx, pairs)
        known.noted |= pairs
    await _judge(tx, sources, pieces, statements=statements, new=new, before=before, whose=whose, at=at)
    return moved


async def _read(tx: Tx, sources: KnownSources, pieces: Sequence[Piece]) -> list[tuple[PersonRef, Statement]]:
    rows = await persons.of_raw(tx, pieces)
    statements = [statement_of(row, sources) for row in rows]
    judged = await context.judging(tx, statements)
    return [
        (PersonRef(row.source_id, row.person or row.key), judged(t)) for row, t in zip(rows, statements, strict=True)
    ]


async def _whose(
    tx: Tx, owner: TenantRow, sources: KnownSources, statements: Sequence[tuple[PersonRef, Statement]], at: datetime
) -> tuple[Whose, set[Piece], int]:
    """The learner of each person who is one; raw records that became a learner's just now, and learners that moved."""
    refs = {ref for ref, _ in statements}
    learners = await persons.learners_of(tx, refs)
    unknown = {ref for ref, t in statements if ref not in learners or (learners[ref] is None and _learns(t))}
    again: set[Piece] = set()
    moved = 0
    if unknown:
        again, moved = await identify(tx, owner, sources, sorted(unknown), at)
        learners = await persons.learners_of(tx, refs)
    return {PersonRef(*ref): learner for ref, learner in learners.items() if learner is not None}, again, moved


def _learns(statement: Statement) -> bool:
    record = statement.record
    return isinstance(record, Result | Evidence | Credential) or (
        isinstance(record, Enrollment) and record.role == "student"
    )


async def _rows(tx: Tx, new: Sequence[NewEntry], whose: Whose, at: datetime) -> list[EntryRow]:
    """Entries as they are stored; all of a raw record that tells of anything sensitive is."""
    targets = {target.key: target for entry in new for target in entry.targets}
    aligned = await align(tx, targets.values(), at) if targets else {}
    secret = await stored.secret(tx, list(aligned.values())) if aligned else set()
    hidden = {entry.piece for entry in new if any(aligned[target.key] in secret for target in entry.targets)}
    return [
        EntryRow(
            piece=entry.piece,
            n=entry.statement.n,
            learner_id=whose[PersonRef(entry.statement.source.id, entry.person)],
            section=entry.section,
            at=entry.at,
            setting=entry.entry.setting,
            source_id=entry.statement.source.id,
            stream=entry.statement.stream,
            raw_key=entry.statement.raw_key,
            person=entry.person,
            class_=entry.class_,
            state=entry.entry.state,
            sensitive=entry.piece in hidden,
            class_ref=entry.class_ref,
            item_ref=entry.item_ref,
            rated=entry.rated,
            targets=sorted(aligned[target.key] for target in entry.targets),
            hash=entry.hash,
            body=entry.body,
        )
        for entry in new
    ]


async def _judge(
    tx: Tx,
    sources: KnownSources,
    pieces: Sequence[Piece],
    statements: Sequence[tuple[PersonRef, Statement]],
    new: Sequence[NewEntry],
    before: Sequence[BeforeRow],
    whose: Whose,
    at: datetime,
) -> None:
    """Judge what these raw records assert, with results of the same work: what is rated directly is not told twice."""
    showing = {entry.piece for entry in new if entry.section != "enrollments"}
    showing |= {row.piece for row in before if row.section != "enrollments"}
    if not showing:
        return
    works = {
        (whose[PersonRef(entry.statement.source.id, entry.person)], entry.item_ref, not entry.rated)
        for entry in new
        if entry.section == "results" and entry.item_ref is not None
    }
    works |= {
        (row.learner_id, row.item_ref, not row.rated)
        for row in before
        if row.section == "results" and row.item_ref is not None
    }
    beside = await stored.beside(tx, works) - set(pieces) if works else set()
    judged = [(ref, t) for ref, t in statements if piece_of(t.source.id, t.stream, t.raw_key) in showing]
    judged += await _read(tx, sources, sorted(beside)) if beside else []
    lookup = await context.lookup(tx, sources, [t for _, t in judged])
    by_person: dict[PersonRef, list[Statement]] = {}
    for ref, t in judged:
        by_person.setdefault(ref, []).append(t)
    raw = {(ref.source, ref.key, t.stream, t.raw_key) for ref, t in judged}
    raw |= {(row.source_id, row.person, row.stream, row.raw_key) for row in before if row.piece in showing}
    await judging.update_assertions(tx, by_person, whose, lookup=lookup, at=at, raw=sorted(raw))
