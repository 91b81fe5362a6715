"""Remembering: when a number was whose, as a source told that was removed.

A program told of a child by a number that a roster had given to one child, and then to another. Without the roster
nobody would know any more that there were two: what was told of the first would be shown to the second. So the times of
a number that several had stay when the source that told them goes, and nothing else of the children.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from app.db import Tx
from app.db.identity import held_numbers as stored
from app.db.identity.held_numbers import HeldNumberRow
from app.identity.contests import Contest, Remembered
from app.identity.holding import Child, Holder, Span
from app.matching.apart import PersonFacts, PersonRef, TypedId
from app.pipeline.parting import MARK, NUMBERED, is_numbered


async def of_persons(tx: Tx, persons: Iterable[PersonFacts]) -> Remembered:
    """Who had the identifiers by which some of these persons are told of, as sources told that were removed."""
    ids = {identifier for person in persons if is_numbered(person.ref.key) for identifier in person.ids}
    remembered: dict[TypedId, list[Holder]] = {}
    for row in await stored.of_identifiers(tx, sorted(ids)) if ids else ():
        ref = PersonRef(row.source_id, row.person)
        holder = Holder(ref, PersonFacts(ref, row.rank), [Span(row.since, row.until, row.has_left)], unnamed=True)
        remembered.setdefault(TypedId(row.type, row.issuer, row.value), []).append(holder)
    return remembered


async def told_of(tx: Tx, source: int) -> list[PersonRef]:
    """The persons of other sources who are told of by a number that persons of this one have or had."""
    return [PersonRef(*ref) for ref in await stored.told_of(tx, source, sorted(NUMBERED))]


async def remember(tx: Tx, contests: Sequence[Contest], source: int, until: datetime) -> None:
    """Keep when the children of a source that is being removed had contested numbers: no later than `until`.

    Where another source tells of the same child, it was that child's.
    """
    rows = [
        HeldNumberRow(*identifier, *ref, holder.facts.rank, span.since, max(span.until or until, span.since), span.left)
        for contest in contests
        for place, child in enumerate(contest.everybody)
        for ref in [_remaining(child, source) or PersonRef(source, f"{contest.number.number}{MARK}{place + 1}")]
        for holder in child.holders
        if holder.ref.source == source
        for span in holder.spans
        for identifier in sorted(contest.number.shared)
    ]
    await stored.forget(tx, source)
    await stored.add(tx, rows)


def _remaining(child: Child, source: int) -> PersonRef | None:
    """The person of another source who is the same child."""
    return min(
        (h.ref for h in child.holders if h.ref.source != source and not h.unnamed and not is_numbered(h.ref.key)),
        default=None,
    )
