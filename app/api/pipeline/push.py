"""Take a push in: slice it, check each item, hand the good ones to the pipeline, and say what became of every one."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from fastapi import Request
from prometheus_client import CollectorRegistry
from prometheus_client import Counter as Metric
from pydantic import BaseModel
from starlette.responses import Response

from app.access.gate import too_many
from app.access.scopes import Scope
from app.api.kit import body as sound
from app.api.kit import idempotency
from app.api.kit.context import gate
from app.api.kit.idempotency import JSON
from app.api.kit.problem import problem
from app.api.pipeline.provoked import provoke
from app.db import Database
from app.db.access.access import Caller
from app.errors import ApiError
from app.pipeline import pushed
from app.pipeline.arrival import Arrival
from app.pipeline.ingest import ingest
from app.pipeline.push import Inbox, ItemResult
from app.request import service
from app.sources.source import Source, open_source
from connectors import Page, Reject
from connectors.evidence.model import EvidenceItem
from connectors.kit.strays import stray
from connectors.open_badges.model import BadgeSubmission
from connectors.xapi.model import XapiStatement

Mode = Literal["partial", "atomic"]
LINES = ("application/x-ndjson", "application/ndjson", "application/jsonl")
HELD = ("new", "updated", "unchanged")
"""What became of an item that is durable."""
WARNINGS = 20
"""So many warnings an item gets at the most."""

BUSY_BYTES = 64 * 1024 * 1024
"""Bodies being taken in at one time, in bytes: beyond it, clients are asked to wait."""
SHARE_BYTES = 16 * 1024 * 1024
"""How much of that one client may have in hand: what it takes up is not missing to the others."""


class PushIntake:
    """Where pushes arrive: the inbox, how much of it is in hand, and what has become of items so far."""

    def __init__(self, inbox: Inbox, registry: CollectorRegistry, body_bytes: int, most_items: int) -> None:
        self.inbox = inbox
        self.most_items = most_items
        self.items = Metric("tessera_pushed_items", "Pushed items", ["connector", "status"], registry=registry)
        self._body_bytes = body_bytes
        self._in_hand = 0
        self._shares: Counter[UUID] = Counter()

    @asynccontextmanager
    async def body(self, request: Request, caller: Caller) -> AsyncIterator[bytes]:
        """A push's body. It takes room as its bytes arrive, not before, and gives it back when the push is done.

        TooManyRequests where its client, or all together, have as much in hand as they may.
        """
        size, pieces = 0, []
        try:
            async for piece in request.stream():
                self._check(caller.client, len(piece))
                size += len(piece)
                self._take(caller.client, len(piece))
                pieces.append(piece)
            yield b"".join(pieces)
        finally:
            self._take(caller.client, -size)

    def _check(self, client: UUID, more: int) -> None:
        if (own := self._shares[client]) and own + more > max(SHARE_BYTES, self._body_bytes):
            raise too_many(1, "This client has too much under way")
        if self._in_hand and self._in_hand + more > BUSY_BYTES:
            raise too_many(1, "The service has its hands full")

    def _take(self, client: UUID, more: int) -> None:
        self._in_hand += more
        self._shares[client] += more
        if not self._shares[client]:
            del self._shares[client]


@dataclass(slots=True)
class Item:
    """One item of a push: its bytes as they came, its own id if it can be read, and what becomes of it."""

    body: bytes
    id: str | None = None
    status: str = "rejected"
    reason: str | None = None
    unknown: Sequence[str] = ()
    learner: str | None = None


async def push(request: Request, scope: Scope, connector: str, mode: Mode) -> Response:
    """Answer a push into the calling client's source."""
    caller = await gate(request).caller(request.headers.get("authorization"), scope)
    source = source_of(request, caller, connector)
    desk: PushIntake = request.app.state.desk
    async with desk.body(request, caller) as body:
        key = idempotency.key_of(request)
        if key is None:
            return await _take(request, desk, caller, source=source, body=body, mode=mode)
        digest = idempotency.request_hash(request, body, mode)
        return await idempotency.answered_once(
            service(request).db,
            caller,
            key,
            digest,
            lambda: _take(request, desk, caller, source=source, body=body, mode=mode),
        )


def source_of(request: Request, caller: Caller, connector: str) -> Source:
    """The source that the calling client pushes into. ApiError where it has none of that connector, or it is paused."""
    row = caller.source
    if row is None or row.connector != connector:
        what = "no source" if row is None else f"the source '{row.slug}', which is of the connector {row.connector}"
        raise ApiError(
            403,
            "no-source",
            "No source for this client",
            f"It has {what}: ask the district for a client whose source is of the connector {connector}.",
        )
    if row.state != "active":
        reason = row.state_reason or "no reason given"
        raise ApiError(409, "source-paused", "The source is paused", f"{row.name}: {reason}. Ask the district.")
    inside = service(request)
    return open_source(row, inside.vault, inside.settings.limits)


async def _take(
    request: Request, desk: PushIntake, caller: Caller, source: Source, body: bytes, mode: Mode
) -> Response:
    bodies, single = split_items(request.headers.get("content-type", ""), body, desk.most_items)
    items = [_read(raw) for raw in bodies]
    provoke(caller, (item.id for item in items))
    good = [item for item in items if item.reason is None]
    bad = [(index, item) for index, item in enumerate(items) if item.reason is not None]
    if bad and mode == "atomic":
        results = [ItemResult("refused", "another item of this atomic push was rejected")] * len(good)
    else:
        if bad:
            await _set_apart(service(request).db, source, bad)
        stream = source.streams()[0]
        results = await desk.inbox.push(source, stream, [i.body for i in good], atomic=mode == "atomic") if good else []
    for item, result in zip(good, results, strict=True):
        item.status, item.reason, item.unknown = result.status, result.reason, result.unknown
    if may_see_learners(caller):
        await _tell_whose(service(request).db, source, items)
    for status, count in Counter(item.status for item in items).items():
        desk.items.labels(source.connector.name, status).inc(count)
    return _answer(items, MODELS[source.connector.name], single=single, mode=mode)


def may_see_learners(caller: Caller) -> bool:
    """Whether a caller may know who is known here, and so whose an item is."""
    return "learners.read" in caller.scopes


async def _tell_whose(db: Database, source: Source, items: Sequence[Item]) -> None:
    stored = [item for item in items if item.id is not None and item.status in HELD]
    async with db.transaction(source.tenant) as tx:
        whose = await pushed.learner_states(tx, source, [str(item.id) for item in stored])
    for item in stored:
        item.learner = whose.get(str(item.id))


def split_items(content_type: str, body: bytes, most: int) -> tuple[list[bytes], bool]:
    """The items of a body, byte for byte, and whether it is a single one."""
    media_type, _, parameters = content_type.lower().partition(";")
    media_type, charset = media_type.strip(), parameters.replace(" ", "").replace('"', "")
    if media_type not in (JSON, *LINES) or charset not in ("", "charset=utf-8"):
        raise ApiError(
            415,
            "media-type",
            "Unsupported media type",
            f"Send {JSON} (one object or an array) or {LINES[0]}, in UTF-8.",
        )
    if not body.strip():
        raise ApiError(400, "empty", "Empty body", "Send one item, an array of items, or one item per line.")
    if media_type in LINES:
        bodies, single = [line.strip() for line in body.split(b"\n") if line.strip()], False
    elif body.lstrip()[:1] == b"[":
        try:
            bodies, single = sound.items(body), False
        except sound.Unsound as why:
            raise ApiError(400, "not-json", "Malformed body", f"The body: {why}. Nothing was stored.") from None
    else:
        bodies, single = [body.strip()], True
    if len(bodies) > most:
        raise ApiError(
            413, "too-many-items", "Too many items", f"{len(bodies)} items: send at most {most} at a time.", limit=most
        )
    return bodies, single


def _read(raw: bytes) -> Item:
    try:
        value = sound.check(raw)
    except sound.Unsound as why:
        return Item(raw, reason=f"{why}: mend it and send it again")
    key = value.get("id") if isinstance(value, dict) else None
    return Item(raw, key if isinstance(key, str) else None)


async def _set_apart(db: Database, source: Source, bad: Sequence[tuple[int, Item]]) -> None:
    """Items that are not even sound JSON go to quarantine as they came, as other rejected ones do."""
    rejects = [Reject(item.body, str(item.reason), f"pushed item {index}") for index, item in bad]
    async with db.transaction(source.tenant) as tx:
        await ingest(tx, Arrival(source, source.streams()[0], datetime.now(UTC)), Page((), rejects=rejects))


MODELS: dict[str, type[BaseModel]] = {"evidence": EvidenceItem, "open_badges": BadgeSubmission, "xapi": XapiStatement}


def _warnings(item: Item, model: type[BaseModel]) -> list[str]:
    """What to know of an item that was taken in: each field that is no field, and the one that may have been meant."""
    return [f"{stray(path, model)}: it is kept with the record and says nothing" for path in item.unknown[:WARNINGS]]


def _answer(items: Sequence[Item], model: type[BaseModel], *, single: bool, mode: Mode) -> Response:
    rejected = sum(1 for item in items if item.status == "rejected")
    stored = sum(1 for item in items if item.status in HELD)
    outcomes = [
        {"index": index, "id": item.id, "status": item.status}
        | ({"learner": item.learner} if item.learner is not None else {})
        | ({"reason": item.reason} if item.reason is not None else {})
        | ({"warnings": _warnings(item, model)} if item.unknown else {})
        for index, item in enumerate(items)
    ]
    counts: dict[str, Any] = {"received": len(items), "stored": stored, "rejected": rejected, "items": outcomes}
    if rejected and (single or mode == "atomic"):
        reason = next(item.reason for item in items if item.status == "rejected")
        title = "The item was rejected" if single else f"{rejected} items were rejected, so nothing was stored"
        return problem(422, "rejected", title, str(reason), **counts)
    status = 201 if single and items[0].status == "new" else 200
    return Response(msgspec.json.encode(counts), status, media_type=JSON)
