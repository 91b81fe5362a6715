"""`tessera source sync, preview, runs, undo, held, allow`: what a source's runs do, did, and were held for."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer
from rich.markup import escape

from app.cli.console import JsonOption, TenantOption, out, print_json, run, source_of, table, tenant_of
from app.cli.progress import bars, print_report
from app.cli.sources import SlugArgument, last_run
from app.db.sources.sources import RunRow
from app.errors import ConfigError
from app.jobs.tasks import sync_source
from app.pipeline import allowing
from app.pipeline import preview as pipeline_preview
from app.pipeline import undo as pipeline_undo
from app.pipeline.allowing import Alarm
from app.pipeline.report import Report
from app.records.settle import settle
from app.sources import known
from app.sources.source import open_source
from app.start import Service


def sync(
    slug: SlugArgument,
    full: Annotated[bool, typer.Option("--full", help="pull everything, not only what changed")] = False,
    allow_shrink: Annotated[
        bool, typer.Option("--allow-shrink", help="withdraw what is gone, however much it is")
    ] = False,
    tenant: TenantOption = None,
) -> None:
    """Pull a source now, then bring the learners' records up to date."""

    async def work(service: Service) -> Report:
        row = await source_of(service, await tenant_of(service, tenant), slug)
        with bars() as progress:
            return await sync_source(service, row, full=full, allow_shrink=allow_shrink, progress=progress)

    report = run(work)
    print_report(report)
    if report.state != "done":
        raise ConfigError(
            f"the sync of '{slug}' is {report.state}: what is above says why; the next one goes on from here"
        )
    out.print(f"\n[green]✓[/] '{slug}' is synced")


def preview(slug: SlugArgument, tenant: TenantOption = None) -> None:
    """Pull a source in full, say by school what that would change, and change nothing."""

    async def work(service: Service) -> Report:
        row = await source_of(service, await tenant_of(service, tenant), slug)
        source = open_source(row, service.vault, service.settings.limits)
        with bars() as progress:
            return await pipeline_preview.preview(service.db, source, progress=progress)

    report = run(work)
    print_report(report)
    _print_alarms(report.alarms)


def undo(
    slug: SlugArgument,
    number: Annotated[int, typer.Argument(metavar="RUN", help="the run's number, as the history has it")],
    tenant: TenantOption = None,
) -> None:
    """Take a run out of a source as if it had never been; what came later stays. A pulled source is paused."""

    async def work(service: Service) -> Report:
        owner = await tenant_of(service, tenant)
        row = await source_of(service, owner, slug)
        with bars() as progress:
            report = await pipeline_undo.undo(
                service.db, open_source(row, service.vault, service.settings.limits), number, progress=progress
            )
            await settle(service.db, owner.id, progress=progress)
        return report

    run(work)
    out.print(f"[green]✓[/] run {number} of '{slug}' is undone; when the source is right: tessera source resume {slug}")


def held(slug: SlugArgument, tenant: TenantOption = None, as_json: JsonOption = False) -> None:
    """What the guard shows of a source: the schools, classes and grades that its last held run would have ended."""

    async def work(service: Service) -> list[Alarm]:
        owner = await tenant_of(service, tenant)
        row = await source_of(service, owner, slug)
        async with service.db.transaction(owner.id) as tx:
            return await allowing.alarms(tx, row.id)

    alarms = run(work)
    if as_json:
        print_json([asdict(alarm) for alarm in alarms])
    else:
        _print_alarms(alarms)


def allow(
    slug: SlugArgument,
    numbers: Annotated[list[int], typer.Argument(metavar="NUMBER…", help="as 'tessera source held' lists them")],
    tenant: TenantOption = None,
) -> None:
    """Allow what the guard shows to end at the next sync: those records, and no others."""

    async def work(service: Service) -> int:
        owner = await tenant_of(service, tenant)
        row = await source_of(service, owner, slug)
        async with service.db.transaction(owner.id) as tx:
            return await allowing.allow(tx, row.id, numbers, "the command line")

    out.print(f"[green]✓[/] {run(work)} allowed. Next: tessera source sync {slug} --full")


def _print_alarms(alarms: Sequence[Alarm]) -> None:
    if not alarms:
        out.print("The guard shows nothing.")
        return
    listed = table("number", "what would end", "allowed")
    for alarm in alarms:
        allowed = f"{alarm.allowed_at:%m-%d %H:%M} by {alarm.allowed_by}" if alarm.allowed_at else ""
        listed.add_row(str(alarm.id or ""), escape(alarm.words), escape(allowed))
    out.print(listed)


def runs(
    slug: SlugArgument,
    limit: Annotated[int, typer.Option(min=1, max=500, help="how many at most")] = 20,
    tenant: TenantOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the last runs of a source, newest first: what each did, and why it did not do more."""

    async def work(service: Service) -> list[RunRow]:
        owner = await tenant_of(service, tenant)
        row = await source_of(service, owner, slug)
        async with service.db.transaction(owner.id) as tx:
            return await known.runs(tx, row.id, limit)

    rows = run(work)
    if as_json:
        print_json([{"id": row.id, "kind": row.kind, "finished_at": row.finished_at, **last_run(row)} for row in rows])
        return
    listing = table("run", "kind", "state", "began", "message")
    for row in rows:
        listing.add_row(str(row.id), row.kind, row.state, f"{row.started_at:%Y-%m-%d %H:%M}", escape(row.message or ""))
    out.print(listing if rows else f"'{slug}' was not run yet: tessera source sync {slug}")
