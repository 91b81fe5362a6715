"""The sections of a learner's record: entries page by page, one by one, or all of a record as a stream."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query, Request
from pydantic import AfterValidator
from starlette.responses import Response, StreamingResponse

from app.api.kit import cursor
from app.api.kit.context import Reader
from app.api.kit.problem import problems
from app.api.kit.views import Shows, check_scope
from app.api.kit.wire_base import Time, no_nul
from app.api.records.learners import After, Limit
from app.records import reading
from app.records.document import Section
from app.records.reading import Filter
from app.request import Inside
from schemas.codes import Setting, StatementState

router = APIRouter(prefix="/v1/learners/{learner}/record", tags=["Learners"])

NDJSON = "application/x-ndjson"
FULL: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The header with the entries of every section; as lines, the header and then each entry.",
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/FullRecord"}},
            NDJSON: {"schema": {"type": "string"}},
        },
    },
    **problems(404),
}
PAGE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/EntryPage"}}}},
    **problems(400, 404),
}
Name = Annotated[str | None, AfterValidator(no_nul), Query(max_length=200)]


@router.get("/full", responses=FULL, response_class=Response)
async def read_full(
    learner: UUID, request: Request, caller: Reader, inside: Inside, scope: Shows = "general"
) -> Response:
    """All of a learner's record, of whatever size, as one stream: JSON or, where `Accept` has it, lines of JSON.

    Its entries are those of the sections, each section the newest first.
    """
    check_scope(caller, scope)
    head, rows = await reading.full(inside.db, caller.tenant, learner, scope)
    lines = NDJSON in request.headers.get("accept", "")
    body: AsyncIterator[bytes] = reading.as_lines(head, rows) if lines else reading.as_document(head, rows)
    headers = {"Cache-Control": "private, no-cache", "Vary": "Accept"}
    return StreamingResponse(body, headers=headers, media_type=NDJSON if lines else "application/json")


@router.get("/{section}", responses=PAGE, response_class=Response)
async def read_section(
    learner: UUID,
    section: Section,
    caller: Reader,
    inside: Inside,
    since: Annotated[Time | None, Query(description="only what is dated at or after this time")] = None,
    until: Annotated[Time | None, Query(description="only what is dated at or before this time")] = None,
    setting: Annotated[Setting | None, Query(description="only what was learned there")] = None,
    source: Annotated[Name, Query(description="only what this source tells, by its slug")] = None,
    class_: Annotated[Name, Query(alias="class", description="only of this class, by its key at the source")] = None,
    competency: Annotated[UUID | None, Query(description="only what is aligned to it, by its CASE identifier")] = None,
    state: Annotated[
        StatementState | None, Query(description="only this state; without it, all but what its source retracted")
    ] = None,
    scope: Shows = "general",
    after: After = None,
    limit: Limit = 100,
) -> Response:
    """A page of a section's entries, the newest first; what nobody dates comes last.

    `withheld` says how many of the section are left out as sensitive, whatever else is asked for.
    """
    check_scope(caller, scope)
    place = cursor.decode(after, tuple[datetime, UUID, int]) if after else None
    filter_ = Filter(
        sections=[section],
        setting=setting,
        since=since,
        until=until,
        source=source,
        class_=class_,
        state=state,
        competency=competency,
        dated=since is not None or until is not None,
    )
    async with inside.db.transaction(caller.tenant) as tx:
        await reading.check(tx, learner)
        page = await reading.page(tx, learner, filter_, scope=scope, after=place, limit=limit)
    following = cursor.encode(*page.following) if page.following else None
    end = msgspec.json.encode({"next": following, "withheld": page.withheld})
    body = b'{"entries":[' + b",".join(row.body for row in page.rows) + b"]," + end[1:]
    return Response(body, headers={"Cache-Control": "private, no-cache"}, media_type="application/json")
