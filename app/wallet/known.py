"""Whose signature means something here: the district's own list, this service's districts, registries as files.

A registry is a JSON file in the operator's folder (`TESSERA_KNOWN_ISSUERS`), in the form of the Digital Credentials
Consortium's: `{"meta": {"title": …}, "registry": {"did:key:…": {"name": …}}}`.
"""

from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from uuid import UUID, uuid4

import msgspec

from app.credentials.verify import IssuerList
from app.db import Database, Tx, queue
from app.db.access import tenants
from app.db.wallet import known
from app.db.wallet.known import KnownRow
from app.errors import ConfigError, Invalid, NotFound
from app.issuing.issuer import issuer_of
from app.settings import Settings

DISTRICT = "the district's own list"
SERVICE = "the list of this service's own districts"
__all__ = ["KnownRow", "listed", "lists", "on_list", "only_tenant", "put", "registries", "take_off"]
LONGEST = 500
SCHEMES = ("did:", "https://", "http://")


class _Entry(msgspec.Struct):
    name: str | None = None


class _Meta(msgspec.Struct):
    title: str | None = None


class _Registry(msgspec.Struct):
    """An issuer registry as a file."""

    registry: dict[str, _Entry]
    meta: _Meta = msgspec.field(default_factory=_Meta)


async def lists(db: Database, settings: Settings | None, tenant: int | None = None) -> tuple[IssuerList, ...]:
    """All lists that count, the tenant's own first; without settings none but that."""
    issuer_lists = []
    if tenant is not None:
        async with db.transaction(tenant) as tx:
            rows = await known.listed(tx)
        issuer_lists.append(IssuerList(DISTRICT, {row.issuer: row.name for row in rows}))
    if settings is not None:
        owners = await tenants.listed(db)
        issuer_lists.append(IssuerList(SERVICE, {issuer_of(owner, settings).did: owner.name for owner in owners}))
        issuer_lists += registries(settings.known_issuers)
    return tuple(issuer_lists)


async def only_tenant(db: Database) -> int | None:
    """The tenant whose list of issuers counts where nobody says which, if there is but one."""
    owners = await tenants.listed(db)
    return owners[0].id if len(owners) == 1 else None


def registries(folder: Path | None) -> list[IssuerList]:
    """The registries of the operator's folder, in the order of their names. ConfigError for a file that is none."""
    if folder is None:
        return []
    return [_registry(path, path.stat().st_mtime_ns) for path in sorted(folder.glob("*.json"))]


@lru_cache(maxsize=32)
def _registry(path: Path, _changed: int) -> IssuerList:
    try:
        registry = msgspec.json.decode(path.read_bytes(), type=_Registry)
    except (OSError, msgspec.MsgspecError) as why:
        raise ConfigError(f"{path} is no issuer registry: {why}") from None
    title = f"the registry '{registry.meta.title or path.stem}'"
    return IssuerList(title, {issuer: entry.name for issuer, entry in registry.registry.items()})


async def listed(tx: Tx) -> list[KnownRow]:
    """The district's own list, by name."""
    return await known.listed(tx)


async def on_list(tx: Tx, id: UUID) -> KnownRow:
    """The issuer of that id on the district's list. NotFound where it is not on it."""
    for row in await known.listed(tx):
        if row.id == id:
            return row
    raise NotFound(f"No known issuer {id} is on the list.")


async def put(tx: Tx, issuer: str, name: str, note: str | None, by: str) -> KnownRow:
    """Put an issuer on the district's list; what was received from it is looked at anew.

    Call it last in the transaction (`queue.verify_soon`). Invalid where the identifier is no DID and no address.
    """
    issuer = issuer.strip()
    if not issuer.startswith(SCHEMES) or len(issuer) > LONGEST or any(letter.isspace() for letter in issuer):
        words = f"'{issuer[:80]}' is no identifier of an issuer: give a DID or an https address."
        raise Invalid(words, pointers={"/issuer": "a DID or an https address is expected"})
    now = datetime.now(UTC)
    await known.put(tx, KnownRow(id=uuid4(), issuer=issuer, name=name, note=note, added_by=by, added_at=now))
    row = await known.by_issuer(tx, issuer)
    assert row is not None
    await _look_again(tx, issuer, now)
    return row


async def take_off(tx: Tx, id: UUID) -> None:
    """Take an issuer off the district's list, as `put`. NotFound where it is not on it."""
    issuer = await known.take_off(tx, id)
    if issuer is None:
        raise NotFound(f"No known issuer {id} is on the list.")
    await _look_again(tx, issuer, datetime.now(UTC))


async def _look_again(tx: Tx, issuer: str, now: datetime) -> None:
    if await known.look_again(tx, issuer, now):
        await queue.verify_soon(tx)
