"""Rejected records on the wire."""

import datetime as dt
from typing import Annotated

from pydantic import ConfigDict, Field

from app.api.kit.wire_base import Asked, Cursor, Wire


class Quarantined(Wire):
    """A record that could not be mapped, with the reason."""

    id: int
    source: int
    stream: str
    key: str
    position: str | None
    reason: str
    times: int = Field(description="how often it came")
    first_at: dt.datetime
    last_at: dt.datetime


class QuarantinedRaw(Quarantined):
    """A record in quarantine, with what the source sent."""

    columns: list[str] | None
    raw: str = Field(description="the raw record; bytes that are no UTF-8 are shown as \\xNN")


class QuarantineList(Wire):
    """Records in quarantine, in the order they came."""

    records: list[Quarantined]
    next: Cursor


class ReplayRequest(Asked):
    """What is to be tried again, after a mapping or a setting was mended."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"source": 3}, {"source": 3, "ids": [17, 18]}]})

    source: int = Field(ge=1, le=2**31 - 1)
    ids: list[Annotated[int, Field(ge=1, lt=2**63)]] | None = Field(
        None, min_length=1, max_length=10_000, description="those; all of the source's if left out"
    )


class Replayed(Wire):
    """What became of a replay."""

    run: int
    released: int = Field(description="records that map now and have left the quarantine")
    rejected: int = Field(description="records that still cannot be mapped")
    message: str | None
