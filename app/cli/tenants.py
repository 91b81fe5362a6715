"""`tessera tenant`: districts and other organizations, each of which sees its own data only."""

from typing import Annotated

import typer
from rich.markup import escape

from app.access import tenants
from app.cli.console import JsonOption, confirm, out, print_json, run, table, tenant_of
from app.db.access.tenants import TenantRow
from app.operations.leaving import remove_tenant, tenant_holdings
from app.settings import Settings
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

    rows = run(work)
    if as_json:
        print_json([{"slug": tenant.slug, "name": tenant.name, "created_at": tenant.created_at} for tenant in rows])
        return
    listing = table("tenant", "name", "since")
    for tenant in rows:
        listing.add_row(tenant.slug, tenant.name, f"{tenant.created_at:%Y-%m-%d}")
    out.print(listing if rows else "There is no tenant yet: make one with 'tessera tenant add SLUG NAME'.")


@commands.command()
def rename(
    slug: Annotated[str, typer.Argument(help="the tenant's short name")],
    name: Annotated[str, typer.Argument(help="the name people are to know it by")],
) -> None:
    """Give a tenant another name. Its short name stays: it is part of the addresses of what it has issued."""

    async def work(service: Service) -> None:
        await tenants.rename(service.db, await tenant_of(service, slug), name)

    run(work)
    out.print(f"[green]✓[/] '{slug}' is now {escape(name)}")


@commands.command()
def remove(
    slug: Annotated[str, typer.Argument(help="the tenant's short name")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="do not ask")] = False,
) -> None:
    """Remove a tenant for good, with everything of it. What goes is told first."""
    holdings = tenant_holdings(Settings(), slug)
    out.print(f"If [bold]{escape(holdings.name)}[/] ('{slug}') is removed:")
    out.print(f"  - {holdings.sources} sources, {holdings.learners:,} learners and all their records are deleted")
    out.print(f"  - {holdings.credentials:,} credentials that were issued can no longer be confirmed by anybody")
    out.print(f"  - {holdings.clients} clients lose access; shares and record links show nothing")
    out.print("  - the audit log and the log of disclosures go with it; nothing but a backup brings it back")
    confirm(f"Remove '{slug}'?", yes=yes)
    rows = remove_tenant(Settings(), slug)
    out.print(f"[green]✓[/] '{slug}' is removed: {rows:,} rows")
