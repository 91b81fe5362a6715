"""The record as it was: what was so on a day, and what was known by a day, for a reader with a signed link."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.access import tenants
from app.errors import NotFound
from app.identity import learners
from app.records import as_of, reading
from app.records.brief import short
from app.records.document import AnyEntry, EnrollmentEntry, RecordAt
from app.request import Inside
from app.sharing import sharing
from app.sharing.record_links import BadLink, check, read
from app.web import page
from app.web.family.record_page import link_words, names_of
from app.web.kit.route import SpokenRoute
from app.web.kit.visitors import Visitors, admit
from app.web.kit.words import _, later

router = APIRouter(include_in_schema=False, route_class=SpokenRoute)
MOST = 200
"""How many entries of a kind are listed, the newest."""
STATES = {"ended": later("ended"), "unlisted": later("no longer listed by its source")}


@dataclass(frozen=True, slots=True)
class EntryLine:
    """An entry as it was: what it says, and what had become of it since when, where it was not current."""

    title: str | None
    said: str | None
    date: str | None
    ends: str | None
    state: str | None
    since: str | None
    sources: Sequence[str]


@router.get("/record/{token}/then")
async def record_as_of(token: str, request: Request, inside: Inside, on: str = "", known: str = "") -> Response:
    """One learner's record as it was on a day (`on`), by what was known up to a day (`known`); blank: today."""
    visitors: Visitors = request.app.state.visitors
    admit(request, visitors.looks)
    now = datetime.now(UTC)
    try:
        link = read(inside.vault, token, now)
        async with inside.db.transaction(link.tenant) as tx:
            await check(tx, link)
    except BadLink as why:
        return page(
            "message.html", status=404, title=_("This link does not work"), words=link_words(str(why)), owner="Tessera"
        )
    owner = await tenants.by_id(inside.db, link.tenant)
    days, wrong = _days(on, known)
    async with inside.db.transaction(link.tenant) as tx:
        try:
            current = await learners.current(tx, link.learner)
        except NotFound as why:
            return page("message.html", status=404, title=_("No record"), words=_(str(why)), owner=owner.name)
        names = names_of(await reading.header(tx, current))
        until = min(now, datetime.combine(days[1], time(), UTC) + timedelta(days=1)) if days[1] else now
        record = await as_of.record(tx, current, day=days[0], known_at=until, whole=False)
        await sharing.note_disclosure(
            tx, current, f"record link {link.id}", party=link.reader, purpose="record page", items=["record"]
        )
    return page(
        "record_as_of.html",
        status=422 if wrong else 200,
        owner=owner.name,
        name=[*names, _("A learner")][0],
        on=on,
        known=known,
        wrong=wrong,
        token=token,
        reader=link.reader,
        expires=link.expires,
        **_contents(record),
    )


def _days(on: str, known: str) -> tuple[tuple[date | None, date | None], list[str]]:
    """The two days, and which of them cannot be read."""
    days: list[date | None] = []
    wrong = []
    for text in (on, known):
        try:
            days.append(date.fromisoformat(text) if text else None)
        except ValueError:
            days.append(None)
            wrong.append(_("“%(text)s” is not a date like 2026-09-01.", text=text[:40]))
    return (days[0], days[1]), wrong


def _contents(record: RecordAt) -> dict[str, Any]:
    """What the page shows: a name that a learner has left behind is not said again."""
    return {
        "schools": list(dict.fromkeys(school.name for school in record.schools if school.name and not school.ends)),
        "grades": list(dict.fromkeys(grade.value for grade in record.grades if not grade.ends)),
        "parts": [
            {"title": title, "pieces": _pieces(entries), "more": max(0, len(entries) - MOST)}
            for title, entries in (
                (_("Classes"), record.enrollments),
                (_("Results"), record.results),
                (_("Credentials"), record.credentials),
                (_("Evidence"), record.evidence),
            )
        ],
    }


def _pieces(entries: Iterable[AnyEntry]) -> list[EntryLine]:
    return [_piece(entry) for entry in [*entries][:MOST]]


def _piece(entry: AnyEntry) -> EntryLine:
    line = short(entry)
    return EntryLine(
        title=line.title,
        said=None if isinstance(entry, EnrollmentEntry) else line.said,
        date=line.date,
        ends=entry.ends if isinstance(entry, EnrollmentEntry) else None,
        state=_(STATES[entry.state]) if entry.state in STATES else None,
        since=entry.past.since if entry.past else None,
        sources=list(dict.fromkeys(origin.source_name for origin in entry.from_)),
    )
