"""Sources made and changed: what the API, the command line and the sample district call alike."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, TypedDict

from psycopg.errors import UniqueViolation

from app.db import Tx
from app.db.sources import sources as stored
from app.db.sources.sources import SourceRow
from app.errors import Conflict, Invalid
from app.secrets import Vault
from app.sources import known
from app.sources.scheduling import first_due
from app.sources.source import changed_settings, split_settings
from connectors import named
from connectors.limits import Limits


@dataclass(frozen=True, slots=True)
class NewSource:
    """A source to be made. `settings` holds its secrets too; without a `rank`, the connector's own."""

    connector: str
    slug: str
    name: str
    settings: dict[str, Any] = field(default_factory=dict)
    every_minutes: int | None = None
    full_every_days: int = 7
    shrink_share: float = 0.2
    rank: int | None = None
    calendar: dict[str, Any] | None = None


class SourceChanges(TypedDict, total=False):
    """What is to be changed of a source; what is left out stays. Of `settings`, None removes one."""

    name: str
    settings: dict[str, Any]
    every_minutes: int | None
    full_every_days: int
    shrink_share: float
    rank: int
    calendar: dict[str, Any] | None
    state: str
    state_reason: str | None


async def create(tx: Tx, new: NewSource, vault: Vault, limits: Limits) -> int:
    """Store a new source; its id. One with a schedule is due at once.

    ConfigError names what is wrong with its settings, Invalid a schedule of what is not pulled, Conflict a slug taken.
    """
    connector = named(new.connector)
    settings, secrets = split_settings(connector, new.settings, tx.tenant, vault, limits)
    check_schedule(new.connector, new.every_minutes)
    now = datetime.now(UTC)
    row = SourceRow(
        id=0,
        tenant_id=tx.tenant,
        slug=new.slug,
        name=new.name,
        connector=new.connector,
        settings=settings,
        secrets=secrets,
        rank=connector.rank if new.rank is None else new.rank,
        every_minutes=new.every_minutes,
        full_every_days=new.full_every_days,
        shrink_share=new.shrink_share,
        state="active",
        state_reason=None,
        due_at=first_due(new.every_minutes, new.calendar, now),
        created_at=now,
        calendar=new.calendar,
    )
    try:
        return await stored.add(tx, row)
    except UniqueViolation:
        detail = f"The slug '{new.slug}' is taken: choose another."
        raise Conflict(detail, type="slug-taken", title="There is such a source") from None


async def change(tx: Tx, row: SourceRow, changes: SourceChanges, vault: Vault, limits: Limits) -> SourceRow:
    """Change a source. ConfigError names what is wrong with its settings, Invalid its schedule."""
    after = changed(row, changes, vault, limits)
    await stored.update(tx, after)
    return after


async def reset(tx: Tx, row: SourceRow, name: str, settings: dict[str, Any], vault: Vault, limits: Limits) -> SourceRow:
    """A source with these settings in place of all it had, active again. ConfigError as for `create`."""
    public, secrets = split_settings(named(row.connector), settings, tx.tenant, vault, limits)
    after = replace(row, name=name, settings=public, secrets=secrets, state="active", state_reason=None)
    await stored.update(tx, after)
    return after


async def pause(tx: Tx, slug: str, reason: str | None) -> None:
    """Pause a source: its schedule rests, and a run under way ends within seconds. ConfigError where there is none."""
    await stored.set_state(tx, (await known.by_slug(tx, slug)).id, "paused", reason)


async def resume(tx: Tx, slug: str) -> None:
    """Make a paused source active again. ConfigError where there is none."""
    await stored.set_state(tx, (await known.by_slug(tx, slug)).id, "active", None)


def changed(row: SourceRow, changes: SourceChanges, vault: Vault, limits: Limits) -> SourceRow:
    """A source with what is to be changed. ConfigError names what is wrong with its settings, Invalid its schedule."""
    values: dict[str, Any] = dict(changes)
    if "every_minutes" in values:
        check_schedule(row.connector, values["every_minutes"])
    if {"calendar", "every_minutes"} & values.keys():
        every, calendar = values.get("every_minutes", row.every_minutes), values.get("calendar", row.calendar)
        values["due_at"] = first_due(every, calendar, datetime.now(UTC))
    if "settings" in values:
        settings = changed_settings(row, values["settings"], vault)
        values["settings"], values["secrets"] = split_settings(
            named(row.connector), settings, row.tenant_id, vault, limits
        )
    return replace(row, **values)


def check_syncable(row: SourceRow) -> None:
    """Invalid or Conflict where a source cannot be synced as it is."""
    if named(row.connector).client is None:
        detail = f"{row.connector} is pushed, or loaded from files."
        raise Invalid(detail, type="not-pulled", title="Source is not pulled")
    if row.state != "active":
        reason = row.state_reason or "no reason given"
        detail = f"{reason}. Mend that, set its state to 'active', try again."
        raise Conflict(detail, type="source-paused", title="The source is paused")


def check_schedule(connector: str, every_minutes: int | None) -> None:
    """Invalid where what is not pulled is given a schedule."""
    if every_minutes is not None and named(connector).client is None:
        detail = f"{connector} is pushed: leave out everyMinutes."
        raise Invalid(detail, type="not-pulled", title="Source is not pulled")
