"""Learners: search, list, read a record, its timeline, and where each of its values comes from."""

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response
from starlette.routing import Route

from app.api.context import gate, secured
from app.api.problem import not_found

router = APIRouter(prefix="/v1/learners", tags=["Learners"])


@router.get("/{learner}", openapi_extra=secured("learners.read"))
async def record(learner: UUID, request: Request) -> Response:
    """One learner's record, with the source of every value."""
    held = request.headers.get("if-none-match")
    read = await gate(request).learner(request.headers.get("authorization"), learner, _tag(held))
    if read.etag is None:
        raise not_found()
    if read.merged_into is not None:
        return Response(status_code=308, headers={"Location": f"/v1/learners/{read.merged_into}"})
    headers = {"ETag": f'"{read.etag}"', "Cache-Control": "private, no-cache"}
    if read.body is None:
        return Response(status_code=304, headers=headers)
    return Response(read.body, headers=headers, media_type="application/json")


def _tag(if_none_match: str | None) -> str:
    return "" if if_none_match is None else if_none_match.strip().removeprefix("W/").strip('"')


async def _record(request: Request) -> Response:
    return await record(request.path_params["learner"], request)


fast_record = Route("/v1/learners/{learner:uuid}", _record)
"""The same operation without FastAPI's machinery, which costs as much as all the rest of it."""
