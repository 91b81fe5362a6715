"""`tessera matching`: whose persons are scored, what would come of it, and how well scores do on a labeled file."""

from dataclasses import asdict
from math import log2
from pathlib import Path
from typing import Annotated

import typer

from app.cli.console import JsonOption, TenantOption, out, print_json, run, source_of, table, tenant_of
from app.cli.progress import print_reason
from app.identity import duplicates, labeled, linking, scored
from app.identity.scored import Mode, ScoredSource
from app.matching.estimate import Comparison
from app.matching.evaluate import Share, evaluate
from app.matching.weights import SHIPPED
from app.records.settle import settle
from app.start import Service

commands = typer.Typer(help="Matching: find who a sign-up without a number is.", no_args_is_help=True)


@commands.command("list")
def list_(tenant: TenantOption = None, as_json: JsonOption = False) -> None:
    """List the sources with their mode, and what scores say of their persons."""

    async def work(service: Service) -> list[ScoredSource]:
        owner = await tenant_of(service, tenant)
        async with service.db.transaction(owner.id) as tx:
            return await scored.listed(tx)

    sources = run(work)
    if as_json:
        print_json([_plain(row) for row in sources])
        return
    rows = table("source", "mode", "linked", "ready to link", "waiting for a person")
    for row in sources:
        rows.add_row(row.slug, row.mode, *(f"{count:,}" for count in _counts(row).values()))
    out.print(rows)
    for row in sources:
        if row.why_held:
            out.print(f"[yellow]![/] {row.slug}: {row.why_held}.")
            out.print(
                f"  Look: tessera near-match list. Then: tessera matching allow {row.slug} --links {row.outcome.sure}"
            )


def _plain(row: ScoredSource) -> dict[str, object]:
    guard = {"at_once": row.at_once, "held_since": row.held_since, "why_held": row.why_held}
    return {"slug": row.slug, "mode": row.mode, **_counts(row), **guard}


def _counts(row: ScoredSource) -> dict[str, int]:
    return {"linked": row.outcome.linked, "ready": row.outcome.sure, "asked": row.outcome.asked}


@commands.command("set")
def set_(
    source: Annotated[str, typer.Argument(help="the source's short name")],
    mode: Annotated[str, typer.Argument(help="off, propose (a person decides) or automatic")],
    at_once: Annotated[
        int | None, typer.Option(min=1, max=1_000_000, help="how many links may be made at once without a person")
    ] = None,
    second_person: Annotated[
        bool | None, typer.Option("--second-person/--one-person", help="whether two people have to say the same")
    ] = None,
    tenant: TenantOption = None,
) -> None:
    """Have a source's persons scored from now on, or no longer: links made by scores are taken back with it."""
    if mode not in {"off", "propose", "automatic"}:
        raise typer.BadParameter(f"'{mode}' is not off, propose or automatic")
    checked: Mode = mode  # type: ignore[assignment]  # it is one of them

    async def work(service: Service) -> None:
        owner = await tenant_of(service, tenant)
        row = await source_of(service, owner, source)
        async with service.db.transaction(owner.id) as tx:
            await scored.set_mode(
                tx, row.id, checked, by="the command line", at_once=at_once, second_person=second_person
            )

    run(work)
    out.print(f"[green]✓[/] {source}: matching is {mode}. Next: 'tessera matching list', once its job has run.")


@commands.command()
def allow(
    source: Annotated[str, typer.Argument(help="the source's short name")],
    links: Annotated[int, typer.Option(min=1, help="how many 'tessera matching list' shows as ready to link")],
    tenant: TenantOption = None,
) -> None:
    """Let the links of a source through that were too many at once. Where more wait than were shown, none is made."""

    async def work(service: Service) -> None:
        owner = await tenant_of(service, tenant)
        row = await source_of(service, owner, source)
        async with service.db.transaction(owner.id) as tx:
            await linking.let_through(tx, row.id, links, by="the command line")
        await settle(service.db, owner.id)

    run(work)
    out.print(f"[green]✓[/] {source}: they are linked. Next: 'tessera matching list'.")


@commands.command()
def learn(tenant: TenantOption = None, as_json: JsonOption = False) -> None:
    """Learn weights from the district's own people now: a job does it every week. They hold where they are better."""

    async def work(service: Service) -> Comparison | None:
        owner = await tenant_of(service, tenant)
        learned = await scored.learn(service.db, owner.id)
        await settle(service.db, owner.id)
        return learned

    comparison = run(work)
    if as_json:
        print_json(comparison and asdict(comparison))
    elif comparison is None:
        out.print("No source is scored. Next: tessera matching set SOURCE propose")
    else:
        _print_comparison(comparison)


@commands.command()
def weights(tenant: TenantOption = None, as_json: JsonOption = False) -> None:
    """Show the weights in force, in bits for and against two being one, and where they are from."""

    async def work(service: Service) -> scored.Weights:
        owner = await tenant_of(service, tenant)
        async with service.db.transaction(owner.id) as tx:
            return await scored.weights(tx)

    in_force = run(work)
    bits = {name: {level: log2(m / u) for level, (m, u) in row.items()} for name, row in in_force.table.items()}
    if as_json:
        compared = in_force.compared and asdict(in_force.compared)
        print_json({"version": in_force.version, "learned_at": in_force.learned_at, "bits": bits, "compared": compared})
        return
    rows = table("field", "how they agree", "bits", "as shipped")
    for name, levels in bits.items():
        for level, value in levels.items():
            m, u = SHIPPED[name][level]
            rows.add_row(name, level, f"{value:+.1f}", f"{log2(m / u):+.1f}")
    out.print(rows)
    out.print(f"In force: {in_force.version}.")
    if in_force.compared is None:
        out.print(
            "Nothing was learned yet: a job does it every week where a source is scored, or: tessera matching learn"
        )
    else:
        _print_comparison(in_force.compared)


def _print_comparison(compared: Comparison) -> None:
    sign = "[green]✓[/]" if compared.taken else "[yellow]![/]"
    out.print(f"{sign} Learned weights are {'in force' if compared.taken else 'not taken'}: {compared.reason}.")
    out.print(
        f"  Learned from {compared.pairs:,} pairs, of which {compared.expected:,} are expected to be of one person. "
        f"The truth is known of {compared.same:,} who are one and of {compared.different:,} who are two."
    )
    if compared.same and compared.different:
        out.print(
            f"  Of these they are {compared.learned_loss:.4f} bits a pair off, the shipped ones "
            f"{compared.shipped_loss:.4f}."
        )


KINDS = {"twice": "may be one person", "shared": "share a number", "recycled": "one has a number that the other had"}


@commands.command("duplicates")
def duplicates_(
    source: Annotated[str, typer.Argument(help="the source's short name")],
    tenant: TenantOption = None,
    as_json: JsonOption = False,
) -> None:
    """List persons whom one source may hold twice, and numbers that two of its persons have. Nothing is merged."""

    async def work(service: Service) -> duplicates.Report:
        owner = await tenant_of(service, tenant)
        row = await source_of(service, owner, source)
        async with service.db.transaction(owner.id) as tx:
            return await duplicates.report(tx, row.id)

    report = run(work)
    if as_json:
        print_json(
            [{"left": d.left[1], "right": d.right[1], "kind": d.kind, "reason": d.reason} for d in report.duplicates]
        )
        return
    for pair in report.duplicates:
        print_reason(f"{pair.left[1]}  and  {pair.right[1]}  {KINDS[pair.kind]}", pair.reason)
    if not report.duplicates:
        out.print(f"Nothing is amiss in {source}.")
    if not report.whole:
        out.print(
            f"Only the first {duplicates.MOST} pairs were compared: mend some at the source, sync, and look again."
        )
    if not report.by_names:
        out.print("Only numbers were compared. Names are once a source is scored: tessera matching set SOURCE propose")


@commands.command("evaluate")
def evaluate_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="a CSV file of people, labeled")],
    as_json: JsonOption = False,
) -> None:
    """Match a labeled file, and tell precision and recall. Nothing is stored.

    Columns: side (roster or sign-up), id, truth (one label for all rows of a person); and given, middle, family,
    birth_date, grade, school, sex, email, phone, address, state_id, kind (what is wrong with a sign-up).
    """
    people = labeled.read(file)
    outcome = evaluate(people.roster, people.sign_ups, people.truth, kinds=people.kinds)
    shares = {
        "precision of automatic links": outcome.precision,
        "true pairs linked automatically": outcome.automatic,
        "true pairs linked or among those asked about": outcome.found,
        "sign-ups that a person is asked about": outcome.queue,
    }
    if as_json:
        figures: dict[str, object] = {
            name: {"of": share.all, "value": share.value, "between": share.interval} for name, share in shares.items()
        }
        print_json(figures | {"by kind": {name: asdict(kind) for name, kind in sorted(outcome.kinds.items())}})
        return
    rows = table("figure", "value", "95 % between", "of")
    for name, share in shares.items():
        rows.add_row(name, f"{share.value:.4f}", _between(share), f"{share.all:,}")
    out.print(rows)
    if outcome.kinds:
        kinds = table("kind of error", "on the roster", "linked", "linked or asked about", "asked about", "wrong links")
        for name, kind in sorted(outcome.kinds.items()):
            numbers = (kind.true, kind.automatic, kind.found, kind.asked, kind.wrong)
            kinds.add_row(name, *(f"{number:,}" for number in numbers))
        out.print(kinds)
    for left, right in outcome.wrong[:20]:
        out.print(f"[red]✗[/] sign-up {left.key} was linked with {right.key}")
    for reason, count in outcome.stopped.most_common():
        out.print(f"  {count:,} asked because {reason}")


def _between(share: Share) -> str:
    low, high = share.interval
    return f"{low:.4f} to {high:.4f}"
