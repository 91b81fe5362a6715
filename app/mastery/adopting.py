"""Adopting: a framework that a source pulled becomes one here. It is read only, and follows its source."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import msgspec

from app.db import Tx
from app.db.access.tenants import TenantRow
from app.db.frameworks import frameworks
from app.db.frameworks import pulled as pulled_rows
from app.errors import NotFound
from app.frameworks import pulled
from app.frameworks.frameworks import Imported, Sensitivity
from app.frameworks.pulled import PulledFramework
from app.mastery.introducing import introduce


async def pulled_frameworks(tx: Tx, owner: TenantRow) -> list[PulledFramework]:
    """The frameworks that the tenant's sources tell of, with those that were adopted marked."""
    return await pulled.listed(tx, _namespace(owner))


async def adopt(
    tx: Tx, owner: TenantRow, framework: UUID, *, base: str, at: datetime, sensitivity: Sensitivity = "general"
) -> Imported:
    """Make a source's framework one of the tenant's: what waits for its competencies counts at once.

    NotFound where no source tells of it.
    """
    framework_there = next(
        (
            pulled_framework
            for pulled_framework in await pulled_frameworks(tx, owner)
            if pulled_framework.id == framework
        ),
        None,
    )
    if framework_there is None:
        raise NotFound("No source tells of that framework: sync the source that has it, or list them again.")
    return await _take(tx, framework_there, base=base, at=at, sensitivity=sensitivity)


async def follow(tx: Tx, owner: TenantRow, source: int, *, base: str, at: datetime) -> list[Imported]:
    """Bring what was adopted of a source up to date with what it tells now."""
    imported = []
    for pulled_framework in await pulled.listed(tx, _namespace(owner), source):
        row = await frameworks.by_id(tx, pulled_framework.id) if pulled_framework.adopted else None
        if row is not None:
            imported.append(await _take(tx, pulled_framework, base=base, at=at, sensitivity=_kind(row.sensitivity)))
    return imported


async def _take(
    tx: Tx, pulled_framework: PulledFramework, *, base: str, at: datetime, sensitivity: Sensitivity
) -> Imported:
    items = await pulled_rows.competencies(tx, pulled_framework.row.source_id, pulled_framework.row.key)
    before = await frameworks.by_id(tx, pulled_framework.id)

    def written(changed: str) -> bytes:
        return msgspec.json.encode(pulled.package(pulled_framework, items, base=base, changed_at=changed))

    body = written(before.document["lastChangeDateTime"]) if before else b""
    if before is None or sha256(body).digest() != before.sha256:
        body = written(at.isoformat(timespec="seconds"))
    return await introduce(
        tx, body, origin=f"source:{pulled_framework.row.slug}", base=base, at=at, sensitivity=sensitivity
    )


_KINDS: Mapping[str, Sensitivity] = {"sel": "sel", "behavior": "behavior", "health": "health"}


def _kind(text: str) -> Sensitivity:
    return _KINDS.get(text, "general")


def _namespace(owner: TenantRow) -> UUID:
    return UUID(bytes=owner.salt[:16])
