"""`tessera credential`: issue, verify and revoke from the command line."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from rich.markup import escape

from app.cli.console import JsonOption, TenantOption, out, print_json, run, table, tenant_of
from app.cli.private import write_private
from app.cli.records import find
from app.credentials.verify import Report
from app.db.issuing.issued import IssuedRow
from app.db.plans.plans import Signature
from app.errors import ConfigError
from app.issuing import issue as issuing
from app.issuing.awardable import awardable
from app.issuing.awards import by_path
from app.issuing.issue import IssueOptions
from app.programs import revoking
from app.start import Service
from app.wallet.fetcher import credential_fetcher
from app.wallet.known import lists, only_tenant
from app.wallet.verifying import verify_beside

commands = typer.Typer(help="Credentials: issue, verify, revoke.", no_args_is_help=True)
BY = "command line"
MARK = {"passed": "[green]✓[/]", "failed": "[red]✗[/]", "unknown": "[yellow]?[/]", "not asked": "[dim]·[/]"}
COLOR = {"valid": "green", "invalid": "red", "unconfirmed": "yellow"}


@commands.command()
def issue(
    learner: Annotated[str, typer.Argument(help="the learner's id, or an identifier such as district:100234")],
    item: Annotated[list[str] | None, typer.Option(help="what of it becomes a badge: /evidence/0")] = None,
    to: Annotated[Path | None, typer.Option("--to", help="the file to write; without it, standard output")] = None,
    tenant: TenantOption = None,
) -> None:
    """Issue a learner's record as a CLR or, with --item, Open Badges of parts of it."""
    if to is not None and not (to.parent.is_dir() and os.access(to.parent, os.W_OK)):
        raise ConfigError(f"nothing can be written into {to.parent}: name another file with --to")

    async def work(service: Service) -> list[IssuedRow]:
        owner = await tenant_of(service, tenant)
        record = await issuing.record_of(service, owner.id, await find(service, owner, learner))
        async with service.db.transaction(owner.id) as tx:
            context = await issuing.issuing_context(tx, service, owner, IssueOptions(BY))
            known = by_path(record, await awardable(tx, context.issuer.home, record))
            if missing := [path for path in item or () if path not in known]:
                names = ", ".join(path for path in known if path != known[path].path) or "nothing"
                raise ConfigError(f"nothing at {missing[0]} can be issued: of this record can be {names}")
            if item:
                return await issuing.issue_badges(
                    tx, context, [(issuing.whom(record.header), known[path]) for path in item]
                )
            return [await issuing.issue_record(tx, context, record, None, ())]

    rows = run(work)
    for row in rows:
        if to is None:
            typer.echo(row.body.decode())
        else:
            path = to if len(rows) == 1 else to.with_stem(f"{to.stem}-{row.id}")
            write_private(path, row.body)
            out.print(f"[green]✓[/] {escape(row.name)}: {escape(str(path))} (credential {row.id})")


@commands.command("verify")
def verify_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="JSON, a token, or a picture with a badge")],
    as_json: JsonOption = False,
) -> None:
    """Verify a credential of any issuer; exit 1 where it is not valid or could not be confirmed."""

    async def work(service: Service) -> Report:
        fetch = credential_fetcher(service.db, service.vault, service.settings)
        known = await lists(service.db, service.settings, await only_tenant(service.db))
        return await verify_beside(file.read_bytes(), fetch=fetch, known=known)

    report = run(work)
    if as_json:
        print_json(report.as_json())
    else:
        _print(report)
    if report.verdict != "valid":
        raise typer.Exit(1)


@commands.command()
def revoke(
    credential: Annotated[UUID, typer.Argument(help="the credential's id, without urn:uuid:")],
    reason: Annotated[str | None, typer.Option(help="told to everybody who verifies it")] = None,
    tenant: TenantOption = None,
) -> None:
    """Revoke a credential. Whoever verifies it from now on is told; that is final."""

    async def work(service: Service) -> IssuedRow:
        owner = await tenant_of(service, tenant)
        async with service.db.transaction(owner.id) as tx:
            by = Signature(owner.name, "district", BY)
            return await revoking.change_state(tx, credential, "revoked", reason, by=by, now=datetime.now(UTC))

    row = run(work)
    out.print(f"[green]✓[/] {escape(row.name)} is revoked")


def _print(report: Report) -> None:
    out.print(f"[bold {COLOR[report.verdict]}]{report.verdict}[/]  {escape(report.summary)}")
    checks = table("", "", "")
    for check in report.checks:
        checks.add_row(MARK[check.outcome], check.as_json()["title"], escape(check.message))
    out.print(checks)
    for words in report.leniencies:
        out.print(f"[dim]overlooked: {escape(words)}[/]")
