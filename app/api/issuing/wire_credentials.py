"""Credentials, shares and the disclosure log on the wire."""

import datetime as dt
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from app.api.kit.wire_base import Cursor, Text, Wire, no_nul

Prose = Annotated[str, AfterValidator(no_nul), Field(min_length=1, max_length=5000)]
Address = Annotated[str, AfterValidator(no_nul), Field(max_length=2000, pattern=r"^https?://[^\s/]+")]
Color = Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")]
Icon = Literal["tiles", "star", "gear", "book", "flask", "leaf", "note", "globe", "heart", "cup"]
Days = Annotated[int | None, Field(ge=1, le=3660, description="days until it expires; null: never")]


class CredentialNew(Wire):
    """What is to be issued to a learner, of the learner's own record."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"kind": "ClrCredential"}, {"kind": "OpenBadgeCredential", "items": ["/evidence/0"]}]
        }
    )

    kind: Literal["OpenBadgeCredential", "ClrCredential"]
    items: Annotated[list[Text], Field(min_length=1, max_length=300)] | None = Field(
        None,
        description="what of the record, as GET …/awardable lists it (what is sensitive takes `learners.sensitive`); a "
        "learner record (CLR) may leave it out, and then has nothing sensitive",
    )
    received: bool = Field(False, description="put verified badges of other issuers into the learner record (CLR)")
    endorsement: Annotated[str, Field(min_length=1, max_length=2000)] | None = Field(
        None, description="words by which the district endorses each of those; only with `received`"
    )
    format: Literal["vc", "vc+jwt", "ecdsa-sd-2023"] = Field(
        "vc",
        description="an embedded proof, a compact JWS (badges only), or a proof by which the learner may show a part "
        "(`ecdsa-sd-2023`)",
    )
    algorithm: Literal["EdDSA", "RS256"] = Field("EdDSA", description="of a compact JWS")
    days: Days = None
    status: Literal["1EdTechRevocationList", "BitstringStatusListEntry"] = Field(
        "1EdTechRevocationList", description="how its state is told; only the first can tell that it is suspended"
    )
    hashed_email: bool = Field(
        False, description="let whoever knows the learner's e-mail address see that it is theirs"
    )

    @model_validator(mode="after")
    def _fits(self) -> "CredentialNew":
        if self.kind == "OpenBadgeCredential" and self.items is None:
            raise ValueError("items: name what of the record becomes badges")
        if self.endorsement is not None and not self.received:
            raise ValueError("endorsement: it is about badges of other issuers: ask for them with `received`")
        if self.kind == "ClrCredential" and self.format == "vc+jwt":
            raise ValueError("format: a learner record (CLR) has an embedded proof: vc or ecdsa-sd-2023")
        return self


class Awardable(Wire):
    """Something of a learner's record, or credit that was awarded, that can be issued as a badge."""

    item: str = Field(description="where it stands in the record, or `/credits/{award}`")
    name: str
    date: dt.datetime | None
    issued: UUID | None = Field(description="the credential that says so already, if one stands")


class AwardableList(Wire):
    """What of a learner's record can be issued."""

    items: list[Awardable]
    withheld: int = Field(description="so many more are left out as sensitive: see `scope=all`")


class Credential(Wire):
    """A credential a learner holds."""

    id: UUID
    learner: UUID
    way: Literal["issued", "received", "handed in"]
    kind: str
    name: str
    issuer: str
    state: str = Field(
        description="active, suspended or revoked; of others' badges: verified, unknown issuer, unverified …"
    )
    reason: str | None
    since: dt.datetime
    document: dict[str, Any] | str | None = Field(
        None, description="the credential itself: an object, or a compact JWS"
    )


class CredentialList(Wire):
    """The credentials a learner holds, newest first."""

    credentials: list[Credential]


class StateNew(Wire):
    """A credential's new state."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"state": "revoked", "reason": "Awarded by mistake"}]})

    state: Literal["active", "suspended", "revoked"] = Field(description="revoked is final")
    reason: Text | None = Field(None, description="told to everybody who verifies it")


class AlignmentNew(Wire):
    """A competency that the award is about."""

    name: Text | None = None
    code: Text | None = None
    url: Address
    framework: Text | None = None


class AwardNew(Wire):
    """What is awarded."""

    name: Text
    description: Prose
    criteria: Prose = Field(description="what one has done to earn it")
    achievement_type: Literal[
        "Achievement",
        "Assessment",
        "Assignment",
        "Award",
        "Badge",
        "Certificate",
        "CertificateOfCompletion",
        "CommunityService",
        "Competency",
        "Course",
        "CoCurricular",
        "Fieldwork",
        "LearningProgram",
        "Membership",
        "MicroCredential",
    ] = "Badge"
    image: Address | None = None
    color: Color | None = Field(None, description="without `image`: of the picture that is drawn")
    icon: Icon | None = Field(None, description="without `image`: what stands on the picture that is drawn")
    alignments: list[AlignmentNew] = Field([], max_length=50)
    tags: list[Text] = Field([], max_length=20)
    credits: float | None = Field(None, ge=0, le=1000)
    date: dt.datetime | None = None
    narrative: Prose | None = None


class BatchNew(Wire):
    """Credentials for many learners at once: of a class, of a source (a program), or of a list."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "award": {
                        "name": "Robotics 1",
                        "description": "Builds and programs a robot.",
                        "criteria": "Built a robot that follows a line.",
                    },
                    "source": 3,
                }
            ]
        }
    )

    award: AwardNew | None = Field(None, description="the same for all; null: to each their learner record (CLR)")
    learners: list[UUID] | None = Field(None, min_length=1, max_length=20_000)
    source: int | None = Field(None, ge=1, le=2**31 - 1)
    class_: Text | None = Field(
        None, alias="class", description="the class's key at the source: who is in it, or was at its end"
    )
    days: Days = None
    hashed_email: bool = False

    @model_validator(mode="after")
    def _somebody(self) -> "BatchNew":
        if (self.learners is None) == (self.source is None):
            raise ValueError("learners or source: say for whom, in one way")
        if self.class_ is not None and self.source is None:
            raise ValueError("class: say of which source")
        return self


class Batch(Wire):
    """How far a batch is."""

    id: UUID
    state: Literal["waiting", "running", "done", "failed"]
    counts: dict[str, int] = Field(description="learners, issued, had_it, without_record, nothing_to_issue")
    message: str | None
    asked_at: dt.datetime
    finished_at: dt.datetime | None


class CredentialPart(Wire):
    """A part of a credential that may be shown by itself."""

    id: str = Field(description="a JSON pointer into it")
    name: str
    words: str | None = Field(description="what it says, in a few words")


class CredentialParts(Wire):
    """The parts of a credential; none of one that is only shown whole."""

    parts: list[CredentialPart]


class ShareNew(Wire):
    """A link to chosen credentials."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"items": ["0b5a9c1e-7a43-4a0c-9a57-2f0c6f1d2e33"], "purpose": "Application", "days": 30}]
        }
    )

    items: list[UUID] = Field(min_length=1, max_length=100, description="credentials the learner holds")
    purpose: Text = Field(description="why it is shared: shown to who opens it, and kept in the log")
    recipient: Text | None = Field(None, description="for whom the link is")
    days: int = Field(30, ge=1, le=366, description="days until it opens nothing any more")
    show_name: bool = Field(False, description="show the learner's name; without it, whoever has the link learns none")
    parts: dict[UUID, list[Text]] = Field(
        {},
        max_length=100,
        description="of these credentials, only these parts (`GET /v1/credentials/{credential}/parts`); others are "
        "shown whole",
    )


class Share(Wire):
    """A link to chosen credentials, without its secret."""

    id: UUID
    learner: UUID
    items: list[UUID]
    purpose: str
    recipient: str | None
    show_name: bool
    created_at: dt.datetime
    expires_at: dt.datetime
    revoked_at: dt.datetime | None


class ShareWithAddress(Wire):
    """A new share. This is the only time its address is told."""

    share: Share
    url: str
    qr: str = Field(description="the address as a QR code: a data URI of an SVG picture")


class ShareList(Wire):
    """All shares of a learner, newest first."""

    shares: list[Share]


class ClaimNew(Wire):
    """A link by which a family claims what was issued to a learner."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"mailTo": "kim@example.org", "days": 180}]})

    credentials: Annotated[list[UUID], Field(min_length=1, max_length=100)] | None = Field(
        None, description="which of those issued to the learner; null: all that stand"
    )
    days: int = Field(180, ge=1, le=366, description="days until it opens nothing any more")
    mail_to: Annotated[str, Field(max_length=320)] | None = Field(
        None, description="the family's e-mail address, to send it to where the operator has set up a mail server"
    )


class Claim(Wire):
    """A claim, without its secret. `mail`: waiting, sent, given up, or null where nobody is written to."""

    id: UUID
    learner: UUID
    credentials: list[UUID]
    mail_to: str | None
    mail: str | None
    made_at: dt.datetime
    expires_at: dt.datetime
    claimed_at: dt.datetime | None
    ended_at: dt.datetime | None


class ClaimWithAddress(Wire):
    """A new claim. This is the only time its address is told."""

    claim: Claim
    url: str
    qr: str = Field(description="the address as a QR code: a data URI of an SVG picture")


class ClaimList(Wire):
    """All claims of a learner, newest first."""

    claims: list[Claim]


class Disclosure(Wire):
    """Who saw what, when and why."""

    id: int
    at: dt.datetime
    via: str
    party: str
    purpose: str
    items: list[str]
    share: UUID | None


class DisclosureList(Wire):
    """The disclosure log of a learner, oldest first."""

    disclosures: list[Disclosure]
    next: Cursor = None


class ConnectCode(Wire):
    """A code a learner types to let an app in. This is the only time it is shown."""

    code: str
    expires_at: dt.datetime


class InvitationNew(Wire):
    """An app to be invited."""

    note: Text = Field(description="for whom it is")


class Invitation(Wire):
    """An initial access token, with which one app registers. This is the only time it is shown."""

    initial_access_token: str
    registration_url: str


class App(Wire):
    """A registered app."""

    id: UUID
    name: str
    scopes: list[str]
    redirect_uris: list[str]
    created_at: dt.datetime
    revoked_at: dt.datetime | None


class AppList(Wire):
    """All registered apps, newest first."""

    apps: list[App]


class IssuerKey(Wire):
    """A key the tenant signs with, or has signed with."""

    id: str
    kind: Literal["Ed25519", "RSA"]
    created_at: dt.datetime
    retired_at: dt.datetime | None = Field(description="since when it signs no more; what it signed still verifies")
    revoked_at: dt.datetime | None = Field(description="since when nothing it signed is to be trusted")


class IssuerKeys(Wire):
    """All keys of the tenant as an issuer."""

    did: str
    keys: list[IssuerKey]


class RotationNew(Wire):
    """Which kind of key is to be replaced."""

    kind: Literal["Ed25519", "RSA"] = "Ed25519"
