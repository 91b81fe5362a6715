"""`tessera source retire, remove`: a source that is over, and one that should never have been."""

from typing import Annotated

import typer
from rich.markup import escape

from app.cli.console import TenantOption, confirm, out, run, source_of, tenant_of
from app.cli.progress import bars
from app.cli.sources import SlugArgument
from app.errors import Conflict
from app.pipeline import retire as pipeline_retire
from app.pipeline.report import Report
from app.records import removal
from app.records.settle import settle
from app.sources.source import open_source
from app.start import Service


def retire(
    slug: SlugArgument,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="do not ask")] = False,
    tenant: TenantOption = None,
) -> None:
    """Retire a source that is over: what it tells of now ends, its past stays, and its clients are revoked."""
    confirm(f"What '{slug}' tells of now ends: classes, schools and people are past. Retire it?", yes=yes)

    async def work(service: Service) -> Report:
        owner = await tenant_of(service, tenant)
        row = await source_of(service, owner, slug)
        with bars() as progress:
            report = await pipeline_retire.retire(
                service.db, open_source(row, service.vault, service.settings.limits), progress=progress
            )
            await settle(service.db, owner.id, progress=progress)
        return report

    run(work)
    out.print(f"[green]✓[/] '{slug}' is retired; should it tell again after all: tessera source resume {slug}")


def remove(
    slug: SlugArgument,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="do not ask")] = False,
    tenant: TenantOption = None,
) -> None:
    """Remove a source for good, with everything it said. What becomes of its data is told first."""

    async def work(service: Service) -> None:
        owner = await tenant_of(service, tenant)
        row = await source_of(service, owner, slug)
        async with service.db.transaction(owner.id) as tx:
            holdings = await removal.holdings(tx, row.id)
        if why := removal.refusal(holdings):
            raise Conflict(f"'{slug}' is not removed. {why}")
        out.print(f"If [bold]{escape(row.name)}[/] ('{slug}') is removed:")
        for words in removal.consequences(holdings):
            out.print(f"  - {escape(words)}")
        confirm(f"Remove '{slug}'?", yes=yes)
        with bars() as progress:
            await removal.remove(service.db, row, progress=progress)

    run(work)
    out.print(f"[green]✓[/] '{slug}' is removed")
