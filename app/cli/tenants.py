"""`tessera tenant`: districts and other organizations, each of which sees its own data only."""

import re
from typing import Annotated

import psycopg
import typer

from app.cli.console import JsonOption, out, print_json, run, table
from app.db.access import tenants
from app.errors import ConfigError
from app.start import Service

commands = typer.Typer(help="Tenants: districts, each of which sees its own data only.", no_args_is_help=True)
SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,60}")


def check_slug(slug: str) -> str:
    """A slug that can stand in an address; ConfigError for another."""
    if not SLUG.fullmatch(slug):
        raise ConfigError(f"'{slug}' will not do as a short name: small letters, digits and -, such as lake-district")
    return slug


@commands.command()
def add(
    slug: Annotated[str, typer.Argument(help="a short name: small letters, digits and -")],
    name: Annotated[str, typer.Argument(help="the name people know it by")],
) -> None:
    """Make a tenant."""

    async def work(service: Service) -> None:
        try:
            await tenants.add(service.db, check_slug(slug), name)
        except psycopg.errors.UniqueViolation:
            raise ConfigError(f"there is a tenant '{slug}' already: choose another short name") from None

    run(work)
    out.print(f"[green]✓[/] tenant '{slug}' is made. Next: tessera source add --help")


@commands.command("list")
def list_(as_json: JsonOption = False) -> None:
    """List the tenants."""

    async def work(service: Service) -> list[tenants.TenantRow]:
        return await tenants.listed(service.db)

    found = run(work)
    if as_json:
        print_json([{"slug": tenant.slug, "name": tenant.name, "created_at": tenant.created_at} for tenant in found])
        return
    shown = table("tenant", "name", "since")
    for tenant in found:
        shown.add_row(tenant.slug, tenant.name, f"{tenant.created_at:%Y-%m-%d}")
    out.print(shown if found else "There is no tenant yet: make one with 'tessera tenant add SLUG NAME'.")
