"""A class as its pages see it: who may look at it, who is in it, and where they stand in a framework."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, cast
from uuid import UUID

from fastapi import Query, Request

from app.db import Tx
from app.errors import NotFound
from app.frameworks import frameworks
from app.frameworks.outline import plain
from app.mastery import group
from app.mastery.group import About
from app.mastery.policies import Level
from app.mastery.standing import short
from app.mastery.views import inputs
from app.mastery.views.gradebook import columns
from app.mastery.views.inputs import FrameworkView, Outlines
from app.people import seeing
from app.people.roles import Relation
from app.people.viewer import Viewer
from app.web.kit import descriptors
from app.web.kit.addresses import key_of, segment
from app.web.kit.words import _, later

NO_CLASS = later("There is no such class, or it is not yours to see.")
SAY_NOTHING = frozenset({"common", "core", "state", "standards", "arts", "studies", "with", "from", "learning"})
"""Words of frameworks' titles that are no subject."""
AT_ONCE = 40
"""Learners listed on one page of a class."""

Page = Annotated[int, Query(ge=1, le=1000)]
"""The number of a page of a class's list."""


@dataclass(frozen=True, slots=True)
class Room:
    """A class: `learners` are its students today, in the order of their names."""

    source: int
    key: str
    title: str
    learners: Sequence[UUID]
    names: dict[UUID, str]
    relations: dict[UUID, Relation]
    about: About

    @property
    def address(self) -> str:
        """Where its pages are."""
        return f"/classes/{self.source}/{segment(self.key)}"

    def name(self, learner: UUID) -> str:
        """What a learner is called."""
        return self.names.get(learner) or _("A learner")

    def part(self, page: int) -> Sequence[UUID]:
        """The learners of one page of the list, from page 1."""
        return self.learners[(page - 1) * AT_ONCE : page * AT_ONCE]

    def pages(self, page: int, address: str) -> tuple[str, str, str]:
        """The way to the page before, to the one after, and where in the list this one is; empty for none."""
        last = -(-len(self.learners) // AT_ONCE)
        if last < 2:
            return "", "", ""
        joint = "&" if "?" in address else "?"
        before, after = (f"{address}{joint}page={page + step}" for step in (-1, 1))
        names = [self.name(self.part(page)[n]) for n in (0, -1)] if self.part(page) else ["", ""]
        where = _("%(first)s to %(last)s", first=names[0], last=names[1]) if names[0] else ""
        return before if page > 1 else "", after if page < last else "", where


@dataclass(frozen=True, slots=True)
class Choice:
    """A framework to look at a class in, and how many of its competencies something was shown of."""

    id: UUID
    title: str
    shown: int
    subjects: Sequence[str] = ()

    def fits(self, subjects: Sequence[str]) -> bool:
        """Whether it is about one of these subjects, as both are written: the first letters of a word will do."""
        own = {word for text in (*self.subjects, self.title) for word in _words(text)}
        others = {word for text in subjects for word in _words(text)}
        return any(word.startswith(other) or other.startswith(word) for word in own for other in others)

    @property
    def option(self) -> tuple[UUID, str]:
        """The class as a choice in a form."""
        return self.id, self.title


@dataclass(frozen=True, slots=True)
class Grade:
    """A level as pages show it: its number from 1, its shade from 0 (the lowest) to 4 (the highest), what it means.

    `key` is what its policy calls it, `name` what the reader does.
    """

    key: str
    number: int
    shade: int
    name: str
    words: str


def grades(levels: Sequence[Level], *, own: bool = False) -> list[Grade]:
    """The levels of a policy, the lowest first, in the reader's language; `own`: to the learner themselves."""
    return [
        Grade(level.name, n + 1, shade(n, len(levels)), descriptors.name(level), descriptors.looks_like(level, own=own))
        for n, level in enumerate(levels)
    ]


def shade(step: int, of: int) -> int:
    """The shade of a level that is so many above the lowest of so many."""
    return round(4 * step / max(of - 1, 1))


async def room(tx: Tx, viewer: Viewer, source: int, key: str) -> Room:
    """The class that a source calls `key`, as addresses have it. NotFound where it is not the viewer's to see.

    Who teaches it sees it; so does whoever may see each of its students.
    """
    on, key = datetime.now(UTC).date(), key_of(key)
    learners = await group.students(tx, source, key, on)
    if learners is None:
        raise NotFound(NO_CLASS)
    reach = await seeing.learners_of(tx, viewer, "class.read", on)
    relations = {own.learner: own for own in seeing.relations_to(viewer, reach, learners, "class.read")}
    if reach is not None and (not learners or not set(learners) <= reach.keys()):
        taught = {(own.source, own.key): own for own in await seeing.classes_of(tx, viewer, on)}
        part = taught.get((source, key))
        if part is None:
            raise NotFound(NO_CLASS)
        why = f"{part.role} of their class {part.title}"
        relations |= {pupil: Relation(pupil, "teacher", "teaches", why) for pupil in {*learners} - reach.keys()}
    names = await group.names(tx, learners)
    ordered = sorted(
        learners, key=lambda learner: (_family(names.get(learner, "")), names.get(learner, ""), str(learner))
    )
    title = await group.title(tx, source, key) or key
    about = await group.about(tx, source, key, ordered)
    return Room(source, key, title, learners=ordered, names=names, relations=relations, about=about)


async def noted(tx: Tx, viewer: Viewer, here: Room, learners: Sequence[UUID], what: str) -> None:
    """Write down that the viewer sees where these learners of a class stand."""
    relations = [here.relations[learner] for learner in learners if learner in here.relations]
    await seeing.note_looks(tx, viewer, relations, what, datetime.now(UTC).date())


def _family(name: str) -> str:
    """The last word of a name, by which a class list is in order."""
    return name.rsplit(maxsplit=1)[-1].casefold() if name.split() else ""


async def seen_in(
    tx: Tx, request: Request, learners: Sequence[UUID], framework: UUID | None, subjects: Sequence[str] = ()
) -> tuple[list[Choice], FrameworkView | None]:
    """The frameworks of the district, and the chosen one.

    First come those about the subjects of a class of which these learners have shown something, and most of all.
    """
    outlines = cast(Outlines, request.app.state.outlines)
    counts = await inputs.shown_by_framework(tx, learners)
    choices = [
        Choice(row.id, row.title, counts[row.id].shown, frameworks.subjects(row))
        for row in await frameworks.listed(tx)
        if row.id in counts
    ]
    choices.sort(key=lambda choice: (not (choice.shown and choice.fits(subjects)), -choice.shown, choice.title))
    for choice in sorted(choices, key=lambda choice: choice.id != framework):
        seen = await inputs.framework_view(
            tx, choice.id, learners, now=datetime.now(UTC), scope="general", outlines=outlines
        )
        if seen is not None and seen.outline.competencies:
            return choices, seen
    return choices, None


def _words(text: str) -> list[str]:
    """The words of a subject or a title that say what it is about: those of four letters or more."""
    return [word for word in re.findall(r"[^\W\d_]{4,}", text.casefold()) if word not in SAY_NOTHING]


def shown_columns(seen: FrameworkView, learners: Sequence[UUID]) -> list[UUID]:
    """The competencies of a gradebook: those that somebody has shown something of; where nobody has, the first."""
    all_columns = columns(seen, learners)
    begun = seen.anybodys(learners, lambda standing: standing.state.level is not None)
    return [competency for competency in all_columns if competency in begun] or all_columns


def label(seen: FrameworkView, competency: UUID) -> str:
    """What a competency is called where there is little room: its code's last parts, else its first words."""
    row = seen.outline.competencies[competency]
    words = plain(row.statement)
    return short(row.code) if row.code else words if len(words) <= 24 else words[:22].rsplit(" ", 1)[0] + " …"


def statement(seen: FrameworkView, competency: UUID) -> str:
    """What a competency says."""
    return plain(seen.outline.competencies[competency].statement)
