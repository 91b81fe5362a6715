"""Boards: the evidence of some learners read at once, with the competencies and policies to see it by."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from app.db import Tx
from app.db.mastery import mastery
from app.db.mastery import standings as stored
from app.db.mastery.mastery import PolicyRow
from app.db.mastery.standings import EvidenceRow, PlacedRow
from app.frameworks.outline import plain
from app.mastery.in_force import Rulebook
from app.mastery.policies import Asserted
from app.mastery.standing import Evidenced, Item, ItemStanding, Ruling, standings

DOMAIN = "domain"
"""The type of the items a framework calls its domains; without any, the topmost items are."""
Shown = Mapping[UUID, Sequence[Evidenced]]


@dataclass(slots=True)
class Board:
    """Some learners' evidence by learner and competency, and what it is seen by."""

    evidence: Mapping[UUID, Shown]
    items: Mapping[UUID, Item]
    policies: Sequence[PolicyRow]
    frameworks: Mapping[UUID, set[UUID]]
    via: Mapping[UUID, UUID] = field(default_factory=dict)
    _rulebooks: dict[int, Rulebook] = field(default_factory=dict)

    def ruling(self, competency: UUID, on: datetime) -> Ruling:
        """The policy in force for a competency on a date."""
        count = sum(1 for row in self.policies if row.begins <= on)
        rules = self._rulebooks.get(count)
        if rules is None:
            rules = self._rulebooks[count] = Rulebook(self.policies[:count], on, self.frameworks)
        policy = rules.of(self.via.get(competency, competency))
        return Ruling(f"{policy.name}, version {policy.version}", policy.judge)

    @property
    def changes(self) -> list[datetime]:
        """When policies came into force."""
        return [row.begins for row in self.policies]

    def shown(self, learner: UUID) -> Shown:
        """A learner's evidence by competency."""
        return self.evidence.get(learner, {})

    def standings(self, learner: UUID, on: datetime) -> list[ItemStanding]:
        """Where a learner stands on a date."""
        return standings(self.shown(learner), self.items, self.ruling, on)

    def held(self, learner: UUID, on: datetime) -> dict[UUID, ItemStanding]:
        """The same by competency."""
        return {standing.item.id: standing for standing in self.standings(learner, on)}


async def board(
    tx: Tx,
    learners: Sequence[UUID],
    *,
    known_at: datetime | None = None,
    via: Mapping[UUID, UUID] = {},
    instead: Mapping[UUID, UUID] = {},
) -> Board:
    """The evidence of some learners. `via`: competencies that count as shown by what was shown of an equivalent one.

    `instead`: those that stand by another one, as parts of what is mastered do, as far as something was shown of them.
    """
    rows = await stored.evidence(tx, learners, known_at=known_at)
    aligned = {row.competency_id for row in rows if row.competency_id is not None}
    competencies = sorted(aligned | via.keys())
    items = {**_in_their_words(rows), **placed(await stored.placed(tx, competencies))}
    policies = await mastery.policies(tx)
    scoped = any(row.framework_id for row in policies)
    evidence: dict[UUID, dict[UUID, list[Evidenced]]] = {}
    for row in rows:
        evidence.setdefault(row.learner_id, {}).setdefault(_key(row), []).append(evidenced(row))
    via = {**via, **{part: other for part, other in instead.items() if part in aligned}}
    for pieces in evidence.values():
        pieces.update({whole: pieces[other] for whole, other in via.items() if other in pieces and whole in items})
    return Board(
        evidence,
        items,
        policies,
        await mastery.frameworks_of(tx, [*competencies, *via.values()]) if scoped else {},
        via,
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
        own.framework_id,
        own.framework,
        plain(domain.statement) if domain else own.framework,
        (domain.n if domain else 0, own.n),
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
            items[key] = Item(key, row.code if row.name else None, words, None, where, where, (0, 0), aligned=False)
    return items


def evidenced(row: EvidenceRow) -> Evidenced:
    """An assertion as views see it."""
    detail = row.detail
    asserted = Asserted.of(row)
    return Evidenced(
        asserted,
        detail.get("title"),
        row.source,
        detail.get("setting"),
        issuer=detail.get("issuer"),
        assessor=detail.get("assessor"),
        narrative=detail.get("narrative"),
        url=detail.get("url"),
        said=said(asserted, detail.get("textScore")),
        verification=detail.get("verification"),
        statement=(row.source_id, row.stream, row.raw_key),
    )


def said(asserted: Asserted, words: str | None) -> str:
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
