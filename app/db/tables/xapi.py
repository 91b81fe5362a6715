"""What xAPI's senders keep beside statements: documents of their own, and files."""

import datetime as dt

from sqlalchemy import LargeBinary, Text
from sqlmodel import Field

from app.db.tables.shapes import MOMENT, TenantTable


class XapiDocument(TenantTable, table=True):
    """A document that a tool keeps beside its statements: of the kind `state`, `activity` or `agent`.

    `shelf` is a digest of activity, agent and registration, which may be longer than an index takes.
    """

    source_id: int = Field(primary_key=True)
    kind: str = Field(primary_key=True, sa_type=Text)
    shelf: bytes = Field(primary_key=True, sa_type=LargeBinary)
    name: str = Field(primary_key=True, sa_type=Text)
    activity: str = Field(sa_type=Text)
    agent: str = Field(sa_type=Text)
    registration: str = Field(sa_type=Text)
    content_type: str = Field(sa_type=Text)
    body: bytes = Field(sa_type=LargeBinary)
    etag: str = Field(sa_type=Text)
    updated_at: dt.datetime = Field(sa_type=MOMENT)


class XapiAttachment(TenantTable, table=True):
    """A file that came beside statements, under the SHA-2 by which they name it."""

    source_id: int = Field(primary_key=True)
    sha2: str = Field(primary_key=True, sa_type=Text)
    content_type: str = Field(sa_type=Text)
    body: bytes = Field(sa_type=LargeBinary)
    received_at: dt.datetime = Field(sa_type=MOMENT)
