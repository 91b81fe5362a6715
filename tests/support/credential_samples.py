"""Credentials of our own, for tests: a badge, and keys made from fixed seeds."""

from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.credentials.contexts import CREDENTIALS_V2, OPEN_BADGES
from app.credentials.keys import SigningKey, multikey

ISSUER = "https://issuer.example/profile"
CREATED = datetime(2026, 9, 1, 8, tzinfo=UTC)


def key(seed: int = 1, controller: str = ISSUER) -> SigningKey:
    """A key of an issuer; the same seed is the same key."""
    private = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
    return SigningKey(f"{controller}#{multikey(private.public_key())}", private)


def badge(**more: Any) -> dict[str, Any]:
    """An unsigned OpenBadgeCredential."""
    return {
        "@context": [CREDENTIALS_V2, OPEN_BADGES],
        "id": "https://issuer.example/credentials/1",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": {"id": ISSUER, "type": ["Profile"], "name": "Sample District"},
        "validFrom": "2026-09-01T08:00:00Z",
        "name": "Fractions",
        "credentialSubject": {
            "id": "urn:uuid:5a6ad7d2-2c0e-4f37-9d0e-8f4b4a7b1c01",
            "type": ["AchievementSubject"],
            "achievement": {
                "id": "https://issuer.example/achievements/fractions",
                "type": ["Achievement"],
                "criteria": {"narrative": "Add and compare fractions."},
                "description": "Works with fractions.",
                "name": "Fractions",
            },
        },
        **more,
    }


def controller(*keys: SigningKey, id: str = ISSUER) -> dict[str, Any]:
    """The document where an issuer says which keys are its own."""
    return {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": id,
        "verificationMethod": [
            {"id": key.id, "type": "Multikey", "controller": id, "publicKeyMultibase": key.id.rpartition("#")[2]}
            for key in keys
        ],
        "assertionMethod": [key.id for key in keys],
    }
