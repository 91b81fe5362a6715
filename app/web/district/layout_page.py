"""A layout for a file that nobody knows: what each column is taken for, changed by choice, tried on learners, kept."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from app.db.sources.sources import SourceRow
from app.errors import ConfigError, Invalid, NotFound, TesseraError
from app.people.viewer import Viewer
from app.request import Inside
from app.sources import known
from app.sources.files import keep_layout
from app.sources.layout_drafts import ROLES, SHOWN, LayoutDraft, draft_of, reading_layout
from app.sources.source import public_settings
from app.web.district import layout_words, run_words
from app.web.district.sources import SourceId, crumbs
from app.web.district.uploads import keep_file, kept_file
from app.web.kit.forms import Posted
from app.web.kit.shell import done, show
from app.web.kit.signed import SignedRoute, form, may
from app.web.kit.words import _
from connectors.assessment_file.looking import columns_of
from connectors.assessment_file.profile import Role

router = APIRouter(prefix="/sources/{source}/layout", include_in_schema=False, route_class=SignedRoute)
Manager = Annotated[Viewer, may("sources.manage")]
LAYOUT_NAME = re.compile(r"[a-z][a-z0-9_]{0,49}")


@dataclass(frozen=True, slots=True)
class _Choices:
    """What a form says: the file, the layout's name and title, and what columns are."""

    path: Path
    name: str
    title: str
    roles: dict[str, Role]


@router.get("")
async def choose(source: SourceId, request: Request, viewer: Manager, inside: Inside) -> Response:
    """Choose a file to draft a layout from."""
    row = await _row(source, viewer, inside)
    return _page(request, row, most=inside.settings.body_bytes // (1024 * 1024))


@router.post("")
async def draft(source: SourceId, request: Request, viewer: Manager, inside: Inside) -> Response:
    """Show what the columns of a file are taken for, and what its first learners' rows become."""
    row, sent = await _row(source, viewer, inside), form(request)
    upload = sent.file("file")
    if upload is not None:
        path = await keep_file(inside, viewer, upload.filename or "file", await upload.read())
    elif sent.text("kept"):
        path = kept_file(inside, viewer, sent.text("kept"))
    else:
        raise Invalid(_("Choose a file first."))
    try:
        reads = await run_in_threadpool(reading_layout, path, _own(row))
        if reads is not None and not sent.flag("anew"):
            return _page(request, row, kept=path.name, file=_file_name(path), reads=reads)
        choices = await run_in_threadpool(_choices, sent, path)
        drafted = await run_in_threadpool(draft_of, path, choices.name, choices.title, choices.roles)
    except TesseraError as why:
        return _page(request, row, status=422, complaint=run_words.translated(str(why)), most=_most(inside))
    return _page(request, row, **_draft_view(drafted, choices))


@router.post("/keep")
async def keep(source: SourceId, request: Request, viewer: Manager, inside: Inside) -> Response:
    """Keep the layout with the source. Its file waits to be handed in."""
    row, sent = await _row(source, viewer, inside), form(request)
    path = kept_file(inside, viewer, sent.text("kept"))
    choices = await run_in_threadpool(_choices, sent, path)
    drafted = await run_in_threadpool(draft_of, path, choices.name, choices.title, choices.roles)
    try:
        async with inside.db.transaction(viewer.tenant.id) as tx:
            await keep_layout(tx, await known.by_id(tx, source), drafted.text, inside.vault, inside.settings.limits)
    except ConfigError as why:
        return _page(request, row, status=422, complaint=str(why), **_draft_view(drafted, choices))
    address = f"/sources/{source}/upload?kept={path.name}"
    return done(request, address, _("The layout is kept. Now see what the file would change."))


async def _row(source: int, viewer: Viewer, inside: Inside) -> SourceRow:
    """The source, which must be one of assessment files."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        row = await known.by_id(tx, source)
    if row.connector != "assessment_file":
        raise NotFound(_("This source reads no assessment files: it has no layouts."))
    return row


def _own(row: SourceRow) -> tuple[str, ...]:
    return tuple(public_settings(row).get("layouts", ()))


def _most(inside: Inside) -> int:
    return inside.settings.body_bytes // (1024 * 1024)


def _file_name(path: Path) -> str:
    """The name that a kept file came with."""
    return path.name.partition("-")[2]


def _choices(sent: Posted, path: Path) -> _Choices:
    """What a form says. Invalid for a name that no layout can have, or a role that there is not."""
    stem = PurePath(_file_name(path)).stem
    usual = re.sub(r"[^a-z0-9]+", "_", stem.lower()).strip("_")[:40]
    usual = usual if usual[:1].isalpha() else f"file_{usual}".strip("_")
    name = sent.text("name") or f"own_{usual}"
    if not LAYOUT_NAME.fullmatch(name):
        raise Invalid(
            _("A layout's name has small letters, digits and _, and begins with a letter: %(name)s", name=name[:60]),
            pointers={"/name": "a name"},
        )
    return _Choices(path, name, sent.text("title")[:120] or stem, _roles(sent, path))


def _roles(sent: Posted, path: Path) -> dict[str, Role]:
    """What a person says otherwise than the draft looks."""
    roles: dict[str, Role] = {}
    for number, column in enumerate(columns_of(path)[:SHOWN]):
        role = next((known_role for known_role in ROLES if known_role == sent.text(f"column-{number}")), None)
        if role is not None and role != column.role:
            roles[column.name] = role
    return roles


def _draft_view(drafted: LayoutDraft, choices: _Choices) -> dict[str, Any]:
    """A draft for the page."""
    fates = {word: sum(column.fate == word for column in drafted.columns) for word in layout_words.FATES}
    return {
        "kept": choices.path.name,
        "file": _file_name(choices.path),
        "drafted": drafted,
        "columns": drafted.columns[:SHOWN],
        "hidden": max(0, len(drafted.columns) - SHOWN),
        "name": choices.name,
        "title": choices.title,
        "roles": [(role, _(words)) for role, words in layout_words.ROLES.items()],
        "fates": {word: _(words) for word, words in layout_words.FATES.items()},
        "counts": [(_(layout_words.FATES[word]), count) for word, count in fates.items() if count],
        "trials": [layout_words.trial(trial) for trial in drafted.trials],
        "doubts": drafted.doubts,
    }


def _page(request: Request, row: SourceRow, *, status: int = 200, **values: Any) -> Response:
    usual: Mapping[str, Any] = {"complaint": "", "drafted": None, "reads": None, "most": 0}
    return show(
        request,
        "district/layout.html",
        status=status,
        crumbs=crumbs((row.name, f"/sources/{row.id}")),
        row=row,
        **{**usual, **values},
    )
