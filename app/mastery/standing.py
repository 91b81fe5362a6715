"""Standings: where a learner stands in each competency, as of a date, with the evidence and what it did. Pure.

Nothing here, or in any view made from it, is a mean across competencies: a learner is not a number.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from app.mastery.policies import Asserted, Judge, Level, Reason, State


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
    """Where a learner stands in one competency on a date, by which policy, and why."""

    item: Item
    policy: str
    levels: Sequence[Level]
    mastery: int
    state: State
    reasons: Sequence[Reason]
    evidence: Sequence[Evidenced]

    @property
    def level(self) -> str | None:
        """The level's name; None where there is evidence and no level yet."""
        return None if self.state.level is None else self.levels[self.state.level].name

    @property
    def strength(self) -> tuple[int, int]:
        """What puts strengths first: how many levels at or above mastery, then the level itself."""
        rank = -1 if self.state.level is None else self.state.level
        return (rank - self.mastery, rank)


class Ruling(NamedTuple):
    """The policy in force for a competency: what it is called, and its judge."""

    name: str
    judge: Judge


Rulings = Callable[[UUID, datetime], Ruling]
"""The policy in force for a competency on a date."""


def standings(
    evidence: Mapping[UUID, Sequence[Evidenced]], items: Mapping[UUID, Item], rulings: Rulings, on: datetime
) -> list[ItemStanding]:
    """A learner's standings on a date, in the order of their frameworks. What came later is not seen."""
    judged = [
        standing(items[competency], pieces, rulings(competency, on), on)
        for competency, pieces in evidence.items()
        if any(piece.when <= on for piece in pieces)
    ]
    return sorted(
        judged, key=lambda piece: (not piece.item.aligned, piece.item.framework_title, piece.item.place, piece.item.id)
    )


def standing(item: Item, pieces: Iterable[Evidenced], ruling: Ruling, on: datetime) -> ItemStanding:
    """Where the evidence of one competency puts a learner on a date."""
    by_id = {piece.asserted.id: piece for piece in pieces if piece.when <= on}
    state, reasons = ruling.judge.explain((piece.asserted for piece in by_id.values()), on)
    until = [by_id[reason.id] for reason in reasons]
    policy = ruling.judge.policy
    mastery = next((n for n, level in enumerate(policy.levels) if level.at >= policy.mastery - 1e-9), 0)
    return ItemStanding(item, ruling.name, policy.levels, mastery, state, reasons, until)


def within(standings: Iterable[ItemStanding], framework: UUID | None, scope: str) -> list[ItemStanding]:
    """Standings in one framework (None: in any, or in none yet); with the scope `general` nothing that is sensitive."""
    return [
        standing
        for standing in standings
        if framework in (None, standing.item.framework) and (scope == "all" or standing.item.sensitivity == "general")
    ]


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
