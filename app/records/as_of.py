"""As of: a learner's record as it was on a day, or as it was known at a time, made when it is asked for.

Whose statements they are is as it is known now, for a correction corrects the past too: who was parted since is never
shown again. Of the persons who are one learner now, `known_at` leaves out who was not known then to be the same.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from app.db import Tx
from app.db.access import tenants
from app.db.pipeline import history
from app.db.pipeline.history import VersionRow
from app.db.records import heads
from app.identity.identity import PersonRef, TypedId, typed
from app.identity.then import together
from app.pipeline.normalize import decode_record
from app.pipeline.statement import Statement, kind_of
from app.pipeline.tellers import Tellers, tellers
from app.records import context, known, reading, sensitive
from app.records.book import Book, Context, Reference
from app.records.document import AnyEntry, RecordAt
from app.records.entries import Made, entry_of
from app.records.header import by_value, said_by, said_of
from app.records.known import Version
from schemas import Person


async def record(tx: Tx, learner: UUID, *, day: date | None, known_at: datetime, whole: bool) -> RecordAt:
    """A learner's record as of then; without `whole`, what is sensitive is withheld and counted. NotFound: nobody."""
    await reading.check(tx, learner)
    slug = await tenants.slug(tx)
    told_by = await tellers(tx)
    persons = [(source, key) for _, source, key in await heads.members(tx, [learner])]
    versions = [_version(row, told_by) for row in await history.of_persons(tx, persons, known_at)]
    statements = await _known_together(tx, slug, told_by, known.at(versions, known_at, day), known_at)
    lookup = await _lookup(tx, told_by, statements, known_at)
    judged = await context.judging(tx, statements)
    entries = [entry for t in statements if not t.withdrawn and (entry := entry_of(judged(t), lookup)) is not None]
    visible = entries if whole else await _general(tx, entries)
    who = said_of(statements, _identifiers(slug, told_by, statements), Book(lookup))
    lists: dict[str, Any] = {
        part: tuple(said_by(v, statements) for v, statements in by_value(pairs)) for part, pairs in who.items()
    }
    return RecordAt(
        id=str(learner),
        as_of=day,
        known_at=known_at,
        withheld=len(entries) - len(visible),
        **lists,
        **_sections(visible),
    )


async def _known_together(
    tx: Tx, slug: str, told_by: Tellers, statements: Sequence[Statement], known_at: datetime
) -> list[Statement]:
    """What is told of those persons who were known then to be one."""
    by_person: dict[PersonRef, list[Statement]] = {}
    for statement in statements:
        by_person.setdefault(_person(statement), []).append(statement)
    ids = {PersonRef(*ref): of for ref, of in _identifiers(slug, told_by, statements).items()}
    rank = {source: by.teller.rank for source, by in told_by.items()}
    together_then = await together(tx, rank, by_person, ids, known_at)
    return [statement for ref, statements in by_person.items() if ref in together_then for statement in statements]


def _person(statement: Statement) -> PersonRef:
    record = statement.record
    return PersonRef(
        statement.teller.id, record.key if isinstance(record, Person) else getattr(record, "person", record.key)
    )


def _sections(entries: Iterable[Made]) -> dict[str, Any]:
    """Entries by section, the newest first."""
    sections: dict[str, list[AnyEntry]] = {}
    for entry in sorted(entries, key=lambda entry: (entry.at, entry.piece, entry.statement.n), reverse=True):
        sections.setdefault(entry.section, []).append(entry.entry)
    return {section: tuple(of) for section, of in sections.items()}


async def _general(tx: Tx, entries: Sequence[Made]) -> list[Made]:
    """Entries of raw records that tell of nothing sensitive."""
    secret = await sensitive.secret(tx, [target for entry in entries for target in entry.targets])
    hidden = {entry.piece for entry in entries if any(target.key in secret for target in entry.targets)}
    return [entry for entry in entries if entry.piece not in hidden]


def _identifiers(tenant: str, told_by: Tellers, statements: Iterable[Statement]) -> dict[tuple[int, str], set[TypedId]]:
    """The persons' identifiers as they were told then."""
    ids: dict[tuple[int, str], set[TypedId]] = {}
    for statement in statements:
        by = told_by[statement.teller.id]
        for identifier in statement.record.identifiers if isinstance(statement.record, Person) else ():
            resolved = typed(identifier, tenant=tenant, source=by.teller.slug, types=by.types, issuers=by.issuers)
            if resolved:
                ids.setdefault((statement.teller.id, statement.record.key), set()).add(resolved)
    return ids


async def _lookup(tx: Tx, told_by: Tellers, statements: Sequence[Statement], known_at: datetime) -> Context:
    async def read(named: set[Reference]) -> list[Statement]:
        adults = {(source, key) for source, kind, key in named if kind == "person"}
        others = [reference for reference in named if reference[1] != "person"]
        rows = await history.of_context(tx, others, known_at) if others else []
        rows += await history.of_persons(tx, adults, known_at) if adults else []
        return [
            statement
            for row in rows
            if row.until is None or row.until > known_at
            for statement in [_told(row, told_by)]
            if row.person is None or kind_of(statement) == "person"
        ]

    return await context.lookup_by(read, statements)


def _version(row: VersionRow, told_by: Tellers) -> Version:
    return Version(_told(row, told_by), row.since, row.until)


def _told(row: VersionRow, told_by: Tellers) -> Statement:
    return Statement(
        teller=told_by[row.source_id].teller,
        stream=row.stream,
        raw_key=row.raw_key,
        n=row.n,
        received_at=row.received_at,
        state=row.state,
        record=decode_record(row.body),
        state_at=row.state_at,
        unread_since=row.unread_since,
    )
