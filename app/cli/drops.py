"""`tessera source watch`: files that others drop, taken in as they come."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from app.cli.console import TenantOption, err, out, run, source_of, tenant_of
from app.pipeline.drops import DroppedFileResult, FileOutcome, take_drop
from app.records.settle import settle
from app.sources.source import Source, open_source
from app.start import Service
from connectors.errors import Unavailable
from connectors.kit.drops import Access, open_drop

_SIGNS = {
    FileOutcome.TAKEN: "[green]✓[/]",
    FileOutcome.HELD: "[yellow]held[/]",
    FileOutcome.REFUSED: "[red]refused[/]",
    FileOutcome.WAITS: "waits",
}


def watch(
    slug: Annotated[str, typer.Argument(help="the source's short name: one that reads files")],
    place: Annotated[str, typer.Argument(help="a folder, or sftp://user@host:port/folder")],
    every: Annotated[int, typer.Option(min=1, help="look every so many minutes")] = 5,
    once: Annotated[bool, typer.Option("--once", help="look once, and end: for cron")] = False,
    key: Annotated[Path | None, typer.Option(help="SFTP: the file of the private key", exists=True)] = None,
    password: Annotated[
        bool, typer.Option("--password", help="SFTP: ask for a password, or read a line of input")
    ] = False,
    known_hosts: Annotated[
        Path | None, typer.Option(help="SFTP: the file of host keys that are trusted", exists=True)
    ] = None,
    tenant: TenantOption = None,
) -> None:
    """Take in the files that others drop in a place: one by one, once each, the oldest first.

    What changed less than a minute ago is left for the next look. A file that is refused or held is said once, and
    taken when it changes.
    """
    secret = typer.prompt("Password", hide_input=True) if password else None
    access = Access(key, secret, known_hosts)

    async def work(service: Service) -> None:
        owner = await tenant_of(service, tenant)
        while True:
            source = open_source(await source_of(service, owner, slug), service.vault, service.settings.limits)
            try:
                await _look(service, source, place, access)
            except Unavailable as why:
                if once:
                    raise
                err.print(f"[yellow]{escape(str(why))}[/]: tried again in {every} minutes")
            if once:
                return
            await asyncio.sleep(60 * every)

    run(work)


async def _look(service: Service, source: Source, place: str, access: Access) -> None:
    """Look at a drop once, and have the records follow."""
    count = 0
    async with open_drop(place, access) as drop:
        async for looked in take_drop(service.db, source, drop, now=datetime.now(UTC)):
            _print(looked)
            count += looked.fate is FileOutcome.TAKEN
    if count:
        settled = await settle(service.db, source.tenant)
        out.print(f"{count} file{'s' if count > 1 else ''} taken; {settled.learners:,} learners' records changed")


def _print(looked: DroppedFileResult) -> None:
    line = f"{_SIGNS[looked.fate]} {escape(looked.file.name)}"
    if looked.report is not None:
        counts = ", ".join(
            f"{stream}: {outcome.counts['new']} new, {outcome.counts['updated']} updated, "
            f"{outcome.counts['rejected']} rejected"
            for stream, outcome in looked.report.streams.items()
        )
        line = f"{line}: {escape(counts)}"
    out.print(f"{line} {escape(looked.words)}".rstrip())
