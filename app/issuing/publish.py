"""What a tenant publishes as an issuer, made from the database at each request: what is revoked is revoked at once."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from app.credentials import status
from app.credentials.proof import sign
from app.db import Tx
from app.db.issuing import issued
from app.db.programs import programs
from app.issuing import issuer as issuers
from app.issuing.issuer import Issuer
from app.secrets import Vault

StatusType = Literal["1EdTechRevocationList", "BitstringStatusListEntry"]
"""How a credential's state is told. The Open Badges schema has room for one way in each credential: the first is the
one that 1EdTech certifies, and can tell that a credential is suspended; the second hides one credential among many.
"""


@dataclass(frozen=True, slots=True)
class Published:
    """A public document."""

    body: bytes
    media_type: str


async def published(tx: Tx, vault: Vault, issuer: Issuer, path: str) -> Published | None:
    """The document at a path below the issuer's home, or None where there is none."""
    match path.split("/"):
        case ["did.json"]:
            await issuers.signing_key(tx, vault, issuer)
            keys = await issued.keys(tx)
            return _document(issuers.did_document(issuer, keys), "application/did+json")
        case ["jwks.json"]:
            keys = await issued.keys(tx)
            return _document(issuers.key_set(issuer, keys), "application/jwk-set+json")
        case ["keys", key]:
            live = [row for row in await issued.keys(tx) if row.id == key and row.revoked_at is None]
            return _document(issuers.jwk(issuer, live[0]), "application/jwk+json") if live else None
        case ["revocations"]:
            return _document(await _revocations(tx, issuer), "application/json")
        case ["p", slug, *rest] if rest[:1] != ["p"] and (program := await programs.by_slug(tx, slug)):
            own = issuers.program_issuer(issuer, slug, program.name)
            return await published(tx, vault, own, "/".join(rest)) if program.source_id is not None else None
        case ["status", number] if number.isascii() and number.isdigit() and len(number) < 10:
            return await _status_list(tx, vault, issuer, int(number))
        case _:
            return None


def status_entry(issuer: Issuer, way: StatusType, number: int, place: int) -> dict[str, Any]:
    """The credentialStatus of a credential at a place of a list."""
    if way == "BitstringStatusListEntry":
        return status.bitstring_entry(f"{issuer.home}/status/{number}", place, "revocation")
    return {"id": f"{issuer.home}/revocations", "type": way}


async def _status_list(tx: Tx, vault: Vault, issuer: Issuer, number: int) -> Published | None:
    if not await issued.list_exists(tx, number):
        return None
    places = await issued.revoked_places(tx, number)
    now = datetime.now(UTC)
    document = status.bitstring_credential(
        f"{issuer.home}/status/{number}", issuer.did, "revocation", dict.fromkeys(places, 1), now
    )
    key = await issuers.signing_key(tx, vault, issuer)
    return _document(sign(document, key, now), "application/vc+json")


async def _revocations(tx: Tx, issuer: Issuer) -> dict[str, Any]:
    revocations = [
        status.Revoked(credential.urn, f"Suspended: {reason or 'for now'}" if state == "suspended" else reason)
        for credential, state, reason in await issued.ended(tx)
    ]
    return status.revocation_list(f"{issuer.home}/revocations", issuer.did, revocations)


def _document(value: dict[str, Any], media_type: str) -> Published:
    return Published(msgspec.json.encode(value), media_type)
