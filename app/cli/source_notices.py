"""`tessera source notices`: who is told when a source is held, fails again and again or is late; and what was told."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.markup import escape

from app.cli.console import JsonOption, TenantOption, out, print_json, run, table, tenant_of
from app.errors import ConfigError
from app.operations import watching
from app.operations.watching import NoticeReader, SourceNoticeRow
from app.sources import known
from app.start import Service

Notices = tuple[list[NoticeReader], list[SourceNoticeRow], dict[int, str]]


def notices(
    to: Annotated[
        list[str] | None, typer.Option("--to", help="tell this login by e-mail, and no others; may be repeated")
    ] = None,
    stewards: Annotated[bool, typer.Option("--stewards", help="tell all data stewards, whoever was chosen")] = False,
    tenant: TenantOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say who is told by e-mail when a source is held, fails twice in a row or is late, and list what was told."""

    async def work(service: Service) -> Notices:
        owner, now = await tenant_of(service, tenant), datetime.now(UTC)
        async with service.db.transaction(owner.id) as tx:
            readers = await watching.readers(tx, now)
            if to or stewards:
                logins = {reader.login: reader.account for reader in readers}
                if unknown := [login for login in to or [] if login not in logins]:
                    names = ", ".join(logins) or "nobody"
                    raise ConfigError(f"'{unknown[0]}' may not manage sources: those who may are {names}")
                readers = await watching.choose(tx, [logins[login] for login in to or []], now)
            return readers, await watching.listed(tx), await known.slugs(tx)

    readers, rows, slugs = run(work)
    if as_json:
        documents = [{**asdict(row), "source": slugs.get(row.source_id)} for row in rows]
        print_json({"readers": [asdict(reader) for reader in readers], "notices": documents})
        return
    listing = table("login", "name", "told")
    for reader in readers:
        told_by = "by e-mail" if reader.told and reader.address else "no address" if reader.told else ""
        listing.add_row(escape(reader.login), escape(reader.name), told_by)
    out.print(listing if readers else "Nobody who signs in may manage sources: tessera people --help")
    for row in rows:
        over = f", until {row.over_at:%m-%d %H:%M}" if row.over_at and row.kind != "well" else ""
        out.print(f"{row.made_at:%m-%d %H:%M} {slugs.get(row.source_id, '?')} {row.kind}{over} (e-mail: {row.state})")
