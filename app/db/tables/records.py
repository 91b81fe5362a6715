"""The spine: tenants, sources, raw, records, decisions, learners, events, access."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import ARRAY, JSON, BigInteger, Column, Date, Integer, LargeBinary, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from app.db.tables.shapes import MOMENT, NOW, TEXTS, TenantTable, Xid8


class Tenant(SQLModel, table=True):
    """A district or another organization whose data nobody else sees; the one table that is no tenant's own."""

    id: int | None = Field(default=None, primary_key=True)
    slug: str = Field(sa_type=Text, unique=True)
    name: str = Field(sa_type=Text)
    salt: bytes = Field(sa_type=LargeBinary)
    created_at: dt.datetime = Field(default=None, sa_type=MOMENT, sa_column_kwargs=NOW)
    sandbox: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})


class Source(TenantTable, table=True):
    """A configured connection: a connector, its settings (secrets encrypted apart), its schedule, its guards."""

    id: int = Field(primary_key=True)
    slug: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    connector: str = Field(sa_type=Text)
    settings: dict[str, Any] = Field(sa_type=JSONB)
    secrets: bytes | None = Field(default=None, sa_type=LargeBinary)
    rank: int = Field(sa_type=SmallInteger)
    every_minutes: int | None = None
    full_every_days: int = Field(default=7)
    shrink_share: float = Field(default=0.2)
    state: str = Field(default="active", sa_type=Text)
    state_reason: str | None = Field(default=None, sa_type=Text)
    due_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)
    created_at: dt.datetime = Field(default=None, sa_type=MOMENT, sa_column_kwargs=NOW)
    calendar: dict[str, Any] | None = Field(default=None, sa_type=JSONB)


class StreamState(TenantTable, table=True):
    """How far one stream of a source has come: the cursor commits with the data it speaks of.

    `received_at` is when something was pushed into it last, and `received_on` the last days on which it was.
    """

    source_id: int = Field(primary_key=True)
    stream: str = Field(primary_key=True, sa_type=Text)
    cursor: str | None = Field(default=None, sa_type=Text)
    listing: int | None = Field(default=None, sa_type=BigInteger)
    full_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)
    updated_at: dt.datetime = Field(default=None, sa_type=MOMENT, sa_column_kwargs=NOW)
    received_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)
    received_on: list[dt.date] | None = Field(default=None, sa_type=ARRAY(Date))


class Run(TenantTable, table=True):
    """One pull, push, file or replay: what it did, in counts and words."""

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    source_id: int
    kind: str = Field(sa_type=Text)
    state: str = Field(default="running", sa_type=Text)
    started_at: dt.datetime = Field(default=None, sa_type=MOMENT, sa_column_kwargs=NOW)
    finished_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)
    counts: dict[str, Any] = Field(sa_type=JSONB)
    message: str | None = Field(default=None, sa_type=Text)
    undone_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)


class Raw(TenantTable, table=True):
    """A chunk of raw records, verbatim: `body` is their bytes end to end (zstd), `ends` where each one ends.

    `kind` is `records`, or `absent`: then `body` lists the keys that a complete listing no longer had.
    `nth` says of which records another row of the same key stands beside them, by position: the second, third … row.
    """

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    source_id: int
    stream: str = Field(sa_type=Text)
    run_id: int | None = Field(default=None, sa_type=BigInteger)
    kind: str = Field(default="records", sa_type=Text)
    received_at: dt.datetime = Field(sa_type=MOMENT)
    columns: list[str] | None = Field(default=None, sa_type=TEXTS)
    ends: list[int] = Field(sa_type=ARRAY(BigInteger))
    sha256: bytes = Field(sa_type=LargeBinary)
    body: bytes = Field(sa_type=LargeBinary)
    nth: dict[str, int] | None = Field(default=None, sa_type=JSONB)


class RawFloor(TenantTable, table=True):
    """Up to when chunks of a source's raw may be gone of which newer versions had replaced all."""

    __tablename__ = "raw_floor"
    source_id: int = Field(primary_key=True)
    at: dt.datetime = Field(sa_type=MOMENT)


class Record(TenantTable, table=True):
    """A statement: the nth canonical record that one raw record said, and where that raw record is.

    `state` is `schemas.codes.StatementState`; `state_at` is when we learned it (None: as it was received). `since` is
    when it was first received as it is now (None: as it was received last); what it said before is in `record_history`.
    `unread_since`: a newer version of it could not be read. `withdrawn` says what is retracted to the release before.
    `said` is a hash of what it tells of a person: equal statements of one source are looked at once; `email` a person's
    address in lower case, to be found by (a trigger sets both).
    """

    source_id: int = Field(primary_key=True)
    stream: str = Field(primary_key=True, sa_type=Text)
    raw_key: str = Field(primary_key=True, sa_type=Text)
    n: int = Field(primary_key=True, sa_type=SmallInteger)
    kind: str = Field(sa_type=Text)
    key: str = Field(sa_type=Text)
    person: str | None = Field(default=None, sa_type=Text)
    hash: int = Field(sa_type=BigInteger)
    version: dt.datetime | None = Field(default=None, sa_type=MOMENT)
    raw_id: int = Field(sa_type=BigInteger)
    raw_pos: int
    received_at: dt.datetime = Field(sa_type=MOMENT)
    state: str = Field(default="current", sa_type=Text)
    state_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)
    withdrawn: bool = False
    since: dt.datetime | None = Field(default=None, sa_type=MOMENT)
    unread_since: dt.datetime | None = Field(default=None, sa_type=MOMENT)
    body: Any = Field(sa_type=JSON)
    said: int | None = Field(default=None, sa_type=BigInteger)
    email: str | None = Field(default=None, sa_type=Text)


class RecordHistory(TenantTable, table=True):
    """What a statement said from `since` until `until`, by when it was received: then it said something else."""

    source_id: int = Field(primary_key=True)
    stream: str = Field(primary_key=True, sa_type=Text)
    raw_key: str = Field(primary_key=True, sa_type=Text)
    n: int = Field(primary_key=True, sa_type=SmallInteger)
    since: dt.datetime = Field(primary_key=True, sa_type=MOMENT)
    until: dt.datetime = Field(sa_type=MOMENT)
    kind: str = Field(sa_type=Text)
    key: str = Field(sa_type=Text)
    person: str | None = Field(default=None, sa_type=Text)
    raw_id: int = Field(sa_type=BigInteger)
    raw_pos: int
    received_at: dt.datetime = Field(sa_type=MOMENT)
    state: str = Field(sa_type=Text)
    state_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)
    body: Any = Field(sa_type=JSON)


class Succession(TenantTable, table=True):
    """Since when a person's key at a source is another child's, the nth who has it, and how that child is known here.

    `told_until` is when its source was read last before that; `present_from`, from when enrollments say they were there.
    """

    source_id: int = Field(primary_key=True)
    key: str = Field(primary_key=True, sa_type=Text)
    n: int = Field(primary_key=True, sa_type=SmallInteger)
    successor: str = Field(sa_type=Text)
    since: dt.datetime = Field(sa_type=MOMENT)
    reason: str = Field(sa_type=Text)
    told_until: dt.datetime | None = Field(default=None, sa_type=MOMENT)
    present_from: dt.datetime | None = Field(default=None, sa_type=MOMENT)


class Seen(TenantTable, table=True):
    """The keys one page of a complete listing had, until the listing is done and what is absent is known."""

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    source_id: int
    stream: str = Field(sa_type=Text)
    listing: int = Field(sa_type=BigInteger)
    keys: list[str] = Field(sa_type=TEXTS)


class Quarantine(TenantTable, table=True):
    """A raw record that could not be mapped: kept, with the reason, until a mapping or the source is mended."""

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    source_id: int
    stream: str = Field(sa_type=Text)
    raw_key: str = Field(sa_type=Text)
    position: str | None = Field(default=None, sa_type=Text)
    reason: str = Field(sa_type=Text)
    hash: int = Field(sa_type=BigInteger)
    columns: list[str] | None = Field(default=None, sa_type=TEXTS)
    body: bytes = Field(sa_type=LargeBinary)
    times: int = 1
    first_at: dt.datetime = Field(sa_type=MOMENT)
    last_at: dt.datetime = Field(sa_type=MOMENT)
    resolved_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)
    dismissed_by: str | None = Field(default=None, sa_type=Text)
    dismissed_reason: str | None = Field(default=None, sa_type=Text)


class Touched(TenantTable, table=True):
    """What changed, one row per page, until it is settled: persons, raw records (`keys` of a stream), other records."""

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    source_id: int
    persons: list[str] = Field(sa_type=TEXTS)
    refs: list[int] = Field(sa_type=ARRAY(BigInteger))
    stream: str | None = Field(default=None, sa_type=Text)
    keys: list[str] = Field(sa_type=TEXTS)


class Person(TenantTable, table=True):
    """A person as one source knows them, and the learner they are part of now (null: no learner, such as a teacher)."""

    source_id: int = Field(primary_key=True)
    key: str = Field(primary_key=True, sa_type=Text)
    own_id: uuid.UUID
    learner_id: uuid.UUID | None = None


class Membership(TenantTable, table=True):
    """The time (`since` None: ever) in which a person was part of a learner, and is no longer.

    Who looked at that learner in between has looked at this person, too.
    """

    source_id: int = Field(primary_key=True)
    person: str = Field(primary_key=True, sa_type=Text)
    until: dt.datetime = Field(primary_key=True, sa_type=MOMENT)
    since: dt.datetime | None = Field(default=None, sa_type=MOMENT)
    learner_id: uuid.UUID


class Identifier(TenantTable, table=True):
    """A typed identifier of a person, issuer resolved, value normalized: what links are made of and searched by."""

    type: str = Field(primary_key=True, sa_type=Text)
    value: str = Field(primary_key=True, sa_type=Text)
    issuer: str = Field(primary_key=True, sa_type=Text)
    source_id: int = Field(primary_key=True)
    person: str = Field(primary_key=True, sa_type=Text)


class FormerIdentifier(TenantTable, table=True):
    """An identifier that a person was told to have, and is not any more: what was told by it then may be theirs."""

    type: str = Field(primary_key=True, sa_type=Text)
    value: str = Field(primary_key=True, sa_type=Text)
    issuer: str = Field(primary_key=True, sa_type=Text)
    source_id: int = Field(primary_key=True)
    person: str = Field(primary_key=True, sa_type=Text)


class Crowd(TenantTable, table=True):
    """An identifier that more persons share than one learner can be: it is nobody's own, and links nobody."""

    type: str = Field(primary_key=True, sa_type=Text)
    value: str = Field(primary_key=True, sa_type=Text)
    issuer: str = Field(primary_key=True, sa_type=Text)


class Decision(TenantTable, table=True):
    """The ledger: these two persons are (`same`), are not (`different`) or may be (`unsure`) one learner, and why.

    `asked_at` is since when a question waits whose reason was another one before (None: since it was written).
    """

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    left_source: int
    left_key: str = Field(sa_type=Text)
    right_source: int
    right_key: str = Field(sa_type=Text)
    judgement: str = Field(sa_type=Text)
    rule: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    score: float | None = None
    decided_by: str = Field(sa_type=Text)
    decided_at: dt.datetime = Field(default=None, sa_type=MOMENT, sa_column_kwargs=NOW)
    ended_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)
    ended_by: str | None = Field(default=None, sa_type=Text)
    asked_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)


class Learner(TenantTable, table=True):
    """The header of a learner's record as it is served, packed. `refs` are the records it names (`header_ref`).

    `general` is what may be seen of it by those who may not see what is sensitive (null: all of it); `stale`: something
    has become sensitive since. `fold` is the version of the code that made it. A learner that became part of another
    keeps its row, without a body, and `merged_into` tells where to look.
    """

    id: uuid.UUID = Field(primary_key=True)
    version: int = 1
    etag: str = Field(sa_type=Text)
    body: bytes | None = Field(default=None, sa_type=LargeBinary)
    refs: list[int] = Field(sa_type=ARRAY(BigInteger))
    merged_into: uuid.UUID | None = None
    updated_at: dt.datetime = Field(sa_type=MOMENT)
    general: bytes | None = Field(default=None, sa_type=LargeBinary)
    general_etag: str | None = Field(default=None, sa_type=Text)
    stale: bool = False
    fold: int = Field(default=0, sa_type=SmallInteger)


class Entry(TenantTable, table=True):
    """An entry of a learner's record: one statement (the nth of a raw record, its `piece`) with its context, in JSON.

    `at` orders it (the year 1: undated). `class_ref` is the class it names, `item_ref` the line item or achievement it is
    of, told or not; `rated`: it says which objectives were reached; `targets` are the alignments it points to.
    """

    piece: uuid.UUID = Field(primary_key=True)
    n: int = Field(primary_key=True, sa_type=SmallInteger)
    learner_id: uuid.UUID
    section: str = Field(sa_type=Text)
    at: dt.datetime = Field(sa_type=MOMENT)
    setting: str = Field(sa_type=Text)
    source_id: int
    stream: str = Field(sa_type=Text)
    raw_key: str = Field(sa_type=Text)
    person: str = Field(sa_type=Text)
    class_: str | None = Field(default=None, sa_column=Column("class", Text))
    state: str = Field(sa_type=Text)
    sensitive: bool
    class_ref: int | None = Field(default=None, sa_type=BigInteger)
    item_ref: int | None = Field(default=None, sa_type=BigInteger)
    rated: bool
    targets: list[int] = Field(sa_type=ARRAY(Integer))
    fold: int = Field(sa_type=SmallInteger)
    hash: int = Field(sa_type=BigInteger)
    body: bytes = Field(sa_type=LargeBinary)


class EntryCount(TenantTable, table=True):
    """How many entries of a kind a learner has, and a mark of what they say: kept by the database as entries change."""

    learner_id: uuid.UUID = Field(primary_key=True)
    section: str = Field(primary_key=True, sa_type=Text)
    setting: str = Field(primary_key=True, sa_type=Text)
    source_id: int = Field(primary_key=True)
    state: str = Field(primary_key=True, sa_type=Text)
    sensitive: bool = Field(primary_key=True)
    count: int
    mark: int = Field(sa_type=BigInteger)


class EntryTarget(TenantTable, table=True):
    """An alignment to which an entry points, with what orders it: kept by the database as entries change."""

    learner_id: uuid.UUID = Field(primary_key=True)
    alignment_id: int = Field(primary_key=True)
    at: dt.datetime = Field(primary_key=True, sa_type=MOMENT)
    piece: uuid.UUID = Field(primary_key=True)
    n: int = Field(primary_key=True, sa_type=SmallInteger)


class ContextRef(TenantTable, table=True):
    """A record that another one names, told or not: the course and the school of a class. Both are references."""

    ref: int = Field(primary_key=True, sa_type=BigInteger)
    named_by: int = Field(primary_key=True, sa_type=BigInteger)


class HeaderRef(TenantTable, table=True):
    """A record that a learner's header names, told or not."""

    ref: int = Field(primary_key=True, sa_type=BigInteger)
    learner_id: uuid.UUID = Field(primary_key=True)


class Due(TenantTable, table=True):
    """A learner whose header is to be made again."""

    learner_id: uuid.UUID = Field(primary_key=True)


class Event(TenantTable, table=True):
    """What changed, written in the transaction that changed it; `xid` orders it so that a reader never skips one."""

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    xid: int = Field(sa_type=Xid8, sa_column_kwargs={"server_default": text("pg_current_xact_id()")})
    at: dt.datetime = Field(default=None, sa_type=MOMENT, sa_column_kwargs=NOW)
    type: str = Field(sa_type=Text)
    learner_id: uuid.UUID | None = None
    data: dict[str, Any] = Field(sa_type=JSONB)


class EventFloor(TenantTable, table=True):
    """Up to which transaction a tenant's events were pruned: a cursor before it gets 410."""

    xid: int = Field(sa_type=Xid8)
