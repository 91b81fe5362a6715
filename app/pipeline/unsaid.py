"""Unsaid: what a raw record said in one of its lists, and says no more.

A classroom names its coaches, a contact the children, an assessment its parts. An element that is taken out of such a
list is absent, which is not the same as retracted: it ends or is unlisted, as its stream declares, and stays. What a
raw record says now is numbered from 0; what it once said stands behind that, without a hash.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import NamedTuple

from app.db import Tx
from app.db.pipeline import statements
from app.db.pipeline.statements import StoredRow
from app.pipeline import parting, succession
from app.pipeline.arrival import Arrival
from app.pipeline.normalize import KIND, STATEMENTS, Statement
from app.pipeline.raw import Item
from app.pipeline.verbatim import raw_records
from connectors import Absence, Stream
from schemas.codes import StatementState

PAST = 0
"""The hash of a statement that its raw record says no more."""

STATES: dict[Absence, StatementState] = {Absence.ENDED: "ended", Absence.LEFT: "ended", Absence.UNLISTED: "unlisted"}
"""The state a statement gets that its source says no more. What says nothing changes nothing."""


class Unsaid(NamedTuple):
    """The nth statement of a raw record, which stands at `place` from now on, in a state if it was current.

    Without a place it goes: it is said again, elsewhere in the raw record.
    """

    raw_key: str
    n: int
    place: int | None
    state: StatementState


def states_of(stream: Stream) -> dict[str, StatementState]:
    """The state that a stream declares for what it says no more, by kind of record."""
    return {kind: STATES[absence] for kind in KIND.values() if (absence := stream.absence_of(kind)) in STATES}


async def put_behind(
    tx: Tx, arrival: Arrival, before: Sequence[StoredRow], stated: Sequence[Statement], fresh: Sequence[Item]
) -> None:
    """Put what changed raw records say no more behind what they say now, before that is stored.

    Where the bytes are the same, it is the mapping that changed: what it says no more goes, as in a replay.
    """
    moved = unsaid(before, stated, states_of(arrival.stream))
    if not moved:
        return
    keys = {each.raw_key for each in moved}
    places = {row.raw_key: (row.raw_id, row.raw_pos) for row in before if row.n == 0 and row.raw_key in keys}
    bodies = dict(zip(places, await raw_records(tx, list(places.values())), strict=True))
    same = {item.key for item in fresh if bodies.get(item.key) == item.body}
    if behind := [each for each in moved if each.raw_key not in same]:
        source, stream = arrival.source.id, arrival.stream.name
        await statements.set_behind(tx, source, stream, behind, at=arrival.at)


def unsaid(
    before: Sequence[StoredRow], stated: Sequence[Statement], states: Mapping[str, StatementState]
) -> list[Unsaid]:
    """What becomes of statements that changed raw records say no more. `states`: what absence means, by kind.

    Where a raw record tells of one person alone, and then of one alone, it was corrected.
    """
    now: dict[str, list[Statement]] = defaultdict(list)
    for statement in stated:
        now[statement.raw_key].append(statement)
    then: dict[str, list[StoredRow]] = defaultdict(list)
    for row in before:
        then[row.raw_key].append(row)
    return [
        moved
        for raw_key, rows in then.items()
        if (remaining := now.get(raw_key)) and not _same_one(rows, remaining) and _stands_beside(rows, remaining)
        for moved in _of_raw(rows, remaining, states)
    ]


def _of_raw(
    rows: Sequence[StoredRow], remaining: Sequence[Statement], states: Mapping[str, StatementState]
) -> Iterator[Unsaid]:
    names = {_name(statement) for statement in remaining}
    free = count(max(len(remaining), *(row.n + 1 for row in rows)))
    for row in sorted(rows, key=lambda row: row.n):
        is_behind = row.n >= len(remaining) and row.hash == PAST
        if _name(row) in names:
            if is_behind:
                yield Unsaid(row.raw_key, row.n, None, row.state)
        elif row.kind in states and not is_behind and (place := next(free)) < STATEMENTS:
            yield Unsaid(row.raw_key, row.n, place, states[row.kind])


def _name(statement: StoredRow | Statement) -> tuple[str, str]:
    """What a statement is known by within its raw record, whoever has the key of a person now."""
    is_person = statement.kind == "person"
    return statement.kind, parting.origin(succession.origin(statement.key)) if is_person else statement.key


def _same_one(rows: Sequence[StoredRow], remaining: Sequence[Statement]) -> bool:
    return len(rows) == len(remaining) == 1 and rows[0].kind == remaining[0].kind == "person"


def _stands_beside(rows: Sequence[StoredRow], remaining: Sequence[Statement]) -> bool:
    """Whether what is said now is beside what was: not that of a raw record which is taken back, or is older.

    One that is there and says nothing has taken back what it said: a grade that was deleted, or is hidden again.
    """
    first, stored = remaining[0], min(rows, key=lambda row: row.n)
    is_old = first.version is not None and stored.version is not None and first.version < stored.version
    return first.kind != "nothing" and first.state != "retracted" and not is_old
