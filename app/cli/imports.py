"""`tessera import`: a file taken in, after a dry run that shows what it would change."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from app.cli import sources as made
from app.cli.console import TenantOption, confirm, out, run, source_of, tenant_of
from app.cli.progress import bars, print_report
from app.db.access.tenants import TenantRow
from app.db.sources.sources import SourceRow
from app.errors import ConfigError
from app.pipeline.file import load
from app.pipeline.report import Report
from app.records.settle import settle
from app.sources.files import by_connector, forget_unused, keep_layout, with_layout
from app.sources.recognize import recognized
from app.sources.source import Source, open_source
from app.start import Service


def import_file(
    file: Annotated[Path, typer.Argument(help="a file, or a zip archive or folder of files", exists=True)],
    source: Annotated[str | None, typer.Option(help="the source it belongs to")] = None,
    connector: Annotated[
        str | None,
        typer.Option(help="instead: what reads it (oneroster, assessment_file, evidence); makes the source if need be"),
    ] = None,
    layout: Annotated[
        Path | None,
        typer.Option(
            help="a layout of your own for an assessment file: used now, kept when the import is", exists=True
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only show what would change")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="do not ask")] = False,
    allow_shrink: Annotated[
        bool, typer.Option("--allow-shrink", help="withdraw what is gone, however much it is")
    ] = False,
    tenant: TenantOption = None,
) -> None:
    """Import a file: first a dry run shows rows, errors and what would change, then you are asked.

    With --yes the file is read once.
    """
    options = _Options(layout.read_text("utf-8") if layout else None, dry_run, yes, allow_shrink)

    async def work(service: Service) -> None:
        owner = await tenant_of(service, tenant)
        row, is_new = await _source(service, owner, file, _Named(source, connector, layout))
        imported = False
        try:
            imported = await _import(service, owner, row, file, options)
        finally:
            if is_new and not imported:
                async with service.db.transaction(owner.id) as tx:
                    await forget_unused(tx, row)
        if imported:
            with bars() as progress:
                settled = await settle(service.db, owner.id, progress=progress)
            out.print(f"\n[green]✓[/] imported; {settled.learners:,} learners' records changed")
            if is_new:
                out.print(f"source '{row.slug}' is made for it")

    run(work)


@dataclass(frozen=True, slots=True)
class _Options:
    """How to import: the text of a layout of the operator's own, if any, and what the command's options say."""

    layout: str | None
    dry_run: bool
    yes: bool
    allow_shrink: bool


async def _import(service: Service, tenant: TenantRow, row: SourceRow, file: Path, options: _Options) -> bool:
    """Import a file, after a dry run where somebody is asked; whether it was imported. ConfigError where it is held.

    A layout of the operator's own is kept before the rows that need it: then, too, a dry run says first that it can be.
    """
    opened = open_source(row, service.vault, service.settings.limits)
    source = with_layout(opened, row, options.layout) if options.layout is not None else opened
    if options.dry_run or options.layout is not None or not options.yes:
        report = await _load(service, source, file, dry_run=True, allow_shrink=options.allow_shrink)
        if options.dry_run:
            return False
        _check_not_held(report)
        confirm("Import it?", yes=options.yes)
        if options.layout is not None:
            async with service.db.transaction(tenant.id) as tx:
                await keep_layout(tx, row, options.layout, service.vault, service.settings.limits)
    _check_not_held(await _load(service, source, file, dry_run=False, allow_shrink=options.allow_shrink))
    return True


def _check_not_held(report: Report) -> None:
    if report.state == "held":
        raise ConfigError("the import is held: look at what would be withdrawn, then say --allow-shrink")


@dataclass(frozen=True, slots=True)
class _Named:
    """What was said of whose file it is."""

    source: str | None
    connector: str | None
    layout: Path | None


async def _source(service: Service, tenant: TenantRow, file: Path, named_by: _Named) -> tuple[SourceRow, bool]:
    """The source a file belongs to, and whether it is new: the one named, or that of what the file is."""
    if named_by.source is not None:
        return await source_of(service, tenant, named_by.source), False
    connector = named_by.connector or ("assessment_file" if named_by.layout else None)
    async with service.db.transaction(tenant.id) as tx:
        if connector is None:
            connector = recognized(file, await by_connector(tx, "assessment_file"))
        known = await by_connector(tx, connector)
    short = (named_by.layout.stem if named_by.layout else connector).replace("_", "-").lower()
    same = [row for row in known if row.slug == short] or (
        known if named_by.connector is None and not named_by.layout else []
    )
    if len(same) > 1:
        raise ConfigError(f"say whose file it is, --source SLUG: one of {', '.join(row.slug for row in same)}")
    if same:
        return same[0], False
    return await made.make(service, tenant, connector, {}, slug=short), True


async def _load(service: Service, source: Source, file: Path, *, dry_run: bool, allow_shrink: bool) -> Report:
    with bars() as progress:
        report = await load(service.db, source, file, dry_run=dry_run, allow_shrink=allow_shrink, progress=progress)
    print_report(report)
    return report
