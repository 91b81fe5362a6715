"""`tessera quarantine`: records that could not be taken in, why, and what to do with them."""

from typing import Annotated

import typer
from rich.markup import escape

from app.cli.console import JsonOption, TenantOption, out, print_json, run, source_of, tenant_of
from app.cli.progress import print_reason, print_report
from app.pipeline import quarantine
from app.pipeline.quarantine import QuarantineRow
from app.pipeline.report import Report
from app.records.settle import settle
from app.sources import known
from app.start import Service

commands = typer.Typer(help="Quarantine: records that could not be taken in, and why.", no_args_is_help=True)
SourceOption = Annotated[str | None, typer.Option(help="only this source's")]
NumberArgument = Annotated[int, typer.Argument(help="the record's number: see 'tessera quarantine list'")]


@commands.command("list")
def list_(
    source: SourceOption = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="how many at most")] = 50,
    after: Annotated[int, typer.Option(help="only those after this number")] = 0,
    tenant: TenantOption = None,
    as_json: JsonOption = False,
) -> None:
    """List what is in quarantine, in the order it came, with the reasons."""

    async def work(service: Service) -> tuple[list[QuarantineRow], dict[int, str]]:
        owner = await tenant_of(service, tenant)
        of = (await source_of(service, owner, source)).id if source else None
        async with service.db.transaction(owner.id) as tx:
            return await quarantine.listed(tx, source=of, after=after, limit=limit), await known.slugs(tx)

    rows, slugs = run(work)
    if as_json:
        print_json([_plain(row, slugs) for row in rows])
        return
    for row in rows:
        what = f"{slugs.get(row.source_id, '?')}: {row.stream} {row.position or row.raw_key}"
        times = f", {row.times:,} times" if row.times > 1 else ""
        print_reason(f"{row.id}  {what}  (since {row.first_at:%Y-%m-%d}{times})", row.reason)
    if not rows:
        out.print("Nothing is in quarantine.")
    else:
        out.print("\nWith what was sent: tessera quarantine show NUMBER. Once the cause is mended: … quarantine replay")
    if len(rows) == limit:
        out.print(f"The next ones: --after {rows[-1].id}")


def _plain(row: QuarantineRow, slugs: dict[int, str]) -> dict[str, object]:
    return {
        "id": row.id,
        "source": slugs.get(row.source_id),
        "stream": row.stream,
        "key": row.raw_key,
        "position": row.position,
        "reason": row.reason,
        "times": row.times,
        "first_at": row.first_at,
        "last_at": row.last_at,
    }


@commands.command()
def show(number: NumberArgument, tenant: TenantOption = None) -> None:
    """Show one record with the bytes its source sent."""

    async def work(service: Service) -> QuarantineRow:
        owner = await tenant_of(service, tenant)
        async with service.db.transaction(owner.id) as tx:
            return await quarantine.by_id(tx, number)

    row = run(work)
    out.print(f"[bold]{escape(row.stream)} {escape(row.position or row.raw_key)}[/]")
    out.print(escape(row.reason))
    if row.columns:
        out.print(f"columns: {escape(', '.join(row.columns))}")
    typer.echo(row.body.decode(errors="backslashreplace"))


@commands.command()
def replay(
    numbers: Annotated[list[int] | None, typer.Argument(metavar="[NUMBER…]", help="without any: all")] = None,
    source: SourceOption = None,
    tenant: TenantOption = None,
) -> None:
    """Try records again, once the mapping, a setting or the source is mended; those that map now are taken in."""

    async def work(service: Service) -> dict[str, Report]:
        owner = await tenant_of(service, tenant)
        chosen = {(await source_of(service, owner, source)).id} if source else None
        async with service.db.transaction(owner.id) as tx:
            slugs = await known.slugs(tx)
            holding = await quarantine.sources_of(tx, numbers or None)
        reports = {
            slugs[each]: await quarantine.try_again(service.db, service.vault, owner.id, each, numbers or None)
            for each in holding
            if chosen is None or each in chosen
        }
        await settle(service.db, owner.id)
        return reports

    reports = run(work)
    for slug, report in reports.items():
        out.print(f"\n[bold]{escape(slug)}[/]")
        print_report(report)
    if not reports:
        out.print("Nothing of that is in quarantine.")


@commands.command()
def dismiss(
    numbers: Annotated[list[int], typer.Argument(metavar="NUMBER…", help="see 'tessera quarantine list'")],
    tenant: TenantOption = None,
) -> None:
    """Take records off the list that will never do. What was sent is kept; sent again, it is back."""

    async def work(service: Service) -> int:
        owner = await tenant_of(service, tenant)
        async with service.db.transaction(owner.id) as tx:
            return await quarantine.dismiss(tx, numbers)

    out.print(f"[green]✓[/] {run(work)} dismissed")
