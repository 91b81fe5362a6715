"""`tessera import`: a file taken in, after a dry run that shows what it would change."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli import sources as made
from app.cli.console import TenantOption, out, run, source_of, tenant_of
from app.cli.progress import bars, print_report
from app.db.access.tenants import TenantRow
from app.db.sources import sources
from app.db.sources.sources import SourceRow
from app.errors import ConfigError
from app.pipeline.file import load
from app.pipeline.report import Report
from app.records.settle import settle
from app.sources.source import open_source
from app.start import Service


def import_file(
    file: Annotated[Path, typer.Argument(help="a CSV file, or a zip archive or folder of them", exists=True)],
    source: Annotated[str | None, typer.Option(help="the source it belongs to")] = None,
    connector: Annotated[
        str | None,
        typer.Option(help="instead: what reads it (oneroster, assessment_file); makes the source if need be"),
    ] = None,
    layout: Annotated[
        Path | None, typer.Option(help="with --connector assessment_file: a layout of your own", exists=True)
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only show what would change")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="do not ask")] = False,
    allow_shrink: Annotated[
        bool, typer.Option("--allow-shrink", help="withdraw what is gone, however much it is")
    ] = False,
    tenant: TenantOption = None,
) -> None:
    """Import a file: first a dry run shows rows, errors and what would change, then you are asked."""
    given = {"layouts": [layout.read_text("utf-8")]} if layout else {}
    short = layout.stem.replace("_", "-").lower() if layout else (connector or "").replace("_", "-")

    async def work(service: Service) -> None:
        owner = await tenant_of(service, tenant)
        row = await _source(service, owner, source, connector, short, given)
        report = await _load(service, row, file, dry_run=True, allow_shrink=allow_shrink)
        if dry_run:
            return
        if report.state == "held":
            raise ConfigError("the import is held: look at what would be withdrawn, then say --allow-shrink")
        _ask(yes=yes)
        await _load(service, row, file, dry_run=False, allow_shrink=allow_shrink)
        with bars() as progress:
            settled = await settle(service.db, owner.id, progress=progress)
        out.print(f"\n[green]✓[/] imported; {settled.learners:,} learners' records changed")

    run(work)


async def _source(
    service: Service, tenant: TenantRow, slug: str | None, connector: str | None, short: str, given: dict[str, Any]
) -> SourceRow:
    """The source a file belongs to: the one named, or the connector's own, made where there is none yet."""
    if slug is not None:
        return await source_of(service, tenant, slug)
    if connector is None:
        raise ConfigError("say whose file it is: --source SLUG, or --connector NAME to make a source for it")
    async with service.db.transaction(tenant.id) as tx:
        known = await sources.by_slug(tx, short)
    if known is not None:
        return known
    row = await made.make(service, tenant, connector, given, slug=short)
    out.print(f"source '{row.slug}' is made for it")
    return row


async def _load(service: Service, row: SourceRow, file: Path, *, dry_run: bool, allow_shrink: bool) -> Report:
    with bars() as progress:
        report = await load(
            service.db,
            open_source(row, service.vault),
            file,
            dry_run=dry_run,
            allow_shrink=allow_shrink,
            progress=progress,
        )
    print_report(report)
    return report


def _ask(*, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise ConfigError("nothing was imported: say --yes to import without being asked")
    typer.confirm("\nImport it?", abort=True)
