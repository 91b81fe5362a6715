"""Sources: all of them, a new one, its settings; one that is tested, synced, paused, with its history."""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from app.db import Tx
from app.db.sources.sources import Condition, SourceRow
from app.errors import ConfigError, Conflict, DomainError, Invalid
from app.people.viewer import Viewer
from app.pipeline import allowing, retire, undo
from app.request import Inside
from app.sources import configure, demand, known
from app.sources.configure import NewSource, SourceChanges
from app.sources.source import open_source, public_settings, secrets_of
from app.sources.testing import Tested, test_source
from app.web.district import run_words, states
from app.web.district.settings_form import Sent, Setting, filled_in, settings_of
from app.web.kit.forms import Posted
from app.web.kit.shell import confirm, done, show
from app.web.kit.signed import SignedRoute, form, may
from app.web.kit.words import _, later
from connectors import discover, named

router = APIRouter(prefix="/sources", include_in_schema=False, route_class=SignedRoute)
Manager = Annotated[Viewer, may("sources.manage")]
SourceId = Annotated[int, Path(ge=1, le=2**31 - 1)]
RunId = Annotated[int, Path(ge=1, le=2**63 - 1)]
SHOWN_RUNS = 20
NEW = later("New: test it, then begin.")


def crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    """The pages above one about sources."""
    return [(_("Sources"), "/sources"), *more]


@router.get("")
async def listed(request: Request, viewer: Manager, inside: Inside) -> Response:
    """All sources, and how each is doing."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        rows = await known.with_conditions(tx)
    return show(request, "district/sources.html", cards=[_card(row, condition) for row, condition in rows])


@router.get("/new", dependencies=[may("sources.manage")])
async def kinds(request: Request) -> Response:
    """What a source can be made of."""
    connectors = sorted(discover().values(), key=lambda connector: (connector.client is None, connector.title))
    return show(request, "district/source_kinds.html", crumbs=crumbs(), connectors=connectors)


@router.get("/new/{connector}", dependencies=[may("sources.manage")])
async def new(connector: str, request: Request) -> Response:
    """The form of a new source."""
    chosen = named(connector)
    return _form(request, connector, settings_of(chosen, {}), {"name": chosen.title.split(" (")[0], "every": "1440"})


@router.post("/new/{connector}")
async def create(connector: str, request: Request, viewer: Manager, inside: Inside) -> Response:
    """Create the source. Its test comes next."""
    chosen, sent = named(connector), form(request)
    settings = settings_of(chosen, {})
    common = {name: sent.text(name) for name in ("name", "every")}
    try:
        if not common["name"]:
            raise Invalid(_("Give the source a name."), pointers={"/name": "missing"})
        async with inside.db.transaction(viewer.tenant.id) as tx:
            slug = _free(common["name"], {row.slug for row in await known.listed(tx)})
            every = sent.whole("every") if chosen.client is not None else None
            new_source = NewSource(
                connector, slug, common["name"], filled_in(settings, _sent(sent)), every_minutes=None
            )
            source = await configure.create(tx, new_source, inside.vault, inside.settings.limits)
            if every:  # not before it was tested: it would be synced at once
                await configure.change(
                    tx,
                    await known.by_id(tx, source),
                    {"every_minutes": every, "state": "paused", "state_reason": NEW},
                    inside.vault,
                    inside.settings.limits,
                )
    except (ConfigError, Invalid, Conflict) as why:
        return _form(request, connector, _refilled(settings, sent), common, why)
    if chosen.client is None:
        return done(
            request,
            f"/sources/{source}",
            _("The source is made. Hand in a file, or give a client a key to push into it."),
        )
    return done(request, f"/sources/{source}/test", _("The source is made. See whether it answers."))


@router.get("/{source}")
async def source_page(
    source: SourceId,
    request: Request,
    viewer: Manager,
    inside: Inside,
    after: Annotated[int | None, Query(ge=0, lt=2**63)] = None,
) -> Response:
    """A source: how it is doing, what can be done, its history. Asked for again while a run is under way.

    `after`: a run was asked for, later than this one, and may not have begun yet.
    """
    async with inside.db.transaction(viewer.tenant.id) as tx:
        row, condition = await known.with_condition(tx, source)
        runs = await known.runs(tx, source, SHOWN_RUNS)
        alarms = await allowing.alarms(tx, source)
    running = any(run.state == "running" for run in runs) or (
        condition.last is None and row.state == "active" and row.due_at is not None
    )
    awaited = after is not None and row.state == "active" and all(run.id <= after for run in runs)
    return show(
        request,
        "district/source.html",
        crumbs=crumbs(),
        **_card(row, condition),
        runs=[
            {"row": run, "state": states.of_run(run), "kind": states.kind(run.kind), "counts": states.counts(run)}
            for run in runs
        ],
        alarms=alarms,
        live=f"/sources/{source}?after={after}" if awaited else f"/sources/{source}" if running else "",
        settings=_settings_in_words(row),
        secrets=sorted(secrets_of(row, inside.vault)),
        connector=named(row.connector),
    )


@router.get("/{source}/settings")
async def settings(source: SourceId, request: Request, viewer: Manager, inside: Inside) -> Response:
    """The form of a source that there is."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        row = await known.by_id(tx, source)
    return _form(
        request,
        row.connector,
        settings_of(named(row.connector), public_settings(row)),
        _common(row),
        row=row,
        secrets=secrets_of(row, inside.vault),
    )


@router.post("/{source}/settings")
async def save(source: SourceId, request: Request, viewer: Manager, inside: Inside) -> Response:
    """Change the source's settings. Where its address changes, its secrets are entered anew."""
    sent = form(request)
    async with inside.db.transaction(viewer.tenant.id) as tx:
        row = await known.by_id(tx, source)
    settings = settings_of(named(row.connector), public_settings(row))
    common = {name: sent.text(name) for name in ("name", "every", "shrink")}
    try:
        changes: SourceChanges = {"name": common["name"] or row.name, "settings": filled_in(settings, _sent(sent))}
        if named(row.connector).client is not None and sent.whole("every") != row.every_minutes:
            changes["every_minutes"] = sent.whole("every")
        changes["shrink_share"] = max(1, min(100, sent.whole("shrink", 20) or 20)) / 100
        async with inside.db.transaction(viewer.tenant.id) as tx:
            await configure.change(tx, row, changes, inside.vault, inside.settings.limits)
    except (ConfigError, Invalid) as why:
        return _form(
            request,
            row.connector,
            _refilled(settings, sent),
            common,
            why,
            row=row,
            secrets=secrets_of(row, inside.vault),
        )
    return done(
        request, f"/sources/{source}/test" if named(row.connector).client else f"/sources/{source}", _("Saved.")
    )


@router.get("/{source}/test")
async def test(source: SourceId, request: Request, viewer: Manager, inside: Inside) -> Response:
    """Whether the source answers, stream by stream, with what to change where it does not."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        row = await known.by_id(tx, source)
    try:
        tested = await test_source(open_source(row, inside.vault, inside.settings.limits))
    except ConfigError as why:
        tested = Tested(ok=False, message=str(why))
    streams = [(stream.stream, stream.ok, run_words.translated(stream.message)) for stream in tested.streams]
    above = crumbs((row.name, f"/sources/{source}"))
    message = run_words.translated(tested.message)
    return show(
        request, "district/source_test.html", crumbs=above, row=row, ok=tested.ok, message=message, streams=streams
    )


@router.post("/{source}/sync")
async def sync(source: SourceId, request: Request, viewer: Manager, inside: Inside) -> Response:
    """Sync now; the page shows how far it is."""
    sent = form(request)
    async with inside.db.transaction(viewer.tenant.id) as tx:
        row = await known.by_id(tx, source)
        if row.state != "active":
            await configure.resume(tx, row.slug)
        await demand.sync(tx, source, full=sent.flag("full"), allow_shrink=False)
        begins = await begun_after(tx, source)
    return done(request, begins, _("The sync begins in a moment. This page shows how far it is."))


@router.post("/{source}/preview")
async def preview(source: SourceId, request: Request, viewer: Manager, inside: Inside) -> Response:
    """Say what a full sync would change, and change nothing."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        await demand.preview(tx, source)
        begins = await begun_after(tx, source)
    return done(request, begins, _("The preview is made in a moment; the history has it. Nothing is changed."))


@router.post("/{source}/pause")
async def pause(source: SourceId, request: Request, viewer: Manager, inside: Inside) -> Response:
    """Leave a source alone until somebody says otherwise."""
    reason = form(request).text("reason") or f"by {viewer.account.name}"
    async with inside.db.transaction(viewer.tenant.id) as tx:
        await configure.pause(tx, (await known.by_id(tx, source)).slug, reason)
    return done(request, f"/sources/{source}", _("Paused. What it stored stays."))


@router.post("/{source}/resume")
async def resume(source: SourceId, request: Request, viewer: Manager, inside: Inside) -> Response:
    """Go on."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        await configure.resume(tx, (await known.by_id(tx, source)).slug)
    return done(request, f"/sources/{source}", _("Active again."))


@router.get("/{source}/retire")
async def ask_retire(source: SourceId, request: Request, viewer: Manager, inside: Inside) -> Response:
    """Ask before a source is retired."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        row = await known.by_id(tx, source)
    return confirm(
        request,
        question=_("Retire this source?"),
        words=_(
            "What it tells of now ends: classes, schools and people are past. All it ever told stays in the records. "
            "Keys that push into it stop working."
        ),
        action=f"/sources/{source}/retire",
        back=f"/sources/{source}",
        button=_("Retire it"),
        crumbs=crumbs((row.name, f"/sources/{source}")),
    )


@router.post("/{source}/retire")
async def retire_source(source: SourceId, request: Request, viewer: Manager, inside: Inside) -> Response:
    """Retire a source that is over."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        await retire.ask(tx, source)
    return done(request, f"/sources/{source}", _("The source is being retired."))


@router.get("/{source}/runs/{run}/undo")
async def ask_undo(source: SourceId, run: RunId, request: Request, viewer: Manager, inside: Inside) -> Response:
    """Ask before a run is undone."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        row = await known.by_id(tx, source)
    return confirm(
        request,
        question=_("Undo this run?"),
        words=_(
            "All is said again as if the run had never been. What came later stays, and the source is paused until "
            "you let it go on."
        ),
        action=f"/sources/{source}/runs/{run}/undo",
        back=f"/sources/{source}/runs/{run}",
        button=_("Undo the run"),
        crumbs=crumbs((row.name, f"/sources/{source}")),
    )


@router.post("/{source}/runs/{run}/undo")
async def undo_run(source: SourceId, run: RunId, request: Request, viewer: Manager, inside: Inside) -> Response:
    """Undo a run."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        await undo.ask(tx, source, run)
    return done(request, f"/sources/{source}", _("The run is being undone."))


async def begun_after(tx: Tx, source: int) -> str:
    """The address of a source's page that waits for a run which was just asked for."""
    last = await known.runs(tx, source, 1)
    return f"/sources/{source}?after={last[0].id if last else 0}"


def _card(row: SourceRow, condition: Condition) -> dict[str, Any]:
    return {
        "row": row,
        "state": states.of_source(row, condition),
        "quarantined": condition.quarantined,
        "last": condition.last,
        "trouble": states.trouble(condition.last),
        "due": states.due(row.due_at) if row.state == "active" else "",
        "pulled": named(row.connector).client is not None,
        "files": named(row.connector).file is not None,
        "title": named(row.connector).title,
    }


def _settings_in_words(row: SourceRow) -> list[tuple[str, str]]:
    """A source's settings as they are read: what was set, and nothing that is secret."""
    values = public_settings(row)
    labeled = [
        (setting.label, values[setting.name])
        for setting in settings_of(named(row.connector), {})
        if setting.name in values
    ]
    return [(label, ", ".join(map(str, value)) if isinstance(value, list) else str(value)) for label, value in labeled]


def _common(row: SourceRow) -> dict[str, str]:
    return {"name": row.name, "every": str(row.every_minutes or ""), "shrink": str(round(row.shrink_share * 100))}


def _form(
    request: Request,
    connector: str,
    settings: list[Setting],
    common: dict[str, str],
    why: Exception | None = None,
    *,
    row: SourceRow | None = None,
    secrets: Iterable[str] = (),
) -> Response:
    chosen = named(connector)
    words = run_words.translated(why.detail if isinstance(why, DomainError) else str(why)) if why else ""
    return show(
        request,
        "district/source_form.html",
        status=422 if why else 200,
        crumbs=crumbs((row.name, f"/sources/{row.id}")) if row else crumbs((_("Connect a source"), "/sources/new")),
        connector=chosen,
        settings=settings,
        common=common,
        complaint=words,
        row=row,
        secrets=sorted(secrets),
    )


def _sent(sent: Posted) -> Sent:
    return Sent(lambda name: sent.secret(f"s-{name}").strip(), lambda name: sent.many(f"s-{name}"))


def _refilled(settings: list[Setting], sent: Posted) -> list[Setting]:
    """The form as it was sent, secrets left out."""
    return [
        setting
        if setting.kind == "secret"
        else replace(
            setting,
            value=sent.many(f"s-{setting.name}") if setting.kind == "several" else sent.text(f"s-{setting.name}"),
        )
        for setting in settings
    ]


def _free(name: str, slugs: set[str]) -> str:
    """A short name for a source, which stands in every record's provenance and never changes."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:40].strip("-") or "source"
    return next(candidate for candidate in (slug, *(f"{slug}-{n}" for n in range(2, 1000))) if candidate not in slugs)
