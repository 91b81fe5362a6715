"""Guards: when a score may link two persons by itself. Whatever stops it leaves the question to a person. Pure.

A score is never enough. The given name and the birth date must agree on their own, nobody else may fit nearly as well,
and nobody else of the family may have the same birth date: twins differ in nothing but a name.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from app.matching.compare import Compared, Levels, compare
from app.matching.names import short_of
from app.matching.traits import Traits
from app.matching.weights import Model, Score, score

AUTOMATIC = 8.0
"""Bits from which two may be linked without a person (a probability of 0.996), where no guard stops it."""
ASKED = -3.0
"""Bits from which a person is asked."""
AHEAD = 6.0
"""Bits by which the best must be ahead of the next."""
FAR = 12.0
"""Bits behind the best from which nobody asks about the next."""
SHOWN = 3
"""How many candidates a person is asked about."""
ATTESTED = 1 / 3000
"""A share of given names from which a name is one that people bear, and hardly a misprint of another."""

GIVEN = frozenset({"same", "short", "close", "swapped"})
BIRTH = frozenset({"same", "swapped"})
SLIPS = frozenset({"digit", "placeholder"})
"""Levels: of the given name and the birth date that speak for themselves, and of a date that may be a slip."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may be the same person."""

    person: Traits
    compared: Compared
    score: Score


def candidates(person: Traits, others: Collection[Traits], model: Model) -> list[Candidate]:
    """Everybody of whom a person would be asked, the likeliest first."""
    compared = [(other, compare(person, other)) for other in others if other.ref != person.ref]
    scored = [Candidate(other, levels, score(levels, model)) for other, levels in compared]
    ranked = sorted((c for c in scored if c.score.bits >= ASKED), key=lambda c: (-c.score.bits, c.person.ref))
    return [candidate for candidate in ranked if ranked[0].score.bits - candidate.score.bits < FAR]


def stops(person: Traits, ranked: Sequence[Candidate], around: Collection[Traits], model: Model) -> str | None:
    """What keeps the first candidate from being linked without a person, in words; None where nothing does.

    `around` are all who were compared, also those a person would not be asked of: brothers and sisters are among them.
    """
    best, levels = ranked[0], ranked[0].compared.levels
    if levels.number == "different":
        return "a number of theirs differs"
    if best.score.bits < AUTOMATIC:
        return "too little speaks for it"
    if levels.given not in GIVEN and not (levels.given is None and levels.number == "same"):
        return "the given name is not the same"
    if weak := _weak(levels):
        return weak
    if levels.birth is None and levels.number != "same" and _kin(person, best.person, around):
        return "without a birth date it may be a sister or brother"
    if levels.given == "close" and _both_borne(person, best.person, model):
        return "both given names are ones that people bear"
    if twins(person, best.person, around):
        return "somebody else of this family has the same birth date"
    if any(best.score.bits - other.score.bits < AHEAD for other in ranked[1:]):
        return "somebody else fits nearly as well"
    return None


def _kin(person: Traits, best: Traits, around: Collection[Traits]) -> bool:
    """Whether somebody else of their grade, or of none that is told, lives with either of them."""
    contacts = person.contacts | best.contacts
    return any(
        contacts & other.contacts and other.grade in {None, person.grade, best.grade}
        for other in around
        if other.ref not in {person.ref, best.ref}
    )


def _weak(levels: Levels) -> str | None:
    """What else must agree than the given name: family name and birth date, or a number. The rest makes one slip good.

    A family name may have changed where birth date and household agree; a digit of the birth date may be wrong where
    names, household and grade agree. A household alone makes nothing good: sisters and brothers share it.
    """
    if levels.number == "same":
        return None
    exact = levels.given == "same" and levels.household == "same"
    if levels.given in {"short", "close"} and levels.family in {"part", "close"} and levels.household != "same":
        return "neither name is quite the same"
    if levels.family == "different" and not (exact and levels.birth == "same"):
        return "the family name is not the same"
    if levels.birth in BIRTH:
        return None
    slip = (levels.birth in SLIPS and levels.grade != "different") or (levels.birth is None and levels.grade == "same")
    if not (exact and slip and levels.family in {"same", "part"} and "different" not in {levels.middle, levels.school}):
        return "the birth date is not the same"
    return None


def twins(person: Traits, best: Traits, around: Collection[Traits]) -> bool:
    """Whether somebody else has the birth date of either and their family name, or lives with them."""
    births = {born for born in (person.birth, best.birth) if born}
    families = person.families() | best.families()
    contacts = person.contacts | best.contacts
    return any(
        other.birth in births and (families & other.families() or contacts & other.contacts)
        for other in around
        if other.ref not in {person.ref, best.ref}
    )


def _both_borne(left: Traits, right: Traits, model: Model) -> bool:
    """Whether both have a first given name that others bear, too, and neither is short for the other."""
    mine, theirs = left.firsts(), right.firsts()
    if any(short_of(a, b) for a in mine for b in theirs):
        return False
    common = model.names.given
    return all(any(common.get(word, 0.0) >= ATTESTED for word in words) for words in (mine, theirs))
