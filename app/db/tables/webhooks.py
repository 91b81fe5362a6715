"""Webhooks: where a client wants to hear of events, and how far it has heard."""

import datetime as dt
import uuid

from sqlalchemy import BigInteger, LargeBinary, Text
from sqlmodel import Field

from app.db.tables.shapes import MOMENT, NOW, TEXTS, TenantTable


class Webhook(TenantTable, table=True):
    """An address that hears of events, of all types or some; `secret` is sealed. It has heard all up to its place.

    The place is `app.records.feed.Place`: of which PostgreSQL, transaction, and event. `tries` count failures at the
    event that comes next, since `failing_since`; `skipped` are events that the address refused for good.
    """

    id: uuid.UUID = Field(primary_key=True)
    client_id: uuid.UUID
    url: str = Field(sa_type=Text)
    types: list[str] = Field(sa_type=TEXTS)
    secret: bytes = Field(sa_type=LargeBinary)
    state: str = Field(sa_type=Text)
    state_reason: str | None = Field(default=None, sa_type=Text)
    place_cluster: int = Field(sa_type=BigInteger)
    place_xid: int = Field(sa_type=BigInteger)
    place_id: int = Field(sa_type=BigInteger)
    tries: int = 0
    failing_since: dt.datetime | None = Field(default=None, sa_type=MOMENT)
    due_at: dt.datetime = Field(sa_type=MOMENT)
    delivered: int = Field(default=0, sa_type=BigInteger)
    skipped: int = Field(default=0, sa_type=BigInteger)
    last_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)
    last_answer: str | None = Field(default=None, sa_type=Text)
    created_at: dt.datetime = Field(default=None, sa_type=MOMENT, sa_column_kwargs=NOW)
