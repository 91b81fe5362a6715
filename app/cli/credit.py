"""`tessera credit`: the rules by which credit is awarded, and what was awarded by them."""

from typing import Annotated, Any

import typer
from rich.markup import escape

from app.cli.console import JsonOption, TenantOption, out, print_json, run, table, tenant_of
from app.cli.records import learner_of
from app.db.plans.credit import AwardRow, RuleRow
from app.plans import credit, crediting
from app.start import Service

commands = typer.Typer(help="Credit by competencies: rules, and awards by them.", no_args_is_help=True)
Json = dict[str, Any]


@commands.command()
def rules(tenant: TenantOption = None, as_json: JsonOption = False) -> None:
    """List the rules: what each gives, for how many competencies, how often it was awarded."""

    async def work(service: Service) -> list[Json]:
        owner = await tenant_of(service, tenant)
        async with service.db.transaction(owner.id) as tx:
            return [_rule(row, awarded) for row, awarded in await crediting.rules_in_use(tx)]

    in_use = run(work)
    if as_json:
        print_json(in_use)
        return
    listing = table("rule", "credit", "subject", "asks for", "version", "awarded")
    for rule in in_use:
        title = escape(rule["title"]) + (" [dim](retired)[/]" if rule["retired"] else "")
        asks = f"{rule['wanted']} of {rule['needs']}"
        listing.add_row(
            title, escape(rule["credit"]), escape(rule["subject"]), asks, str(rule["version"]), f"{rule['awarded']:,}"
        )
    out.print(listing if in_use else "There is no rule yet: write one with POST /v1/credit-rules (docs/plans.md).")


@commands.command()
def awards(
    learner: Annotated[
        str | None, typer.Option(help="of one learner: the id, or an identifier such as district:100234")
    ] = None,
    tenant: TenantOption = None,
    as_json: JsonOption = False,
) -> None:
    """List what was awarded, rule by rule, with the teacher of record; also what was withdrawn, and why."""

    async def work(service: Service) -> list[AwardRow]:
        owner = await tenant_of(service, tenant)
        whose = await learner_of(service, owner, learner) if learner is not None else None
        async with service.db.transaction(owner.id) as tx:
            return await crediting.awards(tx, whose)

    given_awards = [_award(row) for row in run(work)]
    if as_json:
        print_json(given_awards)
        return
    for kind in sorted({_kind(award) for award in given_awards}):
        listing = table("learner", "approved by", "on", "state", title=f"\n{escape(kind)}")
        listing.columns[0].no_wrap = True  # an id is copied from here
        for award in (award_shown for award_shown in given_awards if _kind(award_shown) == kind):
            state = f"[red]withdrawn[/]: {escape(award['reason'])}" if award["withdrawn_at"] else "[green]stands[/]"
            by = escape(f"{award['name']}, {award['role']}")
            listing.add_row(str(award["learner"]), by, f"{award['at']:%Y-%m-%d}", state)
        out.print(listing)
    if not given_awards:
        out.print("No credit was awarded yet.")


def _kind(award: Json) -> str:
    return f"{award['title']}, {award['credit']}"


def _rule(row: RuleRow, awarded: int) -> Json:
    rule = credit.read(row.body)
    return {
        "id": row.id,
        "version": row.version,
        "title": rule.title,
        "credit": f"{rule.amount:g} {rule.unit}",
        "subject": rule.subject,
        "wanted": rule.wanted,
        "needs": len(rule.needs),
        "retired": rule.retired,
        "awarded": awarded,
    }


def _award(row: AwardRow) -> Json:
    rule = credit.read(row.rule)
    return {
        "id": row.id,
        "learner": row.learner_id,
        "rule": row.rule_id,
        "version": row.version,
        "title": rule.title,
        "credit": f"{rule.amount:g} {rule.unit}",
        "name": row.name,
        "role": row.role,
        "at": row.made_at,
        "withdrawn_at": row.withdrawn_at,
        "reason": row.withdrawn_reason,
    }
