"""Contests: a number that two children have, and what was told under it by the number alone.

What was told of a number while it was one child's stays that child's, whoever is given the number later; what is told
of it since is nobody's until somebody says whose. Where a program tells of the number by the number alone and then with
the name of another child than the district's, the first is not that other child's. So that what names nobody goes to
persons of its own: one for what was told before the second child came, and one for what was told since.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import NamedTuple

import msgspec

from app.db import Tx
from app.db.access.tenants import TenantRow
from app.db.identity import contests as stored
from app.db.identity.contests import WordingRow
from app.db.pipeline import statements
from app.identity.identity import (
    LINKING,
    PersonFacts,
    PersonRef,
    TypedId,
    contradiction,
    person_facts,
    says_nothing,
    typed,
)
from app.pipeline.known_sources import KnownSources
from app.pipeline.normalize import decode_record
from app.pipeline.parting import TYPED, first_era_key, origin, unassigned_key
from app.pipeline.succession import with_keys
from schemas import Person

TOGETHER = 1000
"""So many raw records go to another person at a time."""

_encode = msgspec.json.Encoder(order="deterministic").encode
Pair = tuple[PersonRef, PersonRef]


@dataclass(frozen=True, slots=True)
class Contest:
    """A person told of by a number, at least partly by it alone, and the children who have it and are apart.

    `ends` are those of the most preferred of the sources that name any.
    """

    person: PersonFacts
    ends: Sequence[PersonFacts]
    shared: frozenset[TypedId]


class Eras(NamedTuple):
    """When the number was first told of a child, of a second one, and of the child whom the person is named as."""

    first: datetime
    second: datetime | None
    own: datetime | None


class Move(NamedTuple):
    """What was first received from `since` until `until` and names nobody is told of another person, by its key."""

    key: str
    since: datetime | None
    until: datetime | None


async def separate(
    tx: Tx,
    tenant: TenantRow,
    sources: KnownSources,
    persons: Sequence[PersonFacts],
    mixed: Collection[PersonRef],
    crowds: Collection[TypedId],
) -> set[Pair]:
    """Give what names nobody to persons of its own where its number is contested; who touches whom too late to be them.

    `mixed` are the persons who are told of by name and by number alone.
    """
    early: dict[PersonRef, tuple[Contest, list[PersonRef]]] = {}
    for contest in contests(persons, mixed, crowds):
        rows = await stored.wordings(tx, [contest.person.ref, *(end.ref for end in contest.ends)])
        since = _since(contest, rows, tenant, sources)
        when = eras(contest, since)
        bodies = sorted({row.body for row in rows if _is(row, contest.person.ref) and _nameless(row)})
        for move in moves(contest.person, when) if bodies else ():
            await _move(tx, contest.person.ref, move, bodies)
        if when.second is not None and _early(contest.person, when):
            early[contest.person.ref] = (
                contest,
                [ref for ref, first_told in since.items() if first_told >= when.second],
            )
    others = [person for person in persons if says_nothing(person) and person.ref not in early] if early else []
    later = {(ref, end) for ref, (_, ends) in early.items() for end in ends}
    return later | {(ref, p.ref) for ref, (contest, _) in early.items() for p in others if p.ids & contest.shared}


def _early(person: PersonFacts, when: Eras) -> bool:
    """Whether a person is who was told of by a number alone before it was told of a second child."""
    two = when.second is not None and when.first < when.second
    return two and says_nothing(person) and person.ref.key != unassigned_key(person.ref.key)


def contests(
    persons: Iterable[PersonFacts], mixed: Collection[PersonRef], crowds: Collection[TypedId]
) -> Iterator[Contest]:
    """The contests among persons: whoever is told of by a number alone that children have who are apart."""
    everybody = list(persons)
    numbered = [p for p in everybody if _typed(p.ref.key) and (says_nothing(p) or p.ref in mixed)]
    if not numbered:
        return
    holders: dict[TypedId, list[PersonFacts]] = defaultdict(list)
    for person in everybody:
        if not says_nothing(person):
            for identifier in person.ids:
                holders[identifier].append(person)
    for person in sorted(numbered, key=lambda p: p.ref):
        shared = frozenset(i for i in person.ids if i.type in LINKING and i not in crowds)
        ends = {end.ref: end for identifier in shared for end in holders[identifier]}
        if any(contradiction(left, right) for left, right in combinations(ends.values(), 2)):
            first = min(end.rank for end in ends.values())
            yield Contest(person, [end for _, end in sorted(ends.items()) if end.rank == first], shared)


def eras(contest: Contest, since: Mapping[PersonRef, datetime]) -> Eras:
    """When the number of a contest was whose; `since` when each of its ends was first told to have it."""
    own = [since[end.ref] for end in contest.ends if not contradiction(end, contest.person)]
    second = None
    for moment in sorted(set(since.values())):
        until_then = [end for end in contest.ends if since[end.ref] <= moment]
        if any(contradiction(left, right) for left, right in combinations(until_then, 2)):
            second = moment
            break
    return Eras(min(since.values()), second, min(own, default=None))


def moves(person: PersonFacts, when: Eras) -> list[Move]:
    """Whom what names nobody is told of instead of this person."""
    number = origin(person.ref.key)
    early, late = first_era_key(number), unassigned_key(number)
    second = when.second
    two = second is not None and when.first < second
    if says_nothing(person):
        early = number if person.ref.key == number else early
        ways = [Move(early, None, second), Move(late, second, None)] if two else []
    elif when.own is not None and when.own <= when.first:
        ways = []
    elif two and second is not None:
        until = second if when.own is None else min(second, when.own)
        ways = [Move(early, None, until)]
        ways += [Move(late, second, when.own)] if when.own is None or second < when.own else []
    else:
        ways = [Move(late, None, when.own)]
    return [move for move in ways if move.key != person.ref.key]


async def _move(tx: Tx, person: PersonRef, move: Move, bodies: Sequence[str]) -> None:
    while raw := await stored.nameless(tx, person, bodies, move.since, move.until, TOGETHER):
        moved = await stored.statements_of(tx, person, raw)
        renames = []
        for row in moved:
            record = with_keys(decode_record(row.body), {person.key: move.key})
            renames.append((row, record.key, _encode(record).decode()))
        await stored.reassign(tx, person.source, move.key, renames)
        await statements.touch(tx, person.source, [person.key, move.key], [])


def _since(
    contest: Contest, rows: Iterable[WordingRow], tenant: TenantRow, sources: KnownSources
) -> dict[PersonRef, datetime]:
    """When each end of a contest was first told by name to have the number; else when it was first told of at all.

    What one run brings is told at one time: which page came first says nothing.
    """
    rows = list(rows)
    began: dict[int | None, datetime] = {}
    for row in rows:
        began[row.run] = min(row.since, began.get(row.run, row.since))
    tellings: dict[PersonRef, list[tuple[bool, datetime]]] = {}
    ends = {end.ref for end in contest.ends}
    for row in rows:
        ref = PersonRef(row.source_id, row.person)
        if ref in ends:
            named = not _nameless(row) and bool(_ids(row, tenant, sources) & contest.shared)
            tellings.setdefault(ref, []).append((not named, row.since if row.run is None else began[row.run]))
    return {ref: min(of)[1] for ref, of in tellings.items()}


def _ids(row: WordingRow, tenant: TenantRow, sources: KnownSources) -> set[TypedId]:
    by, record = sources[row.source_id], decode_record(row.body)
    identifiers = record.identifiers if isinstance(record, Person) else ()
    resolved = (
        typed(identifier, tenant=tenant.slug, source=by.source.slug, types=by.types, issuers=by.issuers)
        for identifier in identifiers
    )
    return {identifier for identifier in resolved if identifier is not None}


def _nameless(row: WordingRow) -> bool:
    return says_nothing(person_facts(PersonRef(row.source_id, row.person), 0, (), [decode_record(row.body)]))


def _is(row: WordingRow, ref: PersonRef) -> bool:
    return (row.source_id, row.person) == ref


def _typed(key: str) -> bool:
    return key.partition(":")[0] in TYPED
