"""A source as the pipeline sees it: a frozen value, settings validated and secrets opened."""

import json
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from app.db.sources.sources import SourceRow
from app.errors import ConfigError
from app.secrets import Vault
from connectors import Connector, SourceSettings, Stream, named
from schemas.codes import Setting


@dataclass(frozen=True, slots=True)
class Source:
    """A tenant's configured connection to one system."""

    id: int
    tenant: int
    slug: str
    name: str
    connector: Connector
    settings: SourceSettings
    rank: int
    full_every_days: int = 7
    shrink_share: float = 0.2

    @property
    def setting(self) -> Setting:
        """Where this source's learning happens, unless a record says otherwise."""
        return self.settings.setting or self.connector.setting

    def streams(self) -> tuple[Stream, ...]:
        """All streams of this source."""
        return self.connector.streams_for(self.settings)

    def stream(self, name: str) -> Stream:
        """The stream of that name; ConfigError where the connector has none."""
        for stream in self.streams():
            if stream.name == name:
                return stream
        names = ", ".join(stream.name for stream in self.streams())
        raise ConfigError(f"{self.connector.name} has no stream '{name}': there are {names}")


def open_source(row: SourceRow, vault: Vault) -> Source:
    """A stored source, ready to use. ConfigError where its settings no longer fit its connector."""
    connector = named(row.connector)
    secrets = json.loads(vault.open(row.tenant_id, row.secrets)) if row.secrets else {}
    settings = check_settings(connector, {**row.settings, **secrets})
    return Source(
        row.id, row.tenant_id, row.slug, row.name, connector, settings, row.rank, row.full_every_days, row.shrink_share
    )


def check_settings(connector: Connector, given: dict[str, Any]) -> SourceSettings:
    """Settings as the connector wants them; ConfigError names every field that will not do."""
    try:
        return connector.settings.model_validate(given)
    except ValidationError as why:
        complaints = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'settings'}: {e['msg']}" for e in why.errors())
        raise ConfigError(f"the settings do not fit the connector {connector.name}: {complaints}") from None


def split_settings(
    connector: Connector, given: dict[str, Any], tenant: int, vault: Vault
) -> tuple[dict[str, Any], bytes | None]:
    """Checked settings as they are stored: what may be read, and the secrets sealed for the tenant."""
    check_settings(connector, given)
    names = secret_names(connector)
    secrets = {name: value for name, value in given.items() if name in names}
    public = {name: value for name, value in given.items() if name not in names}
    return public, vault.seal(tenant, json.dumps(secrets).encode()) if secrets else None


def secret_names(connector: Connector) -> set[str]:
    """Which of a connector's settings are secrets: those typed SecretStr."""
    return {name for name, field in connector.settings.model_fields.items() if "SecretStr" in str(field.annotation)}
