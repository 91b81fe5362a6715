"""`tessera keys`: what programs call the API with; a key is shown once and never again."""

from typing import Annotated, Any
from uuid import UUID

import typer
from rich.markup import escape

from app.access import clients
from app.access.clients import Issued, Keyring
from app.access.scopes import SCOPES, check_scopes
from app.cli.console import JsonOption, TenantOption, out, print_json, run, source_of, tenant_of
from app.db.access.access import ClientRow, KeyRow
from app.start import Service

commands = typer.Typer(help="Keys: what programs call the API with.", no_args_is_help=True)
ClientArgument = Annotated[UUID, typer.Argument(help="the client's id: see 'tessera keys list'")]
DaysOption = Annotated[int | None, typer.Option(min=1, help="days until it expires; without it, until revoked")]


@commands.command()
def create(
    name: Annotated[str, typer.Argument(help="whose key it is: the vendor, the program, the script")],
    scope: Annotated[list[str], typer.Option(help=f"what it may do; may be repeated: {', '.join(SCOPES)}")],
    source: Annotated[str | None, typer.Option(help="the source it pushes to")] = None,
    days: DaysOption = None,
    tenant: TenantOption = None,
) -> None:
    """Make a client and its first key."""
    scopes = check_scopes(scope)

    async def work(service: Service) -> tuple[UUID, Issued]:
        owner = await tenant_of(service, tenant)
        into = (await source_of(service, owner, source)).id if source else None
        async with service.db.transaction(owner.id) as tx:
            return await clients.create_client(tx, name, scopes, into, days=days)

    client, issued = run(work)
    out.print(f"[green]✓[/] client {client}, {escape(name)}")
    _show(issued)


@commands.command("list")
def list_(tenant: TenantOption = None, as_json: JsonOption = False) -> None:
    """List the clients and their live keys, of which only a hint is known."""

    async def work(service: Service) -> list[Keyring]:
        owner = await tenant_of(service, tenant)
        async with service.db.transaction(owner.id) as tx:
            return await clients.listed(tx)

    live = [keyring for keyring in run(work) if keyring.client.revoked_at is None]
    if as_json:
        print_json([_plain(*keyring) for keyring in live])
        return
    for client, keys in live:
        out.print(f"[bold]{escape(client.name)}[/]  {client.id}")
        out.print(f"  may: {', '.join(client.scopes)}")
        for key in keys:
            until = f"until {key.expires_at:%Y-%m-%d}" if key.expires_at else "until revoked"
            out.print(f"  key {key.id}  {key.hint}  {until}")
    if not live:
        out.print("There is no client yet: see 'tessera keys create --help'.")


def _plain(client: ClientRow, keys: list[KeyRow]) -> dict[str, Any]:
    own = [{"id": k.id, "hint": k.hint, "expires_at": k.expires_at} for k in keys]
    return {"id": client.id, "name": client.name, "scopes": client.scopes, "keys": own}


@commands.command()
def rotate(client: ClientArgument, days: DaysOption = None, tenant: TenantOption = None) -> None:
    """Give a client a further key beside the one in use; revoke the old one when the new one is in place."""

    async def work(service: Service) -> Issued:
        owner = await tenant_of(service, tenant)
        async with service.db.transaction(owner.id) as tx:
            return await clients.issue_key(tx, client, days=days)

    _show(run(work))
    out.print("The old key is still good. When the new one is in place: tessera keys revoke CLIENT KEY")


@commands.command()
def revoke(
    client: ClientArgument,
    key: Annotated[UUID | None, typer.Argument(help="one key; without it, the client with all its keys")] = None,
    tenant: TenantOption = None,
) -> None:
    """Revoke a key, or a client with all its keys. It takes effect at the next request."""

    async def work(service: Service) -> None:
        owner = await tenant_of(service, tenant)
        async with service.db.transaction(owner.id) as tx:
            if key is None:
                await clients.revoke_client(tx, client)
            else:
                await clients.revoke_key(tx, client, key)

    run(work)
    out.print(f"[green]✓[/] {'key ' + str(key) if key else 'client ' + str(client)} is revoked")


def _show(issued: Issued) -> None:
    out.print("\nThe key, shown this once:\n")
    typer.echo(issued.text)
    until = f"{issued.expires_at:%Y-%m-%d}" if issued.expires_at else "it is revoked"
    out.print(f"\nIt is good until {until}. Send it as:  Authorization: Bearer …{issued.text[-4:]}")
