"""What operators look at: the audit log, the instance itself, and the migrations of the job queue's own schema."""

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from app.db.tables.shapes import MOMENT, NOW, TenantTable


class Audit(TenantTable, table=True):
    """One change of what a tenant has configured: who did it, to what, before and after without secrets."""

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    at: dt.datetime = Field(sa_type=MOMENT, sa_column_kwargs=NOW)
    actor: str = Field(sa_type=Text)
    request: str | None = Field(default=None, sa_type=Text)
    kind: str = Field(sa_type=Text)
    thing: str = Field(sa_type=Text)
    action: str = Field(sa_type=Text)
    before: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
    after: dict[str, Any] | None = Field(default=None, sa_type=JSONB)


class Instance(SQLModel, table=True):
    """The one row that tells whose key the secrets are sealed with, and when the database was last backed up."""

    id: bool = Field(default=True, primary_key=True)
    key_fingerprint: str = Field(sa_type=Text)
    key_since: dt.datetime = Field(sa_type=MOMENT, sa_column_kwargs=NOW)
    backed_up_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)


class QueueMigration(SQLModel, table=True):
    """A migration of the job queue's own schema that this database has had."""

    __tablename__ = "queue_migration"
    name: str = Field(primary_key=True, sa_type=Text)
    applied_at: dt.datetime = Field(sa_type=MOMENT, sa_column_kwargs=NOW)
