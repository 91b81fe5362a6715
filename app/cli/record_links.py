"""`tessera record-link`: links to record pages, given and taken back."""

from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import typer
from rich.markup import escape

from app.cli.console import JsonOption, TenantOption, out, print_json, run, table, tenant_of
from app.cli.records import LearnerArgument, find
from app.db.access.tenants import TenantRow
from app.db.sharing.record_links import RecordLinkRow
from app.errors import ConfigError, NotFound
from app.sharing import record_links
from app.sharing.record_links import BadLink, create_link, read
from app.start import Service

commands = typer.Typer(help="Record links: who may read a learner's record page, and until when.", no_args_is_help=True)


@commands.command()
def add(
    learner: LearnerArgument,
    reader: Annotated[str, typer.Option(help="whom the link is for: the page says so")] = "the family",
    days: Annotated[int, typer.Option(min=1, max=90, help="how long the link works")] = 7,
    tenant: TenantOption = None,
) -> None:
    """Make a link to a learner's record page. Whoever has the link can read the page until it expires.

    Every look is in the disclosure log; `tessera record-link revoke` takes the link back.
    """

    async def work(service: Service) -> str:
        owner = await tenant_of(service, tenant)
        who = await find(service, owner, learner)
        async with service.db.transaction(owner.id) as tx:
            _, link = await create_link(tx, service.vault, who, reader=reader, days=days, by="command line")
        return f"{service.settings.home}/record/{link}"

    typer.echo(run(work))


@commands.command("list")
def list_(learner: LearnerArgument, tenant: TenantOption = None, as_json: JsonOption = False) -> None:
    """List the links to a learner's record page: for whom, until when, and whether they were taken back."""

    async def work(service: Service) -> list[RecordLinkRow]:
        owner = await tenant_of(service, tenant)
        who = await find(service, owner, learner)
        async with service.db.transaction(owner.id) as tx:
            return await record_links.links_of(tx, who)

    rows = run(work)
    if as_json:
        print_json([asdict(row) for row in rows])
        return
    links = table("link", "for", "until", "taken back")
    for row in rows:
        back = f"{row.revoked_at:%Y-%m-%d}" if row.revoked_at else ""
        links.add_row(str(row.id), escape(row.reader), f"{row.expires_at:%Y-%m-%d}", back)
    out.print(links if rows else "There is no link: tessera record-link add LEARNER")


@commands.command()
def revoke(
    link: Annotated[str, typer.Argument(help="the link as it was given, or its id")], tenant: TenantOption = None
) -> None:
    """Take a link to a record page back: from now on it shows nothing."""

    async def work(service: Service) -> None:
        owner = await tenant_of(service, tenant)
        async with service.db.transaction(owner.id) as tx:
            try:
                await record_links.revoke(tx, _link_id(service, owner, link))
            except NotFound:
                raise ConfigError(f"tenant '{owner.slug}' has no such link that is not taken back") from None

    run(work)
    out.print("[green]✓[/] the link is taken back")


def _link_id(service: Service, owner: TenantRow, text: str) -> UUID:
    with suppress(ValueError):  # no id: it is the link itself
        return UUID(text)
    try:
        link = read(service.vault, text.rpartition("/")[2], datetime.min.replace(tzinfo=UTC))
    except BadLink as why:
        raise ConfigError(f"'{text[:40]}…' is neither a link nor its id: {why}") from None
    if link.tenant != owner.id:
        raise ConfigError(f"this link is not one of tenant '{owner.slug}': name its tenant with --tenant")
    return link.id
