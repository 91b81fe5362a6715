"""The API reference: an index of operations by who one is, a page for each, and for each type. No scripts."""

import json
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.errors import NotFound
from app.request import Inside
from app.start import Service
from app.web import page
from app.web.kit.route import PageRoute
from app.web.public.reference import Reference, reference

router = APIRouter(include_in_schema=False, route_class=PageRoute)
KEPT = {"Cache-Control": "public, max-age=300"}


@router.get("/docs")
async def index(
    request: Request, inside: Inside, q: Annotated[str, Query(max_length=200, description="words to look for")] = ""
) -> Response:
    """All operations, grouped by who one is; with words, those that have them."""
    known = _known(request, inside)
    about = request.app.openapi()["info"]["description"]
    return page("reference/index.html", headers=KEPT, reference=known, groups=list(known.groups(q)), q=q, about=about)


@router.get("/docs/types/{name}")
async def shape(request: Request, inside: Inside, name: str) -> Response:
    """One type, field by field."""
    known = _known(request, inside)
    if name not in known.shapes:
        raise NotFound(f"The API has no type '{name}': see /docs.")
    schema = request.app.openapi()["components"]["schemas"][name]
    text = json.dumps(schema, indent=2, ensure_ascii=False)
    return page("reference/shape.html", headers=KEPT, reference=known, shape=known.shapes[name], schema=text)


@router.get("/docs/{operation}")
async def operation(request: Request, inside: Inside, operation: str) -> Response:
    """One operation: what it takes and answers, what it needs, and an example."""
    known = _known(request, inside)
    if operation not in known.operations:
        raise NotFound(f"The API has no operation '{operation}': see /docs.")
    return page("reference/operation.html", headers=KEPT, reference=known, operation=known.operations[operation])


def _known(request: Request, inside: Service) -> Reference:
    """The reference, worked out at the first request and kept with the app, whose description never changes."""
    known: Reference | None = getattr(request.app.state, "reference", None)
    if known is None:
        known = request.app.state.reference = reference(request.app.openapi(), inside.settings.home)
    return known
