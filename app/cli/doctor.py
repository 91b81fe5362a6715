"""`tessera doctor`: what the service stands on, looked at piece by piece, with the next step where one is missing."""

import asyncio
from dataclasses import asdict

import typer
from rich.markup import escape

from app.cli.console import JsonOption, out, print_json, table
from app.operations.diagnosis import Check, checks
from app.settings import Settings


def doctor(as_json: JsonOption = False) -> None:
    """Check the installation; exit 1 where something is wrong, with the next step for each."""
    checks = asyncio.run(_all(Settings()))
    if as_json:
        print_json([asdict(check) for check in checks])
    else:
        listing = table("", "what", "found")
        for check in checks:
            sign = {True: "[green]✓[/]", False: "[red]✗[/]", None: "[yellow]•[/]"}[check.well]
            listing.add_row(sign, check.name, escape(check.found))
            if check.next:
                listing.add_row("", "", f"[bold]→ {escape(check.next)}[/]")
        out.print(listing)
    raise typer.Exit(1 if any(check.well is False for check in checks) else 0)


async def _all(settings: Settings) -> list[Check]:
    return [check async for check in checks(settings)]
