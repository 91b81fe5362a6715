"""xAPI as its standard clients speak it: statements with ids, given back as they were sent (xAPI 1.0.3 part 3, 2.1).

A statement that no mapping understands is taken in and set apart: to its sender it is stored, as it is.
"""

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import uuid4

import msgspec

from app.db import Tx
from app.db.pipeline import raw as chunks
from app.db.pipeline import xapi
from app.db.pipeline.xapi import SentRow
from app.errors import Conflict, Invalid, MappingError
from app.pipeline import raw
from connectors.kit.strays import validated_document
from connectors.xapi import grammar
from connectors.xapi.model import XapiStatement

Json = dict[str, Any]
OURS = frozenset({"id", "stored", "timestamp", "version", "authority"})
"""What a record store sets where a sender does not: two statements that differ in no other property are one."""
MOST = 200
"""The most statements of one answer."""
LOOKED_AT = 10_000
"""The most statements one question looks at: a filter that few pass goes on by `more`."""
AT_ONCE = 500
CHAIN = 5
"""How many statements one may point at another through, and still be found by what the last one says."""
_FINER = re.compile(r"(\.\d\d)\d+")
"""What a duration has beyond hundredths of a second."""


class Unlawful(Invalid):
    """What was sent is not what the standard asks for: it wants 400 for whatever it is."""

    status, type, title = 400, "statement", "Invalid statement"


class Statement(NamedTuple):
    """A statement on its way in, with the id it has or was given."""

    id: str
    body: bytes
    value: Json


@dataclass(frozen=True, slots=True)
class Query:
    """Which statements are asked for (part 3, 2.1.3)."""

    verb: str | None = None
    activity: str | None = None
    agent: Json | None = None
    registration: str | None = None
    related_activities: bool = False
    related_agents: bool = False
    since: datetime | None = None
    until: datetime | None = None
    ascending: bool = False
    limit: int = MOST
    after: tuple[datetime, str] | None = None


@dataclass(slots=True)
class StatementPage:
    """Statements as they are given back, and where the next question begins, if there may be more."""

    statements: list[Json] = field(default_factory=list)
    more: str | None = None


def statement(body: bytes, value: Any, number: int) -> Statement:
    """A statement that was sent, with an id. Unlawful where it is none by the standard."""
    try:
        if not isinstance(value, dict):
            raise MappingError("is not an object")
        if "id" not in value:
            own_id = str(uuid4())
            body = b'{"id":"' + own_id.encode() + b'",' + body.lstrip()[1:]
            value = {"id": own_id, **value}
        validated_document(XapiStatement, value)
        grammar.check(value)
    except MappingError as why:
        raise Unlawful(f"statement {number}: {why}") from None
    return Statement(str(value["id"]), body, value)


async def check_new(tx: Tx, source: int, sent: Sequence[Statement]) -> list[Statement]:
    """Those that are not stored yet. Conflict where an id stands for another statement already.

    The source is locked by whoever asks: what is new stays new until it is stored.
    """
    own: dict[str, Statement] = {}
    for new in sent:
        if new.id in own and _statement_body(own[new.id].value) != _statement_body(new.value):
            raise _conflict(new.id)
        own[new.id] = new
    stored = {row.raw_key: value for row, value in await _read(tx, await xapi.by_key(tx, source, list(own)))}
    for key, value in stored.items():
        if _statement_body(value) != _statement_body(own[key].value):
            raise _conflict(key)
    return [new for key, new in own.items() if key not in stored]


def _conflict(key: str) -> Conflict:
    return Conflict(
        f"Another statement has the id {key}: send a corrected statement with an id of its own, and void it."
    )


def _statement_body(value: Json) -> Json:
    return {key: inner for key, inner in _with_lists(compared(value)).items() if key not in OURS}


def compared(value: Json) -> Json:
    """A statement as it is compared with another: durations to hundredths of a second (part 2, 4.6)."""
    inner = inside(value)
    whole = {**value, "object": compared(inner)} if inner else {**value}
    if isinstance(duration := part(value, "result").get("duration"), str):
        whole["result"] = {**value["result"], "duration": _FINER.sub(r"\1", duration)}
    return whole


def check_once(sent: Sequence[Statement]) -> None:
    """Unlawful where two statements have one id, as xAPI 2.0 has it; in 1.0 the same statement twice is one."""
    keys = [statement.id for statement in sent]
    if twice := [key for key in keys if keys.count(key) > 1] if len(set(keys)) < len(keys) else ():
        raise Unlawful(f"Two statements have the id {twice[0]}: nothing was stored.")


async def one_statement(tx: Tx, source: int, key: str, *, voided: bool) -> Json | None:
    """A statement by its id; of those that another one voided only where `voided` ones are asked for."""
    values = [value for row, value in await _read(tx, await xapi.by_key(tx, source, [key])) if row.voided == voided]
    return values[0] if values else None


async def statements(tx: Tx, source: int, query: Query) -> StatementPage:
    """The statements asked for, and where to go on."""
    result, after, looked = StatementPage(), query.after, 0
    while looked < LOOKED_AT:
        rows = await xapi.between(
            tx, source, since=query.since, until=query.until, after=after, ascending=query.ascending, limit=AT_ONCE
        )
        looked += len(rows)
        pairs = await _read(tx, rows)
        pointing = await _pointing(tx, source, pairs, query)
        for row, value in pairs:
            if len(result.statements) == query.limit:
                result.more = mark(after)
                return result
            after = (row.received_at, row.raw_key)
            if row.raw_key in pointing or _matches(value, query):
                result.statements.append(value)
        if len(rows) < AT_ONCE:
            return result
    result.more = mark(after)
    return result


async def _pointing(tx: Tx, source: int, pairs: Sequence[tuple[SentRow, Json]], query: Query) -> set[str]:
    """Those that point at a statement that is asked for, be it voided: by what it says they are found, too (2.1.3)."""
    if not (query.verb or query.activity or query.agent or query.registration):
        return set()
    pointing: set[str] = set()
    ends = {row.raw_key: end for row, value in pairs if (end := _reference(value)) and not _matches(value, query)}
    for _ in range(CHAIN):
        if not ends:
            break
        values = {
            row.raw_key: value for row, value in await _read(tx, await xapi.by_key(tx, source, [*set(ends.values())]))
        }
        pointing |= {key for key, end in ends.items() if end in values and _matches(values[end], query)}
        ends = {
            key: further
            for key, end in ends.items()
            if key not in pointing and end in values and (further := _reference(values[end]))
        }
    return pointing


def _reference(value: Json) -> str | None:
    """The id of the statement that a statement is about; None where it is about something else."""
    about = part(value, "object")
    return str(about.get("id")) if about.get("objectType") == "StatementRef" else None


async def _read(tx: Tx, rows: Sequence[SentRow]) -> list[tuple[SentRow, Json]]:
    """Statements with what they say, and when they were stored."""
    records: dict[int, list[bytes]] = {}
    async for chunk in chunks.several(tx, (row.raw_id for row in rows if row.raw_id is not None)):
        records[chunk.id] = raw.unpack(raw.Chunk(None, chunk.ends, chunk.sha256, chunk.body))
    pairs = []
    for row in rows:
        body = row.body if row.raw_id is None else records[row.raw_id][row.raw_pos]
        try:
            value = msgspec.json.decode(body or b"", type=dict[str, Any])
        except msgspec.DecodeError:
            continue  # it was set apart because it is no JSON: it is not given back
        stored = row.received_at.isoformat().replace("+00:00", "Z")
        statement = {"timestamp": stored, "version": "1.0.3", **value, "stored": stored}
        pairs.append((row, _with_lists(statement)))
    return pairs


def part(value: Json, name: str) -> Json:
    """An object in another, empty where it is none: what came without the standard's header may be of any shape."""
    inner = value.get(name)
    return inner if isinstance(inner, dict) else {}


def listed(value: Any) -> list[Json]:
    """The objects of a list, or one that stands alone."""
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, dict)]


def inside(statement: Json) -> Json:
    """The statement inside a statement (a SubStatement), empty where there is none."""
    about = part(statement, "object")
    return about if about.get("objectType") == "SubStatement" else {}


def _with_lists(statement: Json) -> Json:
    """A statement whose context activities are lists, as they are given back, though one may be sent alone."""
    for each in (statement, inside(statement)):
        if around := part(part(each, "context"), "contextActivities"):
            lists = {place: listed(named) for place, named in around.items()}
            each["context"] = {**each["context"], "contextActivities": lists}
    return statement


def _matches(value: Json, query: Query) -> bool:
    if query.verb and part(value, "verb").get("id") != query.verb:
        return False
    if query.registration and part(value, "context").get("registration") != query.registration:
        return False
    if query.activity and query.activity not in set(_activities(value, related=query.related_activities)):
        return False
    return query.agent is None or any(
        _same(query.agent, other) for other in _agents(value, related=query.related_agents)
    )


def _activities(value: Json, *, related: bool) -> Iterator[str]:
    yield str(part(value, "object").get("id", ""))
    if related:
        for group in part(part(value, "context"), "contextActivities").values():
            yield from (str(activity.get("id", "")) for activity in listed(group))
        if inner := inside(value):
            yield from _activities(inner, related=True)


def _agents(value: Json, *, related: bool) -> Iterator[Json]:
    context = part(value, "context")
    around = (part(value, "authority"), part(context, "instructor"), part(context, "team")) if related else ()
    for agent in (part(value, "actor"), part(value, "object"), *around):
        yield agent
        yield from listed(agent.get("member", []))
    if related and (inner := inside(value)):
        yield from _agents(inner, related=True)


def ids_only(statement: Json) -> Json:
    """A statement of whose agents, verb and activities no more is told than who and which they are (2.1.3)."""
    brief = {**statement, "verb": {"id": part(statement, "verb").get("id")}}
    for name in ("actor", "object", "authority"):
        if name in statement:
            about = part(statement, name)
            brief[name] = ids_only(about) if about.get("objectType") == "SubStatement" else _identity(about)
    if around := part(part(statement, "context"), "contextActivities"):
        lists = {place: [_identity(each) for each in listed(named)] for place, named in around.items()}
        brief["context"] = {**statement["context"], "contextActivities": lists}
    return brief


def _identity(about: Json) -> Json:
    """An agent, a group or an activity by its identifiers alone, and its type where that is another than usual."""
    brief = {name: value for name, value in about.items() if name in ("objectType", "id", *grammar.NAMES)}
    if brief.get("objectType") == ("Activity" if "id" in brief else "Agent"):
        del brief["objectType"]
    if members := listed(about.get("member", [])):
        brief["member"] = [_identity(member) for member in members]
    return brief


def _same(agent: Json, other: Json) -> bool:
    """Whether two agents have the same inverse functional identifier."""
    names = ("mbox", "mbox_sha1sum", "openid", "account")
    return any(name in agent and agent[name] == other.get(name) for name in names)


def mark(after: tuple[datetime, str] | None) -> str | None:
    """Where a question goes on, as it is written into an address."""
    if after is None:
        return None
    return base64.urlsafe_b64encode(f"{after[0].isoformat()} {after[1]}".encode()).decode().rstrip("=")


def from_mark(text: str) -> tuple[datetime, str]:
    """The place a mark stands for. Unlawful where it is none."""
    try:
        moment, _, key = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().partition(" ")
        return datetime.fromisoformat(moment), key
    except (ValueError, binascii.Error):
        raise Unlawful(f"`from`: '{text[:40]}' is no place to go on from: follow the `more` of an answer.") from None
