"""`tessera source`: connections to other systems, made, listed, tested and synced."""

from datetime import time
from typing import Annotated, Any, cast

import typer
from rich.markup import escape

from app.access.scopes import Scope
from app.access.tenants import check_slug
from app.cli.console import JsonOption, TenantOption, out, print_json, run, source_of, table, tenant_of
from app.cli.settings import given_settings
from app.db.access.tenants import TenantRow
from app.db.sources.sources import Condition, RunRow, SourceRow
from app.errors import ConfigError
from app.sources import configure, known
from app.sources.configure import NewSource, SourceChanges
from app.sources.scheduling import set_calendar
from app.sources.source import open_source
from app.sources.testing import Tested, test_source
from app.start import Service
from connectors import named

commands = typer.Typer(help="Sources: connections to other systems.", no_args_is_help=True)
PUSH_SCOPES: dict[str, Scope] = {
    "evidence": "evidence.write",
    "xapi": "evidence.write",
    "open_badges": "credentials.write",
}
"""The scope that a client needs to push into a source of the connector."""
COLORS = {"active": "green", "paused": "red", "retired": "dim"}
SlugArgument = Annotated[str, typer.Argument(help="the source's short name")]


@commands.command()
def add(
    connector: Annotated[str, typer.Argument(help="the connector: oneroster, canvas, kolibri, …")],
    slug: Annotated[str | None, typer.Option(help="a short name; the connector's, if left out")] = None,
    name: Annotated[str | None, typer.Option(help="the name people know it by")] = None,
    tenant: TenantOption = None,
    set_: Annotated[list[str] | None, typer.Option("--set", help="a setting, key=value; may be repeated")] = None,
    secret: Annotated[
        list[str] | None, typer.Option(help="a secret, key=value; the key alone asks, or reads a line of input")
    ] = None,
    every: Annotated[int | None, typer.Option(min=1, help="sync every so many minutes")] = None,
    rank: Annotated[int | None, typer.Option(help="whose word comes first: lower is preferred")] = None,
) -> None:
    """Make a source. Its settings are in the connector's README; wrong and missing ones are told."""
    settings = given_settings(named(connector), set_ or [], secret or [])

    async def work(service: Service) -> SourceRow:
        owner = await tenant_of(service, tenant)
        return await make(service, owner, connector, settings, slug=slug, name=name, every=every, rank=rank)

    source = run(work)
    out.print(f"[green]✓[/] source '{source.slug}' is made. Next: {escape(_next_step(source))}")


def _next_step(row: SourceRow) -> str:
    """What to do with a new source: test what is pulled, import what is a file, make a key for what is pushed."""
    known = named(row.connector)
    if known.client is not None:
        return f"tessera source test {row.slug}"
    if row.connector in PUSH_SCOPES:
        return f'tessera client add "THE VENDOR" --source {row.slug} --scope {PUSH_SCOPES[row.connector]}'
    return f"tessera import FILE --source {row.slug}"


async def make(
    service: Service,
    tenant: TenantRow,
    connector: str,
    settings: dict[str, Any],
    *,
    slug: str | None = None,
    name: str | None = None,
    every: int | None = None,
    rank: int | None = None,
) -> SourceRow:
    """Store a new source; one with a schedule is due at once. ConfigError for settings that will not do."""
    short = check_slug(slug or connector.replace("_", "-"))
    new = NewSource(
        connector=connector,
        slug=short,
        name=name or named(connector).title,
        settings=settings,
        every_minutes=every,
        rank=rank,
    )
    async with service.db.transaction(tenant.id) as tx:
        await configure.create(tx, new, service.vault, service.settings.limits)
    return await source_of(service, tenant, short)


@commands.command("list")
def list_(tenant: TenantOption = None, as_json: JsonOption = False) -> None:
    """List the sources: how they are, when they last ran, when they are due, what is in quarantine."""

    async def work(service: Service) -> list[dict[str, Any]]:
        owner = await tenant_of(service, tenant)
        async with service.db.transaction(owner.id) as tx:
            return [_state(row, condition) for row, condition in await known.with_conditions(tx)]

    states = run(work)
    if as_json:
        print_json(states)
        return
    listing = table("source", "connector", "state", "last run", "last received", "due", "quarantine")
    for source in states:
        last = source["last_run"]
        ran = f"{last['state']} {last['started_at']:%m-%d %H:%M}" if last else "never"
        due = f"{source['due_at']:%m-%d %H:%M}" if source["due_at"] else "by hand"
        received = f"{source['received_at']:%m-%d %H:%M}" if source["received_at"] else ""
        state = f"[{COLORS[source['state']]}]{source['state']}[/]"
        listing.add_row(source["slug"], source["connector"], state, ran, received, due, f"{source['quarantined']:,}")
    out.print(listing if states else "There is no source yet: see 'tessera source add --help'.")
    for source in states:
        if source["state_reason"]:
            out.print(f"\n[red]{source['slug']}[/] is paused: {escape(source['state_reason'])}")
            out.print(f"  when it is mended: tessera source resume {source['slug']}")


def _state(row: SourceRow, condition: Condition) -> dict[str, Any]:
    return {
        "slug": row.slug,
        "name": row.name,
        "connector": row.connector,
        "settings": row.settings,
        "state": row.state,
        "state_reason": row.state_reason,
        "every_minutes": row.every_minutes,
        "full_every_days": row.full_every_days,
        "shrink_share": row.shrink_share,
        "rank": row.rank,
        "due_at": row.due_at,
        "quarantined": condition.quarantined,
        "received_at": condition.received_at,
        "last_run": last_run(condition.last) if condition.last else None,
    }


def last_run(run_: RunRow) -> dict[str, Any]:
    """A run for a script."""
    return {"state": run_.state, "started_at": run_.started_at, "counts": run_.counts, "message": run_.message}


@commands.command("test")
def check_connection(slug: SlugArgument, tenant: TenantOption = None) -> None:
    """Ask the source whether it lets us in, and say what it answers. Nothing is pulled."""

    async def work(service: Service) -> Tested:
        row = await source_of(service, await tenant_of(service, tenant), slug)
        return await test_source(open_source(row, service.vault, service.settings.limits))

    result = run(work)
    for stream in result.streams:
        mark = "[green]✓[/]" if stream.ok else "[red]✗[/]"
        out.print(f"{mark} {stream.stream}: {escape(stream.message)}")
    if not result.ok:
        raise ConfigError(f"'{slug}' does not answer as it should: {result.message}")
    out.print(f"[green]✓[/] {escape(result.message)}")


@commands.command()
def schedule(
    slug: SlugArgument,
    at: Annotated[list[str] | None, typer.Option(help="a time of day, 02:30; may be repeated")] = None,
    timezone: Annotated[str, typer.Option(help="whose times of day: America/New_York")] = "UTC",
    weekday: Annotated[list[int] | None, typer.Option(help="1 (Monday) to 7; every day, if left out")] = None,
    blackout: Annotated[list[str] | None, typer.Option(help="no sync begins then: 07:00-15:30")] = None,
    rollover: Annotated[str | None, typer.Option(help="the year turns, nothing ends: 2027-06-15..2027-08-31")] = None,
    tenant: TenantOption = None,
) -> None:
    """Pull a source at times of the district's day, leave it alone at others, and say when the school year turns."""
    begins, _, ends = (rollover or "").partition("..")
    windows = [window.partition("-") for window in blackout or []]
    calendar = {
        "timezone": timezone,
        "at": [_time(text) for text in at or []],
        "weekdays": weekday or [1, 2, 3, 4, 5, 6, 7],
        "blackout": [{"begins": _time(first), "ends": _time(last)} for first, _, last in windows],
        **({"rollover": {"begins": begins, "ends": ends}} if rollover else {}),
    }

    async def work(service: Service) -> SourceRow:
        owner = await tenant_of(service, tenant)
        row = await source_of(service, owner, slug)
        async with service.db.transaction(owner.id) as tx:
            return await set_calendar(tx, row, calendar)

    row = run(work)
    due = f"next due at {row.due_at:%Y-%m-%d %H:%M} UTC" if row.due_at else "synced when asked"
    out.print(f"[green]✓[/] '{slug}' is {due}")


def _time(text: str) -> str:
    """A time of day as it is stored, with its seconds."""
    try:
        return time.fromisoformat(text.strip()).isoformat()
    except ValueError:
        raise typer.BadParameter(f"'{text}' is no time of day: write it like 02:30") from None


@commands.command()
def resume(slug: SlugArgument, tenant: TenantOption = None) -> None:
    """Make a paused source active again, once what paused it is mended."""

    async def work(service: Service) -> None:
        owner = await tenant_of(service, tenant)
        async with service.db.transaction(owner.id) as tx:
            await configure.resume(tx, slug)

    run(work)
    out.print(f"[green]✓[/] '{slug}' is active")


@commands.command("set")
def change(
    slug: SlugArgument,
    tenant: TenantOption = None,
    set_: Annotated[list[str] | None, typer.Option("--set", help="a setting, key=value; may be repeated")] = None,
    secret: Annotated[
        list[str] | None, typer.Option(help="a secret, key=value; the key alone asks, or reads a line of input")
    ] = None,
    name: Annotated[str | None, typer.Option(help="the name people know it by")] = None,
    every: Annotated[int | None, typer.Option(min=1, help="sync every so many minutes")] = None,
    full_every: Annotated[
        int | None, typer.Option(min=1, max=366, help="pull the whole list every so many days")
    ] = None,
    shrink_share: Annotated[
        float | None, typer.Option(min=0.001, max=1, help="hold a pull that would end more than this share: 0.2")
    ] = None,
    rank: Annotated[
        int | None, typer.Option(min=0, max=1000, help="whose word comes first: lower is preferred")
    ] = None,
) -> None:
    """Change a source. Where its address changes, its secrets are entered anew."""

    async def work(service: Service) -> None:
        owner = await tenant_of(service, tenant)
        row = await source_of(service, owner, slug)
        settings = given_settings(named(row.connector), set_ or [], secret or []) if set_ or secret else None
        options = {
            "name": name,
            "settings": settings,
            "every_minutes": every,
            "full_every_days": full_every,
            "shrink_share": shrink_share,
            "rank": rank,
        }
        changes = cast(SourceChanges, {field: value for field, value in options.items() if value is not None})
        async with service.db.transaction(owner.id) as tx:
            await configure.change(tx, row, changes, service.vault, service.settings.limits)

    run(work)
    out.print(f"[green]✓[/] '{slug}' is changed. Next: tessera source test {slug}")


@commands.command()
def pause(
    slug: SlugArgument,
    reason: Annotated[str | None, typer.Option(help="why, for whoever looks at it next")] = None,
    tenant: TenantOption = None,
) -> None:
    """Pause a source: its schedule rests, and a run under way ends within seconds. What it stored stays."""

    async def work(service: Service) -> None:
        owner = await tenant_of(service, tenant)
        async with service.db.transaction(owner.id) as tx:
            await configure.pause(tx, slug, reason)

    run(work)
    out.print(f"[green]✓[/] '{slug}' is paused. When it is to go on: tessera source resume {slug}")


@commands.command()
def show(slug: SlugArgument, tenant: TenantOption = None, as_json: JsonOption = False) -> None:
    """Show one source: its settings (secrets are never shown), its schedule, and how it is doing."""

    async def work(service: Service) -> dict[str, Any]:
        owner = await tenant_of(service, tenant)
        row = await source_of(service, owner, slug)
        async with service.db.transaction(owner.id) as tx:
            return _state(*await known.with_condition(tx, row.id))

    source = run(work)
    if as_json:
        print_json(source)
        return
    values = table("", "")
    for name, value in source.items():
        if name not in ("settings", "last_run"):
            values.add_row(name.replace("_", " "), escape("" if value is None else str(value)))
    for name, value in source["settings"].items():
        values.add_row(f"  {name}", escape(str(value)))
    out.print(values)
