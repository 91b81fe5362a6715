"""What tests share of wallet."""

from typing import Any

from app.wallet import apps

OB = "/t/sample/ims/ob/v3p0"


SCOPE = apps.OB + "credential."


BADGE: dict[str, Any] = {
    "@context": ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
    "id": "https://badges.example.org/credentials/7",
    "type": ["VerifiableCredential", "OpenBadgeCredential"],
    "issuer": {"id": "https://badges.example.org", "type": ["Profile"], "name": "Robotics Club"},
    "validFrom": "2026-10-03T16:30:00Z",
    "name": "Robotics 1",
    "credentialSubject": {
        "id": "urn:uuid:4f6d1a5e-3a5b-4a5e-9a64-0f5f1c1e0a11",
        "type": ["AchievementSubject"],
        "achievement": {
            "id": "https://badges.example.org/badges/robotics",
            "type": ["Achievement"],
            "name": "Robotics 1",
            "description": "Robots",
            "criteria": {"narrative": "Builds a robot that follows a line."},
        },
    },
}
