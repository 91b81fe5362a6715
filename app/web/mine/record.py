"""My record: what I can do, what comes next, what was seen of me lately; for a learner, or who cares for one."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from app.mastery import group
from app.mastery.evidence import evidence_board
from app.mastery.pictures.profile import profile_picture
from app.mastery.standing import ItemStanding
from app.people import seeing
from app.people.viewer import Viewer
from app.programs import engagements
from app.records import reading
from app.records.document import AnyEntry, EvidenceEntry, ResultEntry
from app.records.grouped import by_thing
from app.records.reading import Filter, entry_of
from app.request import Inside
from app.sharing.holdings import holdings
from app.web.kit import descriptors
from app.web.kit.pictures import AT_HOME, PAGE, PHONE
from app.web.kit.results import reached
from app.web.kit.shell import show
from app.web.kit.signed import Look, SignedRoute, about_learner, may
from app.web.kit.words import _, later
from app.web.program.words import STAGES

router = APIRouter(prefix="/mine", include_in_schema=False, route_class=SignedRoute)
Reader = Annotated[Look, about_learner("share.manage", "own record page")]
SHOWN = Filter(sections=("results", "evidence"), dated=True)
FIRST, STEPS, LATELY = 4, 3, 12
"""How much is told before "more": strengths of a subject, next steps, what was seen lately."""


@dataclass(frozen=True, slots=True)
class Strength:
    """A competency that is mastered: what it says, the level and what that means, and when it was last shown.

    `by_teacher`: a teacher of record set the level.
    """

    id: UUID
    statement: str
    level: str
    step: int
    steps: int
    means: str
    since: datetime | None
    by_teacher: bool


@dataclass(frozen=True, slots=True)
class Step:
    """A competency that has begun: where it stands now, and the level that comes next with what it takes."""

    id: UUID
    statement: str
    now: str
    step: int
    steps: int
    then: str
    takes: str
    by_teacher: bool


@dataclass(frozen=True, slots=True)
class RecentEntry:
    """Something that was shown lately."""

    title: str
    said: str
    words: str
    on: str | None
    where: str


@router.get("")
async def mine(request: Request, viewer: Annotated[Viewer, may("share.manage")], inside: Inside) -> Response:
    """The learners that somebody may look after: straight to the record where it is one."""
    today = datetime.now(UTC).date()
    async with inside.db.transaction(viewer.tenant.id) as tx:
        learners = await seeing.learners_of(tx, viewer, "share.manage", today) or {}
        names = await group.names(tx, list(learners))
    if len(learners) == 1:
        return RedirectResponse(f"/mine/{next(iter(learners))}", 303)
    named = sorted((names.get(learner) or _("A learner"), learner) for learner in learners)
    return show(request, "mine/all.html", learners=named)


@router.get("/{learner}")
async def record(learner: UUID, request: Request, look: Reader, inside: Inside) -> Response:
    """One record, in plain words."""
    del learner  # `look` has found them
    now = datetime.now(UTC)
    async with inside.db.transaction(look.viewer.tenant.id) as tx:
        header = await reading.header(tx, look.learner)
        entries = (await reading.page(tx, look.learner, SHOWN, scope="general", after=None, limit=LATELY)).rows
        seen = await evidence_board(tx, [look.learner])
        names = await group.names(tx, [look.learner])
        out = await engagements.of_learner(tx, look.learner, now.date())
        own_holdings = await holdings(tx, look.learner, look.viewer.tenant.name)
    standings = seen.standings(look.learner, now)
    own = look.seen.role == "learner"
    drawn = [standing for standing in standings if standing.item.aligned and standing.level is not None]
    badges = [holding for holding in own_holdings if holding.state == "active" and holding.kind != "ClrCredential"]
    return show(
        request,
        "mine/overview.html",
        own=own,
        learner=look.learner,
        name=names.get(look.learner) or _("A learner"),
        schools=reading.schools(header),
        grades=list(dict.fromkeys(grade.value.lstrip("0") for grade in header.grades)),
        strengths=strengths(standings, own=own),
        steps=steps(standings, own=own)[:STEPS],
        lately=[_lately(piece) for piece in by_thing(entry_of(row.body) for row in entries)],
        badges=badges[:6],
        out=out,
        stages=STAGES,
        pictures=[
            Markup(profile_picture(drawn, width=width, name=f"profile{width}", wording=AT_HOME))  # noqa: S704  made of escaped parts
            for width in (PHONE, PAGE)
        ]
        if drawn
        else [],
        tabs=tabs(look.learner, ""),
    )


def strengths(standings: Sequence[ItemStanding], *, own: bool) -> list[tuple[str, list[Strength]]]:
    """What is mastered, by subject: the subject with most first, in it the highest level and the latest first."""
    by_domain: dict[str, list[tuple[tuple[int, int], Strength]]] = defaultdict(list)
    for standing in standings:
        if standing.state.met and standing.state.level is not None and standing.item.aligned:
            level = standing.levels[standing.state.level]
            means = descriptors.looks_like(level, own=own)
            strength = Strength(
                standing.item.id,
                standing.item.statement,
                descriptors.name(level),
                step=standing.state.level + 1,
                steps=len(standing.levels),
                means=means,
                since=standing.state.at,
                by_teacher=standing.override is not None,
            )
            by_domain[standing.item.domain or standing.item.framework_title].append((standing.strength, strength))
    ranked = {
        domain: [strength for _rank, strength in sorted(ranked_strengths, key=lambda pair: pair[0], reverse=True)]
        for domain, ranked_strengths in by_domain.items()
    }
    return sorted(ranked.items(), key=lambda pair: (-len(pair[1]), pair[0]))


def steps(standings: Sequence[ItemStanding], *, own: bool) -> list[Step]:
    """What has begun and is not mastered, the nearest first: each with the level that comes next."""
    begun = [
        standing
        for standing in standings
        if standing.item.aligned and not standing.state.met and standing.state.level is not None
    ]
    begun.sort(
        key=lambda standing: (standing.strength, standing.state.at or datetime.min.replace(tzinfo=UTC)), reverse=True
    )
    next_steps = []
    for standing in begun:
        assert standing.state.level is not None
        following = standing.levels[min(standing.state.level + 1, len(standing.levels) - 1)]
        now, then = (descriptors.name(level) for level in (standing.levels[standing.state.level], following))
        takes = descriptors.looks_like(following, own=own)
        next_steps.append(
            Step(
                standing.item.id,
                standing.item.statement,
                now,
                step=standing.state.level + 1,
                steps=len(standing.levels),
                then=then,
                takes=takes,
                by_teacher=standing.override is not None,
            )
        )
    return next_steps


def tabs(learner: UUID, current: str) -> list[tuple[str, str, bool]]:
    """The pages of a learner's own record."""
    pages = (
        (later("Record"), ""),
        (later("Plan"), "plan"),
        (later("Badges and shares"), "badges"),
        (later("Exhibitions"), "exhibitions"),
        (later("Ask for a badge"), "asks"),
        (later("Who has looked"), "looks"),
        (later("Something is wrong"), "corrections"),
    )
    room = {"plan": "learners"}
    return [
        (_(words), f"/{room.get(page, 'mine')}/{learner}/{page}".rstrip("/"), page == current) for words, page in pages
    ]


def _lately(piece: Sequence[AnyEntry]) -> RecentEntry:
    """What was shown of one thing: a result where there is one, with the words of what goes with it."""
    entry = next((entry for entry in piece if isinstance(entry, ResultEntry)), piece[0])
    beside = next((e.narrative or e.description for e in piece if isinstance(e, EvidenceEntry)), None)
    told_by = ", ".join(dict.fromkeys(origin.source_name for origin in entry.from_))
    if isinstance(entry, ResultEntry):
        words = entry.narrative or beside or ""
        class_ = entry.class_.title if entry.class_ else None
        where = f"{class_} · {told_by}" if class_ else told_by
        return RecentEntry(entry.title or _("A result"), reached(entry), words, entry.date, where)
    assert isinstance(entry, EvidenceEntry)  # by SHOWN
    words = entry.narrative or entry.description or ""
    return RecentEntry(entry.name or _("Something shown"), "", words, entry.date, told_by)
