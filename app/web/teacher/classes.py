"""Classes: those one teaches, the gradebook of each, what it needs this week, and why somebody stands where they do."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.errors import NotFound
from app.mastery import explaining, group, overriding
from app.mastery.policies import USUAL_LEVELS, Level
from app.mastery.summaries import pieces
from app.mastery.views.gradebook import Gradebook, gradebook
from app.mastery.views.inputs import FrameworkView
from app.mastery.views.needs import Needs, needs
from app.people import seeing
from app.people.viewer import Viewer
from app.request import Inside
from app.web.kit import descriptors
from app.web.kit.shell import show
from app.web.kit.signed import Look, SignedRoute, about_learner, may
from app.web.kit.words import _, later
from app.web.teacher.room import Grade, Page, Room, grades, label, noted, room, seen_in, shade, shown_columns

router = APIRouter(include_in_schema=False, route_class=SignedRoute)
Reader = Annotated[Viewer, may("class.read")]
MOST_LEVELS = 16
"""Levels that a legend explains: of four scales."""
CLASSES = (later("Classes"), "/classes")
PAGE = 60
NAMED = 25
"""Learners named in one group of those who need the same; how many more there are is said."""
WHY = {
    "below-mastery": later("shown, not there yet"),
    "expired": later("shown once, too long ago"),
    "not-counted": later("shown, but it does not count"),
    "nothing-shown": later("nothing shown yet"),
}
"""Why learners need a competency, in words."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Where one learner stands in one competency: the level's number from 1, and its shade from 0 to 4.

    `overridden`: a teacher of record set the level.
    """

    competency: UUID
    level: str | None
    step: int
    shade: int
    met: bool
    overridden: bool


@dataclass(frozen=True, slots=True)
class Column:
    """A competency, how many have mastered it, and how many more have begun."""

    competency: UUID
    label: str
    statement: str
    met: int
    begun: int


@dataclass(frozen=True, slots=True)
class Line:
    """A learner's line of the gradebook, and how much of it is mastered."""

    learner: UUID
    name: str
    cells: list[Cell]
    met: int


@router.get("/classes")
async def classes(request: Request, viewer: Reader, inside: Inside, after: str = "") -> Response:
    """The classes one teaches; for who sees the whole district, all of them, page by page."""
    today = datetime.now(UTC).date()
    async with inside.db.transaction(viewer.tenant.id) as tx:
        own = await seeing.classes_of(tx, viewer, today)
        rooms = [(taught, len(await group.students(tx, taught.source, taught.key, today) or ())) for taught in own]
        reach = await seeing.learners_of(tx, viewer, "class.read", today)
        begin = tuple(after.split("\x1f", 1)) if "\x1f" in after else ("", "")
        listed = await group.listed(tx, after=(begin[0], begin[1]), limit=PAGE) if reach is None else []
    more = f"{listed[-1].slug}\x1f{listed[-1].key}" if len(listed) == PAGE else ""
    return show(request, "teacher/classes.html", rooms=rooms, listed=listed, more=more, whole=reach is None)


@router.get("/classes/{source}/{key}")
async def class_page(
    source: int,
    key: str,
    request: Request,
    viewer: Reader,
    inside: Inside,
    framework: UUID | None = None,
    page: Page = 1,
) -> Response:
    """The gradebook of a class: learners by competencies, each level by its number and its shade."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        here = await room(tx, viewer, source, key)
        choices, seen = await seen_in(tx, request, here.learners, framework)
        if seen is not None:
            await noted(tx, viewer, here, here.part(page), "class gradebook")
    if seen is None:
        return show(
            request, "teacher/gradebook.html", crumbs=[_said(CLASSES)], room=here, seen=None, tabs=_tabs(here, "")
        )
    competencies = shown_columns(seen, here.learners)
    book = gradebook(seen, here.learners, competencies, None, here.names)
    return show(
        request,
        "teacher/gradebook.html",
        crumbs=[_said(CLASSES)],
        room=here,
        seen=seen,
        choices=choices,
        columns=_columns(seen, book),
        lines=_lines(seen, here, book, here.part(page)),
        pages=here.pages(page, f"{here.address}?framework={seen.outline.framework}"),
        levels=_levels(seen, competencies, here.learners),
        tabs=_tabs(here, ""),
    )


@router.get("/classes/{source}/{key}/needs")
async def class_needs(
    source: int, key: str, request: Request, viewer: Reader, inside: Inside, framework: UUID | None = None
) -> Response:
    """What a class needs this week: who is ready for what, and why, so that groups can be made."""
    now = datetime.now(UTC)
    async with inside.db.transaction(viewer.tenant.id) as tx:
        here = await room(tx, viewer, source, key)
        choices, seen = await seen_in(tx, request, here.learners, framework)
        domain_needs = await needs(tx, seen, here.learners, (), now, here.names) if seen else []
        await noted(tx, viewer, here, _named(domain_needs), "class needs")
    return show(
        request,
        "teacher/needs.html",
        crumbs=[_said(CLASSES), (here.title, here.address)],
        room=here,
        seen=seen,
        choices=choices,
        needs=domain_needs,
        why=WHY,
        most=NAMED,
        tabs=_tabs(here, "needs"),
    )


@router.get("/learners/{learner}/competencies/{competency}")
async def why(
    learner: UUID,
    competency: UUID,
    request: Request,
    look: Annotated[Look, about_learner("learner.read", "competency page")],
    inside: Inside,
) -> Response:
    """Why a learner stands where they stand in one competency: the rule in words, and each piece of evidence."""
    del learner  # `look` has found them
    scope = "all" if look.seen.sensitive else "general"
    async with inside.db.transaction(look.viewer.tenant.id) as tx:
        explanation = await explaining.explain(tx, look.learner, competency, datetime.now(UTC), None, scope)  # type: ignore[arg-type]
        if explanation is None:
            raise NotFound(later("There is no such competency, or nothing is known of it."))
        shown_pieces = await pieces(tx, [assertion.id for assertion in explanation.assertions])
        names = await group.names(tx, [look.learner])
        today = datetime.now(UTC).date()
        reach = await seeing.learners_of(tx, look.viewer, "level.set", today) if look.viewer.may("level.set") else {}
        settable = await overriding.levels(tx, competency, datetime.now(UTC))
    at_home = look.seen.role in ("learner", "guardian")
    levels = _grades_for(look, explanation.policy_says.levels)
    reached = None if explanation.level is None else levels[explanation.policy_says.levels.index(explanation.level)]
    newest = sorted(explanation.assertions, key=lambda assertion: (assertion.at, assertion.id), reverse=True)
    return show(
        request,
        "teacher/why.html",
        crumbs=[(names.get(look.learner) or _("A learner"), f"/learners/{look.learner}")],
        name=names.get(look.learner) or _("A learner"),
        explanation=explanation,
        assertions=[(assertion, shown_pieces.get(assertion.id)) for assertion in newest],
        levels=levels,
        reached=reached,
        at_home=at_home,
        usual=descriptors.usual,
        own_level=None
        if explanation.computed is None
        else levels[explanation.policy_says.levels.index(explanation.computed)],
        learner=look.learner,
        part_names={level.name: descriptors.name(level) for level in USUAL_LEVELS},
        named={level.name: grade.name for level, grade in zip(explanation.policy_says.levels, levels, strict=True)},
        may_set=reach is None or look.learner in reach,
        choices=[(level.name, descriptors.name(level)) for level in settable],
        address=f"/learners/{look.learner}/competencies/{competency}",
        until=(today + timedelta(days=90)).isoformat(),
    )


def _grades_for(look: Look, levels: Sequence[Level]) -> list[Grade]:
    """The levels of a policy: a learner and a family read them in words of their own."""
    own = look.seen.role == "learner"
    if not own and look.seen.role != "guardian":
        return grades(levels)
    return [
        replace(grade, name=descriptors.name(level), words=descriptors.looks_like(level, own=own))
        for grade, level in zip(grades(levels), levels, strict=True)
    ]


def _named(domains: Sequence[Needs]) -> list[UUID]:
    """The learners who are named as needing something, each once."""
    together = [
        pupil for domain in domains for need in domain.needs for group in need.groups for pupil in group.learners
    ]
    return list(dict.fromkeys(pupil.learner for pupil in together))


def _said(crumb: tuple[str, str]) -> tuple[str, str]:
    return _(crumb[0]), crumb[1]


def _tabs(here: Room, current: str) -> list[tuple[str, str, bool]]:
    """The pages of a class."""
    pages = ((_("Gradebook"), ""), (_("This week"), "needs"), (_("Enter evidence"), "evidence"))
    return [(words, f"{here.address}/{page}".rstrip("/"), page == current) for words, page in pages]


def _lines(seen: FrameworkView, here: Room, book: Gradebook, part: Sequence[UUID]) -> list[Line]:
    lines, among = [], {*part}
    for row in book.learners:
        if row.learner not in among:
            continue
        states = seen.of(row.learner).states
        cells = []
        for column, level, met in zip(book.competencies, row.cells, row.met, strict=True):
            state = states.get(column.competency)
            step = 0 if level is None or state is None or state.level is None else state.level + 1
            of = len(seen.rules.by_id(state.policy_id).judge.policy.levels) if state else 1
            overridden = state is not None and state.overridden
            cells.append(Cell(column.competency, level, step, shade(step - 1, of) if step else 0, met, overridden))
        lines.append(Line(row.learner, here.name(row.learner), cells, sum(row.met)))
    return lines


def _columns(seen: FrameworkView, book: Gradebook) -> list[Column]:
    columns = []
    for n, column in enumerate(book.competencies):
        met = sum(row.met[n] for row in book.learners)
        begun = sum(row.cells[n] is not None for row in book.learners) - met
        columns.append(Column(column.competency, label(seen, column.competency), column.statement, met, begun))
    return columns


def _levels(seen: FrameworkView, competencies: Sequence[UUID], learners: Sequence[UUID]) -> list[Grade]:
    """What numbers stand for: levels of the columns' policies, and of those by which a level came from elsewhere."""
    policies = {policy.id: policy for policy in map(seen.rules.of, competencies)}
    columns = {*competencies}
    standings = (standing for learner in learners for standing in seen.of(learner).standings.items())
    elsewhere = {place.state.policy_id for competency, place in standings if competency in columns}
    for policy in elsewhere - policies.keys():
        policies[policy] = seen.rules.by_id(policy)
    scales = {policy.judge.policy.levels: grades(policy.judge.policy.levels) for policy in policies.values()}
    levels = {(level.number, level.name): level for scale in scales.values() for level in reversed(scale)}
    return [levels[key] for key in sorted(levels)][:MOST_LEVELS]
