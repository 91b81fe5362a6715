"""Access: clients, the hashes of their keys, when these were used, and answers that may be asked for again."""

import datetime as dt
import uuid

from sqlalchemy import LargeBinary, Text
from sqlmodel import Field, SQLModel

from app.db.tables.shapes import MOMENT, NOW, TEXTS, TenantTable


class Client(TenantTable, table=True):
    """A program that calls the API for one tenant, with its scopes and, if it pushes, its source."""

    id: uuid.UUID = Field(primary_key=True)
    name: str = Field(sa_type=Text)
    scopes: list[str] = Field(sa_type=TEXTS)
    source_id: int | None = None
    created_at: dt.datetime = Field(default=None, sa_type=MOMENT, sa_column_kwargs=NOW)
    revoked_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)


class AccessKey(SQLModel, table=True):
    """The hash of a client's key or of an access token. Who presents the hash may see the row: no one else.

    `kind` is `key` or `token`; `got_with` is the key a token was got with, and ends with it.
    """

    __tablename__ = "access_key"
    hash: bytes = Field(primary_key=True, sa_type=LargeBinary)
    tenant_id: int
    client_id: uuid.UUID
    id: uuid.UUID
    kind: str = Field(sa_type=Text)
    hint: str = Field(sa_type=Text)
    scopes: list[str] = Field(sa_type=TEXTS)
    got_with: uuid.UUID | None = None
    created_at: dt.datetime = Field(default=None, sa_type=MOMENT, sa_column_kwargs=NOW)
    expires_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)
    revoked_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)


class KeyUse(TenantTable, table=True):
    """When a key, or a token got with it, was last used, to the minute."""

    key_id: uuid.UUID = Field(primary_key=True)
    used_at: dt.datetime = Field(sa_type=MOMENT)


class Idempotency(TenantTable, table=True):
    """The first answer to a request that carried an Idempotency-Key."""

    client_id: uuid.UUID = Field(primary_key=True)
    key: str = Field(primary_key=True, sa_type=Text)
    request: bytes = Field(sa_type=LargeBinary)
    status: int
    response: bytes = Field(sa_type=LargeBinary)
    created_at: dt.datetime = Field(default=None, sa_type=MOMENT, sa_column_kwargs=NOW)
