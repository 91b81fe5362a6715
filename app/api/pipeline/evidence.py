"""Evidence and badges: what programs and vendors push, singly or by the batch."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.api.description.push_examples import BADGE, EVIDENCE, PUSHED, PUSHED_ONE
from app.api.kit.context import secured
from app.api.kit.idempotency import JSON, IdempotencyKey
from app.api.kit.problem import problems
from app.api.pipeline.push import LINES, Mode, push

router = APIRouter(prefix="/v1", tags=["Evidence and badges"])

How = Annotated[
    Mode,
    Query(
        description="`partial`: good items are stored and bad ones quarantined, each with its reason; "
        "`atomic`: one bad item refuses the whole push"
    ),
]
RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "What became of each item",
        "content": {JSON: {"schema": {"$ref": "#/components/schemas/PushOutcome"}, "example": PUSHED}},
    },
    201: {
        "description": "A single item, which is new",
        "content": {JSON: {"schema": {"$ref": "#/components/schemas/PushOutcome"}, "example": PUSHED_ONE}},
    },
    **problems(400, 409, 413, 415),
}


def described(scope: Any, schema: str, example: dict[str, Any]) -> dict[str, Any]:
    """What the API's description says of a push of items of a schema."""
    item = {"$ref": f"#/components/schemas/{schema}"}
    many = {"oneOf": [item, {"type": "array", "items": item}]}
    lines = {"schema": {"description": "one JSON object per line"}, "example": json.dumps(example)}
    examples = {"one": {"value": example}, "batch": {"value": [example]}}
    body = {JSON: {"schema": many, "examples": examples}, LINES[0]: lines}
    return {"requestBody": {"required": True, "content": body}, **secured(scope)}


@router.post(
    "/evidence",
    responses=RESPONSES,
    openapi_extra=described("evidence.write", "EvidenceItem", EVIDENCE),
    response_class=Response,
)
async def push_evidence(request: Request, mode: How = "partial", idempotency_key: IdempotencyKey = None) -> Response:
    """Push evidence: one object, an array of them, or one per line (NDJSON).

    When the answer comes, what it says is stored is durable. The same `id` again updates the item; an unchanged item
    costs nothing. What is stored shows in the learner's record a moment later.
    """
    del idempotency_key  # described here, read in `push`
    return await push(request, "evidence.write", "evidence", mode)


@router.post(
    "/badges",
    responses=RESPONSES,
    openapi_extra=described("credentials.write", "BadgeSubmission", BADGE),
    response_class=Response,
)
async def push_badges(request: Request, mode: How = "partial", idempotency_key: IdempotencyKey = None) -> Response:
    """Push badges (Open Badges 2.0 or 3.0), each in an envelope that says whose it is; answered as evidence is.

    A badge's bytes are kept as they came. It is shown as unverified until its proof has been checked.
    """
    del idempotency_key
    return await push(request, "credentials.write", "open_badges", mode)
