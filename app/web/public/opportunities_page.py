"""The catalogue: what programs offer, found by age, cost and words, without an account."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.access import tenants
from app.programs import offers, programs
from app.request import Inside, Slug
from app.web.kit.shell import show
from app.web.kit.signed import SignedRoute, anybody
from app.web.kit.words import later

router = APIRouter(prefix="/t/{tenant}", include_in_schema=False, route_class=SignedRoute)
KINDS = {
    "project": later("Project"),
    "event": later("Event"),
    "playlist": later("Playlist"),
    "internship": later("Internship"),
    "passion project": later("Passion project"),
    "club": later("Club"),
}


@router.get("/opportunities", dependencies=[anybody])
async def catalogue(
    tenant: Slug, request: Request, inside: Inside, q: str = "", age: str = "", free: str = ""
) -> Response:
    """What there is to do."""
    owner = await tenants.by_slug(inside.db, tenant)
    async with inside.db.transaction(owner.id) as tx:
        rows = await programs.opportunities(tx)
    years = int(age) if age.isascii() and age.isdigit() and len(age) < 4 else None
    opportunities = [(row, offers.read(row.body)) for row in rows]
    fitting = [
        (row, offer) for row, offer in opportunities if offers.fits(offer, age=years, free=bool(free), words=q[:200])
    ]
    return show(
        request,
        "program/catalogue.html",
        district=owner.name,
        tenant=tenant,
        offers=fitting,
        q=q,
        age=age,
        free=free,
        kinds=KINDS,
        all=len(opportunities),
    )
