"""Moving: what is told by a number alone is told of whom the number was when it happened."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from itertools import combinations

import msgspec

from app.db import Tx
from app.db.access.tenants import TenantRow
from app.db.identity import contests as stored
from app.db.identity.contests import WordingRow
from app.db.pipeline import statements
from app.identity import remembering
from app.identity.contests import Contest, Formers, Number, Turn, as_told, contest_of, numbers
from app.identity.holding import Span
from app.identity.identity import typed
from app.identity.tellings import Telling, once
from app.matching.apart import PersonFacts, PersonRef, TypedId, contradiction
from app.pipeline.known_sources import KnownSources
from app.pipeline.normalize import decode_record
from app.pipeline.parting import NUMBERED, is_numbered, place_of
from app.pipeline.succession import with_keys
from schemas import Person

TOGETHER = 1000
"""So many raw records go to another person at a time."""

Piece = tuple[int, str, str]
"""A raw record: source, stream, key."""

_encode = msgspec.json.Encoder(order="deterministic").encode


@dataclass(slots=True)
class Moved:
    """Contests, and the persons and raw records of what is told of another person from now on."""

    contests: list[Contest] = field(default_factory=list)
    persons: set[PersonRef] = field(default_factory=set)
    pieces: set[Piece] = field(default_factory=set)


async def separate(
    tx: Tx,
    tenant: TenantRow,
    sources: KnownSources,
    persons: Sequence[PersonFacts],
    mixed: Collection[PersonRef],
    crowds: Collection[TypedId],
    formers: Formers,
    ties: Mapping[PersonRef, Collection[PersonRef]],
) -> Moved:
    """Find the numbers that have changed hands, and give what names nobody to persons of its own by whose they were.

    `ties` are who people have said that somebody is.
    """
    moved = Moved()
    contests = _contests(tx, tenant, sources, persons=persons, mixed=mixed, crowds=crowds, formers=formers, ties=ties)
    async for number, contest, tellings in contests:
        keys = {ref.key for ref in number.members}
        if contest is not None:
            moved.contests.append(contest)
            await _move(
                tx, number, keys, targets=contest.targets(), nobody=contest.nobody, tellings=tellings, moved=moved
            )
        else:  # what was moved while it was contested goes back
            keys.discard(number.number)
            await _move(
                tx, number, keys, targets=as_told(number, tellings), nobody=None, tellings=tellings, moved=moved
            )
    return moved


async def contested(
    tx: Tx,
    tenant: TenantRow,
    sources: KnownSources,
    persons: Sequence[PersonFacts],
    mixed: Collection[PersonRef],
    crowds: Collection[TypedId],
    formers: Formers,
) -> list[Contest]:
    """The numbers among these persons that have changed hands or are two children's, whatever people have said."""
    contests = _contests(tx, tenant, sources, persons=persons, mixed=mixed, crowds=crowds, formers=formers, ties={})
    return [contest async for _, contest, _ in contests if contest is not None]


async def _contests(
    tx: Tx,
    tenant: TenantRow,
    sources: KnownSources,
    persons: Sequence[PersonFacts],
    mixed: Collection[PersonRef],
    crowds: Collection[TypedId],
    formers: Formers,
    ties: Mapping[PersonRef, Collection[PersonRef]],
) -> AsyncIterator[tuple[Number, Contest | None, Sequence[Telling]]]:
    """The numbers among these persons that may be contested, or were, with what is told of each."""
    now = {person.ref: person for person in persons}
    remembered = await remembering.of_persons(tx, persons)
    numbered = list(numbers(persons, mixed, crowds, formers, remembered))
    reworded = await stored.reworded(tx, {ref for number in numbered for ref in number.persons if is_numbered(ref.key)})
    for number in numbered:
        was_contested = any(place_of(ref.key) is not None for ref in number.members)
        if was_contested or _has_changed_hands(number, now, reworded):
            rows = await stored.wordings(tx, number.persons, sorted(NUMBERED))
            tellings = once(*_tellings(rows, tenant, sources))
            tied = ties.get(PersonRef(number.source, number.number), ())
            yield number, contest_of(number, tellings, now, tied, remembered), tellings


def _has_changed_hands(
    number: Number, now: Mapping[PersonRef, PersonFacts], reworded: AbstractSet[tuple[int, str]]
) -> bool:
    """Whether it may have: one of those who have it is not told to have it now, or some are two children."""
    if not reworded.isdisjoint(number.persons):
        return True
    having = [now[ref] for ref in number.holders if ref in now and now[ref].ids & number.shared]
    return len(having) < len(number.holders) or any(
        contradiction(left, right) for left, right in combinations(having, 2)
    )


async def _move(
    tx: Tx,
    number: Number,
    keys: Collection[str],
    targets: Sequence[Turn],
    nobody: str | None,
    tellings: Sequence[Telling],
    moved: Moved,
) -> None:
    """Tell what names nobody and is told under some keys of a number under those it should be."""
    source = number.source
    if not keys or not targets or ({turn.key for turn in targets} <= {*keys} and len(keys) == 1):
        return
    bodies = sorted({t.body for t in tellings if t.ref in number.members and t.nameless})
    while rows := await stored.elsewhere(
        tx, source, number.number, keys=sorted(keys), bodies=bodies, turns=targets, nobody=nobody, limit=TOGETHER
    ):
        ways: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for stream, raw_key, person, target in rows:
            ways.setdefault((person, target), []).append((stream, raw_key))
            moved.pieces.add((source, stream, raw_key))
        for (person, target), raw in ways.items():
            await _tell_of(tx, PersonRef(source, person), target, raw)
            moved.persons |= {PersonRef(source, person), PersonRef(source, target)}


async def _tell_of(tx: Tx, person: PersonRef, target: str, raw: Sequence[tuple[str, str]]) -> None:
    renames = []
    for row in await stored.statements_of(tx, person, raw):
        record = with_keys(decode_record(row.body), {person.key: target})
        renames.append((row, record.key, _encode(record).decode()))
    await stored.reassign(tx, person.source, target, renames)
    await statements.touch(tx, person.source, [person.key, target], [])


def _tellings(
    rows: Sequence[WordingRow], tenant: TenantRow, sources: KnownSources
) -> tuple[list[Telling], dict[tuple[int, datetime], datetime]]:
    """What rows tell, and when the runs began that brought it."""
    runs: dict[int, datetime] = {}
    for row in rows:
        if row.run is not None:
            runs[row.run] = min(row.since, runs.get(row.run, row.since))
    began = {(row.source_id, row.since): runs[row.run] for row in rows if row.run is not None}
    tellings = []
    for row in rows:
        record, by = decode_record(row.body), sources[row.source_id]
        if isinstance(record, Person):
            ids = (
                typed(identifier, tenant=tenant.slug, source=by.source.slug, types=by.types, issuers=by.issuers)
                for identifier in record.identifiers
            )
            span = Span(row.since, row.until, left=row.state != "current")
            ref = PersonRef(row.source_id, row.person)
            of = frozenset(i for i in ids if i is not None)
            tellings.append(Telling(ref, by.source.rank, span, ids=of, record=record, body=row.body))
    return tellings, began
