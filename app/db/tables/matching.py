"""Matching: sources whose persons are scored, the keys by which they are found, and how common names are."""

import datetime as dt

from sqlalchemy import BigInteger, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from app.db.tables.shapes import MOMENT, NOW, TenantTable


class Matching(TenantTable, table=True):
    """A source whose persons are scored against the rosters: `propose` asks a person, `automatic` links where it may.

    `at_once` is how many links settling may make of it without a person, `held_at` since when more than that wait.
    `second_person`: what is said of its persons holds once two people have said it.
    """

    source_id: int = Field(primary_key=True)
    mode: str = Field(sa_type=Text)
    set_by: str = Field(sa_type=Text)
    set_at: dt.datetime = Field(default=None, sa_type=MOMENT, sa_column_kwargs=NOW)
    at_once: int = Field(default=200, sa_column_kwargs={"server_default": "200"})
    held_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)
    second_person: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})


class MatchCase(TenantTable, table=True):
    """What people do with the question who a person is, until it is decided.

    A claim has a lease. `aside_after` is the latest of its questions when somebody could not tell: it comes back with a
    later one. `proposed` is what one of two people said (of the pair `proposed_pair`, or of all).
    """

    source_id: int = Field(primary_key=True)
    person: str = Field(primary_key=True, sa_type=Text)
    claimed_by: str | None = Field(default=None, sa_type=Text)
    claimed_until: dt.datetime | None = Field(default=None, sa_type=MOMENT)
    note: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    noted_by: str | None = Field(default=None, sa_type=Text)
    aside_after: int | None = Field(default=None, sa_type=BigInteger)
    proposed: str | None = Field(default=None, sa_type=Text)
    proposed_pair: int | None = Field(default=None, sa_type=BigInteger)
    proposed_by: str | None = Field(default=None, sa_type=Text)


class MatchKey(TenantTable, table=True):
    """A blocking key of a person, hashed: it says nothing of anybody, and those who share one are compared."""

    source_id: int = Field(primary_key=True)
    person: str = Field(primary_key=True, sa_type=Text)
    key: int = Field(primary_key=True, sa_type=BigInteger)


class MatchModel(TenantTable, table=True):
    """How many people a tenant's rosters list, and the share of each given and family name among them.

    `weights` are learned ones that are in force (m and u by field and level), null where the shipped ones are.
    `compared` is what was learned last, beside them.
    """

    people: int
    given: dict[str, float] = Field(sa_type=JSONB)
    family: dict[str, float] = Field(sa_type=JSONB)
    weights: dict[str, dict[str, tuple[float, float]]] | None = Field(default=None, sa_type=JSONB)
    compared: dict[str, object] | None = Field(default=None, sa_type=JSONB)
    made_at: dt.datetime = Field(default=None, sa_type=MOMENT, sa_column_kwargs=NOW)


class HeldNumber(TenantTable, table=True):
    """When a number that several children had was whose, as a source told that was removed.

    `person` is that of another source (`source_id`) who is the same child or, of the removed source, no name.
    """

    type: str = Field(primary_key=True, sa_type=Text)
    value: str = Field(primary_key=True, sa_type=Text)
    issuer: str = Field(primary_key=True, sa_type=Text)
    source_id: int = Field(primary_key=True)
    person: str = Field(primary_key=True, sa_type=Text)
    since: dt.datetime = Field(primary_key=True, sa_type=MOMENT)
    until: dt.datetime = Field(sa_type=MOMENT)
    rank: int
    has_left: bool
