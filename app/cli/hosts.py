"""`tessera host`: other hosts of learners' credentials, whose consent we have there, and how fetching goes."""

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

import typer
from psycopg.errors import UniqueViolation
from rich.markup import escape

from app.cli.console import JsonOption, TenantOption, out, print_json, run, tenant_of
from app.cli.records import learner_of
from app.cli.settings import ask_secret
from app.db.access.tenants import TenantRow
from app.db.wallet.hosts import ConsentRow, HostRow
from app.errors import ConfigError, SourceError
from app.start import Service
from app.wallet import hosts

commands = typer.Typer(help="Hosts: fetch learners' credentials from other systems.", no_args_is_help=True)
HostArgument = Annotated[str, typer.Argument(help="the host's name or id: see 'tessera host list'")]
BY = "command line"
STANDARDS: dict[str, str] = {"open-badges": "Open Badges 3.0", "clr": "CLR 2.0"}
COLOR = {"given": "green", "asked": "yellow", "ended": "dim"}
Known = tuple[HostRow, list[ConsentRow]]
T = TypeVar("T")


@commands.command()
def add(
    address: Annotated[str, typer.Argument(help="where its API begins: https://wallet.example.org/ims/ob/v3p0")],
    name: Annotated[str, typer.Option(help="the name people know it by")],
    standard: Annotated[Literal["open-badges", "clr"], typer.Option(help="what it speaks")] = "open-badges",
    token: Annotated[
        bool, typer.Option("--token", help="it wants an initial access token: asks for it, or reads a line of input")
    ] = False,
    tenant: TenantOption = None,
) -> None:
    """Register with a host, by what it says of itself."""
    ticket = ask_secret("--token") if token else None

    async def work(service: Service, owner: TenantRow) -> HostRow:
        try:
            return await hosts.connect(
                service, owner, name, address=address, standard=STANDARDS[standard], ticket=ticket
            )
        except UniqueViolation:
            raise ConfigError(f"we are registered at {address} already: see 'tessera host list'") from None

    host = _run(tenant, work)
    out.print(f"[green]✓[/] {escape(host.name)} is registered at. Next: tessera host ask HOST LEARNER")


@commands.command("list")
def list_(tenant: TenantOption = None, as_json: JsonOption = False) -> None:
    """List the hosts, with how many learners consented there."""

    async def work(service: Service, owner: TenantRow) -> list[Known]:
        async with service.db.transaction(owner.id) as tx:
            return await hosts.with_consents(tx)

    known = _run(tenant, work)
    if as_json:
        print_json([_host(row, consents) for row, consents in known])
        return
    for row, consents in known:
        host = _host(row, consents)
        states = ", ".join(f"{count} {state}" for state, count in host["consents"].items())
        out.print(f"[bold]{escape(row.name)}[/]  {row.id}")
        out.print(f"  {escape(row.address)} ({row.standard})", soft_wrap=True)
        out.print(f"  consents: {states or 'none yet'}")
        if host["in_trouble"]:
            out.print(f"  [red]{host['in_trouble']} in trouble[/]: see 'tessera host consents'")
    if not known:
        out.print("There is no host yet: see 'tessera host add --help'.")


@commands.command()
def consents(host: HostArgument, tenant: TenantOption = None, as_json: JsonOption = False) -> None:
    """List a host's consents: whose credentials are fetched, what came, what went wrong."""

    async def work(service: Service, owner: TenantRow) -> list[ConsentRow]:
        async with service.db.transaction(owner.id) as tx:
            return await hosts.consents_of(tx, (await hosts.by_id_or_name(tx, host)).id)

    rows = _run(tenant, work)
    if as_json:
        print_json([_consent(row) for row in rows])
        return
    for row in rows:
        out.print(f"[{COLOR[row.state]}]{row.state}[/]  {row.id}")
        out.print(f"  learner {row.learner_id}")
        came = ", ".join(f"{count} {what}" for what, count in row.counts.items())
        times = [("fetched up to", row.since), ("next fetch", row.due_at)]
        facts = [f"{word} {moment:%Y-%m-%d %H:%M}" for word, moment in times if moment] + [came] * bool(came)
        if facts:
            out.print(f"  {'; '.join(facts)}")
        if row.note:
            out.print(f"  [red]{escape(row.note)}[/]")
    if not rows:
        out.print(f"Nobody was asked yet: tessera host ask {escape(host)} LEARNER")


@commands.command()
def ask(
    host: HostArgument,
    learner: Annotated[str, typer.Argument(help="the learner's id, or an identifier such as district:100234")],
    tenant: TenantOption = None,
) -> None:
    """Ask a learner's consent: print the address at which they say yes. It works once."""

    async def work(service: Service, owner: TenantRow) -> str:
        async with service.db.transaction(owner.id) as tx:
            row = await hosts.by_id_or_name(tx, host)
        return (await hosts.ask(service, owner, row, await learner_of(service, owner, learner), BY))[1]

    typer.echo(_run(tenant, work))
    out.print(f"Give it to the learner, or who cares for them: it works once, within {hosts.ASKED_DAYS} days.")


@commands.command()
def fetch(host: HostArgument, tenant: TenantOption = None) -> None:
    """Fetch now, by all consents that are given; else it is done once a day."""

    async def work(service: Service, owner: TenantRow) -> tuple[int, Counter[str], list[str]]:
        async with service.db.transaction(owner.id) as tx:
            rows = await hosts.consents_of(tx, (await hosts.by_id_or_name(tx, host)).id)
        counts, wrong = Counter[str](), list[str]()
        consents = [row.id for row in rows if row.state == "given"]
        for consent in consents:
            try:
                counts += await hosts.fetch(service, owner, consent) or Counter()
            except SourceError as why:
                wrong.append(f"consent {consent}: {why}")
        return len(consents), counts, wrong

    consents_asked, counts, wrong = _run(tenant, work)
    for why in wrong:
        out.print(f"[red]✗[/] {escape(why)}")
    came = ", ".join(f"{count} {what}" for what, count in counts.items()) or "nothing"
    out.print(f"{consents_asked - len(wrong)} of {consents_asked} consents fetched by: {came}")
    if wrong:
        raise typer.Exit(1)


@commands.command()
def end(
    consent: Annotated[UUID, typer.Argument(help="the consent's id: see 'tessera host consents'")],
    tenant: TenantOption = None,
) -> None:
    """Fetch no more by a consent: its tokens are gone. What was fetched stays."""

    async def work(service: Service, owner: TenantRow) -> bool:
        async with service.db.transaction(owner.id) as tx:
            return await hosts.end(tx, consent, "ended by staff")

    if not _run(tenant, work):
        raise ConfigError(f"there is no consent {consent} that has not ended: see 'tessera host consents HOST'")
    out.print(f"[green]✓[/] consent {consent} is ended")


@commands.command()
def remove(
    host: HostArgument,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
    tenant: TenantOption = None,
) -> None:
    """Remove a host with all its consents. What was fetched stays."""
    if not yes:
        typer.confirm(f"Remove {host}, with all consents that learners gave there?", abort=True)

    async def work(service: Service, owner: TenantRow) -> HostRow:
        async with service.db.transaction(owner.id) as tx:
            row = await hosts.by_id_or_name(tx, host)
            await hosts.forget(tx, row.id)
        return row

    out.print(f"[green]✓[/] {escape(_run(tenant, work).name)} is removed")


def _run(tenant: str | None, work: Callable[[Service, TenantRow], Awaitable[T]]) -> T:
    """Do something for the tenant meant."""

    async def owned(service: Service) -> T:
        return await work(service, await tenant_of(service, tenant))

    return run(owned)


def _host(row: HostRow, consents: list[ConsentRow]) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "address": row.address,
        "standard": row.standard,
        "created_at": row.created_at,
        "consents": dict(sorted(Counter(consent.state for consent in consents).items())),
        "in_trouble": sum(1 for consent in consents if consent.state == "given" and consent.note),
    }


def _consent(row: ConsentRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "learner": row.learner_id,
        "state": row.state,
        "asked_at": row.asked_at,
        "fetched_to": row.since,
        "due_at": row.due_at,
        "note": row.note,
        "counts": row.counts,
    }
