"""VC-API as it goes over the wire (W3C Verifiable Credential API 0.3)."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Token = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*$")]
"""A compact JWS: what is JSON goes over the wire as JSON, and not as a text."""


class _Open(BaseModel):
    """Others' clients send fields of their own: they are let in, and not read."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True)


class IssueOptions(_Open):
    """How the credential is to be secured."""

    format: Literal["vc", "vc+jwt"] = Field("vc", description="an embedded eddsa-rdfc-2022 proof, or a compact JWS")
    algorithm: Literal["EdDSA", "RS256"] = Field("EdDSA", description="of a compact JWS")


class IssueRequest(_Open):
    """A credential to be signed as it stands."""

    credential: dict[str, Any]
    options: IssueOptions = IssueOptions()


class Issued(_Open):
    """The credential, secured."""

    verifiable_credential: dict[str, Any] | str = Field(alias="verifiableCredential")


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
