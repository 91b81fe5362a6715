"""`tessera key`: the instance's key, which seals what sources confide and what credentials are signed with."""

import typer

from app.cli.console import out
from app.operations.rotation import key_fingerprint, rotate_key
from app.secrets import new_key
from app.settings import Settings

commands = typer.Typer(help="The instance's key: show its fingerprint, rotate it.", no_args_is_help=True)


@commands.command()
def new() -> None:
    """Print a new key for TESSERA_KEY. Keep it safe: what is sealed with it opens with nothing else."""
    typer.echo(new_key())


@commands.command()
def show() -> None:
    """Show the fingerprint of the key this database belongs to, and that ours is the same."""
    out.print(f"key {key_fingerprint(Settings()) or 'none yet: it is made at the first start'}")


@commands.command()
def rotate() -> None:
    """Seal everything with a new key, while nothing else runs. Links to record pages end with the old key."""

    def print_key(text: str) -> None:
        out.print("The new key. Give it to every process in TESSERA_KEY before it starts again:\n")
        typer.echo(text)

    rotated = rotate_key(Settings(), print_key)
    out.print(f"\n[green]✓[/] {rotated.count:,} secrets are sealed with the new key {rotated.fingerprint}")
    out.print("Back up anew: what is in older backups opens with the old key only.")
