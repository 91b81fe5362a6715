"""Plans: goals and their steps, read as they stand, written, signed, closed; and their whole history."""

from datetime import UTC, date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query, Response

from app.api.kit import cursor
from app.api.kit.body import SoundRoute
from app.api.kit.context import PlanReader, PlanSigner, PlanWriter
from app.api.kit.idempotency import Creating
from app.api.kit.preconditions import IfMatch, check_if_match, etag_header
from app.api.kit.problem import problems
from app.api.kit.views import Shows, check_scope
from app.api.plans.notes import note_shown
from app.api.plans.wire_plans import (
    AchievementToEarn,
    CitedAssertion,
    ClosedStep,
    EvidenceCited,
    Goal,
    GoalBody,
    GoalChanged,
    GoalDecision,
    GoalProposals,
    GoalProposed,
    LinkedEvidence,
    Named,
    Plan,
    PlanBody,
    PlanHistory,
    PlanList,
    PlanStep,
    PlanVersion,
    Signed,
    SignOffBody,
)
from app.db import Tx
from app.db.access.access import Caller
from app.db.plans.plans import ChangeRow, PlanRow, Signature, SignOffRow, VersionRow
from app.plans import notes, planning, plans
from app.plans.planning import PlanSeen
from app.plans.plans import GoalSeen, StepSeen
from app.request import Inside

router = APIRouter(prefix="/v1", tags=["Plans"], route_class=SoundRoute)


@router.get("/learners/{learner}/plans", responses=problems(404))
async def list_plans(learner: UUID, caller: PlanReader, inside: Inside, scope: Shows = "general") -> PlanList:
    """A learner's plans as they stand, with the notes that were opened. Sensitive goals only with `scope=all`."""
    check_scope(caller, scope)
    now = datetime.now(UTC)
    async with inside.db.transaction(caller.tenant) as tx:
        same = await planning.lineage(tx, learner)
        whole = await planning.of_learner(tx, same, now)
        opened = planning.visible_notes(whole, await notes.of_learners(tx, same, only_open=True), scope)
    return PlanList(plans=[_plan(plan.within(scope), now) for plan in whole], notes=[note_shown(row) for row in opened])


@router.post("/learners/{learner}/plans", status_code=201, responses=problems(400, 404))
async def create_plan(
    learner: UUID, written: PlanBody, caller: PlanWriter, inside: Inside, response: Response, creating: Creating
) -> Plan:
    """Write a plan for a learner. It follows them when records are merged, and when they part again."""
    now, by = datetime.now(UTC), _by(written.writer, caller)
    async with inside.db.transaction(caller.tenant) as tx:
        own = await creating.once(tx, caller, lambda: planning.begin(tx, learner, _read(written), by, now))
        plan = await planning.plan_seen(tx, UUID(own), now)
    return _answer(_within(plan, caller), response, now)


@router.get("/goals/proposals", responses=problems(400))
async def list_goal_proposals(
    caller: PlanReader,
    inside: Inside,
    scope: Shows = "general",
    after: Annotated[str | None, Query(max_length=100, description="the cursor of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=500, description="how many, or a few more")] = 100,
) -> GoalProposals:
    """Goals of all learners that are reached and wait for a person to close them.

    A page may have fewer than `limit`, or none: only where `next` is null were these all.
    """
    check_scope(caller, scope)
    begin = cursor.decode(after, tuple[UUID])[0] if after else UUID(int=0)
    async with inside.db.transaction(caller.tenant) as tx:
        proposed, following = await planning.proposing(tx, scope, begin, limit, datetime.now(UTC))
    goals = [
        GoalProposed(
            learner=plan.row.learner_id,
            plan=plan.row.id,
            plan_title=plan.plan.title,
            goal=goal.goal.id,
            title=goal.goal.title,
        )
        for plan, goal in proposed
    ]
    return GoalProposals(goals=goals, next=cursor.encode(following) if following else None)


@router.get("/plans/{plan}", responses=problems(404))
async def read_plan(
    plan: UUID, caller: PlanReader, inside: Inside, response: Response, scope: Shows = "general"
) -> Plan:
    """A plan as it stands. Its `ETag` is wanted in `If-Match` by whoever changes it."""
    check_scope(caller, scope)
    now = datetime.now(UTC)
    async with inside.db.transaction(caller.tenant) as tx:
        seen = await planning.plan_seen(tx, plan, now)
    return _answer(seen.within(scope), response, now)


@router.put("/plans/{plan}", responses=problems(400, 404, 409, 412, 428))
async def edit_plan(
    plan: UUID, written: PlanBody, caller: PlanWriter, inside: Inside, response: Response, seen: IfMatch = None
) -> Plan:
    """Write a plan anew: a version of its own, which nobody has signed. What was signed stays in the history."""
    now = datetime.now(UTC)
    async with inside.db.transaction(caller.tenant) as tx:
        before = await _locked(tx, plan, seen, caller, now)
        await planning.edit(tx, before, _read(written), _by(written.writer, caller), now)
        current = await planning.plan_seen(tx, plan, now)
    return _answer(_within(current, caller), response, now)


@router.delete("/plans/{plan}", status_code=204, responses=problems(404, 412, 428))
async def end_plan(plan: UUID, caller: PlanWriter, inside: Inside, seen: IfMatch = None) -> None:
    """End a plan: it is shown no more. Its history stays."""
    now = datetime.now(UTC)
    async with inside.db.transaction(caller.tenant) as tx:
        current = await _locked(tx, plan, seen, caller, now)
        await planning.end(tx, current, f"client {caller.client}", now)


@router.post("/plans/{plan}/sign-offs", status_code=201, responses=problems(400, 404, 412, 428))
async def sign_plan(
    plan: UUID,
    written: SignOffBody,
    caller: PlanSigner,
    inside: Inside,
    response: Response,
    creating: Creating,
    seen: IfMatch = None,
) -> Plan:
    """Sign what the plan says now. An edit afterward is not signed: it needs a sign-off of its own."""
    now, by = datetime.now(UTC), _by(written.signer, caller)
    async with inside.db.transaction(caller.tenant) as tx:

        async def sign() -> UUID:
            await planning.sign(tx, await _locked(tx, plan, seen, caller, now), by, written.note, now)
            return plan

        await creating.once(tx, caller, sign)
        current = await planning.plan_seen(tx, plan, now)
    return _answer(_within(current, caller), response, now)


@router.post("/plans/{plan}/goal-changes", status_code=201, responses=problems(400, 404, 409, 412, 428))
async def decide_goal(
    plan: UUID,
    decided: GoalDecision,
    caller: PlanWriter,
    inside: Inside,
    response: Response,
    creating: Creating,
    seen: IfMatch = None,
) -> Plan:
    """Close a goal as reached or set aside, or open it again. How its steps stood at that moment is kept."""
    now, by = datetime.now(UTC), _by(decided.decider, caller)
    async with inside.db.transaction(caller.tenant) as tx:

        async def change() -> UUID:
            before = await _locked(tx, plan, seen, caller, now)
            await planning.change_goal(tx, before, decided.goal, state=decided.state, by=by, note=decided.note, now=now)
            return plan

        await creating.once(tx, caller, change)
        current = await planning.plan_seen(tx, plan, now)
    return _answer(_within(current, caller), response, now)


@router.get("/plans/{plan}/history", responses=problems(404))
async def read_plan_history(plan: UUID, caller: PlanReader, inside: Inside, scope: Shows = "general") -> PlanHistory:
    """Every version as it was written, who signed it and when, and what became of each goal; also of an ended plan."""
    check_scope(caller, scope)
    async with inside.db.transaction(caller.tenant) as tx:
        history = await planning.history(tx, plan, scope, datetime.now(UTC))
    return PlanHistory(
        id=plan,
        learner=history.row.learner_id,
        ended_at=history.row.ended_at,
        versions=[
            PlanVersion(
                version=row.version,
                title=title,
                withheld=withheld,
                goals=[GoalBody.model_validate(msgspec.to_builtins(goal)) for goal in goals],
                writer=_named(row),
                client=row.made_by,
                at=row.made_at,
                sign_offs=[_signed(sign_off) for sign_off in history.sign_offs if sign_off.version == row.version],
            )
            for row, title, goals, withheld in history.versions
        ],
        goals=[_changed(change) for change in history.changes],
    )


async def _locked(tx: Tx, plan: UUID, seen: str | None, caller: Caller, now: datetime) -> PlanSeen:
    """A plan that nobody else changes until the transaction ends, in the state that the caller saw: all of it."""
    plan_seen = await planning.locked(tx, plan, now)
    check_if_match(seen, plan_seen.tag if _within(plan_seen, caller) is plan_seen else None)
    return plan_seen


def _within(plan: PlanSeen, caller: Caller) -> PlanSeen:
    """What a caller may see of a plan it writes or signs."""
    return plan.within("all" if "learners.sensitive" in caller.scopes else "general")


def _read(written: PlanBody) -> plans.Plan:
    return plans.read(written.model_dump_json(by_alias=True, exclude={"writer"}, exclude_none=True))


def _by(who: Named, caller: Caller) -> Signature:
    return Signature(who.name, who.role, f"client {caller.client}")


def _answer(plan: PlanSeen, response: Response, now: datetime) -> Plan:
    response.headers.update(etag_header(plan.tag))
    return _plan(plan, now)


def _plan(plan: PlanSeen, now: datetime) -> Plan:
    row = plan.row
    before = [
        sign_off.version
        for sign_off in plan.sign_offs
        if sign_off.role == planning.ADVISOR and sign_off.version < row.version
    ]
    return Plan(
        id=row.id,
        learner=row.learner_id,
        title=plan.plan.title,
        version=row.version,
        writer=_named(row),
        written_at=row.made_at,
        signed=plan.approved,
        sign_offs=[_signed(sign_off) for sign_off in plan.signed],
        signed_before=None if plan.approved or not before else max(before),
        withheld=plan.withheld,
        goals=[_goal(plan, goal, now.date()) for goal in plan.goals],
    )


def _goal(plan: PlanSeen, seen: GoalSeen, today: date) -> Goal:
    goal, closed = seen.goal, plan.closed.get(seen.goal.id)
    return Goal(
        id=goal.id,
        title=goal.title,
        horizon=goal.horizon,
        by=goal.by,
        why=goal.why,
        sensitive=seen.sensitive,
        state=closed.state if closed else "open",
        proposes_to_close=plan.proposes(seen),
        late=closed is None and goal.by is not None and goal.by < today,
        slipped=plan.slipped(seen),
        closed=_changed(closed) if closed else None,
        steps=[_step(step) for step in seen.steps],
    )


def _step(seen: StepSeen) -> PlanStep:
    step, badge = seen.step, seen.step.achievement
    return PlanStep(
        title=seen.title,
        code=seen.code,
        competency=step.competency,
        wanted=step.level,
        achievement=AchievementToEarn(uri=badge.uri, name=badge.name, issuer=badge.issuer) if badge else None,
        words=step.words,
        reached=seen.reached,
        level=seen.level,
        at=seen.at,
        lacks=seen.lacks,
        cited=[EvidenceCited(title=piece.title, at=piece.at, source=piece.source) for piece in seen.cited],
        evidence=[
            LinkedEvidence(title=link.title, url=link.url, source=link.source, raw_key=link.raw_key, found=there)
            for link, there in zip(step.evidence, seen.found, strict=True)
        ],
    )


def _named(row: PlanRow | VersionRow) -> Named:
    return Named(name=row.name, role=row.role)


def _signed(row: SignOffRow) -> Signed:
    return Signed(version=row.version, name=row.name, role=row.role, note=row.note, client=row.made_by, at=row.made_at)


def _changed(row: ChangeRow) -> GoalChanged:
    return GoalChanged(
        version=row.version,
        name=row.name,
        role=row.role,
        note=row.note,
        client=row.made_by,
        at=row.made_at,
        goal=row.goal,
        state=row.state,
        steps=[_closed_step(step) for step in plans.kept_steps(row.basis)],
    )


def _closed_step(step: plans.KeptStep) -> ClosedStep:
    evidence = [
        CitedAssertion(title=piece.title, at=piece.at, source=piece.source, assertion=piece.assertion)
        for piece in step.evidence
    ]
    return ClosedStep(
        title=step.title, code=step.code, reached=step.reached, level=step.level, at=step.at, evidence=evidence
    )
