"""`tessera record` and `tessera replay`: what is known of a learner, and everything made again from the raw."""

from typing import Annotated
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
from app.records import reading
from app.records.settle import settle
from app.sources import known
from app.sources.source import open_source
from app.start import Service

LearnerArgument = Annotated[str, typer.Argument(help="the learner's id, or an identifier such as district:100234")]
LISTED = 100
"""How many entries of a section are printed: the newest."""


def record(learner: LearnerArgument, tenant: TenantOption = None, as_json: JsonOption = False) -> None:
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
        for paragraph in portrait(whole.header, whole):
            out.print(paragraph)

    run(work)


async def find(service: Service, tenant: TenantRow, named: str) -> UUID:
    """A learner who has a record, by id or by a typed identifier; ConfigError where there is none, or several."""
    learner = await learner_of(service, tenant, named)
    async with service.db.transaction(tenant.id) as tx:
        try:
            return await learners.current(tx, learner)
        except NotFound:
            raise ConfigError(f"tenant '{tenant.slug}' has no learner {learner}") from None


async def learner_of(service: Service, tenant: TenantRow, named: str) -> UUID:
    """The id of a learner, given by it or by an identifier with its type."""
    kind, colon, value = named.partition(":")
    if not colon:
        try:
            return UUID(named)
        except ValueError:
            raise ConfigError(
                f"'{named}' is no learner's id: give one, or an identifier with its type, such as district:100234"
            ) from None
    async with service.db.transaction(tenant.id) as tx:
        rows = await learners.by_identifier(tx, kind, value)
    if not rows:
        raise ConfigError(f"{kind} '{value}' is that of no learner")
    if len(rows) > 1:
        ids = ", ".join(str(row.id) for row in rows)
        raise ConfigError(
            f"{kind} '{value}' is that of {len(rows)} learners: give the id of one, {ids}. If they may be the same "
            "child, they are among the near matches: tessera near-match list"
        )
    return rows[0].id


def replay(
    source: Annotated[str | None, typer.Option(help="one source; without it, all of them")] = None,
    tenant: TenantOption = None,
) -> None:
    """Make everything again from the raw records kept, with today's mappings; nothing is pulled."""

    async def work(service: Service) -> None:
        owner = await tenant_of(service, tenant)
        with bars() as progress:
            reports = [
                (
                    row.slug,
                    await replay_source(
                        service.db, open_source(row, service.vault, service.settings.limits), progress=progress
                    ),
                )
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
