"""Who takes part out of school and who is recognized, by school and group: for the district, as page and table."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.errors import NotFound
from app.people.viewer import Viewer
from app.programs import participation
from app.programs.equity import FEWEST
from app.programs.participation import GROUPINGS, Grouping
from app.request import Inside
from app.web.kit.shell import show
from app.web.kit.signed import SignedRoute, may
from app.web.kit.words import later

router = APIRouter(prefix="/participation", include_in_schema=False, route_class=SignedRoute)
Approver = Annotated[Viewer, may("program.approve")]
YEARS = 4
TITLES: dict[Grouping, str] = {
    "school": later("By school"),
    "grades": later("By grade"),
    "sex": later("By sex"),
    "race": later("By race and ethnicity"),
}
TOLD = (
    *(later("not told"), later("female"), later("male"), later("other"), later("unspecified"), later("K-5")),
    *(later("Hispanic or Latino"), later("Two or more races"), later("American Indian or Alaska Native")),
    *(later("Asian"), later("Black or African American"), later("Native Hawaiian or Pacific Islander"), later("White")),
)
"""Names of groups that have a name in other languages."""


@router.get("")
async def report(request: Request, viewer: Approver, inside: Inside, year: str = "") -> Response:
    """The report of a school year."""
    today = datetime.now(UTC).date()
    school_year = participation.wanted_year(year, today)
    async with inside.db.transaction(viewer.tenant.id) as tx:
        figures = await participation.participation(tx, school_year, today)
    newest = participation.year_of(today)
    years = [(str(begins), f"{begins}/{(begins + 1) % 100:02}") for begins in range(newest, newest - YEARS, -1)]
    values: dict[str, Any] = {
        "report": figures,
        "titles": TITLES,
        "years": years,
        "year": school_year,
        "fewest": FEWEST,
    }
    return show(request, "program/participation.html", **values)


@router.get("/{grouping}.csv")
async def table(grouping: str, viewer: Approver, inside: Inside, year: str = "") -> Response:
    """A table of the report as a file (CSV)."""
    today = datetime.now(UTC).date()
    chosen: Grouping | None = next((known for known in GROUPINGS if known == grouping), None)
    if chosen is None:
        raise NotFound
    school_year = participation.wanted_year(year, today)
    async with inside.db.transaction(viewer.tenant.id) as tx:
        figures = await participation.participation(tx, school_year, today)
    headers = {
        "Content-Disposition": f'attachment; filename="participation-{chosen}-{school_year}.csv"',
        "X-Content-Type-Options": "nosniff",
    }
    return Response(
        "\ufeff" + participation.as_csv(figures, chosen), headers=headers, media_type="text/csv; charset=utf-8"
    )
