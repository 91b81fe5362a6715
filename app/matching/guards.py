"""Guards: when a score may link two persons by itself. Whatever stops it leaves the question to a person. Pure.

A score is never enough. The given name and the birth date must agree on their own, nobody else may fit nearly as well,
and nobody else of the family may have the same birth date: twins differ in nothing but a name.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import product
from types import MappingProxyType

from app.matching.apart import PersonRef
from app.matching.borne import BORNE, sound
from app.matching.compare import Compared, Levels, compare, near
from app.matching.groups import Judged, grouped, pair
from app.matching.names import shortened
from app.matching.traits import Spelling, Traits
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

MASCULINE, FEMININE = (
    frozenset({"", "o", "os", "io", "e", "es"}),
    frozenset({"a", "ia", "na", "la", "ina", "ella", "le"}),
)
"""Endings by which a boy's name differs from a girl's."""
ALIKE = tuple(frozenset(letters) for letters in ("ckq", "jyi", "sz", "fp", "gj", "vw", "aeiouh"))
"""Letters by which one sound is written."""

GIVEN = frozenset({"same", "short", "close", "swapped"})
BIRTH = frozenset({"same", "swapped"})
SLIPS = frozenset({"digit", "placeholder"})
"""Levels: of the given name and the birth date that speak for themselves, and of a date that may be a slip."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may be the same person; `members` are all persons of rosters who are that learner."""

    person: Traits
    compared: Compared
    score: Score
    members: tuple[Traits, ...] = ()

    @property
    def refs(self) -> frozenset[PersonRef]:
        """Whom the learner is made of."""
        return frozenset({self.person.ref, *(member.ref for member in self.members)})


def candidates(
    person: Traits, others: Collection[Traits], model: Model, judged: Judged = MappingProxyType({})
) -> list[Candidate]:
    """Everybody of whom a person would be asked, the likeliest first: each learner once, by who of theirs fits best.

    Of whom somebody has said that they are another one, nobody is asked again, by whatever system they are known.
    """
    scored = [
        _candidate(person, group, model)
        for group in grouped([other for other in others if other.ref != person.ref], judged)
        if all(judged.get(pair(person.ref, member.ref)) != "different" for member in group)
    ]
    ranked = sorted((c for c in scored if c.score.bits >= ASKED), key=lambda c: (-c.score.bits, c.person.ref))
    return [candidate for candidate in ranked if ranked[0].score.bits - candidate.score.bits < FAR]


def _candidate(person: Traits, group: Sequence[Traits], model: Model) -> Candidate:
    compared = [(other, compare(person, other)) for other in group]
    scored = [Candidate(other, levels, score(levels, model), tuple(group)) for other, levels in compared]
    return min(scored, key=lambda c: (-c.score.bits, c.person.ref))


def stops(
    person: Traits,
    ranked: Sequence[Candidate],
    around: Collection[Traits],
    model: Model,
    rivals: Collection[Traits] = (),
) -> str | None:
    """What keeps the first candidate from being linked without a person, in words; None where nothing does.

    `around` are all who were compared, also those a person would not be asked of: brothers and sisters are among them.
    `rivals` are others of the person's own source, where that lists everybody once.
    """
    best, levels = ranked[0], ranked[0].compared.levels
    others = [other for other in around if other.ref not in best.refs and other.ref != person.ref]
    if why := _told_apart(person, best):
        return why
    if best.score.bits < AUTOMATIC:
        return "too little speaks for it"
    if levels.given not in GIVEN and not (levels.given is None and levels.number == "same"):
        return "the given name is not the same"
    if weak := _weak(levels):
        return weak
    if _surnames_differ(person, best.person) and not (levels.given == "same" and levels.household == "same"):
        return "a part of the family name is another one"
    if levels.birth is None and levels.number != "same" and _kin(person, best.person, others):
        return "without a birth date it may be a sister or brother"
    if levels.given in {"close", "short"} and _two_names(levels.given, person, best.person, model):
        return "both given names are ones that people bear"
    if twins(person, best.person, others):
        return "somebody else of this family has the same birth date"
    if any(best.score.bits - other.score.bits < AHEAD for other in ranked[1:]):
        return "somebody else fits nearly as well"
    if any(_rivals(best, rival, model) for rival in rivals if rival.ref != person.ref):
        return "another one of its own source may be them as well"
    return None


def _told_apart(person: Traits, best: Candidate) -> str | None:
    """What tells them from somebody whatever the score: a number, a label in a name, or what another roster says."""
    for member in best.members or (best.person,):
        levels = compare(person, member).levels
        if levels.number == "different":
            return "a number of theirs differs"
        if member is not best.person and levels.birth in {"near", "different"} and levels.number != "same":
            return "another system tells of another birth date"
    if _all_differ(person, best.person, lambda name: name.labels):
        return "a number or a letter in their names differs"
    if _all_differ(person, best.person, lambda name: name.suffix):
        return "one is a junior, and the other not, or another one"
    return None


def _all_differ(left: Traits, right: Traits, part: Callable[[Spelling], object]) -> bool:
    """Whether no name of one says of this what a name of the other says: labels as a whole, suffixes where both do."""
    names = [(part(a), part(b)) for a, b in product(left.names, right.names)]
    labels = bool(names) and isinstance(names[0][0], frozenset)
    return bool(names) and all(a != b and (labels or bool(a and b)) for a, b in names)


def _surnames_differ(left: Traits, right: Traits) -> bool:
    """Whether both have two family names of which one is shared and the other another: cousins, as a rule."""
    return bool(left.names and right.names) and all(
        _other_half(a.family, b.family) for a, b in product(left.names, right.names)
    )


def _other_half(mine: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    own, other = {*mine} - {*theirs}, {*theirs} - {*mine}
    return len(mine) > 1 and len(theirs) > 1 and any(all(not near(a, b) for b in other) for a in own if other)


def _rivals(best: Candidate, rival: Traits, model: Model) -> bool:
    """Whether another one of the same source may be this learner, too: by a number, or nearly as well."""
    for member in best.members or (best.person,):
        compared = compare(rival, member)
        if compared.levels.number == "same" or score(compared, model).bits > best.score.bits - AHEAD:
            return compared.levels.given in GIVEN or compared.levels.number == "same"
    return False


def _kin(person: Traits, best: Traits, others: Collection[Traits]) -> bool:
    """Whether somebody else of their grade, or of none that is told, lives with either of them."""
    contacts = person.contacts | best.contacts
    return any(contacts & other.contacts and other.grade in {None, person.grade, best.grade} for other in others)


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


def twins(person: Traits, best: Traits, others: Collection[Traits]) -> bool:
    """Whether somebody else has the birth date of either and their family name, or lives with them."""
    births = {born for born in (person.birth, best.birth) if born}
    families = person.families() | best.families()
    contacts = person.contacts | best.contacts
    return any(other.birth in births and (families & other.families() or contacts & other.contacts) for other in others)


def _two_names(level: str, left: Traits, right: Traits, model: Model) -> bool:
    """Whether given names that are near are two that people bear, or differ as names do, and not by a slip.

    Twins are called Maria and Marta, Daniel and Daniela, Jayden and Kayden: one of them may be on no roster.
    """
    pairs = list(product(sorted(left.firsts()), sorted(right.firsts())))
    if any(sound(a) == sound(b) for a, b in pairs):
        return False
    if any(_boy_and_girl(a, b) for a, b in pairs):
        return True
    if level == "short" and any(
        a.startswith(b) or b.startswith(a) or shortened(frozenset({a}), frozenset({b})) for a, b in pairs
    ):
        return False
    if all(_borne(a, model) and _borne(b, model) for a, b in pairs):
        return True
    return level == "close" and all(_other_begin(a, b) for a, b in pairs)


def _borne(word: str, model: Model) -> bool:
    return word in BORNE or model.names.given.get(word, 0.0) >= ATTESTED


def _boy_and_girl(left: str, right: str) -> bool:
    """Whether two differ at the end as a boy's name differs from a girl's: Daniel and Daniela, Mario and Maria."""
    stem = next((i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))
    endings = (left[stem:], right[stem:])
    return stem > 2 and any(his in MASCULINE and hers in FEMININE for his, hers in (endings, endings[::-1]))


def _other_begin(left: str, right: str) -> bool:
    """Whether two begin with another sound: Jayden and Kayden."""
    return left[:1] != right[:1] and not any({left[0], right[0]} <= sounds for sounds in ALIKE)
