"""`tessera record` and `tessera replay`: what is known of a learner, and everything made again from the raw."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import typer

from app.cli.console import JsonOption, TenantOption, out, run, source_of, tenant_of
from app.cli.progress import bars, print_report
from app.cli.record_text import portrait
from app.db.access.tenants import TenantRow
from app.db.sources.sources import SourceRow
from app.errors import ConfigError, NotFound
from app.identity import learners
from app.pipeline.replay import replay as replay_source
from app.pipeline.replay import replay_quarantine
from app.records import reading
from app.records.settle import settle
from app.sharing import record_links
from app.sharing.record_links import BadLink, give, read
from app.sources import known
from app.sources.source import open_source
from app.start import Service

LISTED = 100
"""How many entries of a section are printed: the newest."""


def record(
    learner: Annotated[str, typer.Argument(help="the learner's id, or an identifier such as district:100234")],
    tenant: TenantOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print a learner's record: every value with its sources, and the newest entries; as JSON, all of it."""

    async def work(service: Service) -> None:
        owner = await tenant_of(service, tenant)
        who = await find(service, owner, learner)
        if as_json:
            head, rows = await reading.full(service.db, owner.id, who, "all")
            async for part in reading.as_document(head, rows):
                typer.echo(part, nl=False)
            typer.echo()
            return
        async with service.db.transaction(owner.id) as tx:
            whole = await reading.whole(tx, who, most=LISTED)
        for shown in portrait(whole):
            out.print(shown)

    run(work)


def record_link(
    learner: Annotated[str, typer.Argument(help="the learner's id, or an identifier such as district:100234")],
    reader: Annotated[str, typer.Option(help="whom the link is for: the page says so")] = "the family",
    days: Annotated[int, typer.Option(min=1, max=90, help="how long the link works")] = 7,
    tenant: TenantOption = None,
) -> None:
    """Make a link to a learner's record page. Whoever has the link can read the page until it expires.

    Every look is in the disclosure log; `tessera revoke-record-link` takes the link back.
    """

    async def work(service: Service) -> str:
        owner = await tenant_of(service, tenant)
        who = await find(service, owner, learner)
        async with service.db.transaction(owner.id) as tx:
            _, link = await give(tx, service.vault, who, reader, days, "command line")
        return f"{service.settings.home}/record/{link}"

    typer.echo(run(work))


def revoke_record_link(
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


def _link_id(service: Service, owner: TenantRow, text: str) -> UUID:
    with suppress(ValueError):  # no id: it is the link itself
        return UUID(text)
    try:
        found = read(service.vault, text.rpartition("/")[2], datetime.min.replace(tzinfo=UTC))
    except BadLink as why:
        raise ConfigError(f"'{text[:40]}…' is neither a link nor its id: {why}") from None
    if found.tenant != owner.id:
        raise ConfigError(f"this link is not one of tenant '{owner.slug}': name its tenant with --tenant")
    return found.id


async def find(service: Service, tenant: TenantRow, wanted: str) -> UUID:
    """A learner who has a record, by id or by a typed identifier; ConfigError where there is none, or several."""
    learner = await learner_of(service, tenant, wanted)
    async with service.db.transaction(tenant.id) as tx:
        try:
            return await learners.current(tx, learner)
        except NotFound:
            raise ConfigError(f"tenant '{tenant.slug}' has no learner {learner}") from None


async def learner_of(service: Service, tenant: TenantRow, wanted: str) -> UUID:
    """The id of a learner, given by it or by an identifier with its type."""
    kind, colon, value = wanted.partition(":")
    if not colon:
        try:
            return UUID(wanted)
        except ValueError:
            raise ConfigError(
                f"'{wanted}' is no learner's id: give one, or an identifier with its type, such as district:100234"
            ) from None
    async with service.db.transaction(tenant.id) as tx:
        rows = await learners.by_identifier(tx, kind, value)
    if len(rows) != 1:
        what = f"{len(rows)} learners: give the id of one, {', '.join(str(row.id) for row in rows)}"
        raise ConfigError(f"{kind} '{value}' is that of {what if rows else 'no learner'}")
    return rows[0].id


def replay(
    source: Annotated[str | None, typer.Option(help="one source; without it, all of them")] = None,
    quarantine: Annotated[bool, typer.Option("--quarantine", help="only what is in quarantine")] = False,
    tenant: TenantOption = None,
) -> None:
    """Make everything again from the raw records kept, with today's mappings; nothing is pulled."""

    async def work(service: Service) -> None:
        owner = await tenant_of(service, tenant)
        with bars() as progress:
            reports = [
                (row.slug, await _again(service, row, progress, quarantine=quarantine))
                for row in await _rows(service, owner, source)
            ]
            settled = await settle(service.db, owner.id, progress=progress)
        for slug, report in reports:
            out.print(f"\n[bold]{slug}[/]")
            print_report(report)
        out.print(f"\n{settled.learners:,} learners' records changed")

    run(work)


async def _rows(service: Service, tenant: TenantRow, slug: str | None) -> list[SourceRow]:
    if slug is not None:
        return [await source_of(service, tenant, slug)]
    async with service.db.transaction(tenant.id) as tx:
        return await known.listed(tx)


async def _again(service: Service, row: SourceRow, progress: Any, *, quarantine: bool) -> Any:
    source = open_source(row, service.vault)
    return await (
        replay_quarantine(service.db, source) if quarantine else replay_source(service.db, source, progress=progress)
    )
