"""What a tenant publishes as an issuer: its DID document, keys, status lists and revocation list. No key is needed."""

from typing import Annotated, Any

from fastapi import APIRouter, Path
from starlette.responses import Response

from app.api.kit.problem import not_found, problems
from app.issuing.issuer import issuer_at
from app.issuing.publish import published
from app.request import Inside, Slug
from app.start import Service

router = APIRouter(prefix="/t/{tenant}", tags=["Issuer"])

Name = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,100}$")]
Number = Annotated[int, Path(ge=1, lt=2**31)]
FRESH = {"Cache-Control": "no-cache", "Access-Control-Allow-Origin": "*"}
"""Whoever verifies asks anew each time: what is revoked is revoked at once. Browsers' wallets may ask too."""


def _described(media_type: str, words: str) -> dict[int | str, dict[str, Any]]:
    public = {status: answer for status, answer in problems(404).items() if status not in (401, 403, 429)}
    return {200: {"description": words, "content": {media_type: {"schema": {"type": "object"}}}}, **public}


DID = _described("application/did+json", "The DID document (W3C DID 1.0)")
JWKS = _described("application/jwk-set+json", "The JWK Set")
JWK = _described("application/jwk+json", "The JWK")
LIST = _described("application/vc+json", "The signed list (W3C Bitstring Status List 1.0)")
REVOCATIONS = _described("application/json", "The list (1EdTech VC revocation list 1.0)")


@router.get("/did.json", responses=DID)
async def read_did_document(tenant: Slug, inside: Inside) -> Response:
    """The issuer's DID document (did:web): every key that is trusted, also those that sign no more."""
    return await _published(inside, tenant, "did.json")


@router.get("/jwks.json", responses=JWKS)
async def read_key_set(tenant: Slug, inside: Inside) -> Response:
    """The issuer's public keys as a JWK Set (RFC 7517)."""
    return await _published(inside, tenant, "jwks.json")


@router.get("/keys/{name}", responses=JWK)
async def read_public_key(tenant: Slug, name: Name, inside: Inside) -> Response:
    """One public key as a JWK."""
    return await _published(inside, tenant, f"keys/{name}")


@router.get("/status/{number}", responses=LIST)
async def read_status_list(tenant: Slug, number: Number, inside: Inside) -> Response:
    """A Bitstring Status List as of now: which credentials are revoked."""
    return await _published(inside, tenant, f"status/{number}")


@router.get("/revocations", responses=REVOCATIONS)
async def read_revocations(tenant: Slug, inside: Inside) -> Response:
    """The 1EdTech revocation list as of now: what is revoked, and what is suspended until it no longer is."""
    return await _published(inside, tenant, "revocations")


async def _published(inside: Service, slug: str, path: str) -> Response:
    issuer = await issuer_at(inside, slug)
    async with inside.db.transaction(issuer.tenant) as tx:
        document = await published(tx, inside.vault, issuer, path)
    if document is None:
        raise not_found("This issuer publishes nothing here, or no longer.")
    return Response(document.body, headers=FRESH, media_type=document.media_type)
