"""Presence: which child had a source's key when that happened which a record tells of. Pure.

A key is the first child's as long as its source told so, and the second's from when it says that they were there: from
the beginning of their enrollment, or from when the key first described them. What happened between the two is nobody's
for certain: it is told of neither, and waits for somebody to say whose it is.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from app.db.pipeline.successions import SuccessionRow
from app.pipeline.happened import happened
from schemas import AnyRecord

BETWEEN = "?"
"""What stands after the key of a child of whom what happened may be, or of whoever had the key before."""

LAG = timedelta(days=45)
"""So much earlier than its source tells of it a key may have become another child's, however often it is read: many
sources tell of a school year when it has begun, and few are written up at once.
"""


def child_then(record: AnyRecord, turns: Sequence[SuccessionRow]) -> str | None:
    """Who had a source's key when that happened which a record tells of: the key under which that child is known here.

    None where the record does not say when; a key that `is_between` where it is not known which of two it was.
    """
    span = happened(record)
    if span is None:
        return None
    earliest, latest = span
    for row in reversed(turns):
        if earliest >= present_from(row):
            return row.successor
        if latest >= min(present_from(row), row.since - LAG, row.told_until or row.since):
            return between(row)
    return turns[0].key


def present_from(row: SuccessionRow) -> datetime:
    """The moment from which a child is known to have been there under a key."""
    return min(row.since, row.present_from or row.since)


def beginning(begins: date) -> datetime:
    """The first moment of a day."""
    return datetime.combine(begins, time(), UTC)


def between(row: SuccessionRow) -> str:
    """The key of what is a child's, or of whoever had their key before."""
    return row.successor + BETWEEN


def is_between(person: str | None) -> bool:
    """Whether what is told of a person by this key may be one's or another's."""
    return person is not None and person.endswith(BETWEEN)
