"""The CASE provider (1EdTech, REST binding): all frameworks of the caller's tenant, by the 12 GET operations.

CASE 1.1 is served at `/ims/case/v1p1`, and the same at `/ims/case/v1p0` as CASE 1.0 has it.
"""

from collections.abc import Awaitable, Callable
from functools import wraps
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Path, Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from app.api.kit.context import FrameworkReader
from app.api.kit.imsx import CodeMinor, ImsxRoute, status_info
from app.db import Tx
from app.db.access.access import Caller
from app.frameworks import provider
from app.frameworks.case import query
from app.frameworks.case.older import as_1_0
from app.frameworks.case.values import UUID as CASE_UUID
from app.frameworks.provider import ROOT
from app.request import Inside
from app.start import Service

OLDER_ROOT = "/ims/case/v1p0"
latest = APIRouter(prefix=ROOT, route_class=ImsxRoute, include_in_schema=False)
"""Not in our own description of the API: the standard has its document."""
older = APIRouter(prefix=OLDER_ROOT, route_class=ImsxRoute, include_in_schema=False)

SourcedId = Annotated[str, Path(description="the object's identifier, a UUID")]


@latest.get("/CFDocuments")
async def get_all_cf_documents(request: Request, reader: FrameworkReader, inside: Inside) -> Response:
    """All frameworks. `limit`, `offset`, `sort`, `orderBy`, `filter` and `fields` work as the binding has them."""
    parameters: dict[str, str] = {}
    address = f"{inside.settings.home}{request.url.path}"
    for name, value in request.query_params.multi_items():
        parameters[name] = f"{parameters[name]},{value}" if name == "fields" and name in parameters else value
    async with inside.db.transaction(reader.tenant) as tx:
        documents = await provider.documents(tx)
    try:
        page = query.select(documents, parameters, address)
    except query.Refused as why:
        code: CodeMinor = "invalid_sort_field" if why.code == "invalid_sort_field" else "invalid_selection_field"
        return status_info(400, code, str(why))
    headers = {"X-Total-Count": str(page.total), "Link": page.link}
    if not page.found:  # CASE has no empty set of documents
        return status_info(404, "unknownobject", "Unknown Object: no CFDocument is there, or matches", headers)
    return Response(msgspec.json.encode({"CFDocuments": page.found}), headers=headers, media_type="application/json")


@latest.get("/CFDocuments/{sourced_id}")
async def get_cf_document(sourced_id: SourcedId, reader: FrameworkReader, inside: Inside) -> Response:
    """One framework, without its items."""
    return await _served(provider.document, sourced_id, reader, inside)


@latest.get("/CFPackages/{sourced_id}")
async def get_cf_package(sourced_id: SourcedId, reader: FrameworkReader, inside: Inside) -> Response:
    """One framework with everything in it."""
    return await _served(provider.package, sourced_id, reader, inside)


@latest.get("/CFItems/{sourced_id}")
async def get_cf_item(sourced_id: SourcedId, reader: FrameworkReader, inside: Inside) -> Response:
    """One competency or standard. One that its framework has no more says so by its `statusEndDate`."""
    return await _served(provider.item, sourced_id, reader, inside)


@latest.get("/CFItemAssociations/{sourced_id}")
async def get_cf_item_associations(sourced_id: SourcedId, reader: FrameworkReader, inside: Inside) -> Response:
    """One item, with every association that begins or ends at it."""
    return await _served(provider.item_associations, sourced_id, reader, inside)


@latest.get("/CFAssociations/{sourced_id}")
async def get_cf_association(sourced_id: SourcedId, reader: FrameworkReader, inside: Inside) -> Response:
    """One association."""
    return await _served(provider.association, sourced_id, reader, inside)


def root(inside: Inside) -> str:
    """The provider's base URL as clients reach it."""
    return f"{inside.settings.home}{ROOT}"


def _definition(kind: str) -> Callable[..., Awaitable[Response]]:
    """The operation that serves one definition of a kind."""

    async def get_cf_definition(sourced_id: SourcedId, reader: FrameworkReader, inside: Inside) -> Response:
        return await _served(
            lambda tx, definition: provider.definition(tx, kind, definition), sourced_id, reader, inside
        )

    return get_cf_definition


async def _served(
    object_of: Callable[[Tx, UUID], Awaitable[bytes | None]], sourced_id: str, reader: Caller, inside: Service
) -> Response:
    """An object of the caller's tenant, by its identifier."""
    if not CASE_UUID.fullmatch(sourced_id):
        return status_info(404, "invalid_uuid", "Invalid UUID")
    async with inside.db.transaction(reader.tenant) as tx:
        body = await object_of(tx, UUID(sourced_id))
    if body is None:
        return status_info(404, "unknownobject", "Unknown Object")
    return Response(body, media_type="application/json")


def _older(endpoint: Callable[..., Awaitable[Response]]) -> Callable[..., Awaitable[Response]]:
    """An operation that answers as CASE 1.0 has it."""

    @wraps(endpoint)
    async def answered(*args: Any, **named: Any) -> Response:
        response = await endpoint(*args, **named)
        if response.status_code != HTTPStatus.OK:
            return response
        body = msgspec.json.encode(as_1_0(msgspec.json.decode(response.body)))
        headers = {name: value for name, value in response.headers.items() if name in ("x-total-count", "link")}
        return Response(body, headers=headers, media_type="application/json")

    return answered


for kind in (*provider.SETS, *provider.SINGLE):
    latest.get(f"/{kind}/{{sourced_id}}")(_definition(kind))
for route in latest.routes:
    if isinstance(route, APIRoute):
        older.get(route.path.removeprefix(ROOT))(_older(route.endpoint))
router = APIRouter(include_in_schema=False)
for version in (latest, older):
    router.include_router(version)
