"""The instance: its districts, whether each is well, and the making, renaming and removing of one."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.access import tenants
from app.db.access.tenants import TenantRow
from app.errors import Conflict, NotFound
from app.operations import leaving
from app.operations.districts import districts
from app.operations.readiness import Readiness
from app.people import first, invitations
from app.people.viewer import Viewer
from app.request import Inside
from app.start import Service
from app.web.district import states
from app.web.district.people import paper
from app.web.kit.names import role
from app.web.kit.shell import done, show
from app.web.kit.signed import SignedRoute, form, may
from app.web.kit.words import _, later

router = APIRouter(prefix="/instance", include_in_schema=False, route_class=SignedRoute)
Operator = Annotated[Viewer, may("instance.operate")]
ABOVE = (later("Districts"), "/instance")
LACKING = {
    "worker": later("No worker is alive: nothing is synced and nothing is judged. Run one with 'tessera work'."),
    "schema": later("The database is of another release than this server. Migrate it, or start the other release."),
    "writes": later("Nothing can be written: the database's disk may be full."),
    "database": later("The database is not as it should be. 'tessera doctor' says what to do."),
}
"""What a serving process may lack (`app.operations.readiness`), in words for who operates it."""


@router.get("")
async def listed(request: Request, viewer: Operator, inside: Inside) -> Response:
    """All districts, those that are not well first."""
    readiness: Readiness = request.app.state.readiness
    lacking = await readiness.complaints()
    seen = await districts(inside.db, datetime.now(UTC))
    return show(
        request,
        "operator/districts.html",
        lacking=[_(LACKING.get(what, LACKING["database"])) for what in lacking],
        districts=[
            (district, [(row.name, states.of_source(row, condition)) for row, condition in district.unwell])
            for district in sorted(seen, key=lambda district: not (district.unwell or district.waiting is None))
        ],
        own=viewer.tenant.slug,
    )


@router.post("")
async def add(request: Request, viewer: Operator, inside: Inside) -> Response:
    """A new district: the page that answers has the code for its first administrator, this once."""
    del viewer
    row = await first.add(inside.db, form(request).text("name"))
    return await _invitation(request, inside, row)


@router.post("/{district}/invite")
async def invite(district: str, request: Request, viewer: Operator, inside: Inside) -> Response:
    """Another code for the first administrator of a district that nobody has signed in to yet."""
    del viewer
    return await _invitation(request, inside, await _known(inside, district))


@router.post("/{district}/name")
async def rename(district: str, request: Request, viewer: Operator, inside: Inside) -> Response:
    """Give a district another name; its short name stays, for addresses have it."""
    del viewer
    await tenants.rename(inside.db, await _known(inside, district), form(request).text("name"))
    return done(request, "/instance", _("Renamed."))


@router.get("/{district}/remove")
async def ask_remove(district: str, request: Request, viewer: Operator, inside: Inside) -> Response:
    """What would go with a district, and a field for its short name: this cannot be undone."""
    del viewer
    return await _remove_page(request, inside, await _known(inside, district))


@router.post("/{district}/remove")
async def remove(district: str, request: Request, viewer: Operator, inside: Inside) -> Response:
    """Remove a district for good; the page that asks again where its short name was not typed."""
    row = await _known(inside, district)
    typed = form(request).text("slug")
    if typed != row.slug:
        return await _remove_page(request, inside, row, typed, _("Nothing was removed: this is not its short name."))
    if row.id == viewer.tenant.id:
        raise Conflict(_("You sign in to this district yourself. Whoever operates another one can remove it."))
    await asyncio.to_thread(leaving.remove_tenant, inside.settings, row.slug)
    return done(request, "/instance", _("%(name)s was removed, with everything of it.", name=row.name))


async def _remove_page(
    request: Request, inside: Service, row: TenantRow, typed: str = "", complaint: str = ""
) -> Response:
    holdings = await asyncio.to_thread(leaving.tenant_holdings, inside.settings, row.slug)
    return show(
        request,
        "operator/remove.html",
        status=422 if complaint else 200,
        crumbs=[(_(ABOVE[0]), ABOVE[1])],
        district=row,
        holdings=holdings,
        typed=typed,
        complaint=complaint,
    )


async def _known(inside: Service, slug: str) -> TenantRow:
    """The district of that short name. NotFound."""
    row = next((row for row in await tenants.listed(inside.db) if row.slug == slug), None)
    if row is None:
        raise NotFound(later("There is no such district. Perhaps it was removed."))
    return row


async def _invitation(request: Request, inside: Service, row: TenantRow) -> Response:
    """The invitation of a district's first administrator, on paper. Conflict where somebody can sign in already."""
    async with inside.db.transaction(row.id) as tx:
        invited = await invitations.first_administrator(tx)
    if invited is None:
        raise Conflict(_("Somebody signs in to this district already: its administrator invites everybody else."))
    return paper(request, inside.settings.home, invited, row.name, role("administrator"))
