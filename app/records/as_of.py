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
from app.identity.identity import typed
from app.identity.united_at import united_at
from app.matching.apart import PersonRef, TypedId
from app.pipeline.known_sources import KnownSources, known_sources
from app.pipeline.normalize import decode_record
from app.pipeline.parting import place_of
from app.pipeline.statement import Statement, kind_of
from app.records import context, reading, sensitive
from app.records.book import Book, Context, Reference
from app.records.document import AnyEntry, RecordAt
from app.records.entries import NewEntry, entry_of
from app.records.header import by_value, identity_values, with_sources
from app.records.known_at import Version, statements_at
from schemas import Person


async def record(tx: Tx, learner: UUID, *, day: date | None, known_at: datetime, whole: bool) -> RecordAt:
    """A learner's record as of then; without `whole`, what is sensitive is withheld and counted. NotFound: nobody."""
    await reading.check(tx, learner)
    slug = await tenants.slug(tx)
    sources = await known_sources(tx)
    persons = [(source, key) for _, source, key in await heads.members(tx, [learner])]
    versions = [_version(row, sources, known_at) for row in await history.of_persons(tx, persons, known_at)]
    statements = await _known_together(tx, slug, sources, statements_at(versions, known_at, day), known_at)
    lookup = await _lookup(tx, sources, statements, known_at)
    judged = await context.judging(tx, statements)
    entries = [entry for t in statements if not t.withdrawn and (entry := entry_of(judged(t), lookup)) is not None]
    visible = entries if whole else await _general(tx, entries)
    own = [statement for statement in statements if place_of(_person(statement).key) is None]
    who = identity_values(statements, _identifiers(slug, sources, own), Book(lookup))
    lists: dict[str, Any] = {
        part: tuple(with_sources(v, statements) for v, statements in by_value(pairs)) for part, pairs in who.items()
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
    tx: Tx, slug: str, sources: KnownSources, statements: Sequence[Statement], known_at: datetime
) -> list[Statement]:
    """What is told of those persons who were known then to be one."""
    by_person: dict[PersonRef, list[Statement]] = {}
    for statement in statements:
        by_person.setdefault(_person(statement), []).append(statement)
    ids = {PersonRef(*ref): of for ref, of in _identifiers(slug, sources, statements).items()}
    rank = {source: by.source.rank for source, by in sources.items()}
    together_then = await united_at(tx, rank, by_person, ids, known_at)
    return [statement for ref, statements in by_person.items() if ref in together_then for statement in statements]


def _person(statement: Statement) -> PersonRef:
    record = statement.record
    return PersonRef(
        statement.source.id, record.key if isinstance(record, Person) else getattr(record, "person", record.key)
    )


def _sections(entries: Iterable[NewEntry]) -> dict[str, Any]:
    """Entries by section, the newest first."""
    sections: dict[str, list[AnyEntry]] = {}
    for entry in sorted(entries, key=lambda entry: (entry.at, entry.piece, entry.statement.n), reverse=True):
        sections.setdefault(entry.section, []).append(entry.entry)
    return {section: tuple(of) for section, of in sections.items()}


async def _general(tx: Tx, entries: Sequence[NewEntry]) -> list[NewEntry]:
    """Entries of raw records that tell of nothing sensitive."""
    secret = await sensitive.sensitive_keys(tx, [target for entry in entries for target in entry.targets])
    hidden = {entry.piece for entry in entries if any(target.key in secret for target in entry.targets)}
    return [entry for entry in entries if entry.piece not in hidden]


def _identifiers(
    tenant: str, sources: KnownSources, statements: Iterable[Statement]
) -> dict[tuple[int, str], set[TypedId]]:
    """The persons' identifiers as they were told then."""
    ids: dict[tuple[int, str], set[TypedId]] = {}
    for statement in statements:
        by = sources[statement.source.id]
        for identifier in statement.record.identifiers if isinstance(statement.record, Person) else ():
            resolved = typed(identifier, tenant=tenant, source=by.source.slug, types=by.types, issuers=by.issuers)
            if resolved:
                ids.setdefault((statement.source.id, statement.record.key), set()).add(resolved)
    return ids


async def _lookup(tx: Tx, sources: KnownSources, statements: Sequence[Statement], known_at: datetime) -> Context:
    async def read(named: set[Reference]) -> list[Statement]:
        adults = {(source, key) for source, kind, key in named if kind == "person"}
        others = [reference for reference in named if reference[1] != "person"]
        rows = await history.of_context(tx, others, known_at) if others else []
        rows += await history.of_persons(tx, adults, known_at) if adults else []
        return [
            statement
            for row in rows
            if row.until is None or row.until > known_at
            for statement in [_statement(row, sources, known_at)]
            if row.person is None or kind_of(statement) == "person"
        ]

    return await context.lookup_by(read, statements)


def _version(row: VersionRow, sources: KnownSources, known_at: datetime) -> Version:
    return Version(_statement(row, sources, known_at), row.since, row.until)


def _statement(row: VersionRow, sources: KnownSources, known_at: datetime) -> Statement:
    """A statement as it was known at a time: what was received again since then had been received before."""
    return Statement(
        source=sources[row.source_id].source,
        stream=row.stream,
        raw_key=row.raw_key,
        n=row.n,
        received_at=row.received_at if row.received_at <= known_at else row.since,
        state=row.state,
        record=decode_record(row.body),
        state_at=row.state_at or (None if row.state == "current" else row.since),
        unread_since=row.unread_since,
    )
