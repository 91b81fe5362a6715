"""Credit that a teacher of record awarded, as what can be issued of it; never what was withdrawn.

What a rule asks for is the same for everybody, and so is the achievement: aligned to the rule's competencies (CASE),
with the rule's amount as `creditsAvailable`. What a learner has reached is in the results; what that rests on, and who
approved it, in the evidence. Of sensitive competencies nothing is said.
"""

from collections.abc import Iterator, Mapping
from uuid import UUID

from app.credentials.model import Achievement, Alignment, Evidence, Result, ResultDescription
from app.db import Tx
from app.db.frameworks import frameworks
from app.db.mastery import citations
from app.db.mastery.citations import AddressedRow
from app.db.plans import credit as stored
from app.db.plans.credit import AwardRow
from app.db.records import learners
from app.frameworks.outline import plain
from app.issuing.awards import Item, achievement_of, items
from app.plans import credit as rules
from app.plans.credit import KeptNeed, Need, Rule
from app.plans.reached import Cited
from app.records.document import WholeRecord


async def awardable(tx: Tx, home: str, record: WholeRecord) -> list[Item]:
    """What can be awarded of a record, the learner's credit first; `home` is where achievements are published.

    Nobody withdraws that credit until the transaction ends: what is issued of it meanwhile is revoked with it.
    """
    awards = await stored.standing(tx, await learners.lineage(tx, record.learner))
    once = {row.rule_id: row for row in reversed(awards)}  # two learners who were linked may have it twice
    ruled = [(row, rules.read(row.rule)) for row in reversed(once.values())]
    competencies = sorted({need.competency for _, rule in ruled for need in rule.needs})
    if not competencies:
        return items(record)
    secret = await frameworks.sensitive(tx, competencies)
    places = {row.id: row for row in await citations.addressed(tx, competencies) if row.id not in secret}
    return [*(_item(row, rule, places, home) for row, rule in ruled), *items(record)]


def origin(award: UUID) -> str:
    """What names an award as that which a credential comes from."""
    return f"credit/{award}"


def _item(row: AwardRow, rule: Rule, places: Mapping[UUID, AddressedRow], home: str) -> Item:
    placed = [(need, place) for need in rule.needs if (place := places.get(need.competency))]
    achievement = achievement_of(_achievement(row, rule, placed), home)
    scales = {need.competency: scale for (need, _), scale in zip(placed, achievement.results, strict=True)}
    decided = [
        (need, scales[need.competency])
        for need in rules.kept_needs(row.basis)
        if need.competency in scales and need.sensitivity == "general"
    ]
    return Item(
        f"/credits/{row.id}",
        origin(row.id),
        achievement,
        row.made_at,
        results=tuple(Result(scale.id, need.level, status="Completed") for need, scale in decided),
        evidence=(_approval(row), *(_decided(need, scale) for need, scale in decided)),
        credits=rule.amount,
    )


def _achievement(row: AwardRow, rule: Rule, placed: list[tuple[Need, AddressedRow]]) -> Achievement:
    return Achievement(
        id="",
        name=rule.title,
        type="Achievement",
        description=f"{rule.amount:g} {rule.unit} of {rule.subject}, by competencies.",
        criteria=" ".join(_criteria(rule, placed)),
        alignments=tuple(_aligned(place) for _, place in placed),
        results=tuple(
            ResultDescription("", _called(place), "PerformanceLevel", alignments=(_aligned(place),))
            for _, place in placed
        ),
        field_of_study=rule.subject,
        credits=rule.amount,
        version=str(row.version),
    )


def _criteria(rule: Rule, placed: list[tuple[Need, AddressedRow]]) -> Iterator[str]:
    yield f"{rule.wanted} of {len(rule.needs)} competencies reached, whatever time was spent on them:"
    needs = [f"{_called(place)} ({need.level or 'mastered'})" for need, place in placed]
    if others := len(rule.needs) - len(placed):
        needs.append(f"{others} not named here")
    yield f"{'; '.join(needs)}. A teacher of record approves."


def _aligned(place: AddressedRow) -> Alignment:
    return Alignment(plain(place.statement), place.uri, place.code, place.framework, type="CFItem")


def _called(place: AddressedRow) -> str:
    return place.code or plain(place.statement).rstrip(".")


def _approval(row: AwardRow) -> Evidence:
    """Who answers for it. What else the teacher noted is for those who read the award, and not for everybody."""
    narrative = f"{row.name}, {row.role}, approved the credit on {row.made_at:%Y-%m-%d}."
    return Evidence(name="Approval by the teacher of record", narrative=narrative, genre="Approval")


def _decided(need: KeptNeed, scale: ResultDescription) -> Evidence:
    """What a level rests on, as it was cited when the credit was awarded."""
    cited = "; ".join(f"{piece.title} ({_citation(piece)})" for piece in need.evidence)
    narrative = f"{need.level}, by {need.policy}"
    return Evidence(name=scale.name, narrative=f"{narrative}: {cited}." if cited else f"{narrative}.")


def _citation(piece: Cited) -> str:
    return f"{piece.source}, {piece.at.date()}" if piece.at else piece.source
