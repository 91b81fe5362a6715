"""Sources a tenant has: by id or short name, how each is doing, and what its runs did."""

from app.db import Tx
from app.db.sources import sources
from app.db.sources.sources import Condition, RunRow, SourceRow
from app.errors import ConfigError, NotFound


async def listed(tx: Tx) -> list[SourceRow]:
    """All sources of the tenant."""
    return await sources.listed(tx)


async def slugs(tx: Tx) -> dict[int, str]:
    """The slug of each of the tenant's sources, by id."""
    return {row.id: row.slug for row in await sources.listed(tx)}


async def with_conditions(tx: Tx) -> list[tuple[SourceRow, Condition]]:
    """All sources of the tenant, and how each is doing."""
    conditions = await sources.conditions(tx)
    return [(row, conditions[row.id]) for row in await sources.listed(tx)]


async def with_condition(tx: Tx, source: int) -> tuple[SourceRow, Condition]:
    """The source of that id, and how it is doing. NotFound where there is none."""
    return await by_id(tx, source), (await sources.conditions(tx))[source]


async def by_id(tx: Tx, source: int) -> SourceRow:
    """The source of that id. NotFound where there is none."""
    row = await sources.by_id(tx, source)
    if row is None:
        raise NotFound
    return row


async def by_slug(tx: Tx, slug: str) -> SourceRow:
    """The source of that short name. ConfigError names those there are."""
    row = await sources.by_slug(tx, slug)
    if row is None:
        names = ", ".join(source.slug for source in await sources.listed(tx))
        names = names or "none yet: see 'tessera source add --help'"
        raise ConfigError(f"no source '{slug}': there are {names}")
    return row


async def runs(tx: Tx, source: int, limit: int) -> list[RunRow]:
    """The last runs of a source, newest first. NotFound where there is no such source."""
    await by_id(tx, source)
    return await sources.runs(tx, source, limit)


async def run(tx: Tx, source: int, run: int) -> RunRow:
    """The run of that id. NotFound where there is none."""
    row = await sources.run_by_id(tx, source, run)
    if row is None:
        raise NotFound(f"No run {run} of source {source}.")
    return row
