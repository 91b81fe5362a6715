"""Plans as they are stored: versions, sign-offs and closed goals are only ever added."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from app.db import Tx
from app.db.tables.plans import GoalChange, Plan, PlanSignOff, PlanVersion


@dataclass(frozen=True, slots=True)
class Signature:
    """Who did something, as they are called and in which role, and the client that says so."""

    name: str
    role: str
    made_by: str


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A plan with its current version; `revision` counts every change of anything about it."""

    id: UUID
    learner_id: UUID
    version: int
    revision: int
    created_at: datetime
    ended_at: datetime | None
    body: str
    name: str
    role: str
    made_by: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version of a plan, and who wrote it."""

    version: int
    body: str
    name: str
    role: str
    made_by: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class SignOffRow:
    """Who signed which version."""

    plan_id: UUID
    version: int
    name: str
    role: str
    note: str | None
    made_by: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """Who closed a goal or opened it again (`state`: reached, set aside, open); `basis`: how its steps stood, as JSON."""

    plan_id: UUID
    version: int
    goal: str
    state: str
    basis: str
    name: str
    role: str
    note: str | None
    made_by: str
    made_at: datetime


PLAN: LiteralString = """SELECT p.id, p.learner_id, p.version, p.revision, p.created_at, p.ended_at, v.body::text AS body,
    v.name, v.role, v.made_by, v.made_at FROM plan p
    JOIN plan_version v ON v.tenant_id = p.tenant_id AND v.plan_id = p.id AND v.version = p.version"""


async def of_learners(tx: Tx, learners: Sequence[UUID]) -> list[PlanRow]:
    """The plans of these learners that are not ended, newest first."""
    where: LiteralString = "p.learner_id = ANY(%(learners)s) AND p.ended_at IS NULL ORDER BY p.created_at DESC, p.id"
    return await _plans(tx, where, learners=list(learners))


async def after(tx: Tx, plan: UUID, limit: int) -> list[PlanRow]:
    """The plans of all learners that are not ended, in the order of their ids, after one."""
    return await _plans(
        tx, "p.id > %(plan)s AND p.ended_at IS NULL ORDER BY p.id LIMIT %(most)s", plan=plan, most=limit
    )


async def by_id(tx: Tx, plan: UUID) -> PlanRow | None:
    """The plan of that id, also one that is ended."""
    plans = await _plans(tx, "p.id = %(plan)s", plan=plan)
    return plans[0] if plans else None


async def lock(tx: Tx, plan: UUID) -> None:
    """Be the only one who changes a plan, until the transaction ends."""
    await tx.row("SELECT 1 FROM plan WHERE tenant_id = %s AND id = %s FOR UPDATE", tx.tenant, plan)


async def add(tx: Tx, plan: UUID, learner: UUID, body: bytes, by: Signature, at: datetime) -> None:
    """A new plan, its first version."""
    await tx.insert(Plan(id=plan, learner_id=learner, version=1, revision=1, created_at=at))
    await _add_version(tx, plan, 1, body=body, by=by, at=at)


async def edit(tx: Tx, plan: UUID, version: int, body: bytes, by: Signature, at: datetime) -> None:
    """Another version of a plan."""
    await _add_version(tx, plan, version, body=body, by=by, at=at)
    await tx.run(
        "UPDATE plan SET version = %(version)s, revision = revision + 1 WHERE tenant_id = %(tenant)s AND id = %(plan)s",
        version=version,
        plan=plan,
    )


async def _add_version(tx: Tx, plan: UUID, version: int, body: bytes, by: Signature, at: datetime) -> None:
    await tx.insert(PlanVersion(plan_id=plan, version=version, body=body, made_at=at, **asdict(by)))


async def end(tx: Tx, plan: UUID, by: str, at: datetime) -> None:
    """End a plan: it is listed no more, and kept."""
    await tx.run(
        """UPDATE plan SET ended_at = %(at)s, ended_by = %(by)s, revision = revision + 1
           WHERE tenant_id = %(tenant)s AND id = %(plan)s""",
        at=at,
        by=by,
        plan=plan,
    )


async def sign(tx: Tx, plan: UUID, version: int, by: Signature, note: str | None, at: datetime) -> None:
    """Write down that somebody signed a version."""
    await tx.insert(PlanSignOff(plan_id=plan, version=version, note=note, made_at=at, **asdict(by)))
    await _revise(tx, plan)


async def change_goal(
    tx: Tx, plan: PlanRow, goal: str, state: str, basis: bytes, by: Signature, note: str | None, at: datetime
) -> None:
    """Write down that somebody closed a goal, or opened it again."""
    await tx.insert(
        GoalChange(
            plan_id=plan.id,
            version=plan.version,
            goal=goal,
            state=state,
            basis=basis,
            note=note,
            made_at=at,
            **asdict(by),
        )
    )
    await _revise(tx, plan.id)


async def _revise(tx: Tx, plan: UUID) -> None:
    await tx.run("UPDATE plan SET revision = revision + 1 WHERE tenant_id = %s AND id = %s", tx.tenant, plan)


async def versions(tx: Tx, plan: UUID) -> list[VersionRow]:
    """All versions of a plan, the first first."""
    return await tx.all(
        VersionRow,
        """SELECT version, body::text AS body, name, role, made_by, made_at FROM plan_version
           WHERE tenant_id = %(tenant)s AND plan_id = %(plan)s ORDER BY version""",
        plan=plan,
    )


async def sign_offs(tx: Tx, plans: Sequence[UUID]) -> list[SignOffRow]:
    """All sign-offs of these plans, in the order they were made."""
    query = "FROM plan_sign_off WHERE tenant_id = %(tenant)s AND plan_id = ANY(%(plans)s) ORDER BY id"
    return await tx.all(SignOffRow, query, plans=list(plans))


async def goal_changes(tx: Tx, plans: Sequence[UUID]) -> list[ChangeRow]:
    """All that was closed and opened again of these plans, in the order it was done."""
    return await tx.all(
        ChangeRow,
        """SELECT plan_id, version, goal, state, basis::text AS basis, name, role, note, made_by, made_at
           FROM goal_change WHERE tenant_id = %(tenant)s AND plan_id = ANY(%(plans)s) ORDER BY id""",
        plans=list(plans),
    )


async def _plans(tx: Tx, where: LiteralString, **named: Any) -> list[PlanRow]:
    return await tx.all(PlanRow, f"{PLAN} WHERE p.tenant_id = %(tenant)s AND {where}", **named)
