"""A file handed in: a dry run says first what it would change; then it is taken in, or not."""

import re
import time
from pathlib import Path
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.errors import Gone, Invalid, TesseraError
from app.people.viewer import Viewer
from app.pipeline.file import load, take_in
from app.request import Inside
from app.sources import known
from app.sources.source import open_source
from app.start import Service
from app.web.district import run_words, states
from app.web.district.sources import SourceId, crumbs
from app.web.kit.shell import done, show
from app.web.kit.signed import SignedRoute, form, may
from app.web.kit.words import _, later

router = APIRouter(prefix="/sources/{source}/upload", include_in_schema=False, route_class=SignedRoute)
Manager = Annotated[Viewer, may("sources.manage")]
KEPT = 3600
"""Seconds for which a file waits between the dry run and the word that it be taken in."""
NAME = re.compile(r"[0-9a-f]{32}-[A-Za-z0-9._-]{1,100}")
LOST = later("The file is no longer here: it waits an hour. Choose it once more.")


@router.get("")
async def choose(
    source: SourceId,
    request: Request,
    viewer: Manager,
    inside: Inside,
    kept: Annotated[str, Query(max_length=140)] = "",
) -> Response:
    """Choose a file; or say yes to one that waits (`kept`), such as one whose layout was just drafted."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        row = await known.by_id(tx, source)
    above = crumbs((row.name, f"/sources/{source}"))
    waiting = kept_file(inside, viewer, kept).name if kept else ""
    return show(
        request,
        "district/upload.html",
        crumbs=above,
        row=row,
        report=None,
        most=inside.settings.body_bytes // (1024 * 1024),
        complaint="",
        kept=waiting,
        file=waiting.partition("-")[2],
    )


@router.post("")
async def look(source: SourceId, request: Request, viewer: Manager, inside: Inside) -> Response:
    """Say what the file would change."""
    sent = form(request)
    upload = sent.file("file")
    if upload is None and not sent.text("kept"):
        raise Invalid(_("Choose a file first."))
    async with inside.db.transaction(viewer.tenant.id) as tx:
        row = await known.by_id(tx, source)
    above, most = crumbs((row.name, f"/sources/{source}")), inside.settings.body_bytes // (1024 * 1024)
    if upload is None:
        path = kept_file(inside, viewer, sent.text("kept"))
    else:
        path = await keep_file(inside, viewer, upload.filename or "file", await upload.read())
    try:
        report = await load(inside.db, open_source(row, inside.vault, inside.settings.limits), path, dry_run=True)
    except TesseraError as why:
        drafts = row.connector == "assessment_file"
        if not drafts:
            path.unlink(missing_ok=True)
        return show(
            request,
            "district/upload.html",
            status=422,
            crumbs=above,
            row=row,
            report=None,
            most=most,
            complaint=run_words.translated(str(why)),
            drafts=path.name if drafts else "",
            kept="",
        )
    streams = [
        {"name": name, "counts": [outcome.counts[word] for word in states.COUNTED]}
        for name, outcome in report.streams.items()
    ]
    return show(
        request,
        "district/upload.html",
        crumbs=above,
        row=row,
        report=report,
        message=run_words.translated(report.message),
        streams=streams,
        columns=[_(words) for words in states.COUNTS.values()],
        file=path.name.partition("-")[2],
        kept=path.name,
        most=most,
        complaint="",
    )


@router.post("/take")
async def take(source: SourceId, request: Request, viewer: Manager, inside: Inside) -> Response:
    """Take the file in."""
    sent = form(request)
    path = kept_file(inside, viewer, sent.text("kept"))
    async with inside.db.transaction(viewer.tenant.id) as tx:
        row = await known.by_id(tx, source)
    report = await take_in(
        inside.db, open_source(row, inside.vault, inside.settings.limits), path, allow_shrink=sent.flag("allow_shrink")
    )
    path.unlink(missing_ok=True)
    return done(
        request, f"/sources/{source}/runs/{report.run}", _("The file is taken in. The records follow in a moment.")
    )


def kept_file(inside: Service, viewer: Viewer, name: str) -> Path:
    """A file that was put aside by this viewer. Gone where it is no longer there."""
    path = _folder(inside, viewer) / name
    if not NAME.fullmatch(name) or not path.is_file():
        raise Gone(LOST)
    return path


async def keep_file(inside: Service, viewer: Viewer, name: str, content: bytes) -> Path:
    """Put a file aside until somebody has said whether it is taken in."""
    folder = _folder(inside, viewer)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for old in folder.iterdir():
        if old.stat().st_mtime < time.time() - KEPT:
            old.unlink(missing_ok=True)
    path = folder / f"{uuid4().hex}-{re.sub(r'[^A-Za-z0-9._-]+', '-', name)[-80:] or 'file'}"
    path.write_bytes(content)
    return path


def _folder(inside: Service, viewer: Viewer) -> Path:
    return inside.settings.data / "uploads" / str(viewer.tenant.id) / viewer.account.id.hex
