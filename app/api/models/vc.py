"""VC-API as it goes over the wire (W3C Verifiable Credential API 0.3)."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


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

    verifiable_credential: dict[str, Any] = Field(alias="verifiableCredential")
