"""The district's first page: is everything well, and what is the one thing to do next."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.operations import overview as district_overview
from app.operations.overview import Overview
from app.people.viewer import Viewer
from app.request import Inside
from app.web.district import run_words, states
from app.web.kit.shell import show
from app.web.kit.signed import SignedRoute, may
from app.web.kit.words import _, ngettext, short_day

router = APIRouter(include_in_schema=False, route_class=SignedRoute)


class Task(NamedTuple):
    """Something that waits for a person: how urgent it is, what it is, and the way to it."""

    tone: str
    title: str
    words: str
    action: str
    address: str


@router.get("/district")
async def overview(request: Request, viewer: Annotated[Viewer, may("district.see")], inside: Inside) -> Response:
    """The district at a glance."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        seen = await district_overview.overview(tx, datetime.now(UTC))
    tasks = [task for task, permission in _tasks(seen) if viewer.may(permission)]  # type: ignore[arg-type]
    cards = [
        {
            "row": row,
            "state": states.of_source(row, condition),
            "counts": states.counts(condition.last) if condition.last else [],
            "quarantined": condition.quarantined,
            "message": states.trouble(condition.last),
            "due": states.due(row.due_at) if row.state == "active" else "",
        }
        for row, condition in seen.sources
    ]
    return show(request, "district/overview.html", tasks=tasks, cards=cards, waiting=seen.waiting, bars=_bars(seen))


def _bars(seen: Overview) -> list[tuple[int, str, str, str]]:
    """A bar a day: what came in; the color says whether something did not come through."""
    return [
        (
            day.taken or (1 if day.failed else 0),
            "bad" if day.failed else "warn" if day.rejected else "",
            _(
                "%(day)s: %(taken)s records taken in, %(rejected)s rejected, %(failed)s runs that did not come through",
                day=short_day(day.day),
                taken=day.taken,
                rejected=day.rejected,
                failed=day.failed,
            ),
            short_day(day.day),
        )
        for day in seen.days
    ]


def _tasks(seen: Overview) -> Iterator[tuple[Task, str]]:
    """What waits, the most urgent first, each with the permission that it takes."""
    if not seen.sources:
        words = _("A source is a system that knows your learners. Connect the student information system first.")
        yield Task("warn", _("Connect a first source"), words, _("Connect a source"), "/sources/new"), "sources.manage"
        return
    for row, condition in seen.sources:
        address, last = f"/sources/{row.id}", condition.last
        if row.state == "paused":
            words = run_words.translated(row.state_reason) or _("Somebody paused it.")
            title = _("%(name)s is paused", name=row.name)
            yield Task("warn", title, words, _("Look at it"), address), "sources.manage"
        elif last is not None and last.state == "held":
            title = _("%(name)s is held back: too much would vanish", name=row.name)
            words = _("Nothing was changed. See who would vanish, and let it through or not.")
            yield Task("bad", title, words, _("See who"), f"{address}/held"), "sources.manage"
        elif last is not None and last.state in ("failed", "partial"):
            title = _("%(name)s did not come through whole", name=row.name)
            yield Task("bad", title, states.trouble(last), _("Look at it"), address), "sources.manage"
    yield from _queues(seen)


def _queues(seen: Overview) -> Iterator[tuple[Task, str]]:
    waiting = seen.waiting
    if n := waiting.quarantined:
        title = ngettext("%(n)s record in quarantine", "%(n)s records in quarantine", n)
        words = _("They cannot be what they say. Mend the cause, and try them again.")
        yield Task("warn", title, words, _("See the reasons"), "/quarantine"), "quarantine.manage"
    if n := waiting.near_matches:
        title = ngettext("%(n)s pair may be one learner", "%(n)s pairs may be one learner", n)
        words = _("Nothing was merged. Somebody who knows them decides.")
        yield Task("warn", title, words, _("Decide"), "/matches"), "identity.manage"
    if n := waiting.alignments:
        title = ngettext("%(n)s name of a skill is not known", "%(n)s names of skills are not known", n)
        words = _("What they say counts as soon as you say which competency is meant.")
        yield Task("plain", title, words, _("Say what is meant"), "/alignments"), "alignments.manage"
