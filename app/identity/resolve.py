"""Resolve: from touched persons to learners, with every decision in the ledger."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import structlog

from app.db import Tx
from app.db.access.tenants import TenantRow
from app.db.identity import crowds, persons
from app.db.identity.persons import DecisionRow, Held
from app.identity import contests, identity
from app.identity.identity import CROWD, LINKING, RULES, SCORES, Decision, PersonRef, TypedId
from app.identity.scoring import rescore, scorer
from app.pipeline.known_sources import KnownSources, statement_of
from app.pipeline.statement import Statement
from schemas import Person

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Neighborhood:
    """All persons connected to some, with what is said of who they are, equal statements of one source once.

    `showing` are those who have shown something or are students of a class, `crowds` identifiers that link nobody.
    """

    statements: dict[PersonRef, list[Statement]] = field(default_factory=dict)
    showing: set[PersonRef] = field(default_factory=set)
    ids: dict[PersonRef, frozenset[TypedId]] = field(default_factory=dict)
    crowds: set[TypedId] = field(default_factory=set)
    before: dict[PersonRef, UUID | None] = field(default_factory=dict)

    def learners(self) -> list[PersonRef]:
        """The persons who are learners: students, and whoever showed something."""
        return [
            ref for ref, stated in self.statements.items() if ref in self.showing or any(_studies(t) for t in stated)
        ]


@dataclass(slots=True)
class Moved:
    """Who is whom now: each learner's persons, and the learners that persons have left.

    `own` is where those who moved are now (None: nowhere), by the id each would have alone and does not bear.
    `changed` are the persons who are another learner than before, or one for the first time.
    """

    members: dict[UUID, list[PersonRef]] = field(default_factory=dict)
    left: dict[UUID, set[UUID]] = field(default_factory=dict)
    own: dict[UUID, UUID | None] = field(default_factory=dict)
    changed: dict[PersonRef, UUID | None] = field(default_factory=dict)


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
        frontier = neighbors - around.statements.keys()
        await _read(tx, sources, around, sorted(frontier))
    for source, person, kind, issuer, value, crowd in await persons.identifiers_of(tx, around.statements):
        ref, typed = PersonRef(source, person), TypedId(kind, issuer, value)
        around.ids[ref] = around.ids.get(ref, frozenset()) | {typed}
        if crowd:
            around.crowds.add(typed)
    around.before = {
        PersonRef(*ref): learner for ref, learner in (await persons.learners_of(tx, around.statements)).items()
    }
    return around


async def resolve(tx: Tx, tenant: TenantRow, sources: KnownSources, around: Neighborhood) -> Moved:
    """Decide who is whom in a neighborhood, and write it down: decisions that changed, and each person's learner."""
    rank = {source: known.source.rank for source, known in sources.items()}
    learning = around.learners()
    known = [
        identity.person_facts(
            ref, rank[ref.source], around.ids.get(ref, ()), [t.record for t in around.statements[ref]]
        )
        for ref in learning
    ]
    ledger = await persons.decisions_of(tx, around.statements)
    mixed = {ref for ref in learning if _named_and_not(around.statements[ref])}
    later = await contests.separate(tx, tenant, sources, known, mixed, around.crowds)
    human = [decision_of(row) for row in ledger if row.decided_by not in {RULES, SCORES}]
    scored = [decision_of(row) for row in ledger if row.decided_by == SCORES and row.judgement == "same"]
    resolution = identity.resolve(known, human, around.crowds, scored, later)
    await _write_ledger(tx, [row for row in ledger if row.decided_by == RULES], resolution.decisions)
    learner_of: dict[PersonRef, UUID | None] = dict.fromkeys(around.statements)
    moved = Moved()
    for component in resolution.components:
        learner = identity.own_id(tenant.salt, identity.head(component, rank))
        moved.members[learner] = component
        learner_of.update(dict.fromkeys(component, learner))
    changed = {ref: now for ref, now in learner_of.items() if ref not in around.before or around.before[ref] != now}
    moved.changed = changed
    own = {ref: identity.own_id(tenant.salt, ref) for ref in changed}
    await persons.assign(tx, [(*ref, own[ref], now) for ref, now in sorted(changed.items())])
    moved.own = {own[ref]: now for ref, now in changed.items() if now != own[ref]}
    for ref, now in learner_of.items():
        if (was := around.before.get(ref)) is not None and was != now:
            moved.left.setdefault(was, set()).update({now} if now else ())
    return moved


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
    current: set[Held] = set()
    for ref in refs:
        if ref not in learning:
            continue
        by = sources[ref.source]
        for statement in around.statements[ref]:
            if isinstance(statement.record, Person):
                for identifier in statement.record.identifiers:
                    typed = identity.typed(
                        identifier, tenant=tenant.slug, source=by.source.slug, types=by.types, issuers=by.issuers
                    )
                    if typed:
                        current.add((ref.source, ref.key, typed.type, typed.issuer, typed.value))
    stored: set[Held] = {(s, p, t, i, v) for s, p, t, i, v, _ in await persons.identifiers_of(tx, refs)}
    if gone := stored - current:
        await persons.forget_identifiers(tx, sorted(gone))
    if fresh := current - stored:
        await persons.add_identifiers(tx, sorted(fresh))
    linking = {(kind, value, issuer) for _, _, kind, issuer, value in stored ^ current if kind in LINKING}
    crossed = await crowds.crossed(tx, linking, CROWD)
    if crossed:
        log.warning("identifiers that many share link nobody", most=CROWD, types=sorted({kind for kind, *_ in crossed}))
    return {PersonRef(*ref) for ref in await crowds.holders(tx, crossed)}


async def _write_ledger(tx: Tx, before: Sequence[DecisionRow], now: Sequence[Decision]) -> None:
    """End the rules' decisions that no longer hold and write the new ones; what still holds stays as it was."""
    standing = {decision_of(row): row.id for row in before}
    current = set(now)
    if over := sorted(row for decision, row in standing.items() if decision not in current):
        await persons.end_decisions(tx, over, RULES)
    fresh = [(*d.left, *d.right, d.judgement, d.rule, d.reason) for d in now if d not in standing]
    if fresh:
        await persons.decide(tx, fresh, RULES)


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
