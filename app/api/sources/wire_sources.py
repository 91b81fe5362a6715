"""Sources, their runs and their health on the wire."""

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from app.api.kit.wire_base import Asked, Slug, Text, Wire


class ConnectorListed(Wire):
    """A connector: a standard or product a source can be made of."""

    name: str
    title: str
    tier: Literal["bronze", "silver", "gold"]
    pulled: bool = Field(description="whether we fetch from it on a schedule")
    files: bool = Field(description="whether files can be loaded into it")
    streams: list[str]
    settings: dict[str, Any] = Field(description="JSON Schema of its settings")


class ConnectorList(Wire):
    """All connectors."""

    connectors: list[ConnectorListed]


Minutes = Annotated[
    int | None, Field(ge=5, le=60 * 24 * 31, description="minutes between syncs; null: only when asked")
]
Rank = Annotated[int | None, Field(ge=0, le=1000, description="whose word comes first: lower before higher")]
Days = Annotated[int, Field(ge=1, le=366, description="days between full pulls, which notice what was deleted")]
Share = Annotated[float, Field(gt=0, le=1, description="a pull that would withdraw more than this share is held")]


class Window(Asked):
    """From a time of day until another, which may be on the next day."""

    begins: dt.time
    ends: dt.time


class Rollover(Asked):
    """The days, both included, between which the school year turns."""

    begins: dt.date
    ends: dt.date


class Calendar(Asked):
    """At what times a source is pulled, when it is left alone, and when the district's year turns."""

    timezone: Text = Field("UTC", examples=["America/New_York"], description="whose times of day these are (IANA)")
    at: list[dt.time] = Field(default_factory=list, max_length=24, description="times of day, in place of everyMinutes")
    weekdays: list[Annotated[int, Field(ge=1, le=7)]] = Field(
        default_factory=lambda: [1, 2, 3, 4, 5, 6, 7], min_length=1, max_length=7, description="1 (Monday) to 7"
    )
    blackout: list[Window] = Field(default_factory=list, max_length=10, description="when no sync begins")
    rollover: Rollover | None = Field(None, description="between these days, what a full listing lacks ends nothing")


class SourceNew(Asked):
    """A source to be created."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "slug": "robotics-club",
                    "name": "Northside Robotics Club",
                    "connector": "evidence",
                    "settings": {"setting": "after-school"},
                }
            ]
        }
    )

    slug: Slug = Field(description="its short name, which stands in every record's provenance and never changes")
    name: Text
    connector: Text = Field(description="see GET /v1/connectors")
    settings: dict[str, Any] = Field(default_factory=dict, description="as the connector's JSON Schema says")
    every_minutes: Minutes = None
    full_every_days: Days = 7
    shrink_share: Share = 0.2
    rank: Rank = None
    calendar: Calendar | None = None


class SourceChange(Asked):
    """What is to be changed of a source; what is left out stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"state": "paused", "reason": "Summer break"}]})

    name: Text | None = None
    settings: dict[str, Any] | None = Field(
        None, description="settings to be changed; null removes one; secrets not named here are kept"
    )
    every_minutes: Minutes = None
    full_every_days: Days | None = None
    shrink_share: Share | None = None
    rank: Rank = None
    calendar: Calendar | None = Field(None, description="in place of the one before; an empty one takes it away")
    state: Literal["active", "paused"] | None = None
    reason: Text | None = Field(None, description="why it is paused, for whoever looks at it next")


class Source(Wire):
    """A source, and how it is doing. Secrets are named, never shown."""

    id: int
    slug: str
    name: str
    connector: str
    settings: dict[str, Any]
    secrets: list[str] = Field(description="settings that are stored and not shown")
    every_minutes: int | None
    full_every_days: int
    shrink_share: float
    rank: int
    state: Literal["active", "paused", "retired"]
    calendar: Calendar | None
    due_at: dt.datetime | None
    created_at: dt.datetime
    quarantined: int
    last_run: "Run | None"
    received_at: dt.datetime | None = Field(None, description="when something was last pushed into it, to the minute")
    health: str = Field(examples=["Synced 12 minutes ago, 3 records in quarantine."])


class SourceList(Wire):
    """All sources of the tenant."""

    sources: list[Source]


class Run(Wire):
    """One pull, push, file or replay."""

    id: int
    kind: str
    state: Literal["running", "done", "partial", "held", "failed"]
    started_at: dt.datetime
    finished_at: dt.datetime | None
    undone_at: dt.datetime | None = Field(None, description="when it was undone: it then counts as never made")
    counts: dict[str, Any] = Field(description="by stream: new, updated, unchanged, rejected, absent")
    message: str | None


class Removal(Wire):
    """What a source holds, and what becomes of it if the source is removed."""

    raw_bytes: int = Field(description="what it sent, as it is stored (compressed)")
    statements: int
    persons: int
    learners: int
    known_from_it_alone: int = Field(description="learners whose records would end")
    quarantined: int
    runs: int
    clients: list[str] = Field(description="names of the clients that push into it: they would be revoked")
    program: str | None = Field(description="the program whose accepted work goes into the record by it")
    submissions: int = Field(description="submissions of that program that stand accepted")
    badges: int = Field(description="badges in force that were issued for these")
    handed_in: int = Field(description="credentials that learners let apps and other hosts put into their records")
    refused: str | None = Field(description="why it is not removed, and what to do instead; null where it may be")
    becomes: list[str] = Field(description="all of it in words")


class RemovalQueued(Wire):
    """A source that will be gone in a moment."""

    message: str


class RunList(Wire):
    """The runs of a source, newest first."""

    runs: list[Run]


class StreamTested(Wire):
    """Whether one stream of a source can be pulled."""

    stream: str
    ok: bool
    message: str = Field(description="what it answers, or which right it lacks")


class Tested(Wire):
    """Whether the source answers as it should, and each stream that a sync would pull."""

    ok: bool
    message: str
    streams: list[StreamTested] = Field(description="those that could be asked, one by one")


class SyncRequest(Asked):
    """How a source is to be synced."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}, {"full": True}]})

    full: bool = Field(False, description="pull everything, whatever was pulled before")
    allow_shrink: bool = Field(False, description="lift the shrink guard for this run: what is gone there is gone here")


class SyncQueued(Wire):
    """A sync that will begin in a moment."""

    message: str
    runs: str = Field(description="where to see what becomes of it")


class Alarm(Wire):
    """A school, class, grade or role of which a held run, or a preview, would have ended or changed too much."""

    id: int
    run: int
    stream: str
    scope: Literal["all", "role", "school", "grade", "school grade", "class", "rollover", "changed", "moved"] = Field(
        description="of whom it speaks; `changed`: what changes for nearly all; `moved`: who is at other schools now"
    )
    key: str = Field(
        description="the school's, class's, grade's or role's own id; `school/grade` for a school's grade; what changes"
    )
    words: str = Field(examples=["users: all 5 students of school Harbor School (S12) are gone"])
    gone: int = Field(description="how many would end, or change")
    total: int
    keys: list[str] = Field(description="the records' ids at the source")
    allowed_at: dt.datetime | None
    allowed_by: str | None


class AlarmList(Wire):
    """What the guard shows of a source."""

    alarms: list[Alarm]


class AlarmPermission(Asked):
    """What may end at the next sync: these records, and no others."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"ids": [12]}]})

    ids: list[Annotated[int, Field(ge=1, le=2**63 - 1)]] = Field(min_length=1, max_length=1000)
