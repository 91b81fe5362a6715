"""What a tenant publishes as an issuer, made from the database at each request: what is revoked is revoked at once."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from app.credentials import issuer as issuers
from app.credentials import status
from app.credentials.issuer import Issuer
from app.credentials.proof import sign
from app.db import Tx, credentials_issued
from app.secrets import Vault

PURPOSES = {"revocation": "revoked", "suspension": "suspended"}
"""The purpose of a status list, and the state of the credentials that are on it."""


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
            keys = await credentials_issued.keys(tx)
            return _document(issuers.did_document(issuer, keys), "application/did+json")
        case ["jwks.json"]:
            keys = await credentials_issued.keys(tx)
            return _document(issuers.key_set(issuer, keys), "application/jwk-set+json")
        case ["keys", key]:
            live = [row for row in await credentials_issued.keys(tx) if row.id == key and row.revoked_at is None]
            return _document(issuers.jwk(issuer, live[0]), "application/jwk+json") if live else None
        case ["revocations"]:
            return _document(await _revocations(tx, issuer), "application/json")
        case ["status", number, purpose] if number.isascii() and number.isdigit() and len(number) < 10:
            return await _status_list(tx, vault, issuer, int(number), purpose)
        case _:
            return None


def list_address(issuer: Issuer, number: int, purpose: str) -> str:
    """Where a status list is."""
    return f"{issuer.home}/status/{number}/{purpose}"


def status_entries(issuer: Issuer, number: int, place: int) -> list[dict[str, Any]]:
    """The credentialStatus of a credential at a place of a list: its bits, and the list of what is revoked."""
    bits = [status.bitstring_entry(list_address(issuer, number, purpose), place, purpose) for purpose in PURPOSES]
    return [*bits, {"id": f"{issuer.home}/revocations", "type": "1EdTechRevocationList"}]


async def _status_list(tx: Tx, vault: Vault, issuer: Issuer, number: int, purpose: str) -> Published | None:
    if purpose not in PURPOSES or not await credentials_issued.list_exists(tx, number):
        return None
    places = await credentials_issued.indexes(tx, number, PURPOSES[purpose])
    now = datetime.now(UTC)
    document = status.bitstring_credential(
        list_address(issuer, number, purpose), issuer.did, purpose, dict.fromkeys(places, 1), now
    )
    key = await issuers.signing_key(tx, vault, issuer)
    return _document(sign(document, key, now), "application/vc+json")


async def _revocations(tx: Tx, issuer: Issuer) -> dict[str, Any]:
    rows = await credentials_issued.revoked(tx)
    told = [status.Revoked(f"urn:uuid:{credential}", reason) for credential, reason in rows]
    return status.revocation_list(f"{issuer.home}/revocations", issuer.did, told)


def _document(value: dict[str, Any], media_type: str) -> Published:
    return Published(msgspec.json.encode(value), media_type)
