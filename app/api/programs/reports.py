"""Programs in numbers: their months, who takes part, what is within reach."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app.api.kit.body import SoundRoute
from app.api.kit.context import ProgramManager
from app.api.kit.problem import problems
from app.api.programs.wire_reports import (
    ParticipationCount,
    ParticipationReport,
    ProgramMonth,
    ReachReport,
    SchoolReach,
)
from app.people.directory import schools
from app.programs import catalogue, participation, reach, summary
from app.programs.equity import FEWEST, PublishedCount
from app.request import Inside

router = APIRouter(prefix="/v1", tags=["Programs"], route_class=SoundRoute)


@router.get("/programs/{program}/months", responses=problems(404))
async def read_month(
    program: UUID,
    caller: ProgramManager,
    inside: Inside,
    month: Annotated[str, Query(description="the month", examples=["2026-10"], max_length=20)],
) -> ProgramMonth:
    """What a program handed in during a month, and what became of it."""
    first_day = summary.month_of(month, datetime.now(UTC).date())
    async with inside.db.transaction(caller.tenant) as tx:
        counts = await summary.summary(tx, program, first_day)
    return ProgramMonth(
        month=counts.month,
        handed_in=counts.handed_in,
        accepted=counts.accepted,
        asked_back=counts.asked_back,
        not_taken_in=counts.not_taken_in,
        taken_back=counts.taken_back,
        waiting=counts.waiting,
        days=counts.days,
        badges=counts.badges,
    )


@router.get("/participation", responses=problems())
async def read_participation(
    caller: ProgramManager,
    inside: Inside,
    year: Annotated[str, Query(description="the year in which the school year begins", max_length=10)] = "",
) -> ParticipationReport:
    """Who takes part out of school, and who is recognized, by school and group: no count below ten can be told."""
    today = datetime.now(UTC).date()
    school_year = participation.wanted_year(year, today)
    async with inside.db.transaction(caller.tenant) as tx:
        report = await participation.participation(tx, school_year, today)
    return ParticipationReport(
        year=report.year,
        until=report.until,
        fewest=FEWEST,
        tables={
            grouping: [_group(row) for row in (*table.rows, table.total)] for grouping, table in report.tables.items()
        },
    )


@router.get("/reach", responses=problems())
async def read_reach(caller: ProgramManager, inside: Inside) -> ReachReport:
    """What is within reach of each school, those with the least first: where there is no program."""
    async with inside.db.transaction(caller.tenant) as tx:
        offered = await catalogue.offered(tx, datetime.now(UTC))
        names = [row.name for row in await schools(tx)]
    placed = [(offering.offer, offering.schools) for offering in offered]
    return ReachReport(
        schools=[
            SchoolReach(
                school=row.school,
                offers=row.offers,
                free=row.free,
                with_transport=row.with_transport,
                online=row.online,
            )
            for row in reach.within_reach(names, placed)
        ],
        unplaced=[offer.title for offer in reach.unplaced(placed)],
    )


def _group(row: PublishedCount) -> ParticipationCount:
    return ParticipationCount(
        name=row.name or None,
        learners=row.learners,
        taking_part=row.taking_part,
        recognized=row.recognized,
        at_work=row.at_work,
    )
