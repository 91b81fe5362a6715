"""What a learner's accepted work out of school comes to: work-based engagements and passion projects."""

from datetime import UTC, datetime
from uuid import UUID

from fastapi import APIRouter

from app.api.kit.body import SoundRoute
from app.api.kit.context import Reader
from app.api.kit.problem import problems
from app.api.programs.wire_engagements import (
    LearnerOutOfSchool,
    PassionProject,
    ProjectStage,
    SpanEngagements,
    WorkEngagement,
)
from app.identity import learners
from app.programs import engagements
from app.programs.engagements import Project
from app.request import Inside

router = APIRouter(prefix="/v1", tags=["Programs"], route_class=SoundRoute)


@router.get("/learners/{learner}/out-of-school", responses=problems(404))
async def read_out_of_school(learner: UUID, caller: Reader, inside: Inside) -> LearnerOutOfSchool:
    """A learner's engagements with the world of work, counted by grade span, and passion projects, stage by stage.

    They are made of what programs handed in and the district accepted; what was taken back is in neither.
    """
    async with inside.db.transaction(caller.tenant) as tx:
        await learners.check(tx, [learner])
        whole = await engagements.of_learner(tx, learner, datetime.now(UTC).date())
    return LearnerOutOfSchool(
        spans=[SpanEngagements(span=row.span, engagements=row.engagements, hours=row.hours) for row in whole.spans],
        engagements=[
            WorkEngagement(
                submission=row.id,
                on=row.on,
                title=row.title,
                employer=row.employer,
                career_cluster=row.career_cluster,
                span=row.span,
            )
            for row in whole.engagements
        ],
        projects=[_project(project) for project in whole.projects],
    )


def _project(project: Project) -> PassionProject:
    stages = [
        ProjectStage(stage=reached.stage, submission=reached.id, title=reached.title, on=reached.on)
        for reached in project.stages
    ]
    return PassionProject(title=project.title, program=project.program, stages=stages)
