"""Look at a credential as a stranger would, and read the answer."""

import json
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from joserfc import jws

from app.credentials import jwt, status
from app.credentials.keys import SigningKey
from app.credentials.proof import sign
from app.credentials.verify import Fetch, Report, verify
from tests.support.credential_samples import CREATED, ISSUER, badge, controller, key
from tests.support.credential_world import World

NOW = datetime(2026, 9, 2, tzinfo=UTC)
LIST = "https://issuer.example/status/1"


def issuers_world() -> World:
    """The issuer, with its key and a status list on which number 7 is revoked."""
    listed = status.bitstring_credential(LIST, ISSUER, "revocation", {7: 1}, CREATED)
    return World({ISSUER: controller(key()), LIST: sign(listed, key(), CREATED)})


async def look(document: Any, fetch: Fetch) -> Report:
    """The report about a document or a token."""
    return await verify(document if isinstance(document, str) else json.dumps(document), NOW, fetch=fetch)


def finding(report: Report, name: Any) -> str:
    """Outcome and words of one check."""
    check = report.check(name)
    assert check is not None
    return f"{check.outcome}: {check.message}"


def signed(**more: Any) -> dict[str, Any]:
    """A signed badge."""
    return sign(badge(**more), key(), CREATED)


def revoked(**more: Any) -> dict[str, Any]:
    """A badge that its issuer took back."""
    return signed(credentialStatus=status.bitstring_entry(LIST, 7, "revocation"), **more)


def public(key: SigningKey) -> Ed25519PublicKey:
    """The public half of a key."""
    assert isinstance(key.private, Ed25519PrivateKey)
    return key.private.public_key()


def token(claims: Any, **more: Any) -> str:
    """Any claims as a token that the issuer's key signed, as whoever has that key can make it: JSON, or its text."""
    header = {"alg": "EdDSA", "kid": key().id, **more}
    content = claims if isinstance(claims, str) else json.dumps(claims)
    return jws.serialize_compact(header, content.encode(), jwt._jwk(key().private), registry=jwt.REGISTRY)
