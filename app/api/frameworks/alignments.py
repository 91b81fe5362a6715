"""What sources name and nobody knows, and the policies of mastery: both for people who manage frameworks."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query

from app.api.frameworks.wire_frameworks import (
    AlignmentDecided,
    AlignmentOutcome,
    AlignmentQueue,
    Judging,
    PolicyList,
    PolicyListed,
    PolicySet,
    PolicyWritten,
    Suggestion,
    Waiting,
)
from app.api.kit import cursor
from app.api.kit.body import SoundRoute
from app.api.kit.context import FrameworkManager, FrameworkReader
from app.api.kit.idempotency import Creating
from app.api.kit.problem import not_found, problems
from app.db import Tx
from app.db.frameworks import alignments, frameworks
from app.db.frameworks.alignments import WaitingRow
from app.db.identity import persons
from app.db.mastery import judging
from app.db.mastery import mastery as stored
from app.db.mastery.judging import JudgingRow
from app.db.mastery.mastery import PolicyRow, PolicyScope
from app.errors import ApiError
from app.frameworks.alignment import suggested
from app.mastery import judging as mastery
from app.mastery.policies import parse
from app.request import Inside

router = APIRouter(prefix="/v1", tags=["Frameworks"], route_class=SoundRoute)

MOST_SUGGESTIONS = 5
STATES = {
    "waiting": ("waiting", "unheld"),
    "retired": ("matched", "decided"),
    "decided": ("decided",),
    "rejected": ("rejected",),
}
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
        rows = await alignments.queue(tx, STATES[state], retired=state == "retired", after=begin, limit=limit)
        waiting = [await _waiting(tx, row, state) for row in rows]
    return AlignmentQueue(waiting=waiting, next=cursor.encode(rows[-1].id) if len(rows) == limit else None)


@router.put("/alignments/{alignment}", responses=problems(404))
async def decide_alignment(
    alignment: int, decided: AlignmentDecided, caller: FrameworkManager, inside: Inside
) -> AlignmentOutcome:
    """Say which competency is meant. What waited for it counts at once; a later decision takes its place."""
    now = datetime.now(UTC)
    async with inside.db.transaction(caller.tenant) as tx:
        await persons.lock_settling(tx)  # what is asserted in another transaction is not judged by either of them
        if not 0 < alignment < 2**31 or await alignments.by_id(tx, alignment) is None:
            raise not_found()
        if decided.competency and not await alignments.held(tx, [decided.competency]):
            raise _unknown(decided.competency)
        state = "decided" if decided.competency else "rejected"
        row = (alignment, decided.competency, decided.strength if decided.competency else None, state)
        await alignments.settle(tx, [row], str(caller.client), now)
        changed = await mastery.judge(tx, await alignments.learners(tx, [alignment]), now)
    return AlignmentOutcome(changed=changed)


@router.get("/policies", responses=problems())
async def list_policies(caller: FrameworkReader, inside: Inside) -> PolicyList:
    """All versions of all policies of mastery. Where there is none, the latest result counts, mastery from 70 %."""
    async with inside.db.transaction(caller.tenant) as tx:
        rows, found = await stored.policies(tx), await judging.current(tx)
    return PolicyList(
        policies=[PolicyListed(**_policy(row)) for row in rows], judging=_judging(found) if found else None
    )


@router.post("/policies", status_code=201, responses=problems())
async def write_policy(
    written: PolicyWritten, caller: FrameworkManager, inside: Inside, creating: Creating
) -> PolicySet:
    """Set a policy of mastery, a new version of it. A job judges all anew; what stood on a day stands as of it."""
    now = datetime.now(UTC)
    body = msgspec.json.encode(parse(msgspec.json.encode(written.policy)))
    async with inside.db.transaction(caller.tenant) as tx:
        own = await creating.once(tx, caller, lambda: _set(tx, written, body, str(caller.client), now))
        row = next(row for row in await stored.policies(tx) if row.id == int(own))
        asked = await judging.current(tx)
    assert asked is not None
    return PolicySet(**_policy(row), judging=_judging(asked))


async def _set(tx: Tx, written: PolicyWritten, body: bytes, by: str, now: datetime) -> int:
    await stored.alone_with_policies(tx)
    await _scoped(tx, written)
    if written.begins is not None and written.begins < now:
        _rewrites_nothing(await stored.policies(tx), written, now)
    begins = written.begins or now
    scope = PolicyScope(written.framework, written.competency)
    row = await stored.add_policy(tx, written.name, scope, body, begins=begins, by=by)
    await mastery.judge_again(tx, now)
    return row.id


async def _scoped(tx: Tx, written: PolicyWritten) -> None:
    """Answered 422 where a policy is for two things, or for what the tenant does not have."""
    if written.framework is not None and written.competency is not None:
        detail = "It is for a framework or for one competency: leave one of them out."
        raise ApiError(422, "two-scopes", "A policy is for one thing", detail)
    if written.framework is not None and await frameworks.by_id(tx, written.framework) is None:
        detail = f"There is no framework {written.framework}: see GET /v1/frameworks."
        raise ApiError(422, "unknown-framework", "Unknown framework", detail)
    if written.competency is not None and not await alignments.held(tx, [written.competency]):
        raise _unknown(written.competency)


def _unknown(competency: UUID) -> ApiError:
    detail = f"No framework has the competency {competency}: import its framework first."
    return ApiError(422, "unknown-competency", "Unknown competency", detail)


def _rewrites_nothing(rows: Sequence[PolicyRow], written: PolicyWritten, now: datetime) -> None:
    """Answered 422 where a policy would judge a time that one of its scope has judged already.

    The first of a scope may begin before today: a district that comes with last year's results has its own scale.
    """
    scope = (written.framework, written.competency)
    held = [row for row in rows if (row.framework_id, row.competency_id) == scope and row.begins <= now]
    if held:
        last = held[-1]
        detail = (
            f"'{last.name}', version {last.version}, is in force here since {last.begins:%Y-%m-%d}: a new version "
            "begins now (leave out `begins`) or later, and rewrites nothing."
        )
        raise ApiError(422, "rewrites-history", "A policy judges no time that another has judged", detail)


async def _waiting(tx: Tx, row: WaitingRow, state: str) -> Waiting:
    words = " ".join(text for text in (row.name, row.code) if text)
    near = await suggested(tx, words, row.code, MOST_SUGGESTIONS) if state in ("waiting", "retired") else []
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
