"""VC-API as it goes over the wire (W3C Verifiable Credential API 0.3)."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.issuing.publish import StatusType

Token = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*(~[A-Za-z0-9._~-]*)?$")]
"""A compact JWS or SD-JWT: what is JSON goes over the wire as JSON, and not as a text."""


class _Open(BaseModel):
    """Others' clients send fields of their own: they are let in, and not read."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True)


class StatusOption(_Open):
    """The status that a credential is to have: a place on a list of ours, by which it can be revoked."""

    type: StatusType = "BitstringStatusListEntry"
    status_purpose: Literal["revocation"] = Field("revocation", alias="statusPurpose")


class IssueOptions(_Open):
    """How the credential is to be secured, whether it can be taken back, and whose record it belongs to."""

    format: Literal["vc", "vc+jwt", "ecdsa-sd-2023"] = Field(
        "vc", description="an embedded eddsa-rdfc-2022 proof, a compact JWS, or a proof of which parts can be shown"
    )
    mandatory_pointers: list[Annotated[str, Field(max_length=500)]] | None = Field(
        None,
        alias="mandatoryPointers",
        max_length=1000,
        description="of ecdsa-sd-2023: JSON pointers to what is always shown; without them, what a badge needs",
    )
    algorithm: Literal["EdDSA", "RS256"] = Field("EdDSA", description="of a compact JWS")
    credential_status: StatusOption | None = Field(None, alias="credentialStatus", description="none: it has no status")
    learner: UUID | None = Field(None, description="the learner whom it is about, who then sees it with all others")


class StatusChange(_Open):
    """What a status is to be: revoked, which is final."""

    type: str = "BitstringStatusListEntry"
    status_purpose: Literal["revocation"] = Field("revocation", alias="statusPurpose")
    status: Literal["0", "1"] | bool = True


class IssueRequest(_Open):
    """A credential to be signed as it stands."""

    credential: dict[str, Any]
    options: IssueOptions = IssueOptions()


class Issued(_Open):
    """The credential, secured."""

    verifiable_credential: dict[str, Any] | str = Field(alias="verifiableCredential")


class DeriveOptions(_Open):
    """What is to be shown."""

    selective_pointers: list[Annotated[str, Field(max_length=500)]] = Field(
        [], alias="selectivePointers", max_length=1000, description="JSON pointers, beside what is always shown"
    )


class DeriveRequest(_Open):
    """A credential of which a part is to be shown: its proof is one of ecdsa-sd-2023, as its holder has it."""

    verifiable_credential: dict[str, Any] = Field(alias="verifiableCredential")
    options: DeriveOptions = DeriveOptions()


class Derived(_Open):
    """A presentation of chosen parts, with a proof that they are what was signed."""

    verifiable_credential: dict[str, Any] = Field(alias="verifiableCredential")


class StatusRequest(_Open):
    """A change of the status of a credential that was issued here."""

    credential_id: str = Field(alias="credentialId", description="its id, or urn:uuid: and its id in our ledger")
    credential_status: list[StatusChange] | StatusChange = Field(alias="credentialStatus")
    status: bool = True


class StatusChanged(_Open):
    """The credentials whose status was changed, by their ids in our ledger."""

    credential_ids: list[UUID] = Field(alias="credentialIds")


class VerifyOptions(_Open):
    """What else the proof must say."""

    challenge: str | None = None
    domain: str | None = None


class VerifyRequest(_Open):
    """A credential to be verified: an object, or a compact JWS."""

    verifiable_credential: dict[str, Any] | Token = Field(alias="verifiableCredential")
    options: VerifyOptions = VerifyOptions()


class PresentationRequest(_Open):
    """A presentation to be verified: an object, or a compact JWS."""

    verifiable_presentation: dict[str, Any] | Token = Field(alias="verifiablePresentation")
    options: VerifyOptions = VerifyOptions()


class Finding(_Open):
    """What was found. `verified` is true where everything that decides trust was answered well."""

    verified: bool
    report: dict[str, Any] = Field(description="each check, in words")
    errors: list[str] = []
    warnings: list[str] = []
