"""`tessera sandbox` and `tessera conform`: a vendor's own tenant with made-up learners, and what its CI runs there."""

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import httpx
import typer
from rich.markup import escape

from app.cli.console import JsonOption, out, print_json, run
from app.errors import ConfigError
from app.sandbox import conforming, tenant
from app.sandbox.conforming import SHOWN
from app.sandbox.tenant import DOORS, Sandbox
from app.settings import Settings
from app.start import Service

commands = typer.Typer(help="Sandboxes: tenants of vendors, with made-up learners.", no_args_is_help=True)
DoorName = Literal["evidence", "badges", "statements"]


@commands.command()
def add(vendor: Annotated[str, typer.Argument(help="the vendor's name")], as_json: JsonOption = False) -> None:
    """Make a sandbox: made-up learners, a source and a key for each door, and a key to read with.

    The keys begin with tst_ and are shown once. 'tessera tenant remove' removes it.
    """

    async def work(service: Service) -> Sandbox:
        return await tenant.make(service, vendor)

    sandbox, home = run(work), Settings().home
    if as_json:
        print_json({**asdict(sandbox), "url": home, "paths": {name: door.path for name, door in DOORS.items()}})
        return
    out.print(f"[green]✓[/] '{sandbox.tenant}' is made, with {tenant.SIZE} learners. Its keys, shown this once:\n")
    for name, text in sandbox.keys.items():
        path = DOORS[name].path if name in DOORS else "/v1/learners"
        out.print(f"[bold]{name}[/]  {home}{path}\n  {text}", soft_wrap=True)
    out.print("\nLearners that can be named, by their number of the district:")
    for learner in sandbox.learners:
        out.print(f"  {learner.number}  {escape(learner.name)}, born {learner.birth_date}")
    out.print("\nAn item whose id is test-429 is answered 429, and so on: see docs/vendors.md, 'Test mode'.")


def conform(
    file: Annotated[Path, typer.Argument(help="what your tool made: JSON, or a JSON object a line", exists=True)],
    key: Annotated[str, typer.Option(envvar="TESSERA_TEST_KEY", help="a sandbox's key, which begins with tst_")],
    url: Annotated[str, typer.Option(envvar="TESSERA_URL", help="where the service is")] = "http://127.0.0.1:8000",
    door: Annotated[DoorName, typer.Option(help="what the file holds")] = "evidence",
    junit: Annotated[Path | None, typer.Option(help="write a JUnit report to this file")] = None,
    as_json: JsonOption = False,
) -> None:
    """Push what a tool makes to its sandbox, and report what a district would have of it; exit 1 where it is wrong."""
    items = conforming.items_of(file.read_text("utf-8"))
    try:
        findings = asyncio.run(conforming.conform(url, key, door, items))
    except httpx.HTTPError as why:
        raise ConfigError(f"{url} does not answer: {why}") from None
    if junit is not None:
        junit.write_text(conforming.junit(findings), "utf-8")
    if as_json:
        print_json([{**asdict(finding), "passed": finding.passed} for finding in findings])
    else:
        for finding in findings:
            out.print(f"{'[green]✓[/]' if finding.passed else '[red]✗[/]'} {finding.check}")
            for words in finding.wrong[:SHOWN]:
                out.print(f"    {escape(words)}", soft_wrap=True)
            if len(finding.wrong) > SHOWN:
                out.print(f"    and {len(finding.wrong) - SHOWN} more")
    if not all(finding.passed for finding in findings):
        raise typer.Exit(1)
