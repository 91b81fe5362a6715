"""What goes into a credential, in plain values: the part of Open Badges 3.0 and CLR 2.0 that is issued here. Pure."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

ResultType = Literal[
    "GradePointAverage",
    "LetterGrade",
    "Percent",
    "PerformanceLevel",
    "PredictedScore",
    "RawScore",
    "Result",
    "RubricCriterion",
    "RubricCriterionLevel",
    "RubricScore",
    "ScaledScore",
    "Status",
]
ResultStatus = Literal["Completed", "Enrolled", "Failed", "InProgress", "OnHold", "Provisional", "Withdrew"]
AssociationType = Literal[
    "exactMatchOf", "isChildOf", "isParentOf", "isPartOf", "isPeerOf", "isRelatedTo", "precedes", "replacedBy"
]


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who stands for a credential. `id` is a did:web, a did:key or an https address that lists the signing keys."""

    id: str
    name: str
    url: str | None = None
    email: str | None = None
    description: str | None = None
    image: str | None = None


@dataclass(frozen=True, slots=True)
class Alignment:
    """A pointer to a competency. `type` as the standard lists them: CFItem for one of CASE."""

    name: str
    url: str
    code: str | None = None
    framework: str | None = None
    description: str | None = None
    type: str | None = None


@dataclass(frozen=True, slots=True)
class Level:
    """A level of a rubric criterion, worst to best."""

    id: str
    name: str
    level: str | None = None
    points: str | None = None
    description: str | None = None
    alignments: tuple[Alignment, ...] = ()


@dataclass(frozen=True, slots=True)
class ResultDescription:
    """A kind of result that an achievement has: its scale, the levels of its rubric, what is required."""

    id: str
    name: str
    type: ResultType
    allowed: tuple[str, ...] = ()
    value_min: str | None = None
    value_max: str | None = None
    required_value: str | None = None
    required_level: str | None = None
    levels: tuple[Level, ...] = ()
    alignments: tuple[Alignment, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """What a learner reached. `description` and `level` are ids of a ResultDescription and of one of its levels."""

    description: str | None = None
    value: str | None = None
    level: str | None = None
    status: ResultStatus | None = None
    alignments: tuple[Alignment, ...] = ()


@dataclass(frozen=True, slots=True)
class Achievement:
    """What can be achieved. One of `criteria` (words) and `criteria_url` says how."""

    id: str
    name: str
    description: str
    criteria: str | None = None
    criteria_url: str | None = None
    type: str | None = None
    image: str | None = None
    creator: Issuer | None = None
    alignments: tuple[Alignment, ...] = ()
    results: tuple[ResultDescription, ...] = ()
    tags: tuple[str, ...] = ()
    human_code: str | None = None
    field_of_study: str | None = None
    credits: float | None = None
    language: str | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a learner made or did, to be seen at `id` or told in `narrative`."""

    id: str | None = None
    name: str | None = None
    description: str | None = None
    narrative: str | None = None
    genre: str | None = None
    audience: str | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """A salted hash of an e-mail address: whoever knows the address can find the credential is theirs."""

    hash: str
    salt: str


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a credential is about, without a name: an identifier of their own for this issuer, hashed addresses."""

    id: str | None = None
    identities: tuple[Identity, ...] = ()


@dataclass(frozen=True, slots=True)
class Award:
    """One achievement of one learner. `status` are entries of status lists; `endorsements` are signed credentials."""

    id: str
    achievement: Achievement
    subject: Subject
    valid_from: datetime
    valid_until: datetime | None = None
    awarded: datetime | None = None
    name: str | None = None
    description: str | None = None
    narrative: str | None = None
    results: tuple[Result, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    credits: float | None = None
    term: str | None = None
    role: str | None = None
    license_number: str | None = None
    endorsements: tuple[dict[str, Any], ...] = ()
    status: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Association:
    """How one achievement of a record stands to another; both by id."""

    type: AssociationType
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class LearnerRecord:
    """A comprehensive record: signed credentials of a learner, achievements they belong to, how these hang together."""

    id: str
    name: str
    subject: Subject
    valid_from: datetime
    credentials: tuple[dict[str, Any], ...]
    achievements: tuple[Achievement, ...] = ()
    associations: tuple[Association, ...] = ()
    valid_until: datetime | None = None
    description: str | None = None
    partial: bool | None = None
    endorsements: tuple[dict[str, Any], ...] = ()
    status: tuple[dict[str, Any], ...] = ()


def hashed_email(email: str, salt: str) -> Identity:
    """The identity of an address; `salt` is to be new and random for each credential."""
    digest = hashlib.sha256((email.strip().lower() + salt).encode()).hexdigest()
    return Identity(f"sha256${digest}", salt)


def pairwise(secret: bytes, issuer: str, learner: str) -> str:
    """A learner's identifier for one issuer: always the same there, and of no use to find the learner elsewhere."""
    return urn(hmac.digest(secret, f"{issuer}\n{learner}".encode(), "sha256")[:16])


def urn(sixteen: bytes) -> str:
    """The UUID (version 4, RFC 9562) of these bytes, of which it overwrites six bits, as an IRI."""
    digits = sixteen.hex()
    variant = "89ab"[sixteen[8] >> 4 & 3]
    return f"urn:uuid:{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
