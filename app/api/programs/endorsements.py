"""Endorsements: a second organization stands behind a program's achievement."""

from datetime import UTC, datetime
from uuid import UUID

from fastapi import APIRouter

from app.api.kit.body import SoundRoute
from app.api.kit.context import ProgramManager
from app.api.kit.problem import problems
from app.api.programs.wire_endorsements import ProgramEndorsement, ProgramEndorsementBody, ProgramEndorsementList
from app.api.programs.wire_programs import Signer
from app.db.plans.plans import Signature
from app.programs import definitions, endorsing
from app.programs.endorsing import EndorsementRow
from app.request import Inside

router = APIRouter(prefix="/v1", tags=["Programs"], route_class=SoundRoute)


@router.get("/program-achievements/{achievement}/endorsements", responses=problems(404))
async def list_endorsements(achievement: UUID, caller: ProgramManager, inside: Inside) -> ProgramEndorsementList:
    """The other organizations that endorse an achievement."""
    async with inside.db.transaction(caller.tenant) as tx:
        await definitions.achievement_of(tx, achievement)
        rows = await endorsing.endorsements_of(tx, [achievement])
    return ProgramEndorsementList(endorsements=[_endorsement(row) for row in rows])


@router.post("/program-achievements/{achievement}/endorsements", status_code=201, responses=problems(400, 404, 409))
async def endorse_achievement(
    achievement: UUID, written: ProgramEndorsementBody, caller: ProgramManager, inside: Inside
) -> ProgramEndorsement:
    """Let a second program endorse an achievement: each badge of it carries its words, signed under its name."""
    now = datetime.now(UTC)
    by = Signature(written.writer.name, written.writer.role, f"client {caller.client}")
    async with inside.db.transaction(caller.tenant) as tx:
        row = await endorsing.endorse(tx, achievement, written.program, written.words, by=by, now=now)
    return _endorsement(row)


@router.delete("/endorsements/{endorsement}", status_code=204, responses=problems(404))
async def end_endorsement(endorsement: UUID, caller: ProgramManager, inside: Inside) -> None:
    """End an endorsement. Badges that were awarded with it keep it."""
    async with inside.db.transaction(caller.tenant) as tx:
        await endorsing.end(tx, endorsement, datetime.now(UTC))


def _endorsement(row: EndorsementRow) -> ProgramEndorsement:
    return ProgramEndorsement(
        id=row.id,
        achievement=row.achievement_id,
        program=row.program_id,
        program_name=row.program,
        words=row.words,
        writer=Signer(name=row.name, role=row.role),
        at=row.made_at,
    )
