"""A vendor's sandbox: a tenant of its own with made-up learners, a source for each door, and keys that begin `tst_`."""

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from app.access import clients, tenants
from app.access.scopes import Scope
from app.db.access.tenants import TenantRow
from app.errors import ConfigError
from app.pipeline.file import load
from app.records.settle import settle
from app.sandbox.district import District
from app.sandbox.sis.bundle import write_bundle
from app.sources import configure, known
from app.sources.configure import NewSource
from app.sources.source import open_source
from app.start import Service

SIZE = 30
"""How many learners a sandbox has."""
NAMED = 3
"""So many of them are named to a vendor who has just got one; its roster names all."""


class Door(NamedTuple):
    """What is pushed by one client: into which source, by which scope, and where to."""

    connector: str
    name: str
    scope: Scope
    path: str


DOORS = {
    "evidence": Door("evidence", "Evidence", "evidence.write", "/v1/evidence"),
    "badges": Door("open_badges", "Badges", "credentials.write", "/v1/badges"),
    "statements": Door("xapi", "xAPI statements", "evidence.write", "/v1/xapi/statements"),
}
READER: tuple[Scope, ...] = ("learners.read", "events.read", "frameworks.read")


@dataclass(frozen=True, slots=True)
class MadeUp:
    """A learner of a sandbox, by the number that leads to them."""

    number: str
    name: str
    birth_date: str


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A sandbox as its vendor gets it: a key for each door and one to read with, each shown this once."""

    tenant: str
    keys: dict[str, str]
    learners: list[MadeUp]


async def make(service: Service, vendor: str) -> Sandbox:
    """Make a sandbox for a vendor of this name. ConfigError where it has one, or the name has no letters."""
    slug = re.sub(r"[^a-z0-9]+", "-", vendor.casefold()).strip("-")[:50]
    if not slug:
        raise ConfigError(f"'{vendor}' has no letters or digits of which a short name could be made")
    tenant = await tenants.add(service.db, f"sandbox-{slug}", f"{vendor} (sandbox)", sandbox=True)
    district = District(size=SIZE)
    await _roster(service, tenant, district)
    keys = {}
    async with service.db.transaction(tenant.id) as tx:
        for slug, door in DOORS.items():
            new = NewSource(connector=door.connector, slug=slug, name=door.name)
            source = await configure.create(tx, new, service.vault, service.settings.limits)
            _, issued = await clients.create_client(tx, door.name, (door.scope, "learners.read"), source)
            keys[slug] = issued.text
        _, issued = await clients.create_client(tx, "Reader", READER, None)
        keys["reader"] = issued.text
    learners = [
        MadeUp(learner.number, f"{learner.given} {learner.family}", f"{learner.birth_date:%Y-%m-%d}")
        for learner in district.learners
        if not learner.left
    ]
    return Sandbox(tenant.slug, keys, learners[:NAMED])


async def _roster(service: Service, tenant: TenantRow, district: District) -> None:
    """Take the made-up district's roster in, as a file."""
    async with service.db.transaction(tenant.id) as tx:
        roster = NewSource(connector="oneroster", slug="sis", name="Made-up SIS")
        await configure.create(tx, roster, service.vault, service.settings.limits)
        row = await known.by_slug(tx, "sis")
    with tempfile.TemporaryDirectory() as folder:
        bundle = Path(folder) / "roster.zip"
        write_bundle(district, bundle, flawed=False)
        await load(service.db, open_source(row, service.vault, service.settings.limits), bundle, dry_run=False)
    await settle(service.db, tenant.id)
