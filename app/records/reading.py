"""Reading: a learner's header, its sections page by page, and all of it a few entries at a time."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import get_args
from uuid import UUID

import msgspec

from app.db import Database, Tx
from app.db.records import entries, learners
from app.db.records.entries import BodyRow, Query
from app.db.records.packed import packer
from app.db.sources import sources
from app.errors import Invalid, NotFound
from app.mastery.views.perspectives import Scope
from app.pipeline.known_sources import known_sources
from app.records import heads
from app.records.document import (
    FOLD,
    SECTIONS,
    AnyEntry,
    CredentialEntry,
    EnrollmentEntry,
    EvidenceEntry,
    Header,
    ResultEntry,
    SourcedName,
    WholeRecord,
)
from app.records.entries import entry_id
from app.records.heads import LISTED, encoded
from schemas.codes import Setting, StatementState

SETTINGS: tuple[str, ...] = get_args(Setting)
TOGETHER = 500
"""How many entries are read at a time where all are."""
MOST = 5000
"""How many entries of a section stand in what is chosen from."""
Place = tuple[datetime, UUID, int]
"""Where a page ends, in the order of entries."""
entry_of = msgspec.json.Decoder(AnyEntry).decode
_header = msgspec.json.Decoder(Header).decode


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries of a record are asked for: of which section, since and until when, from where, of which state."""

    sections: Sequence[str] = SECTIONS
    setting: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    source: str | None = None
    class_: str | None = None
    state: StatementState | None = None
    competency: UUID | None = None
    dated: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Entries of a record, where the next page begins, and how many of the sections' are withheld as sensitive."""

    rows: Sequence[BodyRow]
    following: Place | None
    withheld: int


async def check(tx: Tx, learner: UUID) -> None:
    """NotFound where a learner has no record; the learner it went to is named, or those it was parted into."""
    if await learners.present(tx, [learner]):
        return
    row = await learners.seen(tx, learner)
    if row is not None and row.merged_into is not None:
        raise NotFound(f"This learner is now {row.merged_into}.", learner=str(row.merged_into))
    if row is not None and (several := [str(now) for now in await learners.parted(tx, learner)]):
        detail = f"What was known of this learner is now of {', '.join(several)}: nobody tells that they are one."
        raise NotFound(detail, learners=several)
    raise NotFound("It does not exist, or your client may not see it.")


async def header(tx: Tx, learner: UUID, scope: Scope = "general") -> Header:
    """A learner's header. NotFound where there is none, as `check` has it."""
    row = await learners.seen(tx, learner)
    if row is None or row.body is None:
        await check(tx, learner)
        raise NotFound("It does not exist, or your client may not see it.")
    if row.stale or row.fold < FOLD:
        built = await heads.build(tx, await known_sources(tx), [learner], datetime.now(UTC))
        if learner in built:
            whole, seen, _ = built[learner]
            return whole if scope == "all" or seen is None else seen
    return _header(row.body if scope == "all" or row.general is None else row.general)


async def headers(tx: Tx, ids: Sequence[UUID], scope: Scope = "general") -> dict[UUID, Header]:
    """The headers of learners who are there, together."""
    rows = await learners.seen_together(tx, ids)
    late = [learner for learner, row in rows.items() if row.stale or row.fold < FOLD]
    made = await heads.build(tx, await known_sources(tx), late, datetime.now(UTC)) if late else {}
    stored = {
        learner: _header(row.body if scope == "all" or row.general is None else row.general)
        for learner, row in rows.items()
        if learner not in made and row.body is not None
    }
    built = {learner: whole if scope == "all" or seen is None else seen for learner, (whole, seen, _) in made.items()}
    return stored | built


def schools(header: Header) -> list[str]:
    """The schools of a learner as people call them: those that the source tells of that is asked first."""
    first = header.schools[0].from_ if header.schools else ()
    return list(dict.fromkeys(school.name for school in header.schools if school.name and school.from_ == first))


async def fresh(tx: Tx, learner: UUID, scope: Scope) -> tuple[str, bytes]:
    """The ETag and the packed bytes of a header made this moment: something became sensitive since the stored one.

    NotFound where there is no such learner any more.
    """
    built = await heads.build(tx, await known_sources(tx), [learner], datetime.now(UTC))
    if learner not in built:
        raise NotFound
    whole, seen, _ = built[learner]
    body = encoded(whole if scope == "all" or seen is None else seen)
    return heads.etag_of(body), packer()(body)


async def name(tx: Tx, learner: UUID) -> SourcedName | None:
    """What a learner's record calls them first; None where there is no record, or no name in it."""
    if not await learners.present(tx, [learner]):
        return None
    return next(iter((await header(tx, learner)).names), None)


async def page(tx: Tx, learner: UUID, filters: Filter, scope: Scope, after: Place | None, limit: int) -> Page:
    """A page of a record's entries, the newest first."""
    query = await _query(tx, filters, scope)
    rows = await entries.page(tx, learner, query, after, limit + 1)
    last = rows[limit - 1] if len(rows) > limit else None
    counts = await entries.counts(tx, [learner]) if scope == "general" else []
    withheld = sum(
        row.count
        for row in counts
        if row.sensitive
        and row.section in query.sections
        and row.setting in query.settings
        and row.state in query.states
    )
    return Page(rows[:limit], (last.at, last.piece, last.n) if last else None, withheld)


async def every(db: Database, tenant: int, learner: UUID, scope: Scope) -> AsyncIterator[BodyRow]:
    """All entries of a record, section by section, the newest first: a few at a time, so that who reads slowly holds
    nothing.
    """
    for section in SECTIONS:
        after: Place | None = None
        while True:
            async with db.transaction(tenant) as tx:
                part = await page(tx, learner, Filter(sections=[section]), scope=scope, after=after, limit=TOGETHER)
            for row in part.rows:
                yield row
            after = part.following
            if after is None:
                break


async def whole(tx: Tx, learner: UUID, scope: Scope = "all", *, most: int = MOST) -> WholeRecord:
    """A learner's header and the newest entries of every section: for those who choose among them, as who issues."""
    head = await header(tx, learner, scope)
    rows: list[BodyRow] = []
    for section in SECTIONS:
        after: Place | None = None
        longest = len(rows) + most
        while True:
            part = await page(
                tx, learner, Filter(sections=[section]), scope=scope, after=after, limit=min(most, TOGETHER)
            )
            rows += part.rows
            after = part.following
            if after is None or len(rows) >= longest:
                break
    listed = [entry_of(row.body) for row in rows]
    return WholeRecord(
        header=head,
        enrollments=tuple(entry for entry in listed if isinstance(entry, EnrollmentEntry)),
        results=tuple(entry for entry in listed if isinstance(entry, ResultEntry)),
        credentials=tuple(entry for entry in listed if isinstance(entry, CredentialEntry)),
        evidence=tuple(entry for entry in listed if isinstance(entry, EvidenceEntry)),
        sensitive=frozenset(f"/{row.section}/{id_of(row)}" for row in rows if row.sensitive),
    )


async def full(db: Database, tenant: int, learner: UUID, scope: Scope) -> tuple[bytes, AsyncIterator[BodyRow]]:
    """A learner's header as JSON, and all entries of the record."""
    async with db.transaction(tenant) as tx:
        head = encoded(await header(tx, learner, scope))
    return head, every(db, tenant, learner, scope)


async def as_document(head: bytes, rows: AsyncIterator[BodyRow]) -> AsyncIterator[bytes]:
    """A whole record as one JSON object: the header, and in it a list of entries for each section."""
    yield head[:-1]
    section, first = 0, True
    yield f',"{SECTIONS[0]}":['.encode()
    async for row in rows:
        while SECTIONS[section] != row.section:
            section, first = section + 1, True
            yield f'],"{SECTIONS[section]}":['.encode()
        yield row.body if first else b"," + row.body
        first = False
    for name in SECTIONS[section + 1 :]:
        yield f'],"{name}":['.encode()
    yield b"]}"


async def as_lines(head: bytes, rows: AsyncIterator[BodyRow]) -> AsyncIterator[bytes]:
    """A whole record as lines of JSON: the header, then each entry, whose `type` says of which section it is."""
    yield head + b"\n"
    async for row in rows:
        yield row.body + b"\n"


def id_of(row: BodyRow) -> str:
    """The id of an entry."""
    return entry_id(row.piece, row.n)


async def _query(tx: Tx, filters: Filter, scope: Scope) -> Query:
    source = None
    if filters.source is not None:
        known = {row.slug: row.id for row in await sources.listed(tx)}
        if filters.source not in known:
            raise Invalid(f"No source '{filters.source}': see GET /v1/sources.", pointers={"source": "no such source"})
        source = known[filters.source]
    return Query(
        sections=filters.sections,
        settings=[filters.setting] if filters.setting else SETTINGS,
        since=filters.since,
        until=filters.until,
        source=source,
        class_=filters.class_,
        states=[filters.state] if filters.state else LISTED,
        competency=filters.competency,
        sensitive=scope == "all",
        dated=filters.dated,
    )
