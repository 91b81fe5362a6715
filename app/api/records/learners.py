"""Learners: search, list, read a record, its timeline, and where each of its values comes from."""

import re
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query, Request
from pydantic import AfterValidator
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.description.record_examples import RECORD
from app.api.kit import cursor
from app.api.kit.context import Reader, gate, secured
from app.api.kit.problem import AWAY, answer, database_away, not_found, problems
from app.api.kit.views import Shows, check_scope
from app.api.kit.wire_base import Time, no_nul
from app.api.records.origins import as_wire
from app.api.records.wire_learners import LearnerList, LearnerListed, Provenance, Timeline, TimelineEntry
from app.db.access.access import LearnerRead
from app.db.records.learners import Listed
from app.errors import DomainError
from app.identity import learners
from app.mastery.views.perspectives import Scope as Perspective
from app.records import feed, reading
from app.records.document import SECTIONS, Section
from app.records.provenance import provenance
from app.records.reading import Filter
from app.request import Inside, service
from schemas.codes import IdentifierType, Setting

router = APIRouter(prefix="/v1/learners", tags=["Learners"])

Limit = Annotated[int, Query(ge=1, le=500, description="how many at most")]
After = Annotated[str | None, Query(max_length=500, description="the cursor of the page before")]
Identifier = Annotated[
    str | None,
    AfterValidator(no_nul),
    Query(
        pattern=rf"^({'|'.join(IdentifierType.__args__)}):.",
        max_length=500,
        description="only learners with this identifier, as `type:value`",
        examples=["district:100482"],
    ),
]
Issuer = Annotated[
    str | None,
    AfterValidator(no_nul),
    Query(max_length=200, description="who gave the identifier, if only that one's counts"),
]


@router.get("", responses=problems(400))
async def list_learners(
    caller: Reader,
    inside: Inside,
    identifier: Identifier = None,
    issuer: Issuer = None,
    updated_since: Annotated[Time | None, Query(description="only records that changed at or after this time")] = None,
    after: After = None,
    limit: Limit = 100,
) -> LearnerList:
    """Search learners by a typed identifier, or list them all in the order of their last change.

    A record that changes while you page comes again at the end. To stay up to date after a full list, follow the
    change feed from the cursor `events` of the first page.
    """
    async with inside.db.transaction(caller.tenant) as tx:
        if identifier is not None:
            type_, _, value = identifier.partition(":")
            rows = await learners.by_identifier(tx, type_, value, issuer)
            return LearnerList(learners=[_listed(row) for row in rows], next=None)
        begin = cursor.decode(after, tuple[datetime, UUID]) if after else None
        first = cursor.encode(*await feed.position(tx)) if begin is None else None
        rows = await learners.listed(tx, after=begin, since=updated_since, limit=limit)
    following = cursor.encode(rows[-1].updated_at, rows[-1].id) if len(rows) == limit else None
    return LearnerList(learners=[_listed(row) for row in rows], next=following, events=first)


RECORD_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The record. `ETag` names its state: send it as `If-None-Match` next time. "
        "It comes compressed where `Accept-Encoding` has `zstd`.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Header"}, "example": RECORD}},
    },
    304: {"description": "Nothing has changed since the `If-None-Match` you sent"},
    308: {"description": "The learner was found to be another one's: `Location` has the record"},
    **problems(404),
}


@router.get("/{learner}", openapi_extra=secured("learners.read"), responses=RECORD_RESPONSES, response_class=Response)
async def read_record(learner: UUID, request: Request, scope: Shows = "general") -> Response:
    """One learner's record: who they are and where they are now, with the sources of every value, and what there is.

    It is bounded: counts and the latest of each section and setting. The entries of its sections are read page by page
    (`GET …/record/{section}`), all of it as one stream (`GET …/record/full`). What is aligned to something sensitive is
    left out, unless it is asked for: `withheld` says how much that is. An id that was served once leads to who it is
    now (308), or the problem says in `learners` whom it was parted into.
    """
    headers = request.headers
    tags = _tags(headers.get("if-none-match", ""))
    packed = _takes_zstd(headers.get("accept-encoding", ""))
    read = await gate(request).learner(
        headers.get("authorization"), learner, tags[0] if len(tags) == 1 else "", whole=scope == "all"
    )
    check_scope(read, scope)
    if read.etag is None:
        raise not_found()
    if not read.live:
        if read.merged_into is None:
            async with service(request).db.transaction(read.tenant) as tx:
                await reading.check(tx, learner)
        moved = {"Location": f"/v1/learners/{read.merged_into}", "Cache-Control": "no-store"}  # it may be undone
        return Response(status_code=308, headers=moved)
    if read.stale:
        read = await _fresh(request, read, learner, scope)
    tag = f'W/"{read.etag}"' if packed else f'"{read.etag}"'  # RFC 9110, 8.8.3: a strong one is of the same bytes
    answered = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"}
    if read.packed is None or read.etag in tags or "*" in tags:
        return Response(status_code=304, headers=answered)
    if not packed:
        return Response(read.body, headers=answered, media_type="application/json")
    answered["Content-Encoding"] = "zstd"
    return Response(read.packed, headers=answered, media_type="application/json")


documented = router.routes[-1]
_RECORD = re.compile(r"/v1/learners/([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})")


class Shortcut:
    """`readRecord`, found by its path alone: without router and middleware, which cost more than reading does."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read a record, or leave it to the app."""
        reads = scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
        path = _RECORD.fullmatch(scope["path"]) if reads and not scope["query_string"] else None
        if path is None:
            await self._app(scope, receive, send)
            return
        scope["route"] = documented
        request = Request(scope, receive)
        try:
            response = await read_record(UUID(path[1]), request)
        except DomainError as why:
            response = answer(why)
        except AWAY as why:
            response = await database_away(request, why)
        await response(scope, receive, send)


@router.get("/{learner}/timeline", responses=problems(400, 404))
async def read_timeline(
    learner: UUID,
    caller: Reader,
    inside: Inside,
    section: Annotated[Section | None, Query(description="only this section")] = None,
    setting: Annotated[Setting | None, Query(description="only what was learned there")] = None,
    scope: Shows = "general",
    after: After = None,
    limit: Limit = 100,
) -> Timeline:
    """What is dated in a learner's record, newest first."""
    check_scope(caller, scope)
    place = cursor.decode(after, tuple[datetime, UUID, int]) if after else None
    async with inside.db.transaction(caller.tenant) as tx:
        await reading.check(tx, learner)
        chosen = Filter(sections=[section] if section else SECTIONS, setting=setting, dated=True)
        page = await reading.page(tx, learner, chosen, scope=scope, after=place, limit=limit)
    entries = [(row, msgspec.json.decode(row.body)) for row in page.rows]
    return Timeline(
        entries=[
            TimelineEntry(
                date=entry["begins" if row.section == "enrollments" else "date"],
                section=row.section,
                path=f"/{row.section}/{reading.id_of(row)}",
                entry=entry,
            )
            for row, entry in entries
        ],
        next=cursor.encode(*page.following) if page.following else None,
        withheld=page.withheld,
    )


@router.get("/{learner}/provenance", responses=problems(400, 404))
async def read_provenance(
    learner: UUID,
    caller: Reader,
    inside: Inside,
    path: Annotated[
        str,
        AfterValidator(no_nul),
        Query(
            max_length=500,
            description="JSON Pointer into the record, or `/{section}/{id}` of an entry",
            examples=["/names/0"],
        ),
    ],
    scope: Shows = "general",
    after: After = None,
    limit: Annotated[int, Query(ge=1, le=50, description="how many statements at most")] = 50,
) -> Provenance:
    """Where a value of a learner's record comes from: who said so, since when, how often; and their very bytes."""
    check_scope(caller, scope)
    place = cursor.decode(after, tuple[datetime, int, str, str, int]) if after else None
    async with inside.db.transaction(caller.tenant) as tx:
        await reading.check(tx, learner)
        origins = await provenance(tx, learner, path, scope=scope, after=place, limit=limit)
    return as_wire(path, origins)


async def _fresh(request: Request, read: LearnerRead, learner: UUID, scope: Perspective) -> LearnerRead:
    """What a reader gets where something has become sensitive since the header that is stored."""
    async with service(request).db.transaction(read.tenant) as tx:
        etag, packed = await reading.fresh(tx, learner, scope)
    return replace(read, etag=etag, packed=packed)


def _listed(row: Listed) -> LearnerListed:
    return LearnerListed(id=row.id, etag=row.etag, version=row.version, updated_at=row.updated_at)


def _tags(if_none_match: str) -> list[str]:
    """The reader's ETags, weak or strong: for If-None-Match they are compared alike (RFC 9110, 13.1.2)."""
    return [tag.strip().removeprefix("W/").strip('"') for tag in if_none_match.split(",")] if if_none_match else []


def _takes_zstd(accept_encoding: str) -> bool:
    """Whether the reader takes a record as it is stored (RFC 8878)."""
    if "zstd" not in accept_encoding:
        return False
    for coding in accept_encoding.split(","):
        name, _, weight = coding.replace(" ", "").lower().partition(";")
        if name == "zstd":
            return not re.fullmatch(r"q=0(\.0*)?", weight)
    return False
