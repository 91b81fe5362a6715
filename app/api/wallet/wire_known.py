"""Known issuers as they go over the wire."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from app.api.kit.wire_base import Asked, Wire


class KnownIssuerNew(Asked):
    """An issuer to be put on the district's list."""

    issuer: str = Field(min_length=1, max_length=500, description="its identifier: a DID or an https address")
    name: str = Field(min_length=1, max_length=200, description="the name that the district knows it by")
    note: str | None = Field(None, max_length=1000, description="how that was found out, for example")


class KnownIssuer(Wire):
    """An issuer on the district's list."""

    id: UUID
    issuer: str
    name: str
    note: str | None
    added_by: str
    added_at: datetime


class KnownIssuerList(Wire):
    """The district's list of known issuers."""

    issuers: list[KnownIssuer]
