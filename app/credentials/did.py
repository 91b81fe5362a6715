"""Our issuers' own documents: a did:web, and the document that lists its keys (DID 1.0; Controlled Identifiers 1.0)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from joserfc.jwk import RSAKey

from app.credentials.build import stamp
from app.credentials.keys import PublicKey, multikey

CONTEXTS = ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1", "https://w3id.org/security/jwk/v1"]


@dataclass(frozen=True, slots=True)
class PublishedKey:
    """A key as the issuer publishes it. Replaced ones stay, so what they signed stays good; `revoked` ends that."""

    name: str
    public: PublicKey
    revoked: datetime | None = None


def did_web(host: str, *path: str) -> str:
    """The did:web of a host (with its port, if it has one) and a path on it."""
    return ":".join(["did:web", quote(host.lower(), safe=""), *(quote(part, safe="") for part in path)])


def method_id(did: str, name: str) -> str:
    """The verification method of a key: what a proof names."""
    return f"{did}#{name}"


def document(did: str, keys: Sequence[PublishedKey], also: Sequence[str] = ()) -> dict[str, Any]:
    """The document of a did: its keys, all for assertions. `also`: other addresses of the same issuer."""
    written: dict[str, Any] = {"@context": CONTEXTS, "id": did}
    if also:
        written["alsoKnownAs"] = list(also)
    written["verificationMethod"] = [_method(did, key) for key in keys]
    written["assertionMethod"] = [method_id(did, key.name) for key in keys]
    return written


def _method(did: str, key: PublishedKey) -> dict[str, Any]:
    method: dict[str, Any] = {"id": method_id(did, key.name), "controller": did}
    if not isinstance(key.public, RSAPublicKey):
        method |= {"type": "Multikey", "publicKeyMultibase": multikey(key.public)}
    else:
        jwk = RSAKey.import_key(key.public).as_dict(private=False)
        method |= {"type": "JsonWebKey", "publicKeyJwk": {"kty": "RSA", "alg": "RS256", "n": jwk["n"], "e": jwk["e"]}}
    if key.revoked is not None:
        method["revoked"] = stamp(key.revoked)
    return method
