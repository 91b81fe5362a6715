"""What is within reach of each school: the district sees where there is no program."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.people.directory import schools
from app.people.viewer import Viewer
from app.programs import catalogue, reach
from app.request import Inside
from app.web.kit.shell import show
from app.web.kit.signed import SignedRoute, may

router = APIRouter(prefix="/reach", include_in_schema=False, route_class=SignedRoute)
Approver = Annotated[Viewer, may("program.approve")]


@router.get("")
async def page(request: Request, viewer: Approver, inside: Inside) -> Response:
    """Schools by what their learners can take part in, those with the least first."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        offered = await catalogue.offered(tx, datetime.now(UTC))
        names = [row.name for row in await schools(tx)]
    placed = [(offering.offer, offering.schools) for offering in offered]
    rows, loose = reach.within_reach(names, placed), reach.unplaced(placed)
    without = sum(1 for row in rows if row.none)
    return show(request, "program/reach.html", rows=rows, loose=loose, without=without, tenant=viewer.tenant.slug)
