"""Statements with where they came from, and the order in which they are believed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from schemas import AnyRecord
from schemas.codes import StatementState


@dataclass(frozen=True, slots=True)
class Teller:
    """A source as the record names it."""

    id: int
    slug: str
    name: str
    rank: int
    setting: str


class Told(NamedTuple):
    """A statement with where it came from."""

    teller: Teller
    stream: str
    raw_key: str
    n: int
    received_at: datetime
    state: StatementState
    record: AnyRecord
    state_at: datetime | None = None
    """When its state was learned; None is as it was received."""
    unread_since: datetime | None = None
    """Since when its source has sent a newer version that could not be read."""

    @property
    def withdrawn(self) -> bool:
        """Whether its source has taken it back."""
        return self.state == "retracted"

    @property
    def ended_on(self) -> date | None:
        """The day of the listing that no longer had what was running, in UTC; None where none did."""
        return self.state_at.date() if self.state == "ended" and self.state_at and not self.record.ended else None


Lookup = Callable[[int, str, str], Told | None]
"""The statement of (source, kind, key) that a learner's statement refers to, if the source has told it."""


def preference(told: Told) -> tuple[int, str, str, str, int]:
    """The order in which statements are believed: the preferred source first."""
    return (told.teller.rank, told.teller.slug, told.stream, told.raw_key, told.n)


def kind_of(told: Told) -> str:
    """The kind of a statement's record."""
    return str(told.record.__struct_config__.tag)
