"""Planning: plans are written, signed and carried out; nothing that was agreed on changes without a trace.

Whoever changes a plan names the state they saw (`tag`): where somebody was faster, they are told to look again. A
sign-off is of one version, so that what was edited since is not signed. A closed goal stays as it was until it is
opened again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, TypeVar
from uuid import UUID, uuid4

import msgspec
import structlog

from app.db import Tx
from app.db.plans import plans as stored
from app.db.plans.notes import NoteRow
from app.db.plans.plans import ChangeRow, PlanRow, Signature, SignOffRow, VersionRow
from app.db.records import entries, learners
from app.errors import Conflict, Invalid, NotFound, place
from app.identity import learners as known
from app.mastery.views.perspectives import Scope
from app.plans import plans
from app.plans.plans import Goal, GoalSeen, Plan
from app.plans.reached import reached
from app.records.document import CredentialEntry

Of = TypeVar("Of", SignOffRow, ChangeRow)
"""What is of a plan."""
log = structlog.get_logger(__name__)
_credential = msgspec.json.Decoder(CredentialEntry).decode

ADVISOR = "advisor"
"""The role whose signature makes a plan a signed one."""
OPEN, REACHED = "open", "reached"
BATCH, BATCHES = 200, 10
"""Plans looked at together, and how many times for one page: it may be short, and says where to go on."""


@dataclass(frozen=True, slots=True)
class PlanSeen:
    """A plan as it stands: its goals, who signed what, and what became of the goals that were closed."""

    row: PlanRow
    plan: Plan
    goals: Sequence[GoalSeen]
    sign_offs: Sequence[SignOffRow]
    changes: Sequence[ChangeRow]
    withheld: int = 0

    @property
    def tag(self) -> str:
        """Names what was seen: every change of the plan changes it. What was withheld was not seen."""
        return f"{self.row.revision}-part" if self.withheld else str(self.row.revision)

    @property
    def closed(self) -> dict[str, ChangeRow]:
        """The goals that are closed, each with what closed it."""
        latest = {change.goal: change for change in self.changes}
        return {goal: change for goal, change in latest.items() if change.state != OPEN}

    @property
    def signed(self) -> list[SignOffRow]:
        """Who signed what the plan says now."""
        return [sign_off for sign_off in self.sign_offs if sign_off.version == self.row.version]

    @property
    def approved(self) -> bool:
        """Whether an advisor signed what the plan says now."""
        return any(sign_off.role == ADVISOR for sign_off in self.signed)

    def proposes(self, goal: GoalSeen) -> bool:
        """Whether a goal proposes to be closed."""
        return goal.reached and goal.goal.id not in self.closed

    def slipped(self, goal: GoalSeen) -> bool:
        """Whether a goal was closed as reached on steps some of which what is shown now no longer reaches."""
        closed = self.closed.get(goal.goal.id)
        if closed is None or closed.state != REACHED:
            return False
        then = plans.kept_steps(closed.basis)
        return any(step.reached and not now.reached for step, now in zip(then, goal.steps, strict=False))

    def within(self, scope: Scope) -> "PlanSeen":
        """The plan without its sensitive goals, where these are not asked for."""
        if scope == "all":
            return self
        general = [goal for goal in self.goals if not goal.sensitive]
        if len(general) == len(self.goals):
            return self
        names = {goal.goal.id for goal in general}
        changes = [change for change in self.changes if change.goal in names]
        return PlanSeen(
            self.row,
            self.plan,
            general,
            sign_offs=self.sign_offs,
            changes=changes,
            withheld=len(self.goals) - len(general),
        )


class VersionSeen(NamedTuple):
    """A version as it was written: who wrote it, its title, its goals, and how many of them are withheld."""

    row: VersionRow
    title: str
    goals: Sequence[Goal]
    withheld: int


@dataclass(frozen=True, slots=True)
class History:
    """All that was ever written of a plan, signed, closed and opened again."""

    row: PlanRow
    versions: Sequence[VersionSeen]
    sign_offs: Sequence[SignOffRow]
    changes: Sequence[ChangeRow]


def visible_notes(seen: Sequence[PlanSeen], rows: Sequence[NoteRow], scope: Scope) -> list[NoteRow]:
    """Of opened notes, those about no goal, or about one that this scope shows of these plans."""
    goals = {(plan.row.id, goal.goal.id) for plan in seen for goal in plan.within(scope).goals}
    return [row for row in rows if scope == "all" or row.goal is None or (row.plan_id, row.goal) in goals]


async def lineage(tx: Tx, learner: UUID) -> list[UUID]:
    """The learner of that id as they are now, and all who became them. NotFound where there is none."""
    return await known.lineage(tx, learner)


async def of_learner(tx: Tx, same: Sequence[UUID], now: datetime) -> list[PlanSeen]:
    """The plans of a learner (`same`: the learner now, and all who became them), newest first."""
    return await _seen(tx, await stored.of_learners(tx, same), now)


async def plan_row(tx: Tx, plan: UUID) -> PlanRow:
    """The plan of that id. NotFound where there is none, or it was ended."""
    row = await stored.by_id(tx, plan)
    if row is None or row.ended_at is not None:
        raise NotFound
    return row


async def plan_seen(tx: Tx, plan: UUID, now: datetime) -> PlanSeen:
    """One plan as it stands now."""
    plans = await _seen(tx, [await plan_row(tx, plan)], now)
    if not plans:
        detail = f"The plan {plan} cannot be read: the service's log says why."
        raise Conflict(detail, type="unreadable-plan", title="It cannot be read")
    return plans[0]


async def proposing(
    tx: Tx, scope: Scope, after: UUID, limit: int, now: datetime
) -> tuple[list[tuple[PlanSeen, GoalSeen]], UUID | None]:
    """Goals of all learners that propose to be closed, by plan; and the plan to go on after (None: these were all)."""
    proposals: list[tuple[PlanSeen, GoalSeen]] = []
    for _ in range(BATCHES):
        rows = await stored.after(tx, after, BATCH)
        for plan in await _seen(tx, rows, now):
            proposals += [(plan, goal) for goal in plan.within(scope).goals if plan.proposes(goal)]
            if len(proposals) >= limit:
                return proposals, plan.row.id
        if len(rows) < BATCH:
            return proposals, None
        after = rows[-1].id
    return proposals, after


async def history(tx: Tx, plan: UUID, scope: Scope, now: datetime) -> History:
    """A plan's history, also of an ended one; without what was sensitive in any version, unless that is asked for."""
    row = await stored.by_id(tx, plan)
    if row is None:
        raise NotFound
    rows = await stored.versions(tx, plan)
    read = [plans.read(written.body) for written in rows]
    competencies = list(dict.fromkeys(competency for written in read for competency in written.competencies))
    (current, *_) = await lineage(tx, row.learner_id)
    standings = (await reached(tx, [current], competencies, now))[current]
    hidden = {
        goal.goal.id
        for written in read
        for goal in plans.goals_seen(written, standings, (), frozenset(), now)
        if goal.sensitive and scope != "all"
    }
    versions = []
    for version, written in zip(rows, read, strict=True):
        goals = [goal for goal in written.goals if goal.id not in hidden]
        versions.append(VersionSeen(version, written.title, goals, len(written.goals) - len(goals)))
    changes = [change for change in await stored.goal_changes(tx, [plan]) if change.goal not in hidden]
    return History(row, versions, await stored.sign_offs(tx, [plan]), changes)


async def begin(tx: Tx, learner: UUID, plan: Plan, by: Signature, now: datetime) -> UUID:
    """A new plan of a learner. Invalid where it cannot be one."""
    (current, *_) = await lineage(tx, learner)
    await _check(tx, current, plan, now)
    own = uuid4()
    await stored.add(tx, own, learner, body=plans.written(plan), by=by, at=now)
    await _tell(tx, "plan.written", current, own, version=1)
    return own


async def edit(tx: Tx, before: PlanSeen, plan: Plan, by: Signature, now: datetime) -> None:
    """Write another version, which nobody has signed yet. Conflict where it changes a closed goal."""
    (current, *_) = await lineage(tx, before.row.learner_id)
    if plan == before.plan:
        return
    await _check(tx, current, plan, now, before.plan)
    after = {goal.id: goal for goal in plan.goals}
    for goal in before.plan.goals:
        if goal.id in before.closed and after.get(goal.id) != goal:
            raise Conflict(
                f"The goal '{goal.id}' is closed: leave it as it was, or open it again first.",
                type="goal-closed",
                title="A closed goal stays as it is",
                goal=goal.id,
            )
    version = before.row.version + 1
    await stored.edit(tx, before.row.id, version, body=plans.written(plan), by=by, at=now)
    await _tell(tx, "plan.written", current, before.row.id, version=version)


async def sign(tx: Tx, plan: PlanSeen, by: Signature, note: str | None, now: datetime) -> None:
    """Sign what the plan says now."""
    (current, *_) = await lineage(tx, plan.row.learner_id)
    await stored.sign(tx, plan.row.id, plan.row.version, by=by, note=note, at=now)
    await _tell(tx, "plan.signed", current, plan.row.id, version=plan.row.version)


async def change_goal(
    tx: Tx, plan: PlanSeen, goal: str, state: str, by: Signature, note: str | None, now: datetime
) -> None:
    """Close a goal as reached or set aside, or open it again. NotFound: no such goal; Conflict: it is so, or not so."""
    goal_seen = next((candidate for candidate in plan.goals if candidate.goal.id == goal), None)
    if goal_seen is None:
        raise NotFound
    closing = plan.closed.get(goal)
    if (closing.state if closing else OPEN) == state:
        raise Conflict(f"The goal '{goal}' is {state} already.", type="no-change", title="No change", goal=goal)
    if state == REACHED and goal_seen.steps and not goal_seen.reached:
        lacking = "; ".join(f"{step.code or step.title}: {step.lacks}" for step in goal_seen.steps if not step.reached)
        detail = f"{lacking}. Set the goal aside, or edit its steps: what is reached is never typed in."
        raise Conflict(detail, type="not-reached", title="Not all of its steps are reached", goal=goal)
    (current, *_) = await lineage(tx, plan.row.learner_id)
    basis = msgspec.json.encode(goal_seen.basis())
    await stored.change_goal(tx, plan.row, goal, state=state, basis=basis, by=by, note=note, at=now)
    await _tell(tx, "goal.opened" if state == OPEN else "goal.closed", current, plan.row.id)


async def end(tx: Tx, plan: PlanSeen, by: str, now: datetime) -> None:
    """End a plan: it is shown no more."""
    (current, *_) = await lineage(tx, plan.row.learner_id)
    await stored.end(tx, plan.row.id, by, now)
    await _tell(tx, "plan.ended", current, plan.row.id)


async def locked(tx: Tx, plan: UUID, now: datetime) -> PlanSeen:
    """A plan as it stands, locked: nobody else changes it until the transaction ends."""
    await stored.lock(tx, plan)
    return await plan_seen(tx, plan, now)


async def planned(tx: Tx, who: Sequence[UUID]) -> dict[UUID, set[UUID]]:
    """The competencies that are steps of these learners' open goals, but for what is sensitive."""
    by_learner: dict[UUID, set[UUID]] = {}
    rows, read = _read(await stored.of_learners(tx, who))
    changed = _by_plan(await stored.goal_changes(tx, [row.id for row in rows]))
    for row, plan in zip(rows, read, strict=True):
        state = {change.goal: change.state for change in changed.get(row.id, ())}
        steps = {
            step.competency
            for goal in plan.goals
            if not goal.sensitive and state.get(goal.id, OPEN) == OPEN
            for step in goal.steps
            if step.competency is not None
        }
        by_learner.setdefault(row.learner_id, set()).update(steps)
    return by_learner


async def _seen(tx: Tx, rows: Sequence[PlanRow], now: datetime) -> list[PlanSeen]:
    """Plans, of one learner or of many, as they stand. One that cannot be read is left out, and told in the log."""
    rows, read = _read(rows)
    whose = await learners.currents(tx, sorted({row.learner_id for row in rows}))
    competencies = list(dict.fromkeys(competency for plan in read for competency in plan.competencies))
    standings = await reached(tx, sorted(set(whose.values())), competencies, now)
    earned = await entries.earned(tx, sorted(standings))
    named = {link.raw_key for plan in read for goal in plan.goals for step in goal.steps for link in step.evidence}
    known = await entries.named(tx, sorted(standings), sorted(key for key in named if key is not None))
    ids = [row.id for row in rows]
    signed = _by_plan(await stored.sign_offs(tx, ids))
    changed = _by_plan(await stored.goal_changes(tx, ids))
    plans_seen = []
    for row, plan in zip(rows, read, strict=True):
        learner = whose[row.learner_id]
        try:
            credentials = [_credential(body) for body in earned.get(learner, ())]
            goals = plans.goals_seen(plan, standings[learner], credentials, known.get(learner, set()), now)
        except Exception as why:  # noqa: BLE001  one plan's fault, or ours, is not to cost the others
            _log_unread(row, why)
            continue
        plans_seen.append(PlanSeen(row, plan, goals, signed.get(row.id, []), changed.get(row.id, [])))
    return plans_seen


def _read(rows: Sequence[PlanRow]) -> tuple[list[PlanRow], list[Plan]]:
    """Those of these plans that can be read, each with what it says."""
    readable: list[PlanRow] = []
    read: list[Plan] = []
    for row in rows:
        try:
            read.append(plans.read(row.body))
        except (msgspec.MsgspecError, ValueError, KeyError) as why:
            _log_unread(row, why)
        else:
            readable.append(row)
    return readable, read


def _log_unread(row: PlanRow, why: Exception) -> None:
    log.error("a plan cannot be read", plan=str(row.id), why=place(why))


def _by_plan(rows: Sequence[Of]) -> Mapping[UUID, list[Of]]:
    by_plan: dict[UUID, list[Of]] = {}
    for row in rows:
        by_plan.setdefault(row.plan_id, []).append(row)
    return by_plan


async def _check(tx: Tx, learner: UUID, plan: Plan, now: datetime, before: Plan | None = None) -> None:
    standings = (await reached(tx, [learner], plan.competencies, now))[learner] if plan.competencies else {}
    if wrongs := plans.wrongs(plan, standings, before):
        raise invalid_plan(wrongs)


def invalid_plan(wrongs: Sequence[tuple[str, str]]) -> Invalid:
    """What is invalid: (JSON Pointer into the body, what is wrong there)."""
    errors = [{"in": "body", "field": where or "/", "pointer": where, "detail": why} for where, why in wrongs]
    words = "; ".join(f"body {where}: {why}" for where, why in wrongs[:5])
    return Invalid(f"{words}.", errors=errors)


async def _tell(tx: Tx, type: str, learner: UUID, plan: UUID, **more: object) -> None:
    await learners.announce(tx, [(type, learner, {"plan": str(plan), **more})])
