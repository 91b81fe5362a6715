"""`tessera client`: programs that call the API, and their keys; a key is shown once and never again."""

from dataclasses import asdict
from typing import Annotated
from uuid import UUID

import typer
from rich.markup import escape

from app.access import clients
from app.access.clients import IssuedKey, KnownClient, KnownKey
from app.access.scopes import SCOPES, check_scopes
from app.cli.console import JsonOption, TenantOption, out, print_json, run, source_of, tenant_of
from app.start import Service

commands = typer.Typer(help="Clients: programs that call the API, and their keys.", no_args_is_help=True)
ClientArgument = Annotated[str, typer.Argument(help="the client's name or id: see 'tessera client list'")]
DaysOption = Annotated[int | None, typer.Option(min=1, help="days until it expires; without it, until revoked")]


@commands.command()
def add(
    name: Annotated[str, typer.Argument(help="whose it is: the vendor, the program, the script")],
    scope: Annotated[list[str], typer.Option(help=f"what it may do; may be repeated: {', '.join(SCOPES)}")],
    source: Annotated[str | None, typer.Option(help="the source it pushes to")] = None,
    days: DaysOption = None,
    tenant: TenantOption = None,
) -> None:
    """Make a client and its first key."""
    scopes = check_scopes(scope)

    async def work(service: Service) -> tuple[UUID, IssuedKey]:
        owner = await tenant_of(service, tenant)
        into = (await source_of(service, owner, source)).id if source else None
        async with service.db.transaction(owner.id) as tx:
            return await clients.create_client(tx, name, scopes, into, days=days)

    client, issued = run(work)
    out.print(f"[green]✓[/] client {client}, {escape(name)}")
    _show(issued)


@commands.command("list")
def list_(tenant: TenantOption = None, as_json: JsonOption = False) -> None:
    """List the clients, where each pushes, and their live keys: since when, until when, when last used."""

    async def work(service: Service) -> list[KnownClient]:
        owner = await tenant_of(service, tenant)
        async with service.db.transaction(owner.id) as tx:
            return [client for client in await clients.listed(tx) if client.revoked_at is None]

    live = run(work)
    if as_json:
        print_json([asdict(client) for client in live])
        return
    for client in live:
        pushes = f"  pushes into '{client.source}'" if client.source else ""
        out.print(f"[bold]{escape(client.name)}[/]  {client.id}{escape(pushes)}")
        out.print(f"  may: {', '.join(client.scopes)}")
        for key in client.keys:
            out.print(f"  key {key.hint}  {_life(key)}")
        if not client.keys:
            out.print("  no live key: tessera client rotate NAME")
    if not live:
        out.print("There is no client yet: see 'tessera client add --help'.")


def _life(key: KnownKey) -> str:
    until = f"until {key.expires_at:%Y-%m-%d}" if key.expires_at else "until revoked"
    used = f"last used {key.used_at:%Y-%m-%d %H:%M}" if key.used_at else "not used yet"
    return f"since {key.created_at:%Y-%m-%d}, {until}, {used}"


@commands.command()
def rotate(client: ClientArgument, days: DaysOption = None, tenant: TenantOption = None) -> None:
    """Give a client a further key beside the one in use; revoke the old one when the new one is in place."""

    async def work(service: Service) -> IssuedKey:
        owner = await tenant_of(service, tenant)
        async with service.db.transaction(owner.id) as tx:
            return await clients.issue_key(tx, (await clients.by_name(tx, client)).id, days=days)

    _show(run(work))
    out.print("The old key is still good. When it is no longer used: tessera client revoke CLIENT --key HINT")


@commands.command()
def revoke(
    client: ClientArgument,
    key: Annotated[
        str | None, typer.Option(help="one key, by its hint, its last four digits or its id; without it, all of them")
    ] = None,
    tenant: TenantOption = None,
) -> None:
    """Revoke a client with all its keys, or one key. It takes effect at the next request."""

    async def work(service: Service) -> str:
        owner = await tenant_of(service, tenant)
        async with service.db.transaction(owner.id) as tx:
            known = await clients.by_name(tx, client)
            if key is None:
                await clients.revoke_client(tx, known.id)
                return f"client '{known.name}' is revoked, with {len(known.keys)} keys"
            chosen = clients.key_of(known, key)
            await clients.revoke_key(tx, known.id, chosen.id)
            return f"key {chosen.hint} of '{known.name}' is revoked"

    out.print(f"[green]✓[/] {escape(run(work))}")


def _show(issued: IssuedKey) -> None:
    out.print("\nThe key, shown this once:\n")
    typer.echo(issued.text)
    until = f"{issued.expires_at:%Y-%m-%d}" if issued.expires_at else "it is revoked"
    out.print(f"\nIt is good until {until}. Send it as a header:  Authorization: Bearer KEY")
