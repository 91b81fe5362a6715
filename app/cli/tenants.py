"""`tessera tenant`: districts and other organizations, each of which sees its own data only."""

from typing import Annotated

import typer

from app.access import tenants
from app.cli.console import JsonOption, out, print_json, run, table
from app.db.access.tenants import TenantRow
from app.start import Service

commands = typer.Typer(help="Tenants: districts, each of which sees its own data only.", no_args_is_help=True)


@commands.command()
def add(
    slug: Annotated[str, typer.Argument(help="a short name: small letters, digits and -")],
    name: Annotated[str, typer.Argument(help="the name people know it by")],
) -> None:
    """Make a tenant."""

    async def work(service: Service) -> None:
        await tenants.add(service.db, slug, name)

    run(work)
    out.print(f"[green]✓[/] tenant '{slug}' is made. Next: tessera source add --help")


@commands.command("list")
def list_(as_json: JsonOption = False) -> None:
    """List the tenants."""

    async def work(service: Service) -> list[TenantRow]:
        return await tenants.listed(service.db)

    found = run(work)
    if as_json:
        print_json([{"slug": tenant.slug, "name": tenant.name, "created_at": tenant.created_at} for tenant in found])
        return
    shown = table("tenant", "name", "since")
    for tenant in found:
        shown.add_row(tenant.slug, tenant.name, f"{tenant.created_at:%Y-%m-%d}")
    out.print(shown if found else "There is no tenant yet: make one with 'tessera tenant add SLUG NAME'.")
