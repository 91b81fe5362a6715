"""Holding: whose a number was when something was told by it. Pure.

A number may be corrected away from one child and given to another. What was received while it was one child's is that
child's for good; what was received while it was two children's, or nobody's, is not known to be anybody's.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise, product
from typing import NamedTuple

from app.matching.apart import PersonFacts, PersonRef, contradiction

NEITHER = -1
"""Stands where the number of a child would: it is not known whose it is."""


class Span(NamedTuple):
    """The time (`until` None: still) in which a number was told to be somebody's; `left`: of somebody who has left."""

    since: datetime
    until: datetime | None
    left: bool = False


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who has a number or had it, as one source tells of them. `facts` are how they were told of with it.

    `unnamed`: a child of a source that was removed. Nothing but when is known: it is nobody else who has the number.
    """

    ref: PersonRef
    facts: PersonFacts
    spans: Sequence[Span]
    unnamed: bool = False

    @property
    def since(self) -> datetime:
        """When they were first told to have it."""
        return min(span.since for span in self.spans)

    @property
    def current(self) -> bool:
        """Whether they are still told to have it."""
        return any(span.until is None for span in self.spans)


@dataclass(slots=True)
class Child:
    """Holders who were told to have a number at one time, and of whom nothing said that they were two children."""

    holders: list[Holder] = field(default_factory=list)

    def spans(self) -> list[Span]:
        """When any source told that the number was theirs."""
        return [span for holder in self.holders for span in holder.spans]

    @property
    def since(self) -> datetime:
        """When they were first told to have it."""
        return min(span.since for span in self.spans())

    def has(self, moment: datetime | None, *, left: bool) -> bool:
        """Whether the number was theirs at a moment, or is (None); with `left`, also where they had left."""
        return any((left or not span.left) and _covers(span, moment) for span in self.spans())


def children(holders: Iterable[Holder]) -> list[Child]:
    """The children who have a number or had it, the first who were told to have it first."""
    several: list[Child] = []
    for holder in sorted(holders, key=lambda h: (h.since, h.ref)):
        child = next((child for child in several if _fits(holder, child)), None)
        if child is None:
            child = Child()
            several.append(child)
        child.holders.append(holder)
    return several


def whose(moment: datetime, tiers: Sequence[Sequence[int]], everybody: Sequence[Child], own: int | None) -> int:
    """The child to whom belongs what was received at a moment: its place in `everybody`, or NEITHER.

    `tiers` are the children by who names them, the sources that are believed most first; `own` is the child whom the
    source that told it by number tells of by name under the same number, too.
    """
    first, *others = tiers
    began = min(everybody[n].since for n in first)
    holding = _holding(max(moment, began), first, everybody)
    if not holding:
        for tier in others:
            if holding := _holding(moment, tier, everybody):
                break
    if not holding:
        return _between(moment, first, everybody)
    if own is not None and own in holding:
        return own
    if len(holding) == 1:
        another_named = own is not None and own in first and everybody[own].since <= moment
        return NEITHER if another_named else holding[0]
    remaining = [n for n in holding if everybody[n].has(None, left=True)]
    if len(remaining) == 1 and all(everybody[remaining[0]].since <= everybody[n].since for n in holding):
        return remaining[0]  # the others had it by mistake
    return NEITHER


def turns(everybody: Iterable[Child]) -> list[tuple[datetime | None, datetime | None]]:
    """The times between which nothing changes of whose a number is, in order, from the first (None) to the last."""
    moments = {moment for child in everybody for span in child.spans() for moment in span[:2] if moment is not None}
    return list(pairwise([None, *sorted(moments), None]))


def meet(some: Iterable[Span], others: Iterable[Span]) -> bool:
    """Whether two had a number at one time."""
    return any(
        (left.until is None or right.since < left.until) and (right.until is None or left.since < right.until)
        for left, right in product(some, others)
    )


def _holding(moment: datetime, tier: Sequence[int], everybody: Sequence[Child]) -> list[int]:
    """Who has the number at a moment; where nobody else does, who left with it."""
    for left in (False, True):
        if holding := [n for n in tier if everybody[n].has(moment, left=left)]:
            return holding
    return []


def _between(moment: datetime, tier: Sequence[int], everybody: Sequence[Child]) -> int:
    """Whose a number that was nobody's for a while is: whose it was before and after, if that is one child."""
    spans = [(span, n) for n in tier for span in everybody[n].spans()]
    before = {n for span, n in spans if span.since <= moment}
    after = {n for span, n in spans if span.since > moment}
    return next(iter(before)) if len(before) == 1 and before == after else NEITHER


def _fits(holder: Holder, child: Child) -> bool:
    if holder.unnamed or any(other.unnamed for other in child.holders):
        return any(other.ref == holder.ref for other in child.holders)
    if any(other.ref == holder.ref and not contradiction(other.facts, holder.facts) for other in child.holders):
        return True
    if any(contradiction(other.facts, holder.facts) for other in child.holders):
        return False
    return any(meet(holder.spans, other.spans) for other in child.holders)


def _covers(span: Span, moment: datetime | None) -> bool:
    if moment is None:
        return span.until is None
    return span.since <= moment and (span.until is None or moment < span.until)
