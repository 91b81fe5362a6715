"""`tessera backup` and `tessera restore`: everything in one file, and back on an empty server."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from app.cli.console import out
from app.cli.settings import ask_secret
from app.errors import ConfigError
from app.operations.backup import BackedUp, back_up, has_key
from app.operations.backup import restore as restored
from app.settings import Settings

SHORTEST = 12
"""The fewest characters of a passphrase: whoever gets hold of the file can try as many as they like."""


def backup(
    file: Annotated[Path, typer.Argument(help="the file to write", dir_okay=False)],
    without_key: Annotated[
        bool, typer.Option("--without-key", help="leave the instance's key out: it is kept elsewhere")
    ] = False,
) -> None:
    """Back everything up into one file, while the service works.

    The instance's key goes with it under a passphrase (asked for, a line of input, or TESSERA_BACKUP_PASSPHRASE).
    """
    settings = Settings()
    passphrase = None if without_key else _passphrase(settings)
    if passphrase is not None and len(passphrase) < SHORTEST:
        raise ConfigError(f"the passphrase has {len(passphrase)} characters, and needs at least {SHORTEST}")
    summary = back_up(settings, file, passphrase)
    out.print(f"[green]✓[/] {escape(str(file))}: {_in_words(summary)}")
    if without_key:
        out.print(f"Its secrets open with the instance key {summary.fingerprint} alone: keep that as well.")


def restore(file: Annotated[Path, typer.Argument(help="a backup", exists=True, dir_okay=False)]) -> None:
    """Restore a backup into an empty database: data, roles and, where it comes with it, the instance's key."""
    settings = Settings()
    passphrase = _passphrase(settings) if has_key(file) else None
    out.print(f"[green]✓[/] restored: {_in_words(restored(settings, file, passphrase))}")
    out.print("Next: tessera doctor, then tessera serve")


def _passphrase(settings: Settings) -> str:
    secret = settings.backup_passphrase
    return secret.get_secret_value() if secret is not None else ask_secret("passphrase")


def _in_words(summary: BackedUp) -> str:
    return f"{summary.rows:,} rows of {summary.tables} tables, {summary.files:,} files, {summary.size / 1e6:,.1f} MB"
