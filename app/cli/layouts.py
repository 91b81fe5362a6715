"""`tessera layout`: layouts of assessment files, drafted from a file, checked against it, tried on it."""

import json
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.markup import escape

from app.cli.console import err, out, table
from app.errors import ConfigError
from connectors.assessment_file import shipped
from connectors.assessment_file.layout import Layout, parse
from connectors.assessment_file.looking import drafted, fates, nearest, tried
from connectors.assessment_file.record_layout import read_positions
from connectors.assessment_file.schema import layout_schema

commands = typer.Typer(help="Layouts of assessment files: draft, check and try one.", no_args_is_help=True)
FileArgument = Annotated[Path, typer.Argument(help="the file", exists=True)]
LayoutOption = Annotated[Path | None, typer.Option(help="a layout of your own", exists=True)]


@commands.command("draft")
def draft_(
    file: FileArgument,
    output: Annotated[Path | None, typer.Option(help="write it here, not to the screen")] = None,
    positions: Annotated[
        Path | None,
        typer.Option(help="fixed width: the vendor's record layout, a table of name, begin, end", exists=True),
    ] = None,
) -> None:
    """Draft a first layout from a file nobody knows, or from one that is near a layout, on the base of that.

    Its doubts are comments: read it, mend it, try it.
    """
    text = drafted(file, list(shipped().values()), read_positions(positions) if positions else None)
    if output is None:
        typer.echo(text, nl=False)
        return
    output.write_text(text, "utf-8")
    doubts = text.count("# DOUBT:")
    err.print(f"[green]✓[/] {escape(str(output))}, with {doubts} doubts in it. Next:")
    err.print(f"  tessera layout check {escape(str(file))} --layout {escape(str(output))}")


@commands.command("schema")
def schema_() -> None:
    """Print the JSON Schema of layouts, by which an editor completes and checks them."""
    typer.echo(json.dumps(layout_schema(), indent=1, sort_keys=True))


@commands.command()
def check(file: FileArgument, layout: LayoutOption = None) -> None:
    """Tell which layouts fit a file, how nearly, and column by column what becomes of it."""
    layouts = _layouts(layout)
    near = nearest(file, layouts)
    if not near:
        raise ConfigError(f"no layout is near this file: tessera layout draft {file}")
    fit = table("layout", "knows", "misses")
    for match in near:
        missing = ", ".join(map(match.hint, match.missing)) or "nothing"
        fit.add_row(match.layout.name, f"{match.share:.0%} of {len(match.columns)}", escape(missing))
    out.print(fit)
    columns = table("column", "is", "for example", "not understood")
    for fate in fates(file, layouts):
        words = ", ".join(f"{word!r} ({count})" for word, count in fate.odd.items())
        columns.add_row(escape(fate.column), fate.fate, escape(", ".join(fate.examples)[:60]), escape(words))
    out.print(columns)


@commands.command("try")
def try_(
    file: FileArgument,
    layout: LayoutOption = None,
    learners: Annotated[int, typer.Option(min=1, max=100, help="how many")] = 3,
) -> None:
    """Show some learners' rows before and after. Nothing is stored."""
    for number, trial in enumerate(tried(file, _layouts(layout), learners), 1):
        out.print(f"\n[bold]learner {number}[/]: {len(trial.row)} cells become {len(trial.records)} records")
        for column, cell in trial.row.items():
            out.print(f"  {escape(column)} = {escape(cell[:80])}")
        for record in trial.records:
            out.print(f"  [green]→[/] {escape(msgspec.json.encode(record).decode())}", soft_wrap=True)
        for words in trial.told:
            out.print(f"  [yellow]told[/] {escape(words)}")


def _layouts(own: Path | None) -> list[Layout]:
    """The layout given alone, or all that are shipped."""
    return [parse(own.read_text("utf-8"), own.name)] if own else list(shipped().values())
