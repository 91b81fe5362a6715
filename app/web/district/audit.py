"""The audit log: who changed what, when, before and after."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.access import audit
from app.people.viewer import Viewer
from app.request import Inside
from app.web.district.actors import names_of
from app.web.kit.shell import show
from app.web.kit.signed import SignedRoute, may

router = APIRouter(include_in_schema=False, route_class=SignedRoute)
AT_ONCE = 50


@router.get("/audit")
async def log(
    request: Request,
    viewer: Annotated[Viewer, may("audit.read")],
    inside: Inside,
    kind: str = "",
    before: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
) -> Response:
    """The changes of the configuration, newest first."""
    chosen = kind if kind in audit.KINDS else None
    async with inside.db.transaction(viewer.tenant.id) as tx:
        rows = await audit.changes(tx, kind=chosen, before=before, limit=AT_ONCE + 1)
        who = await names_of(tx, [row.actor for row in rows])
    following = f"/audit?kind={chosen or ''}&before={rows[AT_ONCE - 1].id}" if len(rows) > AT_ONCE else ""
    return show(
        request,
        "district/audit.html",
        entries=[(row, who.get(row.actor, row.actor)) for row in rows[:AT_ONCE]],
        kinds=[(name, name.replace("_", " ")) for name in sorted(audit.KINDS)],
        kind=chosen or "",
        following=following,
    )
