"""Classes: those one teaches, the gradebook of each, what it needs this week, and why somebody stands where they do."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.errors import NotFound
from app.mastery import explaining, group, overriding
from app.mastery.policies import USUAL_LEVELS
from app.mastery.standing import short
from app.mastery.summaries import pieces
from app.mastery.views.focus import Focus
from app.mastery.views.gradebook import gradebook
from app.mastery.views.inputs import FrameworkView
from app.mastery.views.needs import Needs, in_one_order, needs
from app.mastery.views.perspectives import Scope
from app.people import seeing
from app.people.viewer import Viewer
from app.plans.planning import planned
from app.request import Inside
from app.web.kit import descriptors, reasons
from app.web.kit.shell import show
from app.web.kit.signed import Look, SignedRoute, about_learner, may
from app.web.kit.words import _, later
from app.web.teacher import book
from app.web.teacher.room import Choice, Page, Room, grades, noted, room, seen_in, shown_columns

router = APIRouter(include_in_schema=False, route_class=SignedRoute)
Reader = Annotated[Viewer, may("class.read")]
CLASSES = (later("Classes"), "/classes")
PAGE = 60
MOST_NEW = 12
"""Needs listed that are new to everybody; how many more there are is said."""
NAMED = 25
"""Learners named in one group of those who need the same; how many more there are is said."""
FEW = 5
"""Learners who are always named: a larger group of nearly the whole class is named when it is opened."""
WHY = {
    "below-mastery": later("shown, not there yet"),
    "expired": later("shown once, too long ago"),
    "not-counted": later("shown, but it does not count"),
    "nothing-shown": later("nothing shown yet"),
}
"""Why learners need a competency, in words."""


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
    columns: Page = 1,
) -> Response:
    """The gradebook of a class: learners by competencies, each level by its number and its shade, part by part."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        here = await room(tx, viewer, source, key)
        choices, seen = await seen_in(tx, request, here.learners, framework, here.about.subjects)
        if seen is not None:
            await noted(tx, viewer, here, here.part(page), "class gradebook")
    if seen is None:
        return show(
            request, "teacher/gradebook.html", crumbs=[_crumb(CLASSES)], room=here, seen=None, tabs=_tabs(here, "")
        )
    competencies = shown_columns(seen, here.learners)
    parts = book.parts(seen, competencies)
    part = parts[min(columns, len(parts)) - 1]
    cells = gradebook(seen, here.learners, part.competencies, None)
    address = f"{here.address}?framework={seen.outline.framework}"
    return show(
        request,
        "teacher/gradebook.html",
        crumbs=[_crumb(CLASSES)],
        room=here,
        seen=seen,
        choices=choices,
        columns=book.columns(seen, cells),
        lines=book.lines(seen, here, part.competencies, here.part(page), competencies),
        some_set=book.anybody_set(seen, part.competencies, here.part(page)),
        pages=here.pages(page, f"{address}&columns={part.number}"),
        column_parts=parts,
        part=part,
        address=f"{address}&page={page}",
        whole=len(competencies),
        levels=book.levels(seen, part.competencies, here.learners),
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
        choices, seen = await seen_in(tx, request, here.learners, framework, here.about.subjects)
        focus = Focus(dict.fromkeys(here.learners, here.about.grades), await planned(tx, here.learners))
        domain_needs = await needs(tx, seen, here.learners, focus=focus, now=now, names=here.names) if seen else []
        await noted(tx, viewer, here, _learners(domain_needs), "class needs")
    ordered = in_one_order(domain_needs)
    return show(
        request,
        "teacher/needs.html",
        crumbs=[_crumb(CLASSES), (here.title, here.address)],
        room=here,
        seen=seen,
        choices=choices,
        lead=_lead(here),
        foreign=_foreign(here, choices, seen),
        needs=[pair for pair in ordered if not pair[1].new],
        new=[pair for pair in ordered if pair[1].new],
        most_new=MOST_NEW,
        tabs=_tabs(here, "needs"),
        **need_words(here.name),
        together_words=_("The whole class"),
        evidence_address=f"{here.address}/evidence?framework={seen.outline.framework}" if seen else "",
    )


def need_words(who: Callable[[UUID], str]) -> dict[str, Any]:
    """What the parts of `teacher/need_parts.html` are told with; `who` names a learner."""
    return {"who": who, "why": WHY, "short": short, "usual": descriptors.usual, "most": NAMED, "few": FEW}


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
    scope: Scope = "all" if look.seen.sensitive else "general"
    async with inside.db.transaction(look.viewer.tenant.id) as tx:
        explanation = await explaining.explain(
            tx, look.learner, competency, as_of=datetime.now(UTC), known_at=None, scope=scope
        )
        if explanation is None:
            raise NotFound(later("There is no such competency, or nothing is known of it."))
        shown_pieces = await pieces(tx, [assertion.id for assertion in explanation.assertions])
        names = await group.names(tx, [look.learner])
        today = datetime.now(UTC).date()
        reach = await seeing.learners_of(tx, look.viewer, "level.set", today) if look.viewer.may("level.set") else {}
        settable = await overriding.levels(tx, competency, datetime.now(UTC))
    at_home = look.seen.role in ("learner", "guardian")
    levels = grades(explanation.policy_says.levels, own=look.seen.role == "learner")
    reached = None if explanation.level is None else levels[explanation.policy_says.levels.index(explanation.level)]
    newest = sorted(explanation.assertions, key=lambda assertion: (assertion.at, assertion.id), reverse=True)
    return show(
        request,
        "teacher/why.html",
        crumbs=[(names.get(look.learner) or _("A learner"), f"/learners/{look.learner}")],
        name=names.get(look.learner) or _("A learner"),
        explanation=explanation,
        assertions=[
            (assertion, shown_pieces.get(assertion.id), reasons.translated(assertion.why)) for assertion in newest
        ],
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


def _learners(domains: Sequence[Needs]) -> list[UUID]:
    """The learners who are named as needing something, each once."""
    together = [
        pupil for domain in domains for need in domain.needs for group in need.groups for pupil in group.learners
    ]
    return list(dict.fromkeys(pupil.learner for pupil in together))


def _lead(here: Room) -> str:
    """What the needs of a class are, for a class of one, of a few, or of more."""
    if len(here.learners) == 1:
        return _("What %(name)s is ready for and has not met yet.", name=here.name(here.learners[0]))
    if len(here.learners) <= FEW:
        return _("What your learners are ready for and have not met yet.")
    return _("What most are ready for and have not met yet. Each group is ready for the same thing.")


def _foreign(here: Room, choices: Sequence[Choice], seen: FrameworkView | None) -> str:
    """That what is shown is not about the subject of the class, where frameworks and class say what they are about."""
    chosen = next((choice for choice in choices if seen and choice.id == seen.outline.framework), None)
    if chosen is None or not chosen.subjects or not here.about.subjects or chosen.fits(here.about.subjects):
        return ""
    named = {"subject": ", ".join(here.about.subjects), "framework": chosen.title}
    return _("This class is about %(subject)s. What stands here is of another framework: %(framework)s.", **named)


def _crumb(crumb: tuple[str, str]) -> tuple[str, str]:
    return _(crumb[0]), crumb[1]


def _tabs(here: Room, current: str) -> list[tuple[str, str, bool]]:
    """The pages of a class."""
    pages = ((_("Gradebook"), ""), (_("This week"), "needs"), (_("Enter evidence"), "evidence"))
    return [(words, f"{here.address}/{page}".rstrip("/"), page == current) for words, page in pages]
