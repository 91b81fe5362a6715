"""What sources name and nobody knows, and the policies of mastery: both for people who manage frameworks."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Query

from app.api.frameworks.wire_frameworks import (
    AlignmentDecision,
    AlignmentOutcome,
    AlignmentQueue,
    Judging,
    PolicyBody,
    PolicyList,
    PolicyListed,
    PolicySet,
    Suggestion,
    Waiting,
)
from app.api.kit import cursor
from app.api.kit.body import SoundRoute
from app.api.kit.context import FrameworkManager, FrameworkReader
from app.api.kit.idempotency import Creating
from app.api.kit.problem import problems
from app.db.frameworks.alignments import SuggestionRow, WaitingRow
from app.db.mastery.judging import JudgingRow
from app.db.mastery.mastery import PolicyRow, PolicyScope
from app.frameworks import alignment as aligning
from app.mastery import policy_versions
from app.mastery.deciding import decide
from app.mastery.policies import parse
from app.mastery.policy_versions import NewPolicy, set_policy
from app.request import Inside

router = APIRouter(prefix="/v1", tags=["Frameworks"], route_class=SoundRoute)

Listed = Annotated[
    Literal["waiting", "retired", "decided", "rejected"],
    Query(
        description="`retired`: known, and no framework has the competency any more (a new version may call another by "
        "its code); `decided` and `rejected`: what people said, to be looked at again"
    ),
]


@router.get("/alignments", responses=problems(400))
async def list_alignments(
    caller: FrameworkReader,
    inside: Inside,
    after: Annotated[str | None, Query(max_length=200, description="the cursor of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="how many at most")] = 50,
    state: Listed = "waiting",
) -> AlignmentQueue:
    """What sources name as a competency and no framework has, with suggestions. Nothing that waits here is lost."""
    async with inside.db.transaction(caller.tenant) as tx:
        begin = cursor.decode(after, tuple[int])[0] if after else 0
        queue = await aligning.queue(tx, state, begin, limit)
    waiting = [_waiting(row, near, state) for row, near in queue]
    return AlignmentQueue(waiting=waiting, next=cursor.encode(queue[-1][0].id) if len(queue) == limit else None)


@router.put("/alignments/{alignment}", responses=problems(404))
async def decide_alignment(
    alignment: int, decided: AlignmentDecision, caller: FrameworkManager, inside: Inside
) -> AlignmentOutcome:
    """Say which competency is meant. What waited for it counts at once; a later decision takes its place."""
    async with inside.db.transaction(caller.tenant) as tx:
        changed = await decide(
            tx, alignment, decided.competency, strength=decided.strength, by=str(caller.client), at=datetime.now(UTC)
        )
    return AlignmentOutcome(changed=changed)


@router.get("/policies", responses=problems())
async def list_policies(caller: FrameworkReader, inside: Inside) -> PolicyList:
    """All versions of all policies of mastery. Where there is none, the latest result counts, mastery from 70 %."""
    async with inside.db.transaction(caller.tenant) as tx:
        policies, judging = await policy_versions.listed(tx)
    return PolicyList(
        policies=[PolicyListed(**_policy(row)) for row in policies], judging=_judging(judging) if judging else None
    )


@router.post("/policies", status_code=201, responses=problems())
async def write_policy(written: PolicyBody, caller: FrameworkManager, inside: Inside, creating: Creating) -> PolicySet:
    """Set a policy of mastery, a new version of it. A job judges all anew; what stood on a day stands as of it."""
    now = datetime.now(UTC)
    body = msgspec.json.encode(parse(msgspec.json.encode(written.policy)))
    new = NewPolicy(written.name, PolicyScope(written.framework, written.competency), body, written.begins)
    async with inside.db.transaction(caller.tenant) as tx:
        own = await creating.once(tx, caller, lambda: set_policy(tx, new, str(caller.client), now))
        policies, judging = await policy_versions.listed(tx)
    assert judging is not None
    row = next(row for row in policies if row.id == int(own))
    return PolicySet(**_policy(row), judging=_judging(judging))


def _waiting(row: WaitingRow, near: Sequence[SuggestionRow], state: str) -> Waiting:
    return Waiting(
        id=row.id,
        code=row.code,
        url=row.url,
        name=row.name,
        framework=row.framework,
        assertions=row.assertions,
        first_at=row.first_at,
        competency=row.competency_id if state != "waiting" else None,
        strength=row.strength,
        suggestions=[
            Suggestion(competency=s.id, framework=s.framework, code=s.code, statement=s.statement, rank=s.rank)
            for s in near
        ],
    )


def _policy(row: PolicyRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "version": row.version,
        "framework": row.framework_id,
        "competency": row.competency_id,
        "begins": row.begins,
        "created_by": row.created_by,
        "policy": row.body,
    }


def _judging(row: JudgingRow) -> Judging:
    return Judging(
        state="under way" if row.finished_at is None else "done",
        asked_at=row.asked_at,
        learners=row.learners,
        changed=row.changed,
        finished_at=row.finished_at,
    )
