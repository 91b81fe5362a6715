"""A source as the pipeline sees it: a frozen value, settings validated and secrets opened."""

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from app.db.sources.sources import SourceRow
from app.errors import ConfigError
from app.secrets import Vault
from app.sources.calendar import Calendar, calendar_of
from connectors import Connector, SourceSettings, Stream, named
from connectors.limits import Limits
from schemas.codes import Setting

OPERATORS = frozenset({"allow_private_network"})
"""What earlier releases let a tenant set, and the operator decides: refused where it is given, and stored no longer."""

ADDRESS = re.compile(r"(^|_)(url|uri|host|server|domain|endpoint)$")
"""How a setting is called that says where a source is."""

NOTHING_PRIVATE = Limits()
"""The limits of who pulls nothing: no private address."""


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
    calendar: Calendar | None = None

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


def open_source(row: SourceRow, vault: Vault, limits: Limits) -> Source:
    """A stored source, ready to use within the operator's limits. ConfigError where its settings no longer fit."""
    connector = named(row.connector)
    settings = check_settings(connector, {**public_settings(row), **secrets_of(row, vault)}).within(limits)
    return Source(
        id=row.id,
        tenant=row.tenant_id,
        slug=row.slug,
        name=row.name,
        connector=connector,
        settings=settings,
        rank=row.rank,
        full_every_days=row.full_every_days,
        shrink_share=row.shrink_share,
        calendar=calendar_of(row.calendar),
    )


def public_settings(row: SourceRow) -> dict[str, Any]:
    """A source's settings without its secrets, and without what earlier releases let tenants set."""
    return {name: value for name, value in row.settings.items() if name not in OPERATORS}


def secrets_of(row: SourceRow, vault: Vault) -> dict[str, Any]:
    """A source's secrets. ConfigError where they were sealed with another key."""
    return dict(json.loads(vault.open(row.tenant_id, row.secrets))) if row.secrets else {}


def check_settings(connector: Connector, values: dict[str, Any]) -> SourceSettings:
    """Settings as the connector wants them; ConfigError names every field that will not do."""
    for name in OPERATORS.intersection(values):
        raise ConfigError(
            f"{name}: it is not a tenant's setting: the operator of this instance decides which private addresses may "
            "be reached (TESSERA_PRIVATE_ADDRESSES); leave it out"
        )
    try:
        return connector.settings.model_validate(values)
    except ValidationError as why:
        complaints = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'settings'}: {e['msg']}" for e in why.errors())
        raise ConfigError(f"the settings do not fit the connector {connector.name}: {complaints}") from None


def split_settings(
    connector: Connector, values: dict[str, Any], tenant: int, vault: Vault, limits: Limits
) -> tuple[dict[str, Any], bytes | None]:
    """Checked settings as they are stored: what may be read, and the secrets sealed for the tenant.

    ConfigError names every setting that will not do, also where the operator does not allow it.
    """
    if complaints := check_settings(connector, values).within(limits).complaints():
        raise ConfigError("; ".join(complaints))
    names = secret_names(connector)
    secrets = {name: value for name, value in values.items() if name in names}
    public = {name: value for name, value in values.items() if name not in names}
    return public, vault.seal(tenant, json.dumps(secrets).encode()) if secrets else None


def changed_settings(row: SourceRow, change: dict[str, Any], vault: Vault) -> dict[str, Any]:
    """All settings of a source with what is to be changed of them; None removes one.

    A secret is bound to the scheme, host and port it was given for: ConfigError where one of these changes and a secret
    is not given anew, for else whoever may change a source could have its secrets sent to a server of their own.
    """
    secrets = secrets_of(row, vault)
    before = {**public_settings(row), **secrets}
    after = {name: value for name, value in {**before, **change}.items() if value is not None}
    check_settings(named(row.connector), after)
    unchanged = sorted(name for name in secrets if name in after and name not in change)
    was, becomes = origins(before), origins(after)
    moved = sorted(name for name in {*was, *becomes} if was.get(name) != becomes.get(name))
    if unchanged and moved:
        changes = ", ".join(f"{name} changes to {becomes.get(name, 'the usual one')}" for name in moved)
        raise ConfigError(
            f"{', '.join(unchanged)}: the address {changes}, and a secret is kept for the address it was given for: "
            "enter it again with this change"
        )
    return after


def origins(settings: dict[str, Any]) -> dict[str, str]:
    """Scheme, host and port of each address among the settings: of what looks like one, or is called so."""
    return {
        name: origin_of(value)
        for name, value in settings.items()
        if isinstance(value, str) and value and ("://" in value or ADDRESS.search(name))
    }


def origin_of(url: str) -> str:
    """Scheme, host and port of an address; of one that is none, the whole of it."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return url
    return f"{parts.scheme}://{parts.hostname}:{port}" if parts.hostname else url


def secret_names(connector: Connector) -> set[str]:
    """Which of a connector's settings are secrets: those typed SecretStr."""
    return {name for name, field in connector.settings.model_fields.items() if "SecretStr" in str(field.annotation)}
