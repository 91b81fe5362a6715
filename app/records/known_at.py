"""What was so on a day, as it was known at a time. Pure: versions of statements in, statements out.

Two times are never mixed. When it was so is what statements tell of themselves: an enrollment's days, a result's date.
When it was known is when we received it. Of who somebody is, sources tell no dates: that is as it was told by then or,
before anything was told, as it was told first. What nobody dates is not placed in time: it is always among them.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import NamedTuple

from app.pipeline.normalize import is_over
from app.pipeline.statement import Statement
from schemas import AnyRecord, Credential, Demographics, Evidence, Person, Result


class Version(NamedTuple):
    """A statement as it was known from `since` until `until` (None: still)."""

    statement: Statement
    since: datetime
    until: datetime | None


def statements_at(versions: Iterable[Version], known_at: datetime, day: date | None = None) -> list[Statement]:
    """What was known at a time; with a day, what was so on that day.

    The versions of one statement stand together, in the order of time, and were all received up to `known_at`.
    """
    return [statement for _, of in groupby(versions, key=_place) for statement in _statements(list(of), known_at, day)]


def _place(version: Version) -> tuple[int, str, str, int]:
    statement = version.statement
    return statement.source.id, statement.stream, statement.raw_key, statement.n


def _statements(versions: Sequence[Version], known_at: datetime, day: date | None) -> Iterator[Statement]:
    known = [version for version in versions if version.until is None or version.until > known_at]
    if day is None:
        yield from (version.statement for version in known)
    elif known and isinstance(known[-1].statement.record, Person | Demographics):
        told_by_then = [version for version in versions if version.since.date() <= day]
        yield (told_by_then or versions)[-1 if told_by_then else 0].statement
    else:
        for version in known:
            begun = begins(version.statement.record)
            if begun is None or begun <= day:
                yield as_on(version.statement, day)


def begins(record: AnyRecord) -> date | None:
    """The first day on which a statement is so; None where it tells none."""
    moment: date | datetime | None = record.begins
    match record:
        case Result():
            moment = record.scored_at or record.scored_on or moment
        case Evidence():
            moment = record.occurred_at or moment
        case Credential():
            moment = record.issued_at or moment
    return moment.date() if isinstance(moment, datetime) else moment


def as_on(statement: Statement, day: date) -> Statement:
    """A statement as it stood on a day: what has only since then ended or ceased to be listed was current.

    What its source tells as over was so until the last day that it tells, whenever that was received.
    """
    if is_over(statement.record) and statement.over_on is not None:
        return statement if statement.over_on < day else statement._replace(state="current", state_at=None)
    learned = (statement.state_at or statement.received_at).date()
    if statement.state in ("ended", "unlisted") and learned > day:
        return statement._replace(state="current", state_at=None)
    return statement
