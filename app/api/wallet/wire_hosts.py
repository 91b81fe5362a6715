"""Other hosts of learners' credentials, as they go over the wire."""

import datetime as dt
from typing import Any, Literal
from uuid import UUID

from pydantic import Field, SecretStr, model_validator

from app.api.kit.wire_base import Cursor, Text, Wire


class HostNew(Wire):
    """A host to register with."""

    name: Text
    address: Text = Field(description="where its API begins: https://wallet.example.org/ims/ob/v3p0")
    standard: Literal["Open Badges 3.0", "CLR 2.0"] = "Open Badges 3.0"
    initial_access_token: SecretStr | None = Field(None, description="where the host wants one to let an app register")

    @model_validator(mode="before")
    @classmethod
    def _refuse_operators_setting(cls, value: Any) -> Any:
        if isinstance(value, dict) and {"allowPrivateNetwork", "allow_private_network"}.intersection(value):
            raise ValueError(
                "allowPrivateNetwork is not a tenant's setting: the operator of this instance decides which private "
                "addresses may be reached (TESSERA_PRIVATE_ADDRESSES); leave it out"
            )
        return value


class Host(Wire):
    """A host we are registered at."""

    id: UUID
    name: str
    address: str
    standard: str
    client: str = Field(description="our id there")
    created_at: dt.datetime


class HostList(Wire):
    """The hosts we are registered at."""

    hosts: list[Host]


class HostConsentNew(Wire):
    """Whose credentials are to be fetched."""

    learner: UUID


class HostConsent(Wire):
    """A learner's consent. `given` once they said yes at the host; `ended` with the reason in `note`."""

    id: UUID
    learner: UUID
    state: Literal["asked", "given", "ended"]
    asked_at: dt.datetime
    fetched_to: dt.datetime | None = Field(description="what changed at the host until then is here")
    due_at: dt.datetime | None = Field(description="when it is fetched next")
    note: str | None
    counts: dict[str, int] = Field(
        description="of the last fetch: created, replaced, unchanged, own (issued here), refused (no credential)"
    )
    profile: dict[str, Any] | None = Field(description="whose they are, as the host says")


class HostConsentInvitation(Wire):
    """A consent that was asked for, and the address where the learner says yes. It works once, within three days."""

    consent: HostConsent
    authorization_url: str


class HostConsentList(Wire):
    """Consents for a host."""

    consents: list[HostConsent]
    next: Cursor = None
