"""Groups: learners by their ids, or the students of a class as its source tells of it."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.db import Tx
from app.db.mastery import rosters
from app.db.mastery.rosters import ClassRow, EnrolledRow
from app.db.records import learners as records
from app.db.sources import sources
from app.errors import Invalid, NotFound
from app.mastery.views.focus import commonest
from app.pipeline.refs import refs


@dataclass(frozen=True, slots=True)
class ListedClass:
    """A class, by its source's id and short name and by its key there."""

    source: int
    slug: str
    key: str
    title: str


@dataclass(frozen=True, slots=True)
class About:
    """What a class is about: grades and subjects, as they are written; none where nothing says so."""

    grades: Sequence[str]
    subjects: Sequence[str]


LEFT = ("inactive", "rejected", "deleted")
OVER = (*LEFT, "completed")
"""States of an enrollment in which nobody is in the class any more; whoever completed it has not left it."""


async def classes(tx: Tx, *, after: tuple[str, str], limit: int) -> list[ClassRow]:
    """Classes that sources tell of, in the order of source and key, after a (source, key)."""
    return await rosters.classes(tx, after=after, limit=limit)


async def listed(tx: Tx, *, after: tuple[str, str], limit: int) -> list[ListedClass]:
    """Classes with the ids of their sources, for pages."""
    known = {row.slug: row.id for row in await sources.listed(tx)}
    rows = await rosters.classes(tx, after=after, limit=limit)
    return [ListedClass(known[row.source], row.source, row.key, row.title or row.key) for row in rows]


async def title(tx: Tx, source: int, key: str) -> str | None:
    """What a source calls a class; None where it does not say."""
    return await rosters.title(tx, source, key)


async def about(tx: Tx, source: int, key: str, learners: Sequence[UUID]) -> About:
    """What a class is about: as it says itself, else as its course says; else by the grades its learners are in."""
    rows = await rosters.about(tx, source, key)
    grades = next((row.grades for row in rows if row.grades), None)
    subjects = next((row.subjects for row in rows if row.subjects), [])
    return About(grades or commonest((await rosters.grades(tx, learners)).values()), subjects)


async def about_class(tx: Tx, slug: str, key: str, learners: Sequence[UUID]) -> About:
    """The same of the class that the source of that slug calls `key`. NotFound where there is no such source."""
    source = await sources.by_slug(tx, slug)
    if source is None:
        raise no_class(slug, key)
    return await about(tx, source.id, key, learners)


async def grades(tx: Tx, learners: Sequence[UUID]) -> dict[UUID, list[str]]:
    """The grades that learners' records say they are in."""
    return await rosters.grades(tx, learners)


async def names(tx: Tx, learners: Sequence[UUID]) -> dict[UUID, str]:
    """What learners' records call them: the name they chose, else the first that is told.

    Who became somebody else is called as that one is.
    """
    called = await rosters.names(tx, learners)
    if absent := [learner for learner in learners if learner not in called]:
        now = await records.currents(tx, absent)
        later = await rosters.names(tx, sorted(set(now.values())))
        called |= {learner: later[current] for learner, current in now.items() if current in later}
    return called


async def of_class(tx: Tx, slug: str, key: str, on: date, most: int) -> list[UUID]:
    """The students on a day in the class that the source of that slug calls `key`.

    NotFound where there is no such class; Invalid where nobody is in it on that day, or more than `most`.
    """
    where = f"source '{slug}', key '{key}'"
    source = await sources.by_slug(tx, slug)
    enrolled = None if source is None else await students(tx, source.id, key, on)
    if enrolled is None:
        raise no_class(slug, key)
    if not enrolled:
        detail = f"Nobody is enrolled as a student in the class of {where} today: ask for another, or name learners."
        raise Invalid(detail, type="no-learners", title="The class has no students today")
    if len(enrolled) > most:
        detail = (
            f"The class of {where} has {len(enrolled)} students, and {most} can be asked for at once: name learners."
        )
        raise Invalid(detail, type="too-many-learners", title="The class is too large for one answer")
    return enrolled


def no_class(slug: str, key: str) -> NotFound:
    """No source of that slug tells of such a class."""
    return NotFound(f"No class of source '{slug}', key '{key}': see GET /v1/classes.")


async def students(tx: Tx, source: int, key: str, on: date) -> list[UUID] | None:
    """The students on a day in the class that a source calls `key`, or in a part of it, by id. None: no such class."""
    known, enrolled = await _enrolled(tx, source, key)
    return present(enrolled, on) if known else None


async def graduates(tx: Tx, source: int, key: str, on: date) -> list[UUID]:
    """Whom something may be given to for a class: its students on a day or, when it is over, on its last."""
    _, enrolled = await _enrolled(tx, source, key)
    stayed = [row for row in enrolled if row.state not in LEFT]
    last = max((row.ends or date.max for row in stayed), default=on)
    return present(stayed, min(on, last), gone=LEFT)


def present(enrolled: Iterable[EnrolledRow], on: date, gone: Container[str | None] = OVER) -> list[UUID]:
    """Who is in class on a day, by id."""
    return sorted(
        {
            row.learner
            for row in enrolled
            if row.state not in gone and (row.begins or date.min) <= on <= (row.ends or date.max)
        }
    )


async def _enrolled(tx: Tx, source: int, key: str) -> tuple[bool, list[EnrolledRow]]:
    """Whether a source tells of a class, and who is or was in it."""
    parts = await rosters.parts(tx, source, key)
    keys = parts or [key]
    enrolled = await rosters.enrolled(tx, refs(source, [("class", part) for part in keys]))
    return bool(parts or enrolled), enrolled
