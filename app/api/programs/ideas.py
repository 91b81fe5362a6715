"""Badges that learners have designed, for the district to decide."""

from datetime import UTC, datetime
from uuid import UUID

from fastapi import APIRouter

from app.api.kit.body import SoundRoute
from app.api.kit.context import ProgramManager
from app.api.kit.problem import problems
from app.api.programs.wire_ideas import BadgeIdea, IdeaDecision, IdeaList
from app.db.plans.plans import Signature
from app.errors import Invalid
from app.programs import ideas
from app.programs.ideas import IdeaRow
from app.request import Inside

router = APIRouter(prefix="/v1", tags=["Programs"], route_class=SoundRoute)


@router.get("/badge-ideas", responses=problems())
async def list_badge_ideas(caller: ProgramManager, inside: Inside) -> IdeaList:
    """The badges that learners have designed and that wait for the district, the longest waiting first."""
    async with inside.db.transaction(caller.tenant) as tx:
        return IdeaList(ideas=[_idea(row) for row in await ideas.proposed(tx)])


@router.post("/badge-ideas/{idea}/decision", responses=problems(400, 404, 409))
async def decide_badge_idea(idea: UUID, decision: IdeaDecision, caller: ProgramManager, inside: Inside) -> BadgeIdea:
    """Make a design a program's badge, or say why not. The learner sees either."""
    by, now = Signature(decision.by.name, decision.by.role, f"client {caller.client}"), datetime.now(UTC)
    async with inside.db.transaction(caller.tenant) as tx:
        if decision.state == "declined":
            return _idea(await ideas.decline(tx, idea, decision.feedback or "", by, now))
        if decision.program is None:
            raise Invalid("Say whose badge it becomes.", pointers={"/program": "missing"})
        return _idea(await ideas.approve(tx, idea, decision.program, by, now))


def _idea(row: IdeaRow) -> BadgeIdea:
    return BadgeIdea(
        id=row.id,
        learner=row.learner_id,
        name=row.name,
        criteria=row.criteria,
        reason=row.reason,
        state=row.state,
        feedback=row.feedback,
        achievement=row.achievement_id,
        at=row.made_at,
    )
