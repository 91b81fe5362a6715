"""Clients and their keys on the wire."""

import datetime as dt
from uuid import UUID

from pydantic import ConfigDict, Field

from app.access.scopes import Scope
from app.api.kit.wire_base import Asked, Text, Wire


class ClientNew(Asked):
    """A client to be made."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "Robotics Club uploader", "scopes": ["evidence.write"], "source": 3, "keyDays": 365}]
        }
    )

    name: Text
    scopes: list[Scope] = Field(min_length=1, description="no more than the calling client has")
    source: int | None = Field(None, ge=1, le=2**31 - 1, description="the source it pushes into, if it pushes")
    key_days: int | None = Field(None, ge=1, le=3660, description="days until its first key expires; null: never")


class KeyNew(Asked):
    """A further key."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"days": 365}]})

    days: int | None = Field(None, ge=1, le=3660, description="days until it expires; null: never")


class Key(Wire):
    """What is known of a key once it has been shown."""

    id: UUID
    hint: str
    created_at: dt.datetime
    expires_at: dt.datetime | None
    used_at: dt.datetime | None = Field(description="when it, or a token got with it, was last used, to the minute")


class KeyWithSecret(Wire):
    """A new key. This is the only time it is shown."""

    id: UUID
    key: str
    hint: str
    expires_at: dt.datetime | None


class Client(Wire):
    """A program that calls this API."""

    id: UUID
    name: str
    scopes: list[str]
    source: int | None
    source_slug: str | None
    created_at: dt.datetime
    revoked_at: dt.datetime | None
    keys: list[Key]


class ClientWithKey(Wire):
    """A new client with its first key. This is the only time the key is shown."""

    client: Client
    key: KeyWithSecret


class ClientList(Wire):
    """All clients of the tenant, newest first."""

    clients: list[Client]
