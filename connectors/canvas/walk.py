"""Walks through courses: some at one time, told in the order of their ids, each at its own cost.

A walk's cursor says how far it has come, and from which state the next one looks for changes.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from http import HTTPStatus

import httpx
import msgspec

from connectors import Page, Pull
from connectors.canvas.changes import Changes, Facet, changes
from connectors.canvas.client import answers, every_course, now, read, settings_of, still_let_in, still_there
from connectors.errors import RightsLacking, SourceDenied
from connectors.kit import Refused
from connectors.kit.cache import is_cached
from connectors.kit.guard import Passing

Records = Sequence[bytes]
Due = Callable[[httpx.AsyncClient, str, str], Awaitable[AbstractSet[int]]]
"""Tells the courses that are due since a moment, until another."""
ReadCourse = Callable[[httpx.AsyncClient, int, str | None], AsyncIterator[Records]]
"""Yields a course's records, page by page; of what changed since a time where one is given."""

EVER = "1970-01-01T00:00:00Z"
"""Since when a course is owed that could not be read in a full listing."""

AHEAD = 2  # pages of a course that are read before they are wanted


class Mark(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far a walk has come: the last course read whole; what `since` asks for; when it `began`.

    `seen` holds for each course a digest of what it was like when the last walk ended; `owed` those that could not be
    read, each with the time since which it is to be asked.
    """

    after: int = 0
    since: str | None = None
    began: str | None = None
    seen: Mapping[str, str] = {}
    owed: Mapping[str, str] = {}

    @classmethod
    def of(cls, cursor: str | None) -> "Mark":
        """The mark a cursor holds; none is the beginning."""
        return read(cursor.encode(), cls) if cursor else cls()

    def since_of(self, course: int) -> str | None:
        """Since when a course is asked for changes; None for all of it."""
        return None if self.since is None else self.owed.get(str(course), self.since)

    def __str__(self) -> str:
        return msgspec.json.encode(self).decode()


@dataclass(slots=True)
class _Course:
    """A course that is being read: its pages as they come, and why they ended before their time, if they did."""

    id: int
    pages: "asyncio.Queue[Records | None]" = field(default_factory=lambda: asyncio.Queue(AHEAD))
    refused: str = ""
    failed: BaseException | None = None


async def _none(_http: httpx.AsyncClient, _since: str, _until: str) -> AbstractSet[int]:
    return frozenset()


def of_courses(facet: Facet, read_course: ReadCourse, also: Due = _none) -> Pull:
    """What each course lists; from the second walk on, of the courses in which that facet has changed.

    `also` tells of courses that are due since time has passed, though nothing in them has changed.
    """

    async def pull(http: httpx.AsyncClient, cursor: str | None) -> AsyncIterator[Page]:
        mark = Mark.of(cursor)
        began = mark.began or await now(http)
        change = await changes(http, mark.since or began)
        refused, owed = set[int](), dict(mark.owed)
        passed = await also(http, mark.since, began) if mark.since else frozenset[int]()
        due = [course for course in await _courses(http, mark, change, facet, passed) if course > mark.after]
        async for course, records, last in in_order(http, due, read_course, mark.since_of):
            if course.refused:
                refused.add(course.id)
            if refused == set(due) and not all(str(course_id) in mark.owed for course_id in due):
                raise RightsLacking(course.refused)
            if last:
                since = mark.since_of(course.id)
                owed = {key: stamp for key, stamp in owed.items() if key != str(course.id)}
                owed |= {str(course.id): since or EVER} if course.refused else {}
            position = str(msgspec.structs.replace(mark, after=course.id, began=began, owed=owed)) if last else None
            yield Page(records, cursor=position, incomplete=course.refused if last else "")
        yield Page([], cursor=str(Mark(since=began, seen=change.of(facet), owed=owed)))

    return pull


async def _courses(
    http: httpx.AsyncClient, mark: Mark, change: Changes, facet: Facet, passed: AbstractSet[int]
) -> list[int]:
    """All courses at first; later those in which something has changed, and those that ended, once more."""
    every = await every_course(http)
    if mark.since is None:
        return sorted(every)
    ended = [course for course in every if course not in change.digests and str(course) in mark.seen]
    changed = [course for course in change.digests if change.changed(course, facet, mark.seen.get(str(course)))]
    if facet == "results" and not change.whole:
        changed = [course for course in changed if is_cached(http, ("worked", course))]
    elif facet == "grades" and not change.whole:
        changed = sorted({*changed, *(course for course in change.digests if is_cached(http, ("worked", course)))})
    return sorted({*ended, *changed, *passed, *(course for course in every if str(course) in mark.owed)})


async def in_order(
    http: httpx.AsyncClient, courses: Sequence[int], read_course: ReadCourse, since_of: Callable[[int], str | None]
) -> AsyncIterator[tuple[_Course, Records, bool]]:
    """(course, records, whether they are its last), by rising id, while the next few are being read already."""
    at_once = (await settings_of(http)).at_once
    waiting = [_Course(course) for course in courses]
    tasks: list[asyncio.Task[None]] = []
    try:
        for position, course in enumerate(waiting):
            while len(tasks) < min(len(waiting), position + at_once):
                ahead = waiting[len(tasks)]
                tasks.append(asyncio.create_task(_read(http, ahead, read_course, since_of(ahead.id))))
            while (records := await course.pages.get()) is not None:
                yield course, records, False
            if course.failed is not None:
                raise course.failed
            yield course, [], True
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _read(http: httpx.AsyncClient, course: _Course, read_course: ReadCourse, since: str | None) -> None:
    """Read a course into its pages. What may not be read costs the course; what is the source's own, the walk."""
    try:
        async for records in read_course(http, course.id, since):
            await course.pages.put(records)
    except Refused as why:
        if why.status != HTTPStatus.NOT_FOUND or await still_there(http, course.id):  # or gone since they were listed
            course.refused = f"course {course.id}: {why}"
    except SourceDenied as why:
        if isinstance(why, RightsLacking) or await still_let_in(http):
            words = str(why).partition(": the credentials")[0]
            course.refused = f"course {course.id}: {words}: the role of the token's user lacks rights there"
        else:
            course.failed = why
    except Passing as why:
        course.refused = f"course {course.id}: {why}"
        course.failed = None if await answers(http) else why
    except Exception as why:  # noqa: BLE001  (it is raised again where the course is waited for)
        course.failed = why
    await course.pages.put(None)


async def all_of(pages: AsyncIterator[Records]) -> list[bytes]:
    """The records of all pages."""
    return [body async for records in pages for body in records]
