"""Sources that files are loaded into: a layout used now and kept when the import is, and none left behind by a look."""

from dataclasses import replace
from typing import Any

from app.db import Tx
from app.db.sources import sources
from app.db.sources.sources import SourceRow
from app.errors import ConfigError
from app.secrets import Vault
from app.sources.source import Source, changed_settings, check_settings, public_settings, split_settings
from connectors import named
from connectors.assessment_file.layout import parse
from connectors.limits import Limits


def settings_with_layout(row: SourceRow, text: str) -> dict[str, Any]:
    """A source's settings with a layout, in the place of one of the same name. ConfigError for a layout at fault."""
    if row.connector != "assessment_file":
        raise ConfigError(f"--layout is for assessment files, and '{row.slug}' reads {row.connector}: leave it out")
    name = parse(text).name
    layouts = [known for known in public_settings(row).get("layouts", []) if parse(known).name != name]
    return {"layouts": [*layouts, text]}


def with_layout(source: Source, row: SourceRow, text: str) -> Source:
    """A source as it is with a layout that is not kept yet. ConfigError for a layout at fault."""
    settings = {**public_settings(row), **settings_with_layout(row, text)}
    return replace(source, settings=check_settings(source.connector, settings))


async def keep_layout(tx: Tx, row: SourceRow, text: str, vault: Vault, limits: Limits) -> SourceRow:
    """Keep a layout with its source, in the place of one of the same name."""
    after = changed_settings(row, settings_with_layout(row, text), vault)
    public, secrets = split_settings(named(row.connector), after, row.tenant_id, vault, limits)
    changed = replace(row, settings=public, secrets=secrets)
    await sources.update(tx, changed)
    return changed


async def forget_unused(tx: Tx, row: SourceRow) -> None:
    """Forget a source that was made for a file which was only looked at."""
    await sources.forget_unused(tx, row.id)


async def by_connector(tx: Tx, connector: str) -> list[SourceRow]:
    """The tenant's sources of a connector, in the order of their making."""
    return [row for row in await sources.listed(tx) if row.connector == connector]
