"""Provenance: who says a value of a learner's record, since when, how often; and each statement, down to its bytes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from app.db import Tx
from app.db.identity import formers, persons
from app.db.pipeline import raw as kept
from app.db.records import entries, heads, origins
from app.db.records.origins import Own, Summary
from app.errors import NotFound
from app.mastery.views.perspectives import Scope
from app.matching.apart import TypedId
from app.pipeline import raw
from app.pipeline.known_sources import known_sources, statement_of
from app.pipeline.raw import Chunk
from app.pipeline.statement import Statement
from app.records import context
from app.records.book import Book
from app.records.document import PARTS, SECTIONS
from app.records.entries import parse_id
from app.records.header import by_value, identity_values
from app.records.reading import entry_of
from schemas.codes import StatementState

Place = tuple[datetime, int, str, str, int]
"""Where a page of statements ends: received at, source, stream, raw key, n."""


@dataclass(frozen=True, slots=True)
class StatementOrigin:
    """What one source said, and its very bytes; `body` is None where they changed in this moment."""

    id: str
    source: str
    source_name: str
    stream: str
    source_id: str
    kind: str
    received_at: datetime
    state: StatementState
    state_at: datetime | None
    unread_since: datetime | None
    columns: list[str] | None
    body: str | None


@dataclass(frozen=True, slots=True)
class Provenance:
    """Who says a value, the preferred source first; a page of their statements, the latest first."""

    sources: list[Summary]
    statements: list[StatementOrigin]
    following: Place | None
    withheld: int


async def provenance(tx: Tx, learner: UUID, pointer: str, scope: Scope, after: Place | None, limit: int) -> Provenance:
    """Who says the value at a JSON Pointer (RFC 6901) into a learner's header, or into an entry (`/results/{id}`).

    A raw record that also tells of something sensitive is withheld, whichever value it is asked for by. NotFound where
    there is no such value.
    """
    tokens = _tokens(pointer)
    if len(tokens) > 1 and tokens[0] in SECTIONS:
        spoken = await _of_entry(tx, learner, tokens, pointer, scope)
        exactly = True
    else:
        spoken = await _of_header(tx, learner, tokens, pointer)
        exactly = False
    hiding = scope == "general"
    summaries = await origins.summaries(tx, learner, spoken, exactly=exactly, hiding=hiding)
    rows = await origins.page(tx, learner, spoken, after, limit + 1, exactly=exactly, hiding=hiding)
    withheld = await origins.withheld(tx, learner, spoken, exactly=exactly) if hiding else 0
    last = rows[limit - 1] if len(rows) > limit else None
    following = (last.received_at, last.source_id, last.stream, last.raw_key, last.n) if last else None
    return Provenance(summaries, await _with_bytes(tx, rows[:limit]), following, withheld)


async def _of_entry(tx: Tx, learner: UUID, tokens: Sequence[str], pointer: str, scope: Scope) -> list[Own]:
    """The statements an entry was made from."""
    place = parse_id(tokens[1])
    row = await entries.entry(tx, learner, *place) if place else None
    if row is None or row.section != tokens[0] or (row.sensitive and scope == "general"):
        raise _nothing(pointer)
    sources = await origins.source_ids(tx)
    entry = entry_of(row.body)
    _walk(msgspec.json.decode(row.body), tokens[2:], pointer)
    return [
        Own(
            source=sources[origin.source],
            stream=origin.stream,
            raw_key=origin.raw_key,
            n=None if position else row.n,
            kind=origin.kind,
            key=origin.source_id,
        )
        for position, origin in enumerate(entry.from_)
        if origin.source in sources
    ]


async def _of_header(tx: Tx, learner: UUID, tokens: Sequence[str], pointer: str) -> list[Own]:
    """The statements that say a value of the header; of a list, or of all of it, those that say any of its values."""
    sources = await known_sources(tx)
    members = [(source, key) for _, source, key in await heads.members(tx, [learner])]
    if not members:
        raise NotFound("It does not exist, or your client may not see it.")
    statements = [statement_of(row, sources) for row in await persons.descriptions_of(tx, members)]
    ids: dict[tuple[int, str], set[TypedId]] = {}
    for source, person, kind, issuer, value in await formers.own_of(tx, members):
        ids.setdefault((source, person), set()).add(TypedId(kind, issuer, value))
    parts = identity_values(statements, ids, Book(await context.lookup(tx, sources, statements)))
    if not tokens:
        return _owns(statements)
    if tokens[0] not in PARTS:
        raise _nothing(pointer)
    values = by_value(parts[PARTS[tokens[0]]])
    if len(tokens) == 1:
        return _owns([t for _, statements in values for t in statements])
    if not (tokens[1].isascii() and tokens[1].isdigit() and len(tokens[1]) < 10 and int(tokens[1]) < len(values)):
        raise _nothing(pointer)
    said_value, spoken = values[int(tokens[1])]
    _walk(msgspec.to_builtins(said_value), tokens[2:], pointer)
    return _owns(spoken)


def _owns(statements: Sequence[Statement]) -> list[Own]:
    each = {(t.source.id, t.stream, t.raw_key, t.n): t for t in statements}
    return [Own(*place, kind=None, key=None) for place in each]


def _walk(value: Any, tokens: Sequence[str], pointer: str) -> None:
    """NotFound where a pointer leads on to nothing."""
    for token in tokens:
        if isinstance(value, dict) and token in value:
            value = value[token]
        elif (
            isinstance(value, list)
            and token.isascii()
            and token.isdigit()
            and len(token) < 10
            and int(token) < len(value)
        ):
            value = value[int(token)]
        else:
            raise _nothing(pointer)


def _tokens(pointer: str) -> list[str]:
    if pointer and not pointer.startswith("/"):
        raise _nothing(pointer)
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]


def _nothing(pointer: str) -> NotFound:
    return NotFound(
        f"Parameter 'path': the record has no value at '{pointer}': see the record itself, or an entry's own id."
    )


async def _with_bytes(tx: Tx, rows: Sequence[origins.StatementRow]) -> list[StatementOrigin]:
    chunks = {raw_id: await _records(tx, raw_id) for raw_id in sorted({row.raw_id for row in rows})}
    statements = []
    for row in rows:
        columns, records = chunks[row.raw_id]
        body = (records[row.raw_pos].decode(errors="backslashreplace") or None) if row.raw_pos < len(records) else None
        statements.append(
            StatementOrigin(
                id=f"{row.slug}/{row.stream}/{row.raw_key}/{row.n}",
                source=row.slug,
                source_name=row.name,
                stream=row.stream,
                source_id=row.key,
                kind=row.kind,
                received_at=row.received_at,
                state=row.state,
                state_at=row.state_at,
                unread_since=row.unread_since,
                columns=columns,
                body=body,
            )
        )
    return statements


async def _records(tx: Tx, raw_id: int) -> tuple[list[str] | None, list[bytes]]:
    chunk = await kept.chunk(tx, raw_id)
    if chunk is None:
        return None, []
    columns = None if chunk.columns is None else tuple(chunk.columns)
    return chunk.columns, raw.unpack(Chunk(columns, chunk.ends, chunk.sha256, chunk.body))
