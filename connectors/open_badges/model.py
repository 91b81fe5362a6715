"""What is pushed with a badge: the submitter's own id, and whose badge it is."""

from typing import Any

from pydantic import ConfigDict, Field

from connectors.learner import Learner
from connectors.pushed import Flag, Ident, Moment, Pushed
from schemas.codes import Setting


class Envelope(Pushed):
    """What the submitter says about the badge. Badges often name their recipient by a hash: then say the learner."""

    id: Ident = Field(description="your own id of this submission; send it again to correct it")
    learner: Learner | None = Field(None, description="whose badge it is; needed where the badge hides its recipient")
    setting: Setting | None = Field(None, description="where it was earned, if not where this source usually works")
    updated_at: Moment | None = Field(None, description="when you last changed this; an older one never replaces it")
    withdrawn: Flag = Field(False, description="true takes the submission back")


class BadgeSubmission(Envelope):
    """A badge and whose it is: the schema of a pushed Open Badge."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "badge-2026-0007",
                    "learner": {"identifiers": [{"type": "program", "value": "RC-118"}]},
                    "credential": {
                        "@context": "https://w3id.org/openbadges/v2",
                        "type": "Assertion",
                        "id": "https://badges.example.org/assertions/7",
                        "recipient": {"type": "email", "hashed": False, "identity": "ada.sample@example.org"},
                        "badge": {
                            "type": "BadgeClass",
                            "id": "https://badges.example.org/badges/robotics",
                            "name": "Robotics 1",
                            "criteria": {"narrative": "Builds a robot that follows a line."},
                            "issuer": {"type": "Issuer", "id": "https://badges.example.org", "name": "Robotics Club"},
                        },
                        "verification": {"type": "hosted"},
                        "issuedOn": "2026-10-03T16:30:00Z",
                    },
                }
            ]
        }
    )

    credential: dict[str, Any] | str = Field(
        description="the badge or learner record (CLR 2.0) as it was issued: JSON, or a compact JWS; kept byte for byte"
    )
