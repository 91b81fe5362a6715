"""Watching sources: what is awaited of them, what people were told of them, and who is told."""

import datetime as dt
import uuid

from sqlalchemy import BigInteger, Text
from sqlmodel import Field

from app.db.tables.shapes import MOMENT, TenantTable


class AwaitedSync(TenantTable, table=True):
    """A source that was due at `since`, and of which no pull has ended since."""

    source_id: int = Field(primary_key=True)
    since: dt.datetime = Field(sa_type=MOMENT)


class SourceNotice(TenantTable, table=True):
    """That a source is `held`, `failing` or `late`, until `over_at`; or that it is `well` again.

    `state` is `waiting`, `sent`, `unsent` (there is nobody to send it to) or `given up`.
    """

    id: uuid.UUID = Field(primary_key=True)
    source_id: int
    kind: str = Field(sa_type=Text)
    run_id: int | None = Field(default=None, sa_type=BigInteger)
    made_at: dt.datetime = Field(sa_type=MOMENT)
    over_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)
    state: str = Field(sa_type=Text)
    tries: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    why: str | None = Field(default=None, sa_type=Text)
    next_at: dt.datetime = Field(sa_type=MOMENT)
    sent_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)


class NoticeReader(TenantTable, table=True):
    """An account that is written to about sources. Where a tenant has none, its data stewards are."""

    account_id: uuid.UUID = Field(primary_key=True)
