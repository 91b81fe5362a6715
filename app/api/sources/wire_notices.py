"""Notices about sources on the wire."""

import datetime as dt
from typing import Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from app.api.kit.wire_base import Asked, Wire
from app.operations.watching import NoticeKind


class SourceNotice(Wire):
    """What people were told of a source, once."""

    source: int
    kind: NoticeKind
    run: int | None = Field(description="the run it is about; null: none has ended")
    at: dt.datetime
    over_at: dt.datetime | None = Field(description="when the source was well again; null: it is not")
    mail: Literal["waiting", "sent", "unsent", "given up"]


class SourceNoticeList(Wire):
    """What was told, the newest first."""

    notices: list[SourceNotice]


class NoticeReader(Wire):
    """Somebody who may manage sources."""

    account: UUID
    name: str
    has_address: bool = Field(description="whether an e-mail address of theirs is known")
    told: bool


class ReaderList(Wire):
    """All who may be told."""

    readers: list[NoticeReader]


class NoticeReaders(Asked):
    """Who is to be told."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"accounts": ["0d6f9c1e-4a43-4d4b-9d0e-2f1f6f3b8a10"]}]})

    accounts: list[UUID] = Field(max_length=100, description="accounts that may manage sources; none: the stewards")
