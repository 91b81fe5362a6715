"""Standings: where a learner stands in each competency, as of a date, with the evidence and what it did. Pure.

Nothing here, or in any view made from it, is a mean across competencies: a learner is not a number.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from app.db.mastery.mastery import MasteryRow
from app.mastery.in_force import InForce
from app.mastery.judge import Asserted, Reason, State
from app.mastery.policies import Level
from app.mastery.standings import NO_TIES, Rules, Standing, Ties, stand


class Item(NamedTuple):
    """A competency as views show it: where it stands in its framework, or in a source's own words until it is aligned.

    `domain` is the part of the framework it is in, `place` its position there. `aligned`: a framework has or had it.
    `retired`: its framework has it no more.
    """

    id: UUID
    code: str | None
    statement: str
    framework: UUID | None
    framework_title: str
    domain: str
    place: tuple[int, int]
    aligned: bool = True
    sensitivity: str = "general"
    retired: bool = False

    @property
    def label(self) -> str:
        """The shortest thing a person would call it."""
        return short(self.code) if self.code else self.statement


class Evidenced(NamedTuple):
    """An assertion with what a reader wants of it: what it is of, who says so, where it was learned."""

    asserted: Asserted
    title: str | None
    source: str
    setting: str | None
    issuer: str | None = None
    assessor: str | None = None
    narrative: str | None = None
    url: str | None = None
    said: str = ""
    verification: str | None = None
    statement: tuple[int, str, str] | None = None  # source, stream, raw key

    @property
    def when(self) -> datetime:
        """When it was shown."""
        return self.asserted.at


class ItemStanding(NamedTuple):
    """Where a learner stands in one competency on a date, by which policy, and why.

    `via` is the equivalent competency it was shown in, `part_of` the whole that is mastered, where that is another one;
    `parts` are its parts that decided, where it stands by these.
    """

    item: Item
    policy: str
    levels: Sequence[Level]
    mastery: int
    state: State
    reasons: Sequence[Reason]
    evidence: Sequence[Evidenced]
    via: UUID | None = None
    part_of: UUID | None = None
    parts: tuple[UUID, ...] = ()

    @property
    def level(self) -> str | None:
        """The level's name; None where there is evidence and no level yet."""
        return None if self.state.level is None else self.levels[self.state.level].name

    @property
    def override(self) -> "Evidenced | None":
        """The level that a teacher of record set, where that decided: who, why and until when."""
        return next(
            (
                piece
                for piece in self.evidence
                if piece.asserted.override and self.state.deciding == [piece.asserted.id]
            ),
            None,
        )

    @property
    def strength(self) -> tuple[int, int]:
        """What puts strengths first: how many levels at or above mastery, then the level itself."""
        rank = -1 if self.state.level is None else self.state.level
        return (rank - self.mastery, rank)


NOBODY = UUID(int=0)
"""Whose states are worked out here: whoever asks knows."""
RulesOn = Callable[[datetime], Rules]
"""The policies in force on a date."""


class Ground(NamedTuple):
    """What a learner stands on: evidence and words by competency, the policies, what ties competencies to others.

    `listed` are competencies that are told of also where they stand by equivalents alone. So are wholes that stand by
    parts: of what was shown and, where that is asked for, of what is `within` a framework.
    """

    evidence: Mapping[UUID, Sequence[Evidenced]]
    items: Mapping[UUID, Item]
    rules: RulesOn
    ties: Ties = NO_TIES
    listed: Collection[UUID] = ()
    within: Collection[UUID] = ()


def standings(ground: Ground, on: datetime) -> list[ItemStanding]:
    """A learner's standings on a date, in the order of their frameworks. What came later is not seen."""
    begun = {competency for competency in ground.evidence if _begun(ground, competency, on)}
    listed = {*ground.listed, *ground.ties.by_parts(begun, ground.within)}
    states, every = _states(ground, ground.evidence, on), dict.fromkeys([*ground.evidence, *sorted(listed)])
    by_competency = stand(every, states, ground.ties, ground.rules(on))
    judged = [
        _standing(ground, competency, place, on)
        for competency, place in by_competency.items()
        if competency in ground.items and (competency in begun or (competency in listed and place.part_of is None))
    ]
    return sorted(
        judged, key=lambda piece: (not piece.item.aligned, piece.item.framework_title, piece.item.place, piece.item.id)
    )


def standing_of(ground: Ground, competency: UUID, on: datetime) -> ItemStanding:
    """Where a learner stands in one competency of `ground.items` on a date."""
    around = ground.ties.around(competency)
    tied = replace(ground.ties, along={whole: ground.ties.along.get(whole, ()) for whole in around})
    place = stand([competency], _states(ground, around, on), tied, ground.rules(on)).get(competency)
    return _standing(ground, competency, place, on)


def own_state(ground: Ground, competency: UUID, on: datetime) -> MasteryRow | None:
    """What was shown of a competency itself adds up to; None where nothing was, by that date."""
    pieces = [piece.asserted for piece in ground.evidence.get(competency, ()) if piece.when <= on]
    if not pieces:
        return None
    policy = ground.rules(on).of(competency)
    state = policy.judge.judge(pieces, on)
    return MasteryRow(
        learner_id=NOBODY,
        competency_id=competency,
        policy_id=policy.id,
        level=state.level,
        value=state.value,
        met=state.met,
        at=state.at,
        until=state.until,
        deciding=state.deciding,
        shown=len(pieces),
    )


def _states(ground: Ground, competencies: Iterable[UUID], on: datetime) -> dict[UUID, MasteryRow]:
    states = ((competency, own_state(ground, competency, on)) for competency in competencies)
    return {competency: state for competency, state in states if state is not None}


def _begun(ground: Ground, competency: UUID, on: datetime) -> bool:
    return any(piece.when <= on for piece in ground.evidence.get(competency, ()))


def _standing(ground: Ground, competency: UUID, place: Standing | None, on: datetime) -> ItemStanding:
    decisive = (place.shown_in if place else None) or competency
    item, policy = ground.items[competency], ground.rules(on).of(decisive)
    if place is not None and place.parts:
        return _of_parts(ground, item, policy, place)
    here = standing(item, ground.evidence.get(decisive, ()), policy, on)
    return here._replace(via=place.via if place else None, part_of=place.part_of if place else None)


def _of_parts(ground: Ground, item: Item, policy: InForce, place: Standing) -> ItemStanding:
    """Where a whole stands by its parts: the evidence is what decided these."""
    row, decided = place.state, {*place.state.deciding}
    pieces = [piece for pieces in ground.evidence.values() for piece in pieces if piece.asserted.id in decided]
    pieces = sorted(
        {piece.asserted.id: piece for piece in pieces}.values(), key=lambda piece: (piece.when, piece.asserted.id)
    )
    state = State(row.level, row.value, row.met, deciding=row.deciding, at=row.at, until=row.until)
    reasons = [Reason(piece.asserted.id, decided=True, why="decided") for piece in pieces]
    return _item_standing(item, policy, state, reasons, pieces)._replace(parts=place.parts)


def standing(item: Item, pieces: Iterable[Evidenced], policy: InForce, on: datetime) -> ItemStanding:
    """Where the evidence of one competency puts a learner on a date."""
    by_id = {piece.asserted.id: piece for piece in pieces if piece.when <= on}
    state, reasons = policy.judge.explain((piece.asserted for piece in by_id.values()), on)
    return _item_standing(item, policy, state, reasons, [by_id[reason.id] for reason in reasons])


def _item_standing(
    item: Item, policy: InForce, state: State, reasons: Sequence[Reason], evidence: Sequence[Evidenced]
) -> ItemStanding:
    levels, least = policy.judge.policy.levels, policy.judge.policy.mastery
    mastery = next((n for n, level in enumerate(levels) if level.at >= least - 1e-9), 0)
    return ItemStanding(
        item,
        f"{policy.name}, version {policy.version}",
        levels,
        mastery=mastery,
        state=state,
        reasons=reasons,
        evidence=evidence,
    )


def short(code: str) -> str:
    """A code as people say it, without its framework's name in front: `CCSS.Math.Content.6.RP.A.1` is 6.RP.A.1."""
    for prefix in ("CCSS.Math.Content.", "CCSS.Math.Practice.", "CCSS.ELA-Literacy."):
        if code.casefold().startswith(prefix.casefold()):
            return code[len(prefix) :]
    return code


def by_domain(standings: Iterable[ItemStanding]) -> list[tuple[str, str, list[ItemStanding]]]:
    """(framework's title, domain, standings): strengths first, the domains and what is in each."""
    groups: dict[tuple[str, str], list[ItemStanding]] = {}
    for standing in standings:
        groups.setdefault((standing.item.framework_title, standing.item.domain), []).append(standing)
    for group in groups.values():
        group.sort(key=lambda standing: (*(-n for n in standing.strength), standing.item.place, str(standing.item.id)))
    ranked: list[tuple[Any, tuple[str, str]]] = [
        (([tuple(-n for n in standing.strength) for standing in group], group[0].item.place), key)
        for key, group in groups.items()
    ]
    return [(*key, groups[key]) for _, key in sorted(ranked)]
