"""Rosters served: which sources a tenant serves, the objects made of them, and what each client may see."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Integer, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from app.db.tables.shapes import MOMENT, NOW, TEXTS, TenantTable


class Roster(TenantTable, table=True):
    """A tenant's roster: the sources it is made of, the preferred one first, and how many objects a collection has."""

    sources: list[int] = Field(sa_type=ARRAY(Integer))
    refreshed_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)
    counts: dict[str, Any] = Field(default={}, sa_type=JSONB, sa_column_kwargs={"server_default": "{}"})


class RosterUser(TenantTable, table=True):
    """As which user a person of a source is served."""

    source_id: int = Field(primary_key=True)
    key: str = Field(primary_key=True, sa_type=Text)
    sourced_id: uuid.UUID


class RosterObject(TenantTable, table=True):
    """An object of a roster as it is served, without what every object begins with (`sourcedId` to `dateLastModified`).

    `kinds` are the roles of a user or an enrollment and the type of an org or a session; `links` the ids of the schools,
    classes and other objects it belongs to: by these it is found below them, and shared or not. `mark` tells whether
    what it was made of has changed. `source_id`, `kind` and `key` say of which record it was made, unless it was put together.
    """

    collection: str = Field(primary_key=True, sa_type=Text)
    sourced_id: uuid.UUID = Field(primary_key=True)
    source_id: int | None = None
    kind: str | None = Field(default=None, sa_type=Text)
    key: str | None = Field(default=None, sa_type=Text)
    active: bool
    modified: dt.datetime = Field(sa_type=MOMENT)
    since: dt.datetime = Field(default=None, sa_type=MOMENT, sa_column_kwargs=NOW)
    kinds: list[str] = Field(sa_type=TEXTS)
    links: list[uuid.UUID] = Field(default=[], sa_type=ARRAY(Uuid), sa_column_kwargs={"server_default": "{}"})
    sensitive: bool
    mark: int = Field(sa_type=BigInteger)
    body: dict[str, Any] = Field(sa_type=JSONB)


class RosterShare(TenantTable, table=True):
    """What a client may see of the roster: the schools and classes (none named: all), and fields that are withheld."""

    client_id: uuid.UUID = Field(primary_key=True)
    schools: list[uuid.UUID] | None = Field(default=None, sa_type=ARRAY(Uuid))
    classes: list[uuid.UUID] | None = Field(default=None, sa_type=ARRAY(Uuid))
    withheld: list[str] = Field(sa_type=TEXTS)
    changed_at: dt.datetime = Field(default=None, sa_type=MOMENT, sa_column_kwargs=NOW)
