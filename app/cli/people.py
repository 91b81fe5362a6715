"""`tessera people`: invite somebody, see who signs in, let them set a new password, end an account."""

from datetime import UTC, datetime
from typing import Annotated, cast
from uuid import UUID

import typer
from rich.markup import escape

from app.access import tenants
from app.cli.console import JsonOption, TenantOption, out, print_json, run, table, tenant_of
from app.db import Tx
from app.db.people.accounts import AccountRow
from app.errors import ConfigError
from app.people import accounts, directory, first, invitations, second_factor
from app.people.directory import Person
from app.people.invitations import Invited, Offer
from app.people.roles import ROLES, Role
from app.start import Service

commands = typer.Typer(help="People who sign in: invite them, see them, end their accounts.", no_args_is_help=True)
COMMAND = "the command line"
LoginArgument = Annotated[str, typer.Argument(help="what they sign in with: an e-mail address or a name")]


async def print_first_links(service: Service) -> None:
    """For an empty instance, or a district nobody can sign in to yet: the link that makes the first administrator."""
    known = await tenants.listed(service.db)
    if not known:
        link = f"{service.settings.home}/start/{first.link_token(service.vault)}"
        out.print(f"Nothing is set up yet. Make the first district and its administrator here: {link}", soft_wrap=True)
    for tenant in known:
        async with service.db.transaction(tenant.id) as tx:
            invited = await invitations.first_administrator(tx)
        if invited is not None:
            link = link_of(service, invited)
            out.print(f"Nobody signs in to {tenant.name} yet. Its administrator: {link}", soft_wrap=True, markup=False)


@commands.command()
def invite(
    role: Annotated[str, typer.Option(help=f"what they are: {', '.join(ROLES)}")] = "administrator",
    email: Annotated[str | None, typer.Option(help="their e-mail address, which the invitation vouches for")] = None,
    name: Annotated[str | None, typer.Option(help="their name")] = None,
    learner: Annotated[UUID | None, typer.Option(help="the learner, for a guardian or the learner")] = None,
    tenant: TenantOption = None,
) -> None:
    """Invite somebody: prints a link, and the code in it, that work once and for two weeks."""

    async def work(service: Service) -> tuple[Invited, str]:
        owner = await tenant_of(service, tenant)
        async with service.db.transaction(owner.id) as tx:
            offer = Offer(cast(Role, role), learner=learner, name=name, email=email)
            invited = await invitations.invite(tx, offer, COMMAND)
        return invited, link_of(service, invited)

    invited, link = run(work)
    out.print(f"[green]✓[/] Until {invited.row.expires_at:%Y-%m-%d}, once: {link}", soft_wrap=True)
    out.print(f"  or this code, typed at /invitation: {invited.code}")


@commands.command("list")
def list_people(tenant: TenantOption = None, as_json: JsonOption = False) -> None:
    """List who can sign in, and as what."""

    async def work(service: Service) -> list[Person]:
        owner = await tenant_of(service, tenant)
        async with service.db.transaction(owner.id) as tx:
            return await directory.everybody(tx)

    people = run(work)
    if as_json:
        print_json([{"login": person.login, "name": person.name, "roles": person.roles} for person in people])
        return
    listing = table("login", "name", "roles")
    for person in people:
        listing.add_row(escape(person.login), escape(person.name), ", ".join(person.roles))
    out.print(listing if people else "Nobody signs in yet: tessera people invite")


@commands.command()
def reset(login: LoginArgument, tenant: TenantOption = None) -> None:
    """Let somebody set a new password: prints a link that works once, for two days."""

    async def work(service: Service) -> str:
        owner = await tenant_of(service, tenant)
        async with service.db.transaction(owner.id) as tx:
            row = await _account(tx, login)
            return link_of(service, await invitations.invite_anew(tx, row.id, COMMAND))

    out.print(f"[green]✓[/] For two days, once: {run(work)}", soft_wrap=True)


@commands.command("without-codes")
def without_codes(login: LoginArgument, tenant: TenantOption = None) -> None:
    """Take the codes of an app, and passkeys, from somebody who has lost them; they are signed out everywhere."""

    async def work(service: Service) -> None:
        owner = await tenant_of(service, tenant)
        async with service.db.transaction(owner.id) as tx:
            await second_factor.take_away(tx, await _account(tx, login))

    run(work)
    out.print(f"[green]✓[/] '{escape(login)}' signs in with the password alone")


@commands.command()
def operator(
    login: LoginArgument,
    no_longer: Annotated[bool, typer.Option("--no-longer", help="take it away again")] = False,
    tenant: TenantOption = None,
) -> None:
    """Let somebody operate the instance: they see how every district is doing, and no learner by that."""

    async def work(service: Service) -> None:
        owner = await tenant_of(service, tenant)
        async with service.db.transaction(owner.id) as tx:
            row = await _account(tx, login)
            await accounts.operate(tx, row, since=None if no_longer else datetime.now(UTC))

    run(work)
    words = "operates the instance no more" if no_longer else "operates the instance: its page is /instance"
    out.print(f"[green]✓[/] '{escape(login)}' {words}")


@commands.command()
def end(login: LoginArgument, tenant: TenantOption = None) -> None:
    """End an account: it is signed out everywhere, and its roles are over. What it did stays in the logs."""

    async def work(service: Service) -> None:
        owner = await tenant_of(service, tenant)
        async with service.db.transaction(owner.id) as tx:
            row = await _account(tx, login)
            await accounts.end(tx, row.id, COMMAND)

    run(work)
    out.print(f"[green]✓[/] '{escape(login)}' can no longer sign in")


async def _account(tx: Tx, login: str) -> AccountRow:
    """The account of who signs in so. ConfigError where nobody does."""
    row = await directory.by_login(tx, login)
    if row is None:
        raise ConfigError(f"nobody signs in as '{login}': see 'tessera people list'")
    return row


def link_of(service: Service, invited: Invited) -> str:
    """The address at which an invitation is taken up."""
    return f"{service.settings.home}/invitation/{invited.code}"
