"""Scoring: persons of sources that seldom know a number are compared with the rosters, and what comes of it is written.

Whose source is scored (a program's sign-ups) is a *sign-up*, everybody else who learns is *listed*. A sign-up whom no
number links is compared with everybody listed who shares a key with them (`matching.blocking`). The ledger says what
came of it: up to three questions for a person. Where the source's mode is `automatic` and no guard stops it, the first
of them becomes a link at the end of settling (`identity.linking`), and is one for as long as that holds. These rows are
a kind of decision as every other: people's own go before them, `identity.resolve` joins by them last, and they are
worked out anew from what is stored whenever the sign-up, or anybody they were or would be compared with, changes. So
the order in which things arrive makes no difference.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import xxhash

from app.db import Tx
from app.db.identity import ledger, matching, persons
from app.db.identity.persons import DecisionRow
from app.identity.identity import RULES, SCORES, Decision, Judgement
from app.matching.apart import LINKING, PersonRef, TypedId
from app.matching.blocking import MOST, keys
from app.matching.explain import explain
from app.matching.groups import Judged, pair
from app.matching.guards import SHOWN, Candidate, candidates, stops
from app.matching.traits import Traits, traits
from app.matching.weights import Model, Names, completed
from app.pipeline.known_sources import KnownSources, statement_of
from app.pipeline.statement import Statement

SURE, GUARDED = "score", "score-guarded"
"""The rule of a decision by score: no guard stops it, or one does."""

Statements = Mapping[PersonRef, Sequence[Statement]]
Pair = tuple[PersonRef, PersonRef]


@dataclass(frozen=True, slots=True)
class Scorer:
    """What persons are scored with: the modes of sources, and the model."""

    modes: Mapping[int, str]
    model: Model


@dataclass(frozen=True, slots=True)
class Around:
    """A sign-up, everybody listed who may be them, and others of its own source where that lists everybody once."""

    person: Traits
    listed: Sequence[Traits]
    rivals: Sequence[Traits] = ()


async def scorer(tx: Tx) -> Scorer | None:
    """What to score with; None where no source is scored, which costs one query."""
    modes = await matching.modes(tx)
    if not modes:
        return None
    return Scorer(modes, await model_of(tx))


async def model_of(tx: Tx) -> Model:
    """The weights in force, with how common names are among a tenant's people, where that was counted."""
    row = await matching.model(tx)
    if row is None:
        return Model(people=10_000)
    names = Names(row.given, row.family)
    return Model(row.people, names, completed(row.weights)) if row.weights else Model(row.people, names)


async def rescore(
    tx: Tx, sources: KnownSources, by: Scorer, touched: Iterable[PersonRef], statements: Statements
) -> set[PersonRef]:
    """Bring the keys of touched learners, and the scores of all sign-ups they concern, up to date: those sign-ups.

    `statements` are those of the touched persons who are learners: whoever is touched and not in it has no keys.
    """
    refs = set(touched)
    before = await _sign_ups(tx, by, refs)
    await _keep_keys(tx, refs, statements)
    sign_ups = before | await _sign_ups(tx, by, refs)
    if not sign_ups:
        return set()
    around = await listed_around(tx, by.modes, sign_ups)
    rivals = await _rivals(tx, sources, by, around)
    if more := {rival for several in rivals.values() for rival in several} - sign_ups:
        sign_ups |= more  # what is said of one of them depends on the others
        around |= await listed_around(tx, by.modes, more)
        rivals = await _rivals(tx, sources, by, around)
    known = await traits_of(tx, sources, sign_ups.union(*around.values()))
    in_force = await matching.decisions_with(tx, sign_ups)
    people = [row for row in in_force if row.decided_by not in {SCORES, RULES}]
    people += [row for row in await persons.decisions_of(tx, known) if row.decided_by not in {SCORES, RULES}]
    judged = {pair_of(row): row.judgement for row in people}
    links = {pair_of(row) for row in in_force if row.decided_by == SCORES and row.judgement == "same"}
    decisions: list[Decision] = []
    for sign_up in sorted(sign_ups & known.keys()):
        others = [known[ref] for ref in sorted(around.get(sign_up, ())) if ref in known]
        own = [known[ref] for ref in sorted(rivals.get(sign_up, ())) if ref in known]
        decisions += _decisions(Around(known[sign_up], others, own), judged, links, by)
    await _write(tx, [row for row in in_force if row.decided_by == SCORES], decisions)
    return sign_ups


async def listed_around(
    tx: Tx, modes: Collection[int], sign_ups: Collection[PersonRef]
) -> dict[PersonRef, set[PersonRef]]:
    """Of each sign-up, everybody listed who shares a key with them."""
    around: dict[PersonRef, set[PersonRef]] = {ref: set() for ref in sign_ups}
    if sign_ups:
        for source, key, other, other_key in await matching.sharing(tx, sign_ups, modes, MOST, among=False):
            around[PersonRef(source, key)].add(PersonRef(other, other_key))
    return around


async def _rivals(
    tx: Tx, sources: KnownSources, by: Scorer, around: Mapping[PersonRef, set[PersonRef]]
) -> dict[PersonRef, set[PersonRef]]:
    """Of each sign-up whose source lists everybody once, the others of that source who share somebody they may be."""
    once = {ref for ref in around if sources[ref.source].everybody_once}
    listed = {other for ref in once for other in around[ref]}
    if not listed:
        return {}
    of_listed: dict[PersonRef, set[PersonRef]] = defaultdict(set)
    for source, key, other, other_key in await matching.sharing(tx, listed, by.modes, MOST, among=True):
        of_listed[PersonRef(source, key)].add(PersonRef(other, other_key))
    return {
        ref: {rival for other in around[ref] for rival in of_listed[other] if rival.source == ref.source} - {ref}
        for ref in once
    }


def _decisions(around: Around, judged: Judged, links: Collection[Pair], by: Scorer) -> list[Decision]:
    """What scores say of a sign-up: a link that was made and still holds, questions, or nothing."""
    person = around.person
    numbers = {typed for typed in person.ids if typed.type in LINKING}
    if any(numbers & other.ids for other in around.listed):
        return []  # a number links them, or says why it does not
    if any(word == "same" and person.ref in ends for ends, word in judged.items()):
        return []  # a person has said who it is
    ranked = candidates(person, around.listed, by.model, judged)
    if not ranked:
        return []
    stop = stops(person, ranked, around.listed, by.model, around.rivals)
    linked = next((ends for ref in sorted(ranked[0].refs) if (ends := pair(person.ref, ref)) in links), None)
    if stop is None and linked and by.modes[person.ref.source] == "automatic":
        return [Decision(*linked, "same", SURE, explain(ranked[0]))]
    first = _decision(person, ranked[0], "unsure", GUARDED if stop else SURE, explain(ranked[0], stop))
    return [first, *(_decision(person, other, "unsure", GUARDED, explain(other)) for other in ranked[1:SHOWN])]


def _decision(person: Traits, candidate: Candidate, judgement: Judgement, rule: str, reason: str) -> Decision:
    return Decision(*pair(person.ref, candidate.person.ref), judgement, rule, reason)


def pair_of(row: DecisionRow) -> Pair:
    """The two persons of a decision."""
    return PersonRef(row.left_source, row.left_key), PersonRef(row.right_source, row.right_key)


async def _sign_ups(tx: Tx, by: Scorer, refs: set[PersonRef]) -> set[PersonRef]:
    """The sign-ups that these persons are, or that share a key with them."""
    own = {ref for ref in refs if ref.source in by.modes}
    listed = refs - own
    pairs = await matching.sharing(tx, listed, by.modes, MOST, among=True) if listed else []
    return own | {PersonRef(source, key) for _, _, source, key in pairs}


async def _keep_keys(tx: Tx, refs: set[PersonRef], statements: Statements) -> None:
    ids = await _ids(tx, statements)
    current = {
        (*ref, _hashed(key))
        for ref, stated in statements.items()
        if ref in refs
        for key in keys(traits(ref, (t.record for t in stated), ids.get(ref, ())))
    }
    stored = await matching.keys_of(tx, refs)
    if over := stored - current:
        await matching.forget_keys(tx, sorted(over))
    if fresh := current - stored:
        await matching.add_keys(tx, sorted(fresh))


async def traits_of(tx: Tx, sources: KnownSources, refs: Iterable[PersonRef]) -> dict[PersonRef, Traits]:
    """What is known of these persons; nobody of whom nothing is told."""
    stated: dict[PersonRef, list[Statement]] = defaultdict(list)
    ordered = sorted(refs)
    for row in await persons.descriptions_of(tx, ordered):
        stated[PersonRef(row.source_id, row.person or row.key)].append(statement_of(row, sources))
    ids = await _ids(tx, stated)
    return {ref: traits(ref, (t.record for t in stated[ref]), ids.get(ref, ())) for ref in ordered if ref in stated}


async def _ids(tx: Tx, refs: Iterable[PersonRef]) -> dict[PersonRef, set[TypedId]]:
    ids: dict[PersonRef, set[TypedId]] = defaultdict(set)
    for source, person, kind, issuer, value, crowd in await persons.identifiers_of(tx, refs):
        if not crowd:
            ids[PersonRef(source, person)].add(TypedId(kind, issuer, value))
    return ids


def _hashed(key: str) -> int:
    """A key as it is stored: 64 bits, signed."""
    return xxhash.xxh64_intdigest(key.encode()) - 2**63


async def _write(tx: Tx, before: Sequence[DecisionRow], now: Sequence[Decision]) -> None:
    """End scores that no longer hold and write the new ones; what still holds stays as it was."""
    standing = {Decision(*pair_of(row), row.judgement, row.rule, row.reason): row.id for row in before}  # type: ignore[arg-type]
    current = set(now)
    if over := sorted(row for decision, row in standing.items() if decision not in current):
        await persons.end_decisions(tx, over, SCORES)
    fresh = [decision for decision in now if decision not in standing]  # the likeliest first
    if fresh:
        await ledger.decide(tx, [(*d.left, *d.right, d.judgement, d.rule, d.reason) for d in fresh], SCORES)
