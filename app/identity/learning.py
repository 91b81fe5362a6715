"""Learning: how common names are in a tenant, and how its sign-ups differ from its rosters (see `estimate`)."""

import asyncio
import heapq
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Collection, Iterable
from dataclasses import asdict, dataclass, field
from itertools import product

import xxhash

from app.db import Database, Tx
from app.db.identity import matching, persons
from app.identity import scoring
from app.identity.identity import RULES, SCORES
from app.identity.scoring import pair_of
from app.matching.apart import PersonRef, contradiction
from app.matching.compare import Compared, Levels, compare
from app.matching.estimate import Comparison, Estimate, Known, compare_tables, estimate
from app.matching.groups import facts, pair
from app.matching.traits import Traits, traits
from app.matching.weights import Table
from app.pipeline.known_sources import KnownSources, known_sources, statement_of
from schemas.records import Record

PAGE = 1000
MOST_PAIRS = 200_000
"""Pairs from which weights are learned at most: the first, by the keys of sign-ups."""
STRANGERS = 200
"""How many of the sign-ups and of the listed are compared with each other as strangers."""


@dataclass(frozen=True, slots=True)
class Learned:
    """What was learned beside what ships, and whether other weights are in force by it."""

    comparison: Comparison
    changed: bool


@dataclass(slots=True)
class _Pairs:
    """What is counted of pairs. `signed` and `listed` are those who are compared as strangers."""

    sharing: Counter[Levels] = field(default_factory=Counter)
    same: list[Compared] = field(default_factory=list)
    different: list[Compared] = field(default_factory=list)
    signed: list[Traits] = field(default_factory=list)
    listed: list[Traits] = field(default_factory=list)


async def learn(db: Database, tenant: int) -> Learned | None:
    """Count names and learn weights anew; they are in force where they are no worse than those that ship.

    None where no source is scored.
    """
    async with db.transaction(tenant) as tx:
        modes = await matching.modes(tx)
    if not modes:
        return None
    await count_names(db, tenant)
    pairs = _Pairs()
    for source in sorted(modes):
        async for page in persons_of(db, tenant, source):
            if pairs.sharing.total() < MOST_PAIRS:
                async with db.transaction(tenant) as tx:
                    await _gather(tx, modes, [PersonRef(source, key) for key in page], pairs)
    estimated = await asyncio.to_thread(_estimated, pairs)  # seconds of work, while others are answered
    async with db.transaction(tenant) as tx:
        model = await scoring.model_of(tx)
        comparison = compare_tables(estimated, Known(pairs.same, pairs.different), model)
        weights = estimated.table if comparison.taken else None
        before = await matching.keep_weights(tx, _plain(weights), asdict(comparison))
    return Learned(comparison, changed=before != _plain(weights))


def _estimated(pairs: _Pairs) -> Estimate:
    strangers = Counter(compare(left, right).levels for left, right in product(pairs.signed, pairs.listed))
    return estimate(pairs.sharing, strangers)


async def count_names(db: Database, tenant: int) -> None:
    """Keep how many learners the sources list that are not scored, and which share of them bears each name."""
    firsts: Counter[str] = Counter()
    family: Counter[str] = Counter()
    people = 0
    async with db.transaction(tenant) as tx:
        known, modes = await known_sources(tx), await matching.modes(tx)
    for source in [each for each in known if each not in modes]:
        async for page in persons_of(db, tenant, source):
            async with db.transaction(tenant) as tx:
                rows = await persons.descriptions_of(tx, [(source, key) for key in page])
            records: dict[PersonRef, list[Record]] = defaultdict(list)
            for row in rows:
                records[PersonRef(row.source_id, row.person or row.key)].append(statement_of(row, known).record)
            for ref, record in records.items():
                person = traits(ref, record)
                firsts.update(person.firsts())
                family.update(person.families())
            people += len(records)
    async with db.transaction(tenant) as tx:
        await matching.keep_names(tx, people, _shares(firsts, people), _shares(family, people))


async def persons_of(db: Database, tenant: int, source: int) -> AsyncIterator[list[str]]:
    """The persons of a source who are learners, page by page."""
    after = ""
    while True:
        async with db.transaction(tenant) as tx:
            page = await matching.everyone(tx, source, after, PAGE)
        if not page:
            return
        after = page[-1]
        yield page


async def _gather(tx: Tx, modes: Collection[int], sign_ups: Collection[PersonRef], pairs: _Pairs) -> None:
    """Count a page of sign-ups beside everybody listed who shares a key with them."""
    sources: KnownSources = await known_sources(tx)
    around = await scoring.listed_around(tx, modes, sign_ups)
    known = await scoring.traits_of(tx, sources, set(around).union(*around.values()))
    judged = {
        pair_of(row): row.judgement
        for row in await matching.decisions_with(tx, sign_ups)
        if row.decided_by not in {SCORES, RULES}
    }
    for ref in around.keys() & known.keys():
        compared = {other: compare(known[ref], known[other]) for other in around[ref] & known.keys()}
        truth = {
            other: judged.get(pair(ref, other)) or _by_number(known[ref], known[other], levels)
            for other, levels in compared.items()
        }
        rosters = {
            other.source for other, word in truth.items() if word == "same" and sources[other.source].everybody_once
        }
        for other, levels in compared.items():
            pairs.sharing[levels.levels] += 1
            if truth[other] == "same":
                pairs.same.append(levels)
            elif truth[other] == "different" or other.source in rosters:  # which list everybody once
                pairs.different.append(levels)
    pairs.signed = _some(pairs.signed, (known[ref] for ref in around if ref in known))
    pairs.listed = _some(pairs.listed, (known[other] for other in set().union(*around.values()) if other in known))


def _by_number(left: Traits, right: Traits, compared: Compared) -> str | None:
    """What numbers say of two: one person, two, or nothing that is certain."""
    if compared.levels.number == "same" and contradiction(facts(left), facts(right)) is None:
        return "same"
    return "different" if compared.levels.number == "different" else None


def _some(chosen: Iterable[Traits], more: Iterable[Traits]) -> list[Traits]:
    """STRANGERS of all, by chance, and the same whatever order they come in."""
    each = {person.ref: person for person in (*chosen, *more)}
    return [each[ref] for ref in heapq.nsmallest(STRANGERS, each, key=_by_chance)]


def _by_chance(ref: PersonRef) -> tuple[int, PersonRef]:
    return xxhash.xxh64_intdigest(f"{ref.source} {ref.key}".encode()), ref


def _shares(counts: Counter[str], people: int) -> dict[str, float]:
    return {word: count / people for word, count in sorted(counts.items())}


def _plain(table: Table | None) -> dict[str, dict[str, list[float]]] | None:
    """A table as it is kept."""
    if table is None:
        return None
    return {name: {level: list(pair) for level, pair in levels.items()} for name, levels in table.items()}
