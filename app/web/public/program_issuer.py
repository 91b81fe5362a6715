"""What verifiers read of a program that issues in its own name: its DID document, keys and status lists."""

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from app.access import tenants
from app.errors import NotFound
from app.issuing import issue
from app.issuing.issuer import issuer_of
from app.issuing.publish import published
from app.request import Inside, Slug
from app.web.kit.route import PageRoute

router = APIRouter(prefix="/t/{tenant}/p/{program}", include_in_schema=False, route_class=PageRoute)
FRESH = {"Cache-Control": "public, max-age=60", "Access-Control-Allow-Origin": "*"}


@router.get("/achievements/{achievement}")
async def achievement(tenant: Slug, program: str, achievement: UUID, request: Request, inside: Inside) -> Response:
    """What an achievement stands for."""
    del program, request
    owner = await tenants.by_slug(inside.db, tenant)
    async with inside.db.transaction(owner.id) as tx:
        return JSONResponse(await issue.achievement_of(tx, achievement), headers=FRESH)


@router.get("/{document:path}")
async def document(tenant: Slug, program: str, document: str, inside: Inside) -> Response:
    """A document that the program publishes as an issuer."""
    owner = await tenants.by_slug(inside.db, tenant)
    issuer = issuer_of(owner, inside.settings)
    async with inside.db.transaction(owner.id) as tx:
        published_document = await published(tx, inside.vault, issuer, f"p/{program}/{document}")
    if published_document is None:
        raise NotFound("This issuer publishes nothing here, or no longer.")
    return Response(published_document.body, headers=FRESH, media_type=published_document.media_type)
