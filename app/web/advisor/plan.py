"""A learner's plan: goals with their steps, signed by who agreed to it; and the learner's own words beside it."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, get_args
from uuid import UUID, uuid4

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.db import Tx
from app.db.plans.notes import NoteRow
from app.db.plans.plans import Signature
from app.errors import Conflict, Invalid, NotFound
from app.mastery import group
from app.mastery.evidence import evidence_board
from app.mastery.views.perspectives import Scope
from app.plans import notes, planning
from app.plans.planning import OPEN, PlanSeen
from app.plans.plans import Goal, Horizon, Plan, Step
from app.request import Inside
from app.start import Service
from app.web.family.plan_part import HORIZONS, plan_card
from app.web.kit import error_words
from app.web.kit.forms import Posted
from app.web.kit.shell import done, show
from app.web.kit.signed import Look, SignedRoute, about_learner, form
from app.web.kit.words import _, later
from app.web.mine.record import tabs

router = APIRouter(prefix="/learners/{learner}", include_in_schema=False, route_class=SignedRoute)
Reader = Annotated[Look, about_learner("plan.read", "plan")]
Writer = Annotated[Look, about_learner("plan.write", "plan")]
OFFERED = 12
"""Competencies offered as steps: the nearest that are not mastered."""
LONGEST = 300
CHANGED = later("Somebody changed the plan meanwhile. Look at it as it is now, and do it again.")
KINDS = {
    "interest": later("What I am interested in"),
    "strength": later("What I am good at"),
    "value": later("What matters to me"),
    "reflection": later("How something went"),
    "note": later("A note"),
}
"""What a learner writes about themselves."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A competency that may be a step of a goal."""

    key: str
    words: str
    chosen: bool


@router.get("/plan")
async def read(learner: UUID, request: Request, look: Reader, inside: Inside) -> Response:
    """The plan as it stands, with what may be done about it."""
    del learner
    return await _page(request, look, inside)


@router.post("/plan/goals")
async def add_goal(learner: UUID, request: Request, look: Writer, inside: Inside) -> Response:
    """Add a goal: to the plan that there is, or as the first of a new one."""
    sent, now = form(request), datetime.now(UTC)
    try:
        goal = _goal(f"g-{uuid4().hex[:12]}", sent, ())
        async with inside.db.transaction(look.viewer.tenant.id) as tx:
            if plan := sent.uuid("plan"):
                before = await _plan(tx, look, plan, sent, now)
                after = replace_goals(before.plan, (*before.plan.goals, goal))
                await planning.edit(tx, before, after, _signature(look), now)
            else:
                title = sent.text("plan_title")[:LONGEST] or _("My plan")
                await planning.begin(tx, look.learner, Plan(title, (goal,)), _signature(look), now)
    except (Invalid, Conflict) as why:
        return await _page(request, look, inside, sent, error_words.translated(why.detail))
    return done(request, f"/learners/{learner}/plan", _("The goal is in the plan."))


@router.post("/plan/{plan}/goals/{goal}")
async def change_goal(learner: UUID, plan: UUID, goal: str, request: Request, look: Writer, inside: Inside) -> Response:
    """Close a goal, open it again, or take it out."""
    sent, now = form(request), datetime.now(UTC)
    do = sent.text("do")
    async with inside.db.transaction(look.viewer.tenant.id) as tx:
        before = await _plan(tx, look, plan, sent, now)
        if goal not in {seen.goal.id for seen in before.within(_scope(look)).goals}:
            raise NotFound(_("This goal is not in the plan any more."))
        if do == "remove":
            rest = tuple(other for other in before.plan.goals if other.id != goal)
            await planning.edit(tx, before, replace_goals(before.plan, rest), _signature(look), now)
        elif do in (planning.REACHED, "dropped", OPEN):
            note = sent.text("note") or None
            await planning.change_goal(tx, before, goal, do, by=_signature(look), note=note, now=now)
        else:
            raise Invalid(_("Choose what to do with the goal."))
    return done(request, f"/learners/{learner}/plan", _("Saved."))


@router.post("/plan/{plan}/sign")
async def sign(
    learner: UUID,
    plan: UUID,
    request: Request,
    look: Annotated[Look, about_learner("plan.sign", "plan")],
    inside: Inside,
) -> Response:
    """Sign what the plan says now."""
    sent, now = form(request), datetime.now(UTC)
    async with inside.db.transaction(look.viewer.tenant.id) as tx:
        before = await _plan(tx, look, plan, sent, now)
        if before.within(_scope(look)).withheld:
            raise Conflict(_("The plan has goals that your role does not show. Somebody who sees all of it signs it."))
        await planning.sign(tx, before, _signature(look), sent.text("note")[:LONGEST] or None, now)
    return done(request, f"/learners/{learner}/plan", _("Signed."))


@router.post("/notes")
async def write_note(
    learner: UUID, request: Request, look: Annotated[Look, about_learner("note.write", "own notes")], inside: Inside
) -> Response:
    """Keep a learner's own words: for themselves, or for whoever reads the plan."""
    sent, now = form(request), datetime.now(UTC)
    words, kind = sent.text("words")[:5000], sent.text("kind")
    if not words or kind not in KINDS:
        return await _page(request, look, inside, sent, _("Write something first."))
    by = _signature(look)
    row = NoteRow(
        id=uuid4(),
        learner_id=look.learner,
        plan_id=None,
        goal=None,
        kind=kind,
        words=words,
        open=sent.flag("open"),
        name=by.name,
        role=by.role,
        revision=1,
        made_by=by.made_by,
        made_at=now,
        changed_at=now,
    )
    async with inside.db.transaction(look.viewer.tenant.id) as tx:
        await notes.add(tx, row)
    return done(request, f"/learners/{learner}/plan", _("Kept."))


@router.post("/notes/{note}")
async def change_note(
    learner: UUID,
    note: UUID,
    request: Request,
    look: Annotated[Look, about_learner("note.write", "own notes")],
    inside: Inside,
) -> Response:
    """Delete one's own words for good, or let others read them, or no longer."""
    do = form(request).text("do")
    async with inside.db.transaction(look.viewer.tenant.id) as tx:
        row = await notes.by_id(tx, note)
        if row.learner_id not in look.seen.same:
            raise NotFound(_("It is no longer here, or you may not see it."))
        if do == "delete":
            await notes.delete(tx, note)
        else:
            await notes.rewrite(tx, row, replace(row, open=do == "open", changed_at=datetime.now(UTC)))
    return done(request, f"/learners/{learner}/plan", _("Deleted.") if do == "delete" else _("Saved."))


def replace_goals(plan: Plan, goals: tuple[Goal, ...]) -> Plan:
    """The plan with these goals."""
    return Plan(plan.title, goals)


async def _page(request: Request, look: Look, inside: Service, sent: Posted | None = None, error: str = "") -> Response:
    now, viewer = datetime.now(UTC), look.viewer
    writes = viewer.may("plan.write") and look.seen.role != "guardian"
    async with inside.db.transaction(viewer.tenant.id) as tx:
        plans = await planning.of_learner(tx, look.seen.same, now)
        own = look.seen.role == "learner" and viewer.may("note.write")
        words = await notes.of_learners(tx, look.seen.same, only_open=not own)
        names = await group.names(tx, [look.learner])
        seen = await evidence_board(tx, [look.learner], scope=_scope(look)) if writes else None
    standings = seen.standings(look.learner, now) if seen else ()
    nearest = [standing for standing in standings if standing.item.aligned and not standing.state.met]
    chosen = set(sent.many("step")) if sent else set()
    at_home = look.seen.role in ("learner", "guardian")
    name = names.get(look.learner) or _("A learner")
    return show(
        request,
        "advisor/plan.html",
        status=422 if error else 200,
        crumbs=[] if at_home else [(name, f"/learners/{look.learner}")],
        tabs=tabs(look.learner, "plan") if at_home else [],
        learner=look.learner,
        name=name,
        own=own,
        writes=writes,
        signs=viewer.may("plan.sign"),
        plans=[(plan.row.id, plan.row.revision, plan_card(plan.within(_scope(look)), now)) for plan in plans],
        notes=[row for row in words if own or row.open],
        kinds=KINDS,
        kinds_said=[(key, _(words)) for key, words in KINDS.items()],
        horizons=[(key, _(words)) for key, words in HORIZONS.items()],
        offers=[
            Offer(str(standing.item.id), standing.item.statement, str(standing.item.id) in chosen)
            for standing in sorted(nearest, key=lambda standing: standing.strength, reverse=True)[:OFFERED]
        ],
        sent=sent,
        error=error,
    )


def _goal(own: str, sent: Posted, steps: tuple[Step, ...]) -> Goal:
    """The goal that was filled in. Invalid where it has no words, or a horizon that is none."""
    title, horizon = sent.text("title")[:LONGEST], sent.text("horizon")
    if not title:
        raise Invalid(_("Say what the goal is."), pointers={"/title": "is missing"})
    if horizon not in get_args(Horizon):
        raise Invalid(_("Say how far ahead the goal lies."), pointers={"/horizon": "is missing"})
    chosen = []
    for key in sent.many("step")[:OFFERED]:
        try:
            chosen.append(Step(competency=UUID(key)))
        except ValueError:
            raise Invalid(_("Choose steps of the list."), pointers={"/step": "an id"}) from None
    return Goal(
        id=own,
        title=title,
        horizon=horizon,  # type: ignore[arg-type]  # one of them
        by=sent.day("by"),
        why=sent.text("why")[:2000] or None,
        steps=(*steps, *chosen),
    )


async def _plan(tx: Tx, look: Look, plan: UUID, sent: Posted, now: datetime) -> PlanSeen:
    """The learner's plan, for who changes it. NotFound where it is not theirs, Conflict where it is another by now."""
    row = await planning.plan_row(tx, plan)
    if row.learner_id not in look.seen.same:
        raise NotFound(_("It is no longer here, or you may not see it."))
    seen = await planning.locked(tx, plan, now)
    if sent.text("revision") != str(seen.row.revision):
        raise Conflict(_(CHANGED))
    return seen


def _scope(look: Look) -> Scope:
    return "all" if look.seen.sensitive else "general"


def _signature(look: Look) -> Signature:
    return Signature(look.viewer.account.name, look.seen.role, look.viewer.actor)
