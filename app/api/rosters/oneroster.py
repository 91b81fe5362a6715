"""The OneRoster 1.2 provider: every GET operation of its rostering, gradebook and resources services.

The services are at `/ims/oneroster/{rostering,gradebook,resources}/v1p2`, as the standard has it. What a client sees is
what the district shares with it (`shares.py`), by the standard's own scopes.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated
from urllib.parse import urlencode

import msgspec
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.access.scopes import Scope
from app.api.kit.context import gate
from app.api.rosters.wording import RosterRoute
from app.db.access.access import Caller
from app.request import Inside
from app.rosters import reading_back, serving
from app.rosters.operations import OPERATIONS, Operation
from app.rosters.serving import PageRequest, Served
from app.rosters.shapes import Service

ROOT = "/ims/oneroster"
SERVICES: tuple[Service, ...] = ("rostering", "gradebook", "resources")
router = APIRouter(prefix=ROOT, route_class=RosterRoute, include_in_schema=False)
"""Not in our own description of the API: the standard has its documents."""

Limit = Annotated[int, Query(ge=1, le=2**31 - 1)]
Offset = Annotated[int, Query(ge=0, le=2**31 - 1)]
Order = Annotated[str, Query(alias="orderBy", pattern="^(asc|desc)$")]
Fields = Annotated[list[str], Query(max_length=100)]
Answer = Callable[..., Awaitable[Response]]


async def _caller(request: Request, scopes: tuple[Scope, ...]) -> Caller:
    return await gate(request).caller(request.headers.get("authorization"), *scopes)


def _listing(operation: Operation) -> Answer:
    """The operation that lists a collection."""
    collection = operation.listing.collection

    async def listed(
        request: Request,
        inside: Inside,
        limit: Limit = 100,
        offset: Offset = 0,
        sort: str | None = None,
        order_by: Order = "asc",
        filter: str | None = None,
        fields: Fields = [],  # noqa: B006  FastAPI copies it
    ) -> Response:
        caller = await _caller(request, operation.scopes)
        page_request = PageRequest(
            limit, offset, sort, descending=order_by == "desc", filter=filter, fields=tuple(fields)
        )
        async with inside.db.transaction(caller.tenant) as tx:
            above = list(request.path_params.values())
            if (reader := await reading_back.reader(tx, caller, collection)) is not None:
                page = await reading_back.listed(tx, reader, operation, above, page_request)
            else:
                page = await serving.listed(tx, await serving.shared(tx, caller), operation, above, page_request)
        body = b",".join(each if isinstance(each, bytes) else each.encode() for each in page.objects)
        headers = {"X-Total-Count": str(page.total), "Link": _links(request, inside.settings.home, page, offset)}
        return _answer(b'{"' + collection.encode() + b'":[' + body + b"]}", inside.settings.home, headers)

    return listed


def _single(operation: Operation) -> Answer:
    """The operation that reads one object of a collection."""
    listing = operation.listing

    async def single(request: Request, inside: Inside, sourced_id: str, fields: Fields = []) -> Response:  # noqa: B006
        caller = await _caller(request, operation.scopes)
        async with inside.db.transaction(caller.tenant) as tx:
            reader = await reading_back.reader(tx, caller, listing.collection)
            if reader and (own := await reading_back.single(tx, reader, listing.collection, sourced_id, fields)):
                return Response(msgspec.json.encode({listing.single: own}), media_type="application/json")
            share = await serving.shared(tx, caller)
            document = await serving.single(tx, share, listing, sourced_id, fields)
        body = document if isinstance(document, bytes) else document.encode()
        return _answer(b'{"' + listing.single.encode() + b'":' + body + b"}", inside.settings.home, {})

    return single


def _answer(body: bytes, home: str, headers: dict[str, str]) -> Response:
    """A body with the service's address where references have its place (`app.rosters.shapes`)."""
    for service in SERVICES[:2]:  # no reference leads to a resource
        for space in (b" ", b""):  # as the database writes JSON, and as we do
            place = b'"href":' + space + b'"@' + service.encode() + b"/"
            body = body.replace(place, b'"href":"' + f"{home}{ROOT}/{service}/v1p2/".encode())
    return Response(body, headers=headers, media_type="application/json")


def _links(request: Request, home: str, page: Served, offset: int) -> str:
    """The other pages (RFC 8288): the next and the last, the first and the one before, as far as they are there."""
    parameters = [
        (name, value) for name, value in request.query_params.multi_items() if name not in ("limit", "offset")
    ]
    last = max(0, (page.total - 1) // page.limit * page.limit)
    places = {"first": 0, "last": last}
    if offset + page.limit < page.total:
        places["next"] = offset + page.limit
    if offset > 0:
        places["prev"] = max(0, offset - page.limit)

    def address(place: int) -> str:
        query = urlencode([*parameters, ("limit", page.limit), ("offset", place)])
        return f"{home}{request.url.path}?{query}"

    return ", ".join(f'<{address(place)}>; rel="{name}"' for name, place in places.items())


for _operation in OPERATIONS:
    _path = f"/{_operation.service}/v1p2{_operation.path}"
    if not _operation.above:
        router.get(_path + "/{sourced_id}")(_single(_operation))
    router.get(_path)(_listing(_operation))
