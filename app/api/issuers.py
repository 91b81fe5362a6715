"""What a tenant publishes as an issuer: its DID document, keys, status lists and revocation list. No key is needed."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path
from starlette.responses import Response

from app.api.context import Inside
from app.api.problem import not_found
from app.credentials import issuer as issuers
from app.credentials.issuer import Issuer
from app.db import credentials_issued, tenants
from app.db.tenants import TenantRow
from app.start import Service

router = APIRouter(prefix="/t/{tenant}", tags=["Issuer"])

Slug = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
FRESH = {"Cache-Control": "no-cache", "Access-Control-Allow-Origin": "*"}
"""Whoever verifies asks anew each time: what is revoked is revoked at once. Browsers' wallets may ask too."""


@router.get("/did.json")
async def did_document(tenant: Slug, inside: Inside) -> Response:
    """The tenant's DID document (did:web)."""
    issuer = await issuer_at(inside, tenant)
    async with inside.db.transaction(issuer.tenant) as tx:
        await issuers.signing_key(tx, inside.vault, issuer)
        keys = await credentials_issued.keys(tx)
    return answer(issuers.did_document(issuer, keys), "application/did+json")


@router.get("/jwks.json")
async def key_set(tenant: Slug, inside: Inside) -> Response:
    """The tenant's public keys as a JWK Set."""
    issuer = await issuer_at(inside, tenant)
    async with inside.db.transaction(issuer.tenant) as tx:
        keys = await credentials_issued.keys(tx)
    return answer(issuers.key_set(issuer, keys), "application/jwk-set+json")


@router.get("/keys/{key}")
async def one_key(tenant: Slug, key: Annotated[str, Path(max_length=100)], inside: Inside) -> Response:
    """One public key as a JWK."""
    issuer = await issuer_at(inside, tenant)
    async with inside.db.transaction(issuer.tenant) as tx:
        for row in await credentials_issued.keys(tx):
            if row.id == key and row.revoked_at is None:
                return answer(issuers.jwk(issuer, row), "application/jwk+json")
    raise not_found("This issuer has no such key, or has revoked it.")


async def known_tenant(inside: Service, slug: str) -> TenantRow:
    """The tenant of that slug. ApiError 404 where there is none."""
    row = await tenants.by_slug(inside.db, slug)
    if row is None:
        raise not_found("There is no such issuer.")
    return row


async def issuer_at(inside: Service, slug: str) -> Issuer:
    """The tenant of that slug as an issuer. ApiError 404 where there is none."""
    return issuers.issuer_of(await known_tenant(inside, slug), inside.settings)


def answer(document: dict[str, Any], media_type: str) -> Response:
    """A public document."""
    return Response(msgspec.json.encode(document), headers=FRESH, media_type=media_type)
