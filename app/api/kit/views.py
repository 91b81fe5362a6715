"""What the views of mastery share: what they are asked with, how they look up learners, how they answer."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, cast
from uuid import UUID

import msgspec
from fastapi import Depends, Query, Request
from starlette.responses import Response

from app.access.gate import missing
from app.api.description.competency_examples import answers
from app.api.kit.context import Reader
from app.api.kit.problem import not_found, problems
from app.api.kit.wire_base import Time
from app.db import Tx
from app.db.access.access import Caller, LearnerRead
from app.errors import NotFound
from app.identity import learners
from app.mastery.views import inputs
from app.mastery.views.inputs import FrameworkView, Outlines
from app.mastery.views.perspectives import Scope
from schemas.codes import Method

Framework = Annotated[UUID, Query(description="the framework, by its CASE identifier")]
AnyFramework = Annotated[UUID | None, Query(description="only this framework, by its CASE identifier")]
Shows = Annotated[
    Scope,
    Query(
        description="`all`: also what is sensitive (social and emotional, behavior, health); it needs the scope "
        "`learners.sensitive`"
    ),
]
AsOf = Annotated[Time | None, Query(description="as it stood then, by the policies in force then")]
KnownAt = Annotated[Time | None, Query(description="from what was known then, corrections since left out")]
Grade = Annotated[list[str], Query(max_length=20, description="only competencies for these grades (CEDS codes)")]
Width = Annotated[int, Query(ge=320, le=1600, description="how wide the picture is drawn, in pixels")]
SVG: dict[int | str, dict[str, Any]] = {200: {"content": {"image/svg+xml": {"schema": {"type": "string"}}}}}


def responses(operation: str) -> dict[int | str, dict[str, Any]]:
    """How an operation answers, and what can go wrong."""
    return {**answers(operation), **problems(404)}


def check_scope(caller: Caller | LearnerRead, scope: Scope) -> None:
    """Answered 403 where a caller may not see what is sensitive, and asks for it."""
    if scope != "general" and "learners.sensitive" not in caller.scopes:
        raise missing("learners.sensitive")


async def check_query_scope(request: Request, caller: Reader) -> None:
    """Answered 403 where the query asks for what is sensitive and the caller may not see it."""
    check_scope(caller, "all" if request.query_params.get("scope", "general") != "general" else "general")


def _outlines(request: Request) -> Outlines:
    return cast(Outlines, request.app.state.outlines)


Known = Annotated[Outlines, Depends(_outlines)]


async def framework_view(
    tx: Tx,
    outlines: Outlines,
    framework: UUID,
    learner_ids: Sequence[UUID],
    scope: Scope,
    as_of: datetime | None = None,
    known_at: datetime | None = None,
    method: Method | None = None,
) -> FrameworkView:
    """Learners in a framework; answered 404 where the tenant has one of them not."""
    await learners.check(tx, learner_ids)
    seen = await inputs.framework_view(
        tx,
        framework,
        learner_ids,
        now=now(),
        scope=scope,
        as_of=as_of,
        known_at=known_at,
        method=method,
        outlines=outlines,
    )
    if seen is None:
        raise no_framework(framework)
    return seen


def no_framework(framework: UUID) -> NotFound:
    """The tenant has no framework of that id."""
    return not_found(f"No framework {framework}: see GET /v1/frameworks.")


def now() -> datetime:
    """The present moment."""
    return datetime.now(UTC)


def as_json(view: Any) -> Response:
    """A view as JSON."""
    return Response(msgspec.json.encode(view), media_type="application/json")


def as_svg(picture: str) -> Response:
    """A picture as an answer."""
    return Response(picture, media_type="image/svg+xml")
