"""What tests share of issuer."""

from typing import Any

DID = "did:web:127.0.0.1%3A8000:t:sample"


def credential(**more: Any) -> dict[str, Any]:
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiableCredential"],
        "issuer": DID,
        "credentialSubject": {"id": "did:example:ada"},
        **more,
    }
