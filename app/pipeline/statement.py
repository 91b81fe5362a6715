"""Statements with where they came from, and the order in which they are believed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from schemas import AnyRecord, Credential
from schemas.codes import KnownBy, StatementState, Verification


@dataclass(frozen=True, slots=True)
class RecordSource:
    """A source as the record names it."""

    id: int
    slug: str
    name: str
    rank: int
    setting: str
    learners_own: bool = False
    """Whether it stands for what learners hand in themselves, with their apps or from other hosts."""


class CredentialContext(NamedTuple):
    """The received credential that a statement is, or came in; what verification has found of it.

    `known_by`: what its issuer is known by, a list or its domain.
    """

    credential: str
    verification: Verification
    revoked: bool
    known_by: KnownBy | None = None


class Statement(NamedTuple):
    """A statement with where it came from."""

    source: RecordSource
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

    within: CredentialContext | None = None
    """The credential it came in, with what was found of that; None where it came in none."""

    @property
    def void(self) -> bool:
        """Whether it came in a credential that is not valid, or was taken back: then it shows nothing of anybody."""
        return (
            self.within is not None
            and not isinstance(self.record, Credential)
            and (self.within.revoked or self.within.verification == "failed")
        )

    @property
    def doubt(self) -> str | None:
        """Why it decides nothing: what learners hand in counts where a list that somebody keeps names its issuer."""
        within = self.within
        if within is None or not self.source.learners_own:
            return None
        if within.verification == "verified" and within.known_by == "list":
            return None
        return "the learner handed it in, and its issuer is not known here by any list"

    @property
    def withdrawn(self) -> bool:
        """Whether its source has taken it back."""
        return self.state == "retracted"

    @property
    def ended_on(self) -> date | None:
        """The day of the listing that no longer had what was running, in UTC; None where none did."""
        return self.state_at.date() if self.state == "ended" and self.state_at and not self.record.ended else None

    @property
    def over_on(self) -> date | None:
        """The last day that an ended one tells of itself, where that had passed when its end was learned."""
        learned = self.state_at or self.received_at
        ends = self.record.ends if self.state == "ended" else None
        return ends if ends is not None and ends <= learned.date() else None


Lookup = Callable[[int, str, str], Statement | None]
"""The statement of (source, kind, key) that a learner's statement refers to, if the source has told it."""


def preference(statement: Statement) -> tuple[int, str, str, str, int]:
    """The order in which statements are believed: the preferred source first."""
    return (statement.source.rank, statement.source.slug, statement.stream, statement.raw_key, statement.n)


def kind_of(statement: Statement) -> str:
    """The kind of a statement's record."""
    return str(statement.record.__struct_config__.tag)
