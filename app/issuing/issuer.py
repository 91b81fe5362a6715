"""A tenant as an issuer: its DID, its keys, and the documents at which others find them (did:web, JWKS)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc.jwk import ECKey, OKPKey, RSAKey

from app.access import tenants
from app.credentials import did
from app.credentials.errors import KeyRefused
from app.credentials.keys import JWK_KINDS, PublicKey, SigningKey, did_key_method, from_jwk, multikey
from app.db import Tx
from app.db.access.tenants import TenantRow
from app.db.issuing import issued
from app.db.issuing.issued import KeyRow
from app.errors import ConfigError, NotFound
from app.secrets import Vault
from app.settings import Settings
from app.start import Service

Kind = Literal["Ed25519", "RSA", "P-256"]
RSA_BITS = 2048
ALGORITHMS = {"Ed25519": "EdDSA", "RSA": "RS256", "P-256": "ES256"}


@dataclass(frozen=True, slots=True)
class Issuer:
    """A tenant as others on the web know it: `home` is where everything public of it is found."""

    tenant: int
    name: str
    home: str

    @property
    def did(self) -> str:
        """The did:web that resolves to `{home}/did.json`."""
        parts = urlsplit(self.home)
        if not parts.hostname:
            raise ConfigError(f"the public URL is no address like https://records.example.org: {self.home}")
        return did.did_web(parts.netloc, *(step for step in parts.path.split("/") if step))

    def method(self, key: str) -> str:
        """A key's identifier in proofs and tokens: the verification method of the DID document."""
        return did.method_id(self.did, key)


def issuer_of(tenant: TenantRow, settings: Settings) -> Issuer:
    """The tenant as an issuer, at the address the service is reached at."""
    return Issuer(tenant.id, tenant.name, f"{public_url(settings)}/t/{tenant.slug}")


async def issuer_at(service: Service, slug: str) -> Issuer:
    """The tenant of that slug as an issuer. NotFound where there is none."""
    return issuer_of(await tenants.by_slug(service.db, slug), service.settings)


def program_issuer(owner: Issuer, slug: str, name: str) -> Issuer:
    """A program of a tenant as an issuer of its own: below its district's address, with the keys the district keeps."""
    return Issuer(owner.tenant, name, f"{owner.home}/p/{slug}")


def public_url(settings: Settings) -> str:
    """Where others reach the service; without a setting, the address it listens on."""
    return settings.home


async def signing_key(tx: Tx, vault: Vault, issuer: Issuer, kind: Kind = "Ed25519") -> SigningKey:
    """The key the tenant signs with now, made at first use. Its `id` is the method that others find it by."""
    row = await issued.signing_key(tx, kind)
    if row is None:
        await issued.lock_keys(tx)
        row = await issued.signing_key(tx, kind) or await _make(tx, vault, kind)
    return _opened(row, vault, issuer.method(row.id), tx.tenant)


def as_did_key(key: SigningKey) -> SigningKey:
    """A key, but for RSA, under the name it carries in itself (did:key), for who verifies without looking it up."""
    if isinstance(key.private, rsa.RSAPrivateKey):
        raise KeyRefused("a did:key names an Ed25519 or P-256 key, and this is another kind")
    return SigningKey(did_key_method(key.private.public_key()), key.private)


async def rotate(tx: Tx, vault: Vault, kind: Kind) -> str:
    """Sign with a new key from now on; what older ones signed still verifies. The new key's id."""
    await issued.lock_keys(tx)
    await issued.retire_keys(tx, kind)
    return (await _make(tx, vault, kind)).id


def did_document(issuer: Issuer, keys: Sequence[KeyRow]) -> dict[str, Any]:
    """The tenant's DID document (W3C DID 1.0): every key that is trusted, also those that sign no more."""
    trusted = [did.PublishedKey(key.id, _public(key)) for key in keys if key.revoked_at is None]
    return did.document(issuer.did, trusted, [issuer.home])


def key_set(issuer: Issuer, keys: Sequence[KeyRow]) -> dict[str, Any]:
    """The trusted keys as a JWK Set (RFC 7517), each named as a VC-JWT names it."""
    return {"keys": [jwk(issuer, key) for key in keys if key.revoked_at is None]}


def jwk(issuer: Issuer, key: KeyRow) -> dict[str, Any]:
    """One public key as a JWK."""
    return {**key.public, "kid": issuer.method(key.id), "use": "sig", "alg": ALGORITHMS[key.kind]}


def _public(key: KeyRow) -> PublicKey:
    return from_jwk(key.public)


async def _make(tx: Tx, vault: Vault, kind: Kind) -> KeyRow:
    """A new key. An RSA key's id is its thumbprint (RFC 7638), any other's its Multikey."""
    pair: OKPKey | ECKey | RSAKey
    if kind == "RSA":
        pair = RSAKey.generate_key(RSA_BITS)
    else:
        pair = OKPKey.generate_key("Ed25519") if kind == "Ed25519" else ECKey.generate_key("P-256")
    public = dict(pair.as_dict(private=False))
    public.pop("kid", None)
    key = from_jwk(public)
    name = pair.thumbprint() if isinstance(key, rsa.RSAPublicKey) else multikey(key)
    sealed = vault.seal(tx.tenant, json.dumps(pair.as_dict(private=True)).encode())
    await issued.add_key(tx, name, kind, public, sealed)
    row = await issued.signing_key(tx, kind)
    assert row is not None
    return row


def _opened(row: KeyRow, vault: Vault, name: str, tenant: int) -> SigningKey:
    assert row.sealed is not None
    jwk = json.loads(vault.open(tenant, row.sealed))
    private = JWK_KINDS[jwk["kty"]].import_key(jwk).private_key
    assert isinstance(private, Ed25519PrivateKey | rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
    return SigningKey(name, private)


async def keys(tx: Tx) -> list[KeyRow]:
    """All keys of the tenant, newest first."""
    return await issued.keys(tx)


async def revoke(tx: Tx, name: str) -> None:
    """Disown a key: nothing it signed verifies any more. NotFound where no such key is trusted."""
    if not await issued.revoke_key(tx, name):
        raise NotFound
