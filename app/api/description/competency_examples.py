"""What competency views look like, for the API's description: their shapes, and one synthetic learner's answers."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from app.mastery.assertions import AssertionDetail
from app.mastery.explaining import Explained, Explanation
from app.mastery.policies import USUAL_LEVELS, Policy
from app.mastery.summaries import Piece
from app.mastery.views.gradebook import Gradebook, GradebookColumn, GradebookRow
from app.mastery.views.growth import CompetencyGrowth, Growth, GrowthPoint, GrowthStep
from app.mastery.views.needs import LearnerNeed, Need, NeedGroup, Needs, Prerequisite
from app.mastery.views.pathway import Diagnostic, Pathway, SkippedCompetency
from app.mastery.views.perspectives import CompetencyStanding, Gap, Progress, RolledUp
from app.mastery.views.profile import EvidenceCount, LevelCount, LevelReached, Profile, ProfileCompetency, ProfileDomain
from app.mastery.views.shortfall import Shortfall, ShortfallLearner

FRAMEWORK = UUID("9909231f-bf1f-5d61-9dae-5bcdc6315104")
QUOTIENTS = UUID("0af12d2f-9d92-5b9c-8e66-9d5ad5b4f0a1")
DIVIDE = UUID("5f0f9d5e-2f0c-5a7c-9d5c-1f6a2b3c4d5e")
DOMAIN = UUID("16d1834f-d016-5eb7-b840-3220b8cc27f7")
LEARNER = UUID("6f1c2f0e-6d0b-5a53-9a43-3c1f0f6b7d11")
AT = datetime(2026, 10, 3, 20, 30, tzinfo=UTC)
SHOP = RolledUp(UUID("7b1f2c3d-4e5f-5a6b-8c7d-9e0f1a2b3c4d"), "mostly", met=True, level="Proficient")

STANDING = CompetencyStanding(
    QUOTIENTS,
    "Interpret and compute quotients of fractions",
    met=True,
    sensitivity="general",
    code="6.NS.A.1",
    level="Advanced",
    rank=3,
    value=0.95,
    at=AT,
    shown=3,
    policy="tessera 1",
    rolled_up=[SHOP],
)
GAP = Gap(
    DIVIDE, "Fluently divide multi-digit numbers", "The Number System", code="6.NS.B.2", level="Developing", rank=1
)
EXPLAINED = Explained(
    41,
    AT,
    decided=True,
    why="decided",
    positive=True,
    share=0.95,
    value=9.5,
    method="summative",
    recorded_at=AT,
    detail=AssertionDetail(title="A recipe for 30", setting="after-school", source="kitchen-club"),
)
PLACEMENT = Piece(
    44, AT, "Sample Mathematics", title="Placement", said="mastered", method="diagnostic", setting="in-school"
)
ATTEMPT = Piece(
    45,
    AT,
    "Sample Mathematics",
    title="Division, 6 of 10 right",
    said="6 of 10",
    method="adaptive",
    setting="home",
    why="decided the level",
)
PATHWAY = Pathway(
    FRAMEWORK,
    "Common Core State Standards for Mathematics",
    AT,
    basis="all",
    diagnostics=[Diagnostic("Sample Mathematics", AT, 1, "Placement")],
    steps=[GAP],
    skipped=[
        SkippedCompetency(
            QUOTIENTS,
            STANDING.statement,
            GAP.domain,
            why="mastered: Advanced by the policy 'tessera 1'",
            deciding=[PLACEMENT],
            code="6.NS.A.1",
            level="Advanced",
            policy="tessera 1",
        )
    ],
)
NEED = Need(
    DIVIDE,
    GAP.statement,
    [LEARNER],
    [
        NeedGroup(
            "below-mastery",
            [
                LearnerNeed(
                    LEARNER,
                    since=AT,
                    level="Developing",
                    evidence=[ATTEMPT],
                    after=[Prerequisite(QUOTIENTS, STANDING.statement, "6.NS.A.1", AT)],
                )
            ],
        )
    ],
    "6.NS.B.2",
)

RATIO: dict[str, Any] = {
    "competency": UUID("0b6bd52c-0ea7-4590-992e-f4972fc805fa"),
    "code": "CCSS.Math.Content.6.RP.A.1",
    "statement": "Understand the concept of a ratio.",
    "framework": "Common Core State Standards for Mathematics",
    "domain": "Ratios and Proportional Relationships",
    "sensitivity": "general",
    "retired": False,
}
PROFILE = Profile(
    as_of=AT,
    domains=[
        ProfileDomain(
            framework=RATIO["framework"],
            domain=RATIO["domain"],
            levels=[LevelCount(level="Proficient", count=1)],
            competencies=[
                ProfileCompetency(
                    **RATIO,
                    level=LevelReached(name="Proficient", number=3, of=4),
                    mastered=True,
                    last_shown=AT,
                    holds_until=None,
                    policy="tessera, version 1",
                    override=None,
                    evidence=[EvidenceCount(setting="after-school", method=None, count=1)],
                    via=None,
                    part_of=None,
                    parts=[],
                    rolled_up=[],
                )
            ],
        )
    ],
    unaligned=[],
)
GROWTH = Growth(
    as_of=AT,
    competencies=[
        CompetencyGrowth(
            **RATIO,
            steps=[GrowthStep(from_=AT, level="Proficient", policy="tessera, version 1", overridden=False)],
            evidence=[GrowthPoint(date=AT, title="Line Follower", setting="after-school", method=None)],
        )
    ],
)

NULLED = {"readProfile": msgspec.to_builtins(PROFILE), "readGrowth": msgspec.to_builtins(GROWTH)}
"""Examples whose nulls are part of them: what FastAPI makes of a route's responses has none."""

_ALL: dict[str, tuple[Any, Any]] = {
    "readProfile": (Profile, PROFILE),
    "readGrowth": (Growth, GROWTH),
    "readGaps": (list[Gap], [GAP]),
    "readNext": (list[Gap], [GAP]),
    "readProgress": (
        list[Progress],
        [Progress(DOMAIN, "The Number System", 1, begun=0, of=9, competencies=[STANDING])],
    ),
    "explainMastery": (
        Explanation,
        Explanation(
            QUOTIENTS,
            AT,
            True,
            policy="tessera 1",
            policy_says=Policy(),
            assertions=[EXPLAINED],
            level=USUAL_LEVELS[3],
            value=0.95,
            statement=STANDING.statement,
            code="6.NS.A.1",
        ),
    ),
    "readGradebook": (
        Gradebook,
        Gradebook([GradebookColumn(QUOTIENTS, STANDING.statement, "6.NS.A.1")], [GradebookRow(LEARNER, ["4"], [True])]),
    ),
    "readNeeds": (list[Needs], [Needs(DOMAIN, "The Number System", [NEED])]),
    "readGroupGaps": (
        list[Shortfall],
        [
            Shortfall(
                DIVIDE,
                GAP.statement,
                GAP.domain,
                met=22,
                of=24,
                learners=[ShortfallLearner(LEARNER, None, "Developing")],
                code="6.NS.B.2",
            )
        ],
    ),
    "readPathway": (Pathway, PATHWAY),
}
_LISTED, COMPONENTS = msgspec.json.schema_components(
    [shape for shape, _ in _ALL.values()], ref_template="#/components/schemas/{name}"
)
_SCHEMAS = dict(zip(_ALL, _LISTED, strict=True))


def answers(operation: str) -> dict[int | str, dict[str, Any]]:
    """How an operation's answer is described: its shape, and an example."""
    _, example = _ALL[operation]
    content: dict[str, Any] = {"schema": _SCHEMAS[operation], "example": msgspec.to_builtins(example)}
    return {200: {"description": "What is asked for", "content": {"application/json": content}}}
