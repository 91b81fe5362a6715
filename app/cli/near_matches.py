"""`tessera near-match`: pairs of persons who may be one learner, and what somebody decides about them."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.markup import escape

from app.cli.console import JsonOption, TenantOption, out, print_json, run, tenant_of
from app.cli.progress import print_reason
from app.identity import cases, decisions
from app.identity.decisions import DecisionRow, Learners, refs_of
from app.records.settle import settle
from app.sources import known
from app.start import Service

commands = typer.Typer(help="Near matches: who may be the same learner.", no_args_is_help=True)


@commands.command("list")
def list_(
    limit: Annotated[int, typer.Option(min=1, max=500, help="how many at most")] = 50,
    after: Annotated[int, typer.Option(help="only those after this number")] = 0,
    tenant: TenantOption = None,
    as_json: JsonOption = False,
) -> None:
    """List pairs that wait for somebody's decision: two persons as their sources know them, and why they may be one."""

    async def work(service: Service) -> tuple[list[DecisionRow], Learners, dict[int, str]]:
        owner = await tenant_of(service, tenant)
        async with service.db.transaction(owner.id) as tx:
            rows, learners = await decisions.near_matches(tx, after=after, limit=limit)
            return rows, learners, await known.slugs(tx)

    rows, learners, slugs = run(work)
    if as_json:
        print_json([_plain(row, learners, slugs) for row in rows])
        return
    for row in rows:
        left, right = (f"{slugs.get(source, '?')}: {key}" for source, key in refs_of(row))
        print_reason(f"{row.id}  {left}  and  {right}  (since {row.since:%Y-%m-%d})", row.reason)
    if not rows:
        out.print("No near match waits.")
    else:
        out.print('\nDecide: tessera near-match decide NUMBER same|different --reason "how you know"')
        out.print("Look at a person's record first: tessera record LEARNER (the ids: --json)")
    if len(rows) == limit:
        out.print(f"The next ones: --after {rows[-1].id}")


def _plain(row: DecisionRow, learners: Learners, slugs: dict[int, str]) -> dict[str, object]:
    left, right = (
        {"source": slugs.get(ref[0]), "person": ref[1], "learner": learners.get(ref)} for ref in refs_of(row)
    )
    return {"id": row.id, "left": left, "right": right, "reason": row.reason, "since": row.since}


@commands.command()
def decide(
    number: Annotated[int, typer.Argument(help="the pair's number: see 'tessera near-match list'")],
    judgement: Annotated[
        str,
        typer.Argument(
            metavar="same|different|not-enough|open",
            help="not-enough: it waits until more is known; open: take back what people decided of the two",
        ),
    ],
    reason: Annotated[str, typer.Option(help="how you know; it stands in the ledger")],
    tenant: TenantOption = None,
) -> None:
    """Decide about a pair. The records follow; the decision stands in the ledger, and can be taken back."""

    async def work(service: Service) -> cases.Outcome:
        owner = await tenant_of(service, tenant)
        async with service.db.transaction(owner.id) as tx:
            outcome = await cases.decide(tx, number, judgement, by="command line", reason=reason, now=datetime.now(UTC))
        await settle(service.db, owner.id)
        return outcome

    words = {
        "decided": escape(judgement),
        "second": "a second person has to say the same",
        "aside": "set aside until more is known",
    }
    out.print(f"[green]✓[/] pair {number}: {words[run(work)]}")
