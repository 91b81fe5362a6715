"""What the commands share: where they write, how they get at the service, and how they name a tenant and a source."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from app.access import tenants
from app.actor import acting
from app.credentials import contexts
from app.db.access.tenants import TenantRow
from app.db.sources.sources import SourceRow
from app.errors import ConfigError
from app.settings import Settings
from app.sources import known
from app.start import Service, running

T = TypeVar("T")

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

TenantOption = Annotated[
    str | None,
    typer.Option("--tenant", "-t", envvar="TESSERA_TENANT", help="the tenant's slug, where there are several"),
]
JsonOption = Annotated[bool, typer.Option("--json", help="for a script: JSON on standard output")]


def run(work: Callable[[Service], Awaitable[T]]) -> T:
    """Do something with the service's inside, started for it and stopped after."""

    async def started() -> T:
        acting("command line")
        settings = Settings()
        contexts.add(settings.contexts)
        async with running(settings) as service:
            return await work(service)

    return asyncio.run(started())


async def tenant_of(service: Service, slug: str | None) -> TenantRow:
    """The tenant that a command is about: the one named, or the only one."""
    return await tenants.by_slug_or_only(service.db, slug)


async def source_of(service: Service, tenant: TenantRow, slug: str) -> SourceRow:
    """The source of that slug. ConfigError where the tenant has none."""
    async with service.db.transaction(tenant.id) as tx:
        return await known.by_slug(tx, slug)


def confirm(question: str, *, yes: bool) -> None:
    """Go on only where somebody says so: in a terminal they are asked. ConfigError where nobody can be."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise ConfigError("nothing was done: say --yes to go on without being asked")
    typer.confirm(f"\n{question}", abort=True)


def table(*columns: str, title: str | None = None) -> Table:
    """A plain table that wraps rather than cuts, so that nothing is lost on a narrow terminal."""
    grid = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for column in columns:
        grid.add_column(column, overflow="fold")
    return grid


def print_json(value: Any) -> None:
    """Print a value as JSON, unadorned."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=1, default=str))
