"""Tokens on the wire (RFC 6749)."""

from typing import Literal

from pydantic import BaseModel, Field


class OAuthError(BaseModel):
    """An error of the token endpoint (RFC 6749 section 5.2)."""

    error: str = Field(examples=["invalid_client"])
    error_description: str


class OAuthToken(BaseModel):
    """A token (RFC 6749 section 5.1)."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105  (no password)
    expires_in: int = Field(description="seconds until it expires")
    scope: str
