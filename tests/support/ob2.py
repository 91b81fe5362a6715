"""What tests share of ob2."""

from typing import Any

from app.credentials.verify.recipient import hashed

SITE = "https://issuer.example"


ADDRESS = f"{SITE}/assertions/1"


CONTEXT = "https://w3id.org/openbadges/v2"


def assertion(**more: Any) -> dict[str, Any]:
    return {
        "@context": CONTEXT,
        "type": "Assertion",
        "id": ADDRESS,
        "recipient": {"type": "email", "hashed": True, "salt": "s", "identity": hashed("ada@example.org", "s")},
        "issuedOn": "2024-05-01T00:00:00Z",
        "badge": f"{SITE}/badge",
        "verification": {"type": "HostedBadge"},
        **more,
    }


PROFILE = {"@context": CONTEXT, "type": "Issuer", "id": f"{SITE}/issuer", "name": "Sample School"}


BADGE = {"@context": CONTEXT, "type": "BadgeClass", "id": f"{SITE}/badge", "name": "Robots", "issuer": f"{SITE}/issuer"}
