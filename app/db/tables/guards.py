"""Guards: what a run would end, shown to a person until somebody allows it or a run comes through."""

import datetime as dt

from sqlalchemy import BigInteger, Text
from sqlmodel import Field

from app.db.tables.shapes import MOMENT, NOW, TEXTS, TenantTable


class GuardAlarm(TenantTable, table=True):
    """One group of a stream that a held run would end: a school, a class, a grade, a role, or all.

    `keys` are the raw keys that were shown: what is allowed is these, and not whatever comes next.
    """

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    source_id: int
    run_id: int = Field(sa_type=BigInteger)
    stream: str = Field(sa_type=Text)
    scope: str = Field(sa_type=Text)
    key: str = Field(sa_type=Text)
    role: str = Field(sa_type=Text)
    words: str = Field(sa_type=Text)
    gone: int
    total: int
    keys: list[str] = Field(sa_type=TEXTS)
    created_at: dt.datetime = Field(sa_type=MOMENT, sa_column_kwargs=NOW)
    allowed_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)
    allowed_by: str | None = Field(default=None, sa_type=Text)
