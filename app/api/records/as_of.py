"""A learner's record as it was on a day, and as it was known at a time."""

import datetime as dt
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query
from starlette.responses import Response

from app.api.kit.context import Reader
from app.api.kit.problem import problems
from app.api.kit.views import Shows, check_scope, now
from app.api.kit.wire_base import Time
from app.records import as_of as record_as_of
from app.request import Inside

router = APIRouter(prefix="/v1/learners/{learner}/record", tags=["Learners"])

RECORD_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/RecordAt"}}}},
    **problems(404),
}


@router.get("", responses=RECORD_RESPONSES, response_class=Response)
async def read_record_at(
    learner: UUID,
    caller: Reader,
    inside: Inside,
    as_of: Annotated[
        dt.date | None,
        Query(description="what was so on this day; without it, all that is known", examples=["2026-10-01"]),
    ] = None,
    known_at: Annotated[
        Time | None, Query(description="what was known at this time; without it, what is known now")
    ] = None,
    scope: Shows = "general",
) -> Response:
    """A learner's record as it was on a day (`as_of`), by what was known at a time (`known_at`), all of it at once.

    When something was so is what its source tells of it; when it was known is when it was received. An enrollment is in
    it from its first day on, a result from its date; what is undated always is. Who the learner is, is as told by
    that day. Whose statements they are is as it is known now; who was not known then to be the same learner is left
    out.
    """
    check_scope(caller, scope)
    async with inside.db.transaction(caller.tenant) as tx:
        record = await record_as_of.record(tx, learner, day=as_of, known_at=known_at or now(), whole=scope == "all")
    return Response(
        msgspec.json.encode(record), headers={"Cache-Control": "private, no-cache"}, media_type="application/json"
    )
