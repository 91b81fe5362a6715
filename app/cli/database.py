"""`tessera database`: the embedded PostgreSQL, and its next major version."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from app.cli.console import confirm, out
from app.operations import major_upgrade
from app.settings import Settings

commands = typer.Typer(no_args_is_help=True, help="The embedded PostgreSQL, and its next major version.")


@commands.command()
def show() -> None:
    """Say which PostgreSQL the data are of, and what an upgrade has kept."""
    versions = major_upgrade.versions(Settings())
    out.print(f"this release brings PostgreSQL {versions.ours}; the data are of {versions.data or 'none yet'}")
    for path in versions.kept:
        out.print(f"kept of an earlier version: {escape(str(path))}")
    if versions.data not in (None, versions.ours):
        out.print("Next: tessera database upgrade")
    elif versions.kept:
        out.print("Next, once all is well: tessera database remove-kept")


@commands.command()
def upgrade(
    programs: Annotated[
        Path | None, typer.Option(help="the folder of the earlier PostgreSQL's programs", exists=True, file_okay=False)
    ] = None,
) -> None:
    """Take the data over into this release's PostgreSQL; those of the earlier version are kept.

    Stop every other `tessera` before. It may be interrupted at any time: the earlier data are as they were.
    """
    done = major_upgrade.upgrade(Settings(), programs)
    if done is None:
        out.print("[green]✓[/] the data are of this release's PostgreSQL already: there is nothing to do")
        return
    counted = f"{done.rows:,} rows of {done.tables} tables, counted in both"
    out.print(f"[green]✓[/] from PostgreSQL {done.before} to {done.now}: {counted}")
    out.print(f"The earlier data are kept in {escape(str(done.kept))}.")
    out.print("Next: tessera doctor, then tessera serve; once all is well: tessera database remove-kept")


@commands.command("remove-kept")
def remove_kept(yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False) -> None:
    """Remove the data that an upgrade has kept of an earlier PostgreSQL."""
    folders = major_upgrade.versions(Settings()).kept
    if not folders:
        out.print("Nothing is kept of an earlier version.")
        return
    for path in folders:
        out.print(f"goes for good: {escape(str(path))}")
    confirm("Remove?", yes=yes)
    out.print(f"[green]✓[/] removed: {len(major_upgrade.remove_kept(Settings()))}")
