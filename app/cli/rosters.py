"""`tessera roster`: the roster that is served over OneRoster 1.2, and what each client may see of it."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated
from uuid import UUID

import typer
from rich.markup import escape

from app.access import clients
from app.access.clients import KnownClient
from app.cli.console import JsonOption, TenantOption, confirm, out, print_json, run, table, tenant_of
from app.db import Tx
from app.db.access.tenants import TenantRow
from app.db.rosters.rosters import ShareRow
from app.errors import ConfigError, DomainError
from app.rosters import sharing
from app.rosters.sharing import Rules, Seen
from app.sources import known
from app.start import Service

commands = typer.Typer(help="The roster that other systems read, and what each may see.", no_args_is_help=True)
ClientArgument = Annotated[str, typer.Argument(help="the client's name or id: see 'tessera client list'")]


@commands.command()
def serve(
    sources: Annotated[list[str], typer.Argument(metavar="SOURCE…", help="short names, the preferred one first")],
    tenant: TenantOption = None,
) -> None:
    """Make the roster of these sources. The worker makes it, and from then on it follows every sync."""

    async def work(service: Service) -> None:
        owner = await tenant_of(service, tenant)
        async with service.db.transaction(owner.id) as tx:
            await sharing.serve(tx, [(await known.by_slug(tx, slug)).id for slug in sources])

    run(work)
    out.print(f"[green]✓[/] the roster is made of {', '.join(sources)}. Next: tessera roster share CLIENT")


@commands.command()
def schools(tenant: TenantOption = None, as_json: JsonOption = False) -> None:
    """List the schools of the roster that is served, with their ids there."""

    async def work(service: Service) -> list[sharing.SharedSchool]:
        owner = await tenant_of(service, tenant)
        async with service.db.transaction(owner.id) as tx:
            return await sharing.schools(tx)

    rows = run(work)
    if as_json:
        print_json([asdict(row) for row in rows])
        return
    listing = table("school", "students", "id")
    for row in rows:
        listing.add_row(escape(row.name), f"{row.students:,}", str(row.id))
    out.print(listing if rows else "No roster is served, or it has no school yet: tessera roster serve SOURCE")


@commands.command()
def share(
    client: ClientArgument,
    school: Annotated[list[str] | None, typer.Option(help="only this school, by name or id; may be repeated")] = None,
    class_: Annotated[
        list[UUID] | None, typer.Option("--class", help="only this class, by its id in the roster; may be repeated")
    ] = None,
    withhold: Annotated[list[str] | None, typer.Option(help="without this field: users.email; may be repeated")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="do not ask")] = False,
    tenant: TenantOption = None,
) -> None:
    """Say what a client may see, in place of what was said. How much that is, is shown before it is saved."""

    async def look(service: Service) -> tuple[TenantRow, KnownClient, Rules, list[Seen]]:
        owner = await tenant_of(service, tenant)
        async with service.db.transaction(owner.id) as tx:
            try:
                known_client = await clients.by_name(tx, client)
                ids = await _ids(tx, school) if school else None
                rules = Rules(ids, tuple(class_) if class_ else None, tuple(withhold or ()))
                return owner, known_client, rules, await sharing.preview(tx, known_client.id, rules)
            except DomainError as why:
                raise ConfigError(why.detail or why.title) from None

    owner, known_client, rules, seen = run(look)
    _print_seen(known_client, rules, seen)
    confirm(f"Share this with '{known_client.name}'?", yes=yes)

    async def work(service: Service) -> None:
        async with service.db.transaction(owner.id) as tx:
            await sharing.share(tx, known_client.id, rules.schools, rules.classes, rules.withheld)

    run(work)
    out.print(f"[green]✓[/] '{escape(known_client.name)}' may see this, from its next request on")


@commands.command()
def unshare(client: ClientArgument, tenant: TenantOption = None) -> None:
    """Share nothing more with a client: its very next request is refused."""

    async def work(service: Service) -> str:
        owner = await tenant_of(service, tenant)
        async with service.db.transaction(owner.id) as tx:
            try:
                known_client = await clients.by_name(tx, client)
                await sharing.unshare(tx, known_client.id)
            except DomainError as why:
                raise ConfigError(why.detail or why.title) from None
            return known_client.name

    out.print(f"[green]✓[/] nothing is shared with '{escape(run(work))}' any more")


@commands.command()
def shares(tenant: TenantOption = None, as_json: JsonOption = False) -> None:
    """List what each client may see."""

    async def work(service: Service) -> list[tuple[str, ShareRow]]:
        owner = await tenant_of(service, tenant)
        async with service.db.transaction(owner.id) as tx:
            names = {row.id: row.name for row in await clients.listed(tx)}
            return [(names.get(row.client_id, str(row.client_id)), row) for row in await sharing.shares(tx)]

    rows = run(work)
    if as_json:
        print_json([{"client": name, **asdict(row)} for name, row in rows])
        return
    listing = table("client", "schools", "classes", "without")
    for name, row in rows:
        places = ("all" if ids is None else f"{len(ids):,}" for ids in (row.schools, row.classes))
        listing.add_row(escape(name), *places, ", ".join(row.withheld))
    out.print(listing if rows else "Nothing is shared with anybody: tessera roster share CLIENT")


async def _ids(tx: Tx, chosen: Sequence[str]) -> tuple[UUID, ...]:
    """The schools of these names or ids. ConfigError where a name is none's, or several schools'."""
    every = await sharing.schools(tx)
    ids = []
    for text in chosen:
        same = [school.id for school in every if text in (school.name, str(school.id))]
        if len(same) != 1:
            why = "is the name of several schools: give an id" if same else "is no school of the roster"
            raise ConfigError(f"'{text}' {why} (tessera roster schools)")
        ids.append(same[0])
    return tuple(ids)


def _print_seen(client: KnownClient, rules: Rules, seen: Sequence[Seen]) -> None:
    out.print(f"[bold]{escape(client.name)}[/] would see:")
    listing = table("path", "how many", "")
    for each in seen:
        lacking = f"its key has no scope for it: {each.lacking}" if each.lacking else ""
        listing.add_row(each.path, "0" if each.lacking else f"{each.count:,}", escape(lacking))
    out.print(listing)
    if rules.withheld:
        out.print(f"without {', '.join(rules.withheld)}")
