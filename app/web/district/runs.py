"""What a run did, stream by stream; and a run that the guard holds: who would vanish, and whether they may."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.errors import Invalid
from app.operations.overview import names_leaving, persons_of
from app.people import seeing
from app.people.viewer import Viewer
from app.pipeline import allowing
from app.request import Inside
from app.sources import demand, known
from app.web.district import fault_words, run_words, states
from app.web.district.sources import RunId, SourceId, begun_after, crumbs
from app.web.kit.shell import done, show
from app.web.kit.signed import SignedRoute, form, may
from app.web.kit.words import _

router = APIRouter(prefix="/sources/{source}", include_in_schema=False, route_class=SignedRoute)
Manager = Annotated[Viewer, may("sources.manage")]
NAMES = 200
"""How many of those who would vanish are named."""


@router.get("/runs/{run}")
async def report(source: SourceId, run: RunId, request: Request, viewer: Manager, inside: Inside) -> Response:
    """The reconciliation report of a run: what came, what became of it, and what was not understood."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        row = await known.by_id(tx, source)
        ran = await known.run(tx, source, run)
    streams = [
        _stream(name, stream_counts)
        for name, stream_counts in sorted(ran.counts.items())
        if isinstance(stream_counts, Mapping)
    ]
    return show(
        request,
        "district/run.html",
        crumbs=crumbs((row.name, f"/sources/{source}")),
        row=row,
        run=ran,
        message=run_words.translated(ran.message),
        state=states.of_run(ran),
        kind=states.kind(ran.kind),
        counts=states.counts(ran),
        streams=streams,
        columns=[_(words) for words in states.COUNTS.values()],
        undoable=ran.kind in ("pull", "push", "file") and ran.undone_at is None and ran.state in ("done", "partial"),
    )


@router.get("/held")
async def held_run(source: SourceId, request: Request, viewer: Manager, inside: Inside) -> Response:
    """Who would vanish, group by group."""
    today = datetime.now(UTC).date()
    async with inside.db.transaction(viewer.tenant.id) as tx:
        row = await known.by_id(tx, source)
        alarms = await allowing.alarms(tx, source)
        groups = [{**_alarming(alarm), "who": await names_leaving(tx, source, alarm, NAMES)} for alarm in alarms]
        for alarm in alarms:
            persons = await persons_of(tx, source, alarm.stream, alarm.keys[:NAMES])
            await seeing.note_persons(tx, viewer, persons, "held list", permission="sources.manage", on=today)
    return show(request, "district/held.html", crumbs=crumbs((row.name, f"/sources/{source}")), row=row, shown=groups)


@router.post("/held")
async def release(source: SourceId, request: Request, viewer: Manager, inside: Inside) -> Response:
    """Let what was shown through, and sync; only those records, and not what is gone by then."""
    ids = form(request).counts("id")
    if not ids:
        raise Invalid(_("Check what may pass. Leave all unchecked only if nothing may."))
    async with inside.db.transaction(viewer.tenant.id) as tx:
        await known.by_id(tx, source)
        await allowing.allow(tx, source, ids, viewer.actor)
        await demand.sync(tx, source, full=True, allow_shrink=False)
        begins = await begun_after(tx, source)
    return done(request, begins, _("What was checked may pass. The sync begins in a moment."))


def _alarming(alarm: allowing.Alarm) -> dict[str, Any]:
    """What would vanish: in one sentence, and school by school where it is of several."""
    words, schools = run_words.translated(alarm.words), ""
    if alarm.scope in ("all", "role"):
        words, _parenthesis, schools = words.partition(" (")
    changes = alarm.scope in allowing.CHANGES
    return {
        "alarm": alarm,
        "changes": changes,
        "words": words,
        "schools": schools.removesuffix(")").split(", ") if schools else [],
    }


def _stream(name: str, counts: Mapping[str, Any]) -> dict[str, Any]:
    """One stream of a run: its counts, and what was not understood of it."""
    return {
        "name": name,
        "counts": [int(counts.get(word, 0)) for word in states.COUNTED],
        "cells": run_words.translated(counts.get("cells")),
        "leftovers": sorted(counts.get("leftovers", {}).items(), key=lambda leftover: -leftover[1]),
        "odd": [{**odd, "reason": fault_words.translated(odd["reason"])} for odd in counts.get("odd", [])],
        "notes": [run_words.translated(note) for note in counts.get("notes", [])],
    }
