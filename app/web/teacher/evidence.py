"""Enter evidence: what many learners of a class have shown, in one form, by keyboard, and taken back as easily."""

from collections import Counter
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.errors import Invalid
from app.mastery import observations
from app.mastery.observations import Observation, Observations
from app.mastery.views.inputs import FrameworkView
from app.people.viewer import Viewer
from app.request import Inside
from app.web.kit import error_words
from app.web.kit.forms import Posted
from app.web.kit.shell import done, show
from app.web.kit.signed import SignedRoute, form, may
from app.web.kit.words import _, later, ngettext
from app.web.teacher.classes import CLASSES, _crumb, _tabs
from app.web.teacher.room import Page, Room, grades, label, room, seen_in, statement
from schemas.codes import Method

router = APIRouter(include_in_schema=False, route_class=SignedRoute)
Writer = Annotated[Viewer, may("class.read", "evidence.write")]
MOST = 120
"""Competencies to choose from at once: of a larger framework, those of one domain."""
METHODS: dict[Method, str] = {
    "formative": later("Along the way: an observation, an exit ticket, a conversation"),
    "summative": later("At the end: a test, a project, a performance"),
}


@router.get("/classes/{source}/{key}/evidence")
async def evidence_form(
    source: int,
    key: str,
    request: Request,
    viewer: Writer,
    inside: Inside,
    framework: UUID | None = None,
    competency: UUID | None = None,
    domain: UUID | None = None,
    page: Page = 1,
) -> Response:
    """The form: what it was, and each learner's level."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        here = await room(tx, viewer, source, key)
        choices, seen = await seen_in(tx, request, here.learners, framework, here.about.subjects)
    return _form(request, here, choices, seen, competency, domain=domain, page=page)


@router.post("/classes/{source}/{key}/evidence")
async def enter_evidence(source: int, key: str, request: Request, viewer: Writer, inside: Inside) -> Response:
    """Take the entered evidence in. It is in the learners' records a moment later."""
    sent = form(request)
    async with inside.db.transaction(viewer.tenant.id) as tx:
        here = await room(tx, viewer, source, key)
        framework, competency = sent.uuid("framework"), sent.uuid("competency")
        choices, seen = await seen_in(tx, request, here.learners, framework, here.about.subjects)
        try:
            entry = _entry(sent, viewer, here, seen, inside.settings.home)
            count = await observations.add(tx, entry, inside.vault, inside.settings.limits)
        except Invalid as why:
            return _form(
                request,
                here,
                choices,
                seen=seen,
                competency=competency,
                sent=sent,
                error=error_words.translated(why.detail),
                domain=sent.uuid("domain"),
                page=sent.whole("page") or 1,
            )
    words = ngettext("Entered for %(n)s learner.", "Entered for %(n)s learners.", count)
    return done(request, f"{here.address}/evidence/{entry.id}", words)


@router.get("/classes/{source}/{key}/evidence/{entry}")
async def entered(source: int, key: str, entry: UUID, request: Request, viewer: Writer, inside: Inside) -> Response:
    """What was entered, and the way to take it back."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        here = await room(tx, viewer, source, key)
    return show(
        request,
        "teacher/entered.html",
        crumbs=[_crumb(CLASSES), (here.title, here.address)],
        room=here,
        entry=entry,
        tabs=_tabs(here, "evidence"),
    )


@router.post("/classes/{source}/{key}/evidence/{entry}/undo")
async def undo(source: int, key: str, entry: UUID, request: Request, viewer: Writer, inside: Inside) -> Response:
    """Take an entry back."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        here = await room(tx, viewer, source, key)
        await observations.withdraw(tx, entry, here.learners, inside.vault, inside.settings.limits)
    return done(request, f"{here.address}/evidence", _("Taken back. It no longer counts."))


def _entry(sent: Posted, viewer: Viewer, here: Room, seen: FrameworkView | None, home: str) -> Observations:
    competency = sent.uuid("competency")
    if seen is None or competency is None or competency not in seen.outline.competencies:
        raise Invalid(_("Choose the competency that was shown."))
    levels = [level.name for level in seen.rules.of(competency).judge.policy.levels]
    results = [
        Observation(learner, level, sent.text(f"words-{learner}"))
        for learner in here.learners
        if (level := sent.text(f"level-{learner}")) in levels
    ]
    method = sent.text("method", "formative")
    if method not in METHODS:
        raise Invalid(_("Say how it came about."))
    return Observations(
        id=sent.uuid("entry") or uuid4(),
        title=sent.text("title")[:200],
        on=sent.day("on") or datetime.now(UTC).date(),
        by=viewer.account.name,
        competency=f"{home}/ims/case/v1p1/CFItems/{competency}",
        method=method,
        shown=results,
    )


def _offered(
    seen: FrameworkView | None, here: Room, chosen: UUID | None, domain: UUID | None
) -> tuple[list[tuple[UUID, str]], UUID | None, list[UUID]]:
    """The domains to choose from and the chosen one, where there are too many competencies for one list; and these."""
    if seen is None:
        return [], None, []
    outline = seen.outline
    leaves = [leaf for leaf in outline.competencies if not outline.children.get(leaf)]
    if len(leaves) <= MOST:
        return [], None, leaves
    by_domain: dict[UUID, list[UUID]] = {}
    for leaf in leaves:
        by_domain.setdefault(outline.domain(leaf), []).append(leaf)
    begun = Counter(outline.domain(c) for learner in here.learners for c in seen.of(learner).states)
    likely = max(by_domain, key=lambda own: begun[own])  # of equals the first
    within = outline.domain(chosen) if chosen else domain if domain in by_domain else likely
    words = [(own, statement(seen, own)[:80]) for own in by_domain]
    return words, within, by_domain.get(within, leaves[:MOST])


def _form(
    request: Request,
    here: Room,
    choices: object,
    seen: FrameworkView | None,
    competency: UUID | None,
    sent: Posted | None = None,
    error: str = "",
    *,
    domain: UUID | None = None,
    page: int = 1,
) -> Response:
    chosen = competency if seen is not None and competency in seen.outline.competencies else None
    domains, within, offered = _offered(seen, here, chosen, domain)
    known = [] if seen is None else [(leaf, f"{label(seen, leaf)}: {statement(seen, leaf)[:110]}") for leaf in offered]
    levels = () if seen is None else seen.rules.of(chosen or offered[0]).judge.policy.levels
    return show(
        request,
        "teacher/evidence.html",
        status=422 if error else 200,
        crumbs=[_crumb(CLASSES), (here.title, here.address)],
        room=here,
        choices=choices,
        seen=seen,
        competencies=known,
        domains=domains,
        domain=within,
        competency=chosen,
        levels=grades(levels),
        part=here.part(page),
        page=page,
        pages=here.pages(page, f"{here.address}/evidence?framework={seen.outline.framework}" if seen else here.address),
        methods=[(method, _(words)) for method, words in METHODS.items()],
        entry=(sent.text("entry") if sent else "") or str(uuid4()),
        today=datetime.now(UTC).date().isoformat(),
        sent=sent,
        error=error,
        tabs=_tabs(here, "evidence"),
    )
