"""Achievements, credentials, evidence: Open Badges 3.0 / CLR 2.0 data model (section B)."""

from datetime import datetime

from schemas.codes import Verification
from schemas.records import Record, Value, share_defaults


class Profile(Value, frozen=True):
    """An issuer (Open Badges 3.0 Profile)."""

    id: str | None = None
    name: str | None = None
    url: str | None = None


class Alignment(Value, frozen=True):
    """A pointer to a competency (Open Badges 3.0 Alignment): its human `code`, its `url`, its `type` (CFItem…)."""

    name: str | None = None
    code: str | None = None
    url: str | None = None
    framework: str | None = None
    type: str | None = None


class Achievement(Record, frozen=True, tag="achievement"):
    """What can be achieved: a badge class, a micro-credential, a course credit."""

    name: str
    uri: str | None = None
    description: str | None = None
    criteria: str | None = None
    criteria_url: str | None = None
    achievement_type: str | None = None
    image: str | None = None
    issuer: Profile | None = None
    alignments: tuple[Alignment, ...] = ()


class Evidence(Record, frozen=True, tag="evidence"):
    """Something a person made or did (Open Badges 3.0 Evidence). `narrative` alone is enough.

    From `expires_at` on it counts no more.
    """

    person: str
    name: str | None = None
    description: str | None = None
    narrative: str | None = None
    url: str | None = None
    genre: str | None = None
    audience: str | None = None
    occurred_at: datetime | None = None
    expires_at: datetime | None = None
    place: str | None = None
    issuer: Profile | None = None
    credential: str | None = None
    alignments: tuple[Alignment, ...] = ()


class Credential(Record, frozen=True, tag="credential"):
    """A credential somebody issued to a person. Its bytes are the raw; `verification` is what we know of its proof."""

    person: str
    achievement: str | None = None
    name: str | None = None
    uri: str | None = None
    issuer: Profile | None = None
    issued_at: datetime | None = None
    expires_at: datetime | None = None
    revoked: bool = False
    verification: Verification = "unverified"
    verification_note: str | None = None
    format: str | None = None
    narrative: str | None = None

    def __post_init__(self) -> None:
        """See `share_defaults`."""
        share_defaults(self)
