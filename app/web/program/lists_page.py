"""A program's lists: pasted or uploaded, looked at before anything is taken in, and taken back."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from app.errors import Invalid
from app.programs import catalogue, consent, definitions, uploads
from app.programs.days import Order
from app.request import Inside
from app.web.kit import error_words
from app.web.kit.shell import done, show
from app.web.kit.signed import SignedRoute, form
from app.web.kit.words import _, later, ngettext
from app.web.program import reading
from app.web.program.home import Coordinator, program_of, signature
from app.web.program.list_words import translated

router = APIRouter(prefix="/program/lists", include_in_schema=False, route_class=SignedRoute)
SHOWN = 200
"""Rows of a preview; all of them are counted."""
DOES = {
    "new": (later("new"), "good"),
    "same": (later("already handed in"), "plain"),
    "changed": (later("changed"), "warn"),
    "mend": (later("to be mended"), "bad"),
}
EMPTY = later("Choose a file, or paste the rows with their headings.")


@router.get("")
async def lists_page(request: Request, viewer: Coordinator, inside: Inside) -> Response:
    """Where a list is given, and those that were."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        program = await program_of(tx, viewer)
        before = await uploads.listed(tx, program.id)
        rows = await definitions.achievements(tx, program.id)
        part_of = reading.parts(await catalogue.opportunities(tx, program.id)).offers
    values: dict[str, Any] = {"complaint": "", "pasted": "", "choices": reading.choices(rows), "offers": part_of}
    return show(request, "program/lists.html", crumbs=[(program.name, "/program")], before=before, **values)


@router.post("")
async def read_list(request: Request, viewer: Coordinator, inside: Inside) -> Response:
    """Read a list, and show what it would do."""
    sent = form(request)
    upload, pasted = sent.file("file"), sent.text("pasted")
    name = (upload.filename if upload else None) or "list.csv"
    content = await upload.read() if upload else pasted.encode()
    async with inside.db.transaction(viewer.tenant.id) as tx:
        program = await program_of(tx, viewer)
        rows = await definitions.achievements(tx, program.id)
        part_of = reading.parts(await catalogue.opportunities(tx, program.id)).offers
        before = await uploads.listed(tx, program.id)
    try:
        if not content:
            raise Invalid(EMPTY)
        async with inside.db.transaction(viewer.tenant.id) as tx:
            usual, by = sent.uuid("achievement"), signature(viewer)
            order: Order | None = {"month-first": "month-first", "day-first": "day-first"}.get(sent.text("order"))  # type: ignore[assignment]
            agreed, now = consent.AS_SAID if sent.flag("consent") else None, datetime.now(UTC)
            new_upload = await uploads.keep(
                tx,
                program.id,
                name,
                content=content,
                usual=usual,
                by=by,
                now=now,
                order=order,
                consent=agreed,
                part_of=sent.uuid("opportunity"),
            )
    except Invalid as why:
        again: dict[str, Any] = {
            "complaint": error_words.translated(why.detail),
            "pasted": pasted,
            "choices": reading.choices(rows),
            "offers": part_of,
        }
        crumbs = [(program.name, "/program")]
        return show(request, "program/lists.html", status=422, crumbs=crumbs, before=before, **again)
    return RedirectResponse(f"/program/lists/{new_upload}", 303)


@router.get("/{upload}")
async def preview(upload: UUID, request: Request, viewer: Coordinator, inside: Inside) -> Response:
    """What a list would do, row by row."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        program = await program_of(tx, viewer)
        list_preview = await uploads.preview(tx, program.id, upload)
    crumbs = [(program.name, "/program"), (_("Lists"), "/program/lists")]
    rows = sorted(list_preview.read.rows, key=lambda row: (row.wrong is None, row.line))[:SHOWN]
    return show(
        request,
        "program/list.html",
        crumbs=crumbs,
        list=list_preview,
        rows=rows,
        does=DOES,
        wrongs={row.line: translated(row.wrong) for row in rows if row.wrong},
        more=len(list_preview.read.rows) - SHOWN,
    )


@router.post("/{upload}/take")
async def take(upload: UUID, request: Request, viewer: Coordinator, inside: Inside) -> Response:
    """Take a list's good rows in."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        program = await program_of(tx, viewer)
        counts = await uploads.take(tx, program.id, upload, signature(viewer), datetime.now(UTC))
    words = ngettext("%(n)s row is handed in.", "%(n)s rows are handed in.", counts["new"] + counts["changed"])
    if left := counts["mend"] + counts["refused"]:
        words += " " + ngettext("%(n)s row is left out: mend it, and give the list again.", LEFT, left)
    return done(request, f"/program/lists/{upload}", words, "warn" if left else "good")


LEFT = "%(n)s rows are left out: mend them, and give the list again."


@router.post("/{upload}/undo")
async def undo(upload: UUID, request: Request, viewer: Coordinator, inside: Inside) -> Response:
    """Take a list back, as far as nobody has looked at what it brought."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        program = await program_of(tx, viewer)
        gone, stay = await uploads.undo(tx, inside.settings, program.id, upload, datetime.now(UTC))
    words = ngettext("%(n)s submission is taken back.", "%(n)s submissions are taken back.", gone)
    if stay:
        words += " " + ngettext(
            "%(n)s stays: somebody looks at it already.", "%(n)s stay: somebody looks at them.", stay
        )
    return done(request, "/program/lists", words, "warn" if stay else "good")


@router.get("/{upload}/mend.csv")
async def to_mend(upload: UUID, viewer: Coordinator, inside: Inside) -> Response:
    """The rows to be mended as a list, with what is wrong beside each."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        program = await program_of(tx, viewer)
        list_preview = await uploads.preview(tx, program.id, upload)
    headers = {"Content-Disposition": 'attachment; filename="to-be-mended.csv"', "X-Content-Type-Options": "nosniff"}
    return Response("﻿" + uploads.rows_to_fix(list_preview), headers=headers, media_type="text/csv; charset=utf-8")
