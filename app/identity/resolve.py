"""Resolve: from touched persons to learners, with every decision in the ledger."""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from uuid import UUID

import msgspec
import structlog

from app.db import Tx
from app.db.access.tenants import TenantRow
from app.db.identity import crowds, formers, ledger, memberships, persons
from app.db.identity.persons import DecisionRow, Held
from app.identity import contests, identity, moving
from app.identity.identity import CROWD, RULES, SCORES, Decision
from app.identity.scoring import rescore, scorer
from app.matching.apart import ADDRESSING, ANYWHERE, LINKING, PersonFacts, PersonRef, TypedId, person_facts
from app.pipeline.known_sources import KnownSources, statement_of
from app.pipeline.parting import NUMBERED, is_numbered
from app.pipeline.statement import Statement
from schemas import Identifier, Person

decode_identifiers = msgspec.json.Decoder(tuple[Identifier, ...]).decode
log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Neighborhood:
    """All persons connected to some, with what is said of who they are, equal statements of one source once.

    `showing` are those who have shown something or are students of a class, `crowds` identifiers that link nobody,
    `formers` who had an identifier and has it no more.
    """

    statements: dict[PersonRef, list[Statement]] = field(default_factory=dict)
    showing: set[PersonRef] = field(default_factory=set)
    ids: dict[PersonRef, frozenset[TypedId]] = field(default_factory=dict)
    crowds: set[TypedId] = field(default_factory=set)
    formers: dict[TypedId, set[PersonRef]] = field(default_factory=dict)
    before: dict[PersonRef, UUID | None] = field(default_factory=dict)

    def learners(self) -> list[PersonRef]:
        """The persons who are learners: students, and whoever showed something."""
        return [
            ref for ref, stated in self.statements.items() if ref in self.showing or any(_studies(t) for t in stated)
        ]

    def facts(self, sources: KnownSources) -> list[PersonFacts]:
        """What is known of each learner that matters for identity."""
        return [
            person_facts(
                ref, sources[ref.source].source.rank, self.ids.get(ref, ()), [t.record for t in self.statements[ref]]
            )
            for ref in self.learners()
        ]


@dataclass(slots=True)
class Moved:
    """Who is whom now: each learner's persons, and the learners that persons have left.

    `own` is where those who moved are now (None: nowhere), by the id each would have alone and does not bear.
    `changed` are the persons who are another learner than before, or one for the first time; `pieces` raw records that
    are told of another person than before.
    """

    members: dict[UUID, list[PersonRef]] = field(default_factory=dict)
    left: dict[UUID, set[UUID]] = field(default_factory=dict)
    own: dict[UUID, UUID | None] = field(default_factory=dict)
    changed: dict[PersonRef, UUID | None] = field(default_factory=dict)
    pieces: set[moving.Piece] = field(default_factory=set)


async def neighborhood(tx: Tx, tenant: TenantRow, sources: KnownSources, touched: Sequence[PersonRef]) -> Neighborhood:
    """The touched persons, and whoever an identifier, a decision or a learner connects them with, near or far."""
    around = Neighborhood()
    await _read(tx, sources, around, touched)
    parted = await _identify(tx, tenant, sources, around, touched)
    await _read(tx, sources, around, sorted(parted - around.statements.keys()))
    zeros = {PersonRef(*ref) for ref in await persons.zeros_apart(tx, touched)}
    await _read(tx, sources, around, sorted(zeros - around.statements.keys()))
    frontier = set(touched) | parted | zeros
    if by := await scorer(tx):
        learning = set(around.learners())
        statements = {ref: around.statements[ref] for ref in touched if ref in learning}
        scored = await rescore(tx, sources, by, touched, statements)
        await _read(tx, sources, around, sorted(scored - around.statements.keys()))
        frontier |= scored
    while frontier:
        neighbors = {PersonRef(*ref) for ref in await persons.neighbors(tx, frontier, LINKING)}
        neighbors |= {
            PersonRef(*ref) for ref in await formers.neighbors(tx, frontier, LINKING, sorted(NUMBERED), CROWD)
        }
        neighbors |= {PersonRef(*ref) for ref in await formers.addressed(tx, frontier, ADDRESSING, ANYWHERE, CROWD)}
        frontier = neighbors - around.statements.keys()
        await _read(tx, sources, around, sorted(frontier))
    for source, person, kind, issuer, value, crowd in await persons.identifiers_of(tx, around.statements):
        ref, typed = PersonRef(source, person), TypedId(kind, issuer, value)
        around.ids[ref] = around.ids.get(ref, frozenset()) | {typed}
        if crowd:
            around.crowds.add(typed)
    for source, person, kind, issuer, value in await formers.of_persons(tx, around.statements):
        around.formers.setdefault(TypedId(kind, issuer, value), set()).add(PersonRef(source, person))
    around.before = {
        PersonRef(*ref): learner for ref, learner in (await persons.learners_of(tx, around.statements)).items()
    }
    return around


async def resolve(tx: Tx, tenant: TenantRow, sources: KnownSources, around: Neighborhood) -> Moved:
    """Decide who is whom in a neighborhood, and write it down: decisions that changed, and each person's learner."""
    rank = {source: known.source.rank for source, known in sources.items()}
    mixed = {ref for ref in around.learners() if _named_and_not(around.statements[ref])}
    in_force = await persons.decisions_of(tx, around.statements)
    human = [decision_of(row) for row in in_force if row.decided_by not in {RULES, SCORES}]
    scored = [decision_of(row) for row in in_force if row.decided_by == SCORES and row.judgement == "same"]
    numbered = await moving.separate(
        tx,
        tenant,
        sources,
        persons=around.facts(sources),
        mixed=mixed,
        crowds=around.crowds,
        formers=around.formers,
        ties=_ties(around.facts(sources), human, scored, around.crowds),
    )
    if numbered.persons:
        await _read(tx, sources, around, sorted(numbered.persons))
        around.before |= {
            PersonRef(*ref): learner for ref, learner in (await persons.learners_of(tx, numbered.persons)).items()
        }
    known, by_time = contests.by_time(numbered.contests, around.facts(sources), around.formers)
    resolution = identity.resolve(known, human, around.crowds, scored, by_time)
    await _write_ledger(tx, [row for row in in_force if row.decided_by == RULES], resolution.decisions)
    learner_of: dict[PersonRef, UUID | None] = dict.fromkeys(around.statements)
    moved = Moved(pieces=numbered.pieces)
    for component in resolution.components:
        learner = identity.own_id(tenant.salt, identity.head(component, rank))
        moved.members[learner] = component
        learner_of.update(dict.fromkeys(component, learner))
    changed = {ref: now for ref, now in learner_of.items() if ref not in around.before or around.before[ref] != now}
    moved.changed = changed
    own = {ref: identity.own_id(tenant.salt, ref) for ref in changed}
    if leaving := [(*ref, was) for ref in sorted(changed) if (was := around.before.get(ref)) is not None]:
        await memberships.end(tx, leaving)
    await persons.assign(tx, [(*ref, own[ref], now) for ref, now in sorted(changed.items())])
    moved.own = {own[ref]: now for ref, now in changed.items() if now != own[ref]}
    for ref, now in learner_of.items():
        if (was := around.before.get(ref)) is not None and was != now:
            moved.left.setdefault(was, set()).update({now} if now else ())
    return moved


async def contests_of(
    tx: Tx, tenant: TenantRow, sources: KnownSources, touched: Sequence[PersonRef]
) -> list[contests.Contest]:
    """The numbers that have changed hands, or are two children's, among these persons and all they are connected to."""
    around = await neighborhood(tx, tenant, sources, touched)
    mixed = {ref for ref in around.learners() if _named_and_not(around.statements[ref])}
    return await moving.contested(
        tx, tenant, sources, persons=around.facts(sources), mixed=mixed, crowds=around.crowds, formers=around.formers
    )


def _ties(
    persons: Iterable[PersonFacts], human: Sequence[Decision], scored: Sequence[Decision], crowds: AbstractSet[TypedId]
) -> dict[PersonRef, set[PersonRef]]:
    """Of persons told of by a number: who people have said they are, with whoever is one with those by all else."""
    linked = [
        (ref, other)
        for decision in human
        for ref, other in ((decision.left, decision.right), (decision.right, decision.left))
        if decision.judgement == "same" and is_numbered(ref.key) and not is_numbered(other.key)
    ]
    if not linked:
        return {}
    resolution = identity.resolve([p for p in persons if not is_numbered(p.ref.key)], human, crowds, scored)
    one_with = {ref: component for component in resolution.components for ref in component}
    ties: dict[PersonRef, set[PersonRef]] = {}
    for ref, other in linked:
        ties.setdefault(ref, set()).update({other}, one_with.get(other, ()))
    return ties


async def _read(tx: Tx, sources: KnownSources, around: Neighborhood, refs: Iterable[PersonRef]) -> None:
    statements: dict[PersonRef, list[Statement]] = {ref: [] for ref in refs}
    if statements:
        for row in await persons.descriptions_of(tx, statements):
            statements[PersonRef(row.source_id, row.person or row.key)].append(statement_of(row, sources))
        around.statements.update(statements)
        unsaid = [ref for ref, stated in statements.items() if not any(_studies(t) for t in stated)]
        around.showing |= {PersonRef(*ref) for ref in await persons.active_among(tx, unsaid)} if unsaid else set()


async def _identify(
    tx: Tx, tenant: TenantRow, sources: KnownSources, around: Neighborhood, refs: Sequence[PersonRef]
) -> set[PersonRef]:
    """Bring the stored identifiers of touched persons up to date; only learners have any.

    Everybody who has an identifier that has just become a crowd's, or no longer is one's: they may part, or meet again.
    """
    learning = set(around.learners())
    current = {
        (*ref, typed.type, typed.issuer, typed.value)
        for ref in refs
        if ref in learning
        for statement in around.statements[ref]
        if isinstance(statement.record, Person)
        for typed in _typed(tenant, sources, ref.source, statement.record.identifiers)
    }
    stored: set[Held] = {(s, p, t, i, v) for s, p, t, i, v, _ in await persons.identifiers_of(tx, refs)}
    if gone := stored - current:
        await persons.forget_identifiers(tx, sorted(gone))
    if fresh := current - stored:
        await persons.add_identifiers(tx, sorted(fresh))
    await _note_former(tx, tenant, sources, refs, current)
    linking = {(kind, value, issuer) for _, _, kind, issuer, value in stored ^ current if kind in LINKING}
    crossed = await crowds.crossed(tx, linking, CROWD)
    if crossed:
        log.warning("identifiers that many share link nobody", most=CROWD, types=sorted({kind for kind, *_ in crossed}))
    return {PersonRef(*ref) for ref in await crowds.holders(tx, crossed)}


async def _note_former(
    tx: Tx, tenant: TenantRow, sources: KnownSources, refs: Sequence[PersonRef], current: AbstractSet[Held]
) -> None:
    """Bring up to date which identifiers that somebody may be told of by touched persons had once, and have no more."""
    had: set[Held] = {
        (source, person, typed.type, typed.issuer, typed.value)
        for source, person, body in await formers.tellings(tx, refs)
        for typed in _typed(tenant, sources, source, decode_identifiers(body))
        if typed.type in LINKING or typed.type in ADDRESSING
    } - current
    stored = await formers.of_persons(tx, refs)
    await formers.forget(tx, sorted(stored - had))
    await formers.add(tx, sorted(had - stored))


def _typed(
    tenant: TenantRow, sources: KnownSources, source: int, identifiers: Iterable[Identifier]
) -> Iterator[TypedId]:
    """Identifiers as a source tells them, without those that link whoever has them."""
    by = sources[source]
    for identifier in identifiers:
        typed = identity.typed(
            identifier, tenant=tenant.slug, source=by.source.slug, types=by.types, issuers=by.issuers
        )
        if typed:
            yield typed


async def _write_ledger(tx: Tx, before: Sequence[DecisionRow], now: Sequence[Decision]) -> None:
    """End the rules' decisions that no longer hold and write the new ones; what still holds stays as it was."""
    standing = {decision_of(row): row.id for row in before}
    current = set(now)
    if over := sorted(row for decision, row in standing.items() if decision not in current):
        await persons.end_decisions(tx, over, RULES)
    fresh = [(*d.left, *d.right, d.judgement, d.rule, d.reason) for d in now if d not in standing]
    if fresh:
        await ledger.decide(tx, fresh, RULES)


def decision_of(row: DecisionRow) -> Decision:
    """A line of the ledger as the decision it is."""
    left, right = PersonRef(row.left_source, row.left_key), PersonRef(row.right_source, row.right_key)
    return Decision(left, right, row.judgement, row.rule, row.reason)  # type: ignore[arg-type]


def _studies(statement: Statement) -> bool:
    return isinstance(statement.record, Person) and any(role.role == "student" for role in statement.record.roles)


def _named_and_not(stated: Sequence[Statement]) -> bool:
    """Whether some statements tell a person's name or birth date, and others neither."""
    persons = [t.record for t in stated if isinstance(t.record, Person)]
    named = [bool(p.names or p.birth_date or p.birth_year) for p in persons]
    return any(named) and not all(named)
