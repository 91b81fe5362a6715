"""The evidence of several learners, read at once with the competencies and policies it is judged by."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import msgspec

from app.db import Tx
from app.db.frameworks import frameworks
from app.db.mastery import mastery
from app.db.mastery import standings as stored
from app.db.mastery.mastery import PolicyRow
from app.db.mastery.standings import EvidenceRow, PlacedRow
from app.frameworks.outline import Outline, plain
from app.mastery.assertions import AssertionDetail
from app.mastery.in_force import Rulebook
from app.mastery.judge import Asserted
from app.mastery.standing import Evidenced, Ground, Item, ItemStanding, own_state, standings
from app.mastery.standings import Ties, ties
from app.mastery.views.growth import Grown, growth
from app.mastery.views.perspectives import RolledUp, Scope

DOMAIN = "domain"
"""The type of the items a framework calls its domains; without any, the topmost items are."""
EvidenceByCompetency = Mapping[UUID, Sequence[Evidenced]]


@dataclass(slots=True)
class EvidenceBoard:
    """Some learners' evidence by learner and competency, and what it is seen by. `listed`: see `Ground`."""

    evidence: Mapping[UUID, EvidenceByCompetency]
    items: Mapping[UUID, Item]
    policies: Sequence[PolicyRow]
    frameworks: Mapping[UUID, set[UUID]]
    ties: Ties
    listed: AbstractSet[UUID] = frozenset()
    within: AbstractSet[UUID] | None = None
    _rulebooks: dict[int, Rulebook] = field(default_factory=dict)

    def rules(self, on: datetime) -> Rulebook:
        """The policies in force on a date."""
        count = sum(1 for row in self.policies if row.begins <= on)
        rules = self._rulebooks.get(count)
        if rules is None:
            rules = self._rulebooks[count] = Rulebook(self.policies[:count], on, self.frameworks)
        return rules

    @property
    def changes(self) -> list[datetime]:
        """When policies came into force."""
        return [row.begins for row in self.policies]

    def ground(self, learner: UUID) -> Ground:
        """What a learner stands on."""
        evidence, within = self.evidence.get(learner, {}), self.within or ()
        return Ground(evidence, self.items, self.rules, self.ties, listed=self.listed, within=within)

    def standings(self, learner: UUID, on: datetime) -> list[ItemStanding]:
        """Where a learner stands on a date; in the framework alone, where the board is of one."""
        everything = standings(self.ground(learner), on)
        return [standing for standing in everything if self.within is None or standing.item.id in self.within]

    def growth(self, learner: UUID, on: datetime) -> list[Grown]:
        """How each of these standings came about."""
        competencies = [standing.item.id for standing in self.standings(learner, on)]
        return growth(self.ground(learner), competencies, on, self.changes)

    def rolled_up(self, learner: UUID, competency: UUID, on: datetime) -> list[RolledUp]:
        """The competencies that stand for one, how strongly, and where the learner stands in them."""
        ground, rolled = self.ground(learner), []
        for other, strength in self.ties.along.get(competency, ()):
            if other in ground.evidence:
                state = own_state(ground, other, on)
                if state is not None and state.level is not None:
                    level = self.rules(on).by_id(state.policy_id).judge.policy.levels[state.level].name
                    rolled.append(RolledUp(other, strength, state.met, level))
        return rolled


async def evidence_board(
    tx: Tx,
    learners: Sequence[UUID],
    *,
    scope: Scope = "general",
    within: Outline | None = None,
    known_at: datetime | None = None,
) -> EvidenceBoard:
    """The evidence of some learners, without what the scope leaves out; told of `within` a framework, or of all.

    A framework's competencies are told also where they stand by what was shown of an equivalent one.
    """
    rows = await stored.evidence(tx, learners, known_at=known_at)
    aligned = {row.competency_id for row in rows if row.competency_id is not None}
    if scope == "general":
        hidden = await frameworks.sensitive(tx, sorted(aligned))
        rows = [row for row in rows if row.competency_id not in hidden]
        aligned -= hidden
    own = within.competencies.keys() if within else frozenset[UUID]()
    tied = await ties(tx, sorted(aligned | own), scope)
    listed = {competency for competency in own if any(other in aligned for other, _ in tied.along.get(competency, ()))}
    competencies = sorted(aligned | listed | tied.below.keys())
    framework = within.framework if within else None
    items = {**_in_their_words(rows), **placed(await stored.placed(tx, competencies, framework))}
    policies = await mastery.policies(tx)
    scoped = any(row.framework_id for row in policies)
    evidence: dict[UUID, dict[UUID, list[Evidenced]]] = {}
    for row in rows:
        evidence.setdefault(row.learner_id, {}).setdefault(_key(row), []).append(evidenced(row))
    return EvidenceBoard(
        evidence,
        items,
        policies,
        frameworks=await mastery.frameworks_of(tx, competencies) if scoped else {},
        ties=tied,
        listed=listed,
        within=own | {item.id for item in items.values() if item.retired and item.framework == framework}
        if within
        else None,
    )


def placed(rows: Iterable[PlacedRow]) -> dict[UUID, Item]:
    """Competencies with the domain they are in: the nearest item of that type above, else the topmost."""
    chains: dict[UUID, list[PlacedRow]] = {}
    for row in rows:
        chains.setdefault(row.leaf, []).append(row)
    return {leaf: _placed(chain) for leaf, chain in chains.items()}


def _placed(chain: Sequence[PlacedRow]) -> Item:
    own, above = chain[0], chain[1:]
    domain = next((row for row in above if (row.item_type or "").casefold() == DOMAIN), above[-1] if above else None)
    return Item(
        own.id,
        own.code,
        plain(own.statement),
        framework=own.framework_id,
        framework_title=own.framework,
        domain=plain(domain.statement) if domain else own.framework,
        place=(domain.n if domain else 0, own.n),
        sensitivity=own.sensitivity,
        retired=own.retired_at is not None,
    )


def _key(row: EvidenceRow) -> UUID:
    """What evidence is put under: its competency, or what its source calls it until someone knows which that is."""
    return row.competency_id or UUID(int=row.alignment_id)


def _in_their_words(rows: Iterable[EvidenceRow]) -> dict[UUID, Item]:
    items: dict[UUID, Item] = {}
    for row in rows:
        if (key := _key(row)) not in items:
            words = row.name or row.code or row.url or "(without a name)"
            where = row.framework or row.source
            items[key] = Item(
                key,
                row.code if row.name else None,
                words,
                framework=None,
                framework_title=where,
                domain=where,
                place=(0, 0),
                aligned=False,
            )
    return items


def evidenced(row: EvidenceRow) -> Evidenced:
    """An assertion as views see it."""
    detail = msgspec.convert(row.detail, AssertionDetail)
    asserted = Asserted.of(row)
    return Evidenced(
        asserted,
        detail.title,
        row.source,
        detail.setting,
        issuer=detail.issuer,
        assessor=detail.assessor,
        narrative=detail.narrative,
        url=detail.url,
        said=reached_in_words(asserted, detail.text_score),
        verification=detail.verification,
        statement=(row.source_id, row.stream, row.raw_key),
    )


def reached_in_words(asserted: Asserted, words: str | None) -> str:
    """What the source said was reached, in its own terms."""
    if asserted.level is not None or words is not None:
        return str(asserted.level or words)
    if asserted.value is not None:
        unit = f" {asserted.unit}" if asserted.unit else ""
        if asserted.unit == "percent":
            return f"{asserted.value:g} %"
        if asserted.least is not None and asserted.most is not None:
            ends = f"{asserted.most:g}" if asserted.least == 0 else f"{asserted.least:g} to {asserted.most:g}"
            return f"{asserted.value:g} of {ends}{unit}"
        share = f" ({asserted.share:.0%} of its scale)" if asserted.share is not None else ""
        return f"{asserted.value:g}{unit}{share}"
    if asserted.met is not None:
        return "mastered" if asserted.met else "not mastered yet"
    return "shown"
