"""What everybody may read of an issuer: who it is, how what it issues is checked, and what can be achieved there."""

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from app.issuing import issue
from app.issuing.issuer import issuer_at
from app.issuing.picture import badge_uri
from app.request import Inside, Slug
from app.sharing.readable import readable_achievement
from app.web import page
from app.web.kit.route import PageRoute

router = APIRouter(prefix="/t/{tenant}", include_in_schema=False, route_class=PageRoute)
PUBLIC = {"Cache-Control": "public, max-age=300", "X-Robots-Tag": "all", "Vary": "Accept, Accept-Language, Cookie"}


@router.get("")  # what a profile's `url` leads to
@router.get("/about")
async def about(tenant: Slug, inside: Inside) -> Response:
    """Who the issuer is, and what it does with what it knows."""
    issuer = await issuer_at(inside, tenant)
    return page("about.html", headers=PUBLIC, owner=issuer.name, issuer=issuer)


@router.get("/achievements/{achievement}")
async def achievement_page(tenant: Slug, achievement: UUID, request: Request, inside: Inside) -> Response:
    """What an achievement stands for: a page, or JSON for who asks for it. Nothing of any learner."""
    issuer = await issuer_at(inside, tenant)
    async with inside.db.transaction(issuer.tenant) as tx:
        achievement_json = await issue.achievement_of(tx, achievement)
    if "json" in request.headers.get("accept", ""):
        return JSONResponse(achievement_json, headers=PUBLIC)
    address = f"{issuer.home}/achievements/{achievement}"
    headers = PUBLIC | {"Vary": "Accept"}
    sheet = readable_achievement(achievement_json)
    return page(
        "achievement.html",
        headers=headers,
        owner=issuer.name,
        one=sheet,
        address=address,
        issuer=issuer,
        picture=badge_uri(sheet.name, issuer.name),
    )
