"""How a program's months were: for its coordinators, and for the district; as a page and as a table."""

from datetime import UTC, date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.db import Tx
from app.people.viewer import Viewer
from app.programs import notices, programs, summary
from app.programs.programs import ProgramRow
from app.request import Inside
from app.web.kit.shell import show
from app.web.kit.signed import SignedRoute, may
from app.web.kit.words import _
from app.web.program.home import Coordinator, program_of

router = APIRouter(include_in_schema=False, route_class=SignedRoute)
Approver = Annotated[Viewer, may("program.approve")]
SHOWN = 12
"""Months of the table."""


@router.get("/program/months")
async def own_months(request: Request, viewer: Coordinator, inside: Inside, month: str = "") -> Response:
    """How the months of one's program were."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        return await _page(
            tx, request, await program_of(tx, viewer), month_text=month, base="/program/months", crumbs=[]
        )


@router.get("/program/months.csv")
async def own_table(viewer: Coordinator, inside: Inside) -> Response:
    """The month as a table (CSV)."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        return await _table(tx, (await program_of(tx, viewer)).id)


@router.get("/programs/{program}/months")
async def months(program: UUID, request: Request, viewer: Approver, inside: Inside, month: str = "") -> Response:
    """How the months of a program were."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        row = await programs.program_of(tx, program)
        crumbs = [(_("Programs"), "/programs"), (row.name, f"/programs/{program}")]
        return await _page(tx, request, row, month_text=month, base=f"/programs/{program}/months", crumbs=crumbs)


@router.get("/programs/{program}/months.csv")
async def table(program: UUID, viewer: Approver, inside: Inside) -> Response:
    """The month as a table (CSV)."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        return await _table(tx, program)


async def _page(
    tx: Tx, request: Request, row: ProgramRow, month_text: str, base: str, crumbs: list[tuple[str, str]]
) -> Response:
    now = datetime.now(UTC)
    month = summary.month_of(month_text, now.date()) if month_text else notices.month_before(now)
    months = [await summary.summary(tx, row.id, first_day) for first_day in _latest(now.date())]
    values: dict[str, Any] = {"shown": await summary.summary(tx, row.id, month), "months": months, "base": base}
    return show(request, "program/months.html", crumbs=crumbs or [(row.name, "/program")], program=row, **values)


async def _table(tx: Tx, program: UUID) -> Response:
    months = [await summary.summary(tx, program, first_day) for first_day in _latest(datetime.now(UTC).date())]
    headers = {"Content-Disposition": 'attachment; filename="months.csv"', "X-Content-Type-Options": "nosniff"}
    return Response("\ufeff" + summary.as_csv(months), headers=headers, media_type="text/csv; charset=utf-8")


def _latest(today: date) -> list[date]:
    """The latest months, this one first."""
    months = [today.replace(day=1)]
    while len(months) < SHOWN:
        before = months[-1]
        months.append(date(before.year - (before.month == 1), (before.month - 2) % 12 + 1, 1))
    return months
