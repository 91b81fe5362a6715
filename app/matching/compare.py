"""Compare: two persons field by field. Each field has a level, which says how nearly it agrees. Pure.

The levels are those of Fellegi and Sunter (1969). Where a field can be told in several ways (two names, a name in
another order), the nearest counts. What a household shares (e-mail, phone, address) is one field, whatever number of
them agree: brothers and sisters share all of them at once.
"""

from collections.abc import Iterator
from datetime import date
from itertools import product
from typing import NamedTuple

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA, JaroWinkler

from app.matching.apart import LINKING, ONE_EACH
from app.matching.names import short_of
from app.matching.traits import Spelling, Traits

CLOSE = 0.90
"""Jaro-Winkler similarity from which two names are taken for one, misspelled."""
SAME_ADDRESS = 85
"""Similarity, of 100, from which two addresses with the same numbers are one."""
INITIAL = 1


class Levels(NamedTuple):
    """How nearly two persons agree, by field. None: one of them does not say."""

    given: str | None
    middle: str | None
    family: str | None
    birth: str | None
    grade: str | None
    school: str | None
    sex: str | None
    number: str | None
    household: str | None


class Compared(NamedTuple):
    """Two persons' levels; `given` and `family` are the words that agree, by which a rare name counts for more."""

    levels: Levels
    given: str | None = None
    family: str | None = None


GIVEN = ("same", "short", "close", "initial", "middle", "swapped", "different")
FAMILY = ("same", "part", "close", "swapped", "different")
BIRTH = ("same", "swapped", "digit", "placeholder", "year", "near", "different")
"""The levels of names and of birth dates, the nearest first."""


def compare(left: Traits, right: Traits) -> Compared:
    """Two persons, field by field."""
    first, family, agreed = _names(left, right)
    return Compared(
        Levels(
            given=first,
            middle=_middle(left, right),
            family=family,
            birth=_birth(left, right),
            grade=_grade(left, right),
            school=_overlap(left.schools, right.schools),
            sex=None if left.sex is None or right.sex is None else _same(left.sex == right.sex),
            number=_number(left, right),
            household=_household(left, right),
        ),
        *agreed,
    )


def _names(left: Traits, right: Traits) -> tuple[str | None, str | None, tuple[str | None, str | None]]:
    """The nearest two of their names."""
    nearest: tuple[int, str | None, str | None, tuple[str | None, str | None]] = (99, None, None, (None, None))
    for mine, theirs in product(left.names, right.names):
        first, word = _given_names(mine, theirs)
        family, surname = _family(mine, theirs)
        if {first, family} & {"different"} and _in_another_order(mine, theirs):
            first = family = "swapped"
        place = _place(GIVEN, first) + _place(FAMILY, family)
        nearest = min(nearest, (place, first, family, (word, surname)), key=lambda known: known[0])
    return nearest[1:]


def _place(levels: tuple[str, ...], level: str | None) -> int:
    return len(levels) if level is None else levels.index(level)


def _given_names(mine: Spelling, theirs: Spelling) -> tuple[str | None, str | None]:
    if not mine.given or not theirs.given:
        return None, None
    if "".join(mine.given) == "".join(theirs.given) or (mine.given[0] == theirs.given[0] and _letters(mine, theirs)):
        return "same", mine.given[0]
    if not _digits_agree(mine.given, theirs.given):
        return "different", None
    if any(short_of(a, b) for a, b in product(mine.given, theirs.given)):
        return "short", None
    if mine.given[0] != theirs.given[0] and near(mine.given[0], theirs.given[0]):
        return "close", None
    if _initial(mine.given[0], theirs.given[0]):
        return "initial", None
    all_mine, all_theirs = {*mine.given, *mine.middle}, {*theirs.given, *theirs.middle}
    if {mine.given[0], theirs.given[0]} & {w for w in all_mine & all_theirs if len(w) > INITIAL}:
        return "middle", None
    return "different", None


def _middle(left: Traits, right: Traits) -> str | None:
    """Whether middle names, or their initials, agree: cousins may differ in nothing else."""
    initials = [{name.middle[0] for name in person.names if name.middle} for person in (left, right)]
    if not all(initials):
        return None
    return _same(any(a == b or _initial(a, b) or near(a, b) for a, b in product(*initials)))


def _letters(mine: Spelling, theirs: Spelling) -> bool:
    """Whether what stands beside one given name says nothing against another's: no other number, no other word."""
    return _digits_agree((*mine.given, *mine.middle), (*theirs.given, *theirs.middle)) and (
        len(mine.given) == 1 or len(theirs.given) == 1 or bool({*mine.given[1:]} & {*theirs.given[1:]})
    )


def _family(mine: Spelling, theirs: Spelling) -> tuple[str | None, str | None]:
    if not mine.family or not theirs.family:
        return None, None
    if "".join(mine.family) == "".join(theirs.family):
        return "same", mine.family[-1] if len(mine.family) == 1 else None
    if not _digits_agree(mine.family, theirs.family):
        return "different", None
    if shared := {w for w in {*mine.family} & {*theirs.family} if len(w) > INITIAL}:
        return "part", max(shared)
    if any(near(a, b) for a, b in product(mine.family, theirs.family)):
        return "close", None
    return "different", None


def _in_another_order(mine: Spelling, theirs: Spelling) -> bool:
    """Whether given and family name have changed places, each of them the same or nearly so."""
    if not (mine.given and mine.family and theirs.given and theirs.family):
        return len(mine.words() | theirs.words()) > 1 and mine.words() == theirs.words()
    return any(a == b or near(a, b) for a, b in product(mine.given, theirs.family)) and any(
        a == b or near(a, b) for a, b in product(mine.family, theirs.given)
    )


def _digits_agree(mine: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    """Whether the words with digits are the same: "Student 17" is not "Student 18"."""
    numbered = [{word for word in words if any(c.isdigit() for c in word)} for words in (mine, theirs)]
    return numbered[0] == numbered[1]


def near(left: str, right: str) -> bool:
    """Whether one word may be the other, misspelled (one letter off, or near by Jaro-Winkler) or in another spelling.

    Words with digits are never misspelled: each is another one.
    """
    if left == right or any(c.isdigit() for c in left + right):
        return left == right
    shorter = min(len(left), len(right))
    if shorter >= 4 and OSA.distance(left, right, score_cutoff=1) <= 1:
        return True
    if shorter >= 3 and JaroWinkler.similarity(left, right, score_cutoff=CLOSE) >= CLOSE:
        return True
    return shorter >= 3 and _skeleton(left) == _skeleton(right)


_SOUNDS = str.maketrans({"q": "k", "c": "k", "w": "v", "y": "j", "z": "s", "x": "s"} | dict.fromkeys("aeiouh", None))


def _skeleton(word: str) -> str:
    """The consonants of a word, spelled one way: names written from another script keep them."""
    spelled = word.replace("ph", "f").replace("sch", "s").replace("kh", "k").replace("ou", "u")
    single = "".join(letter for i, letter in enumerate(spelled) if i == 0 or letter != spelled[i - 1])
    consonants = single.translate(_SOUNDS)
    return consonants if len(consonants) > 2 else word


def _initial(left: str, right: str) -> bool:
    short, long = sorted((left, right), key=len)
    return len(short) == INITIAL and long.startswith(short)


def _birth(left: Traits, right: Traits) -> str | None:
    if left.birth and right.birth:
        return dates(left.birth, right.birth)
    if left.birth_year and right.birth_year:
        apart = abs(left.birth_year - right.birth_year)
        return "year" if apart == 0 else "near" if apart == 1 else "different"
    return None


def dates(left: date, right: date) -> str:
    """How nearly two birth dates agree."""
    if left == right:
        return "placeholder" if (left.month, left.day) == (1, 1) else "same"
    if left.year == right.year and (left.month, left.day) == (right.day, right.month):
        return "swapped"
    if left.year == right.year and (1, 1) in {(left.month, left.day), (right.month, right.day)}:
        return "placeholder"
    if OSA.distance(left.isoformat(), right.isoformat()) == 1 or abs((left - right).days) == 1:
        return "digit"
    return "different"


def _grade(left: Traits, right: Traits) -> str | None:
    if left.grade is not None and right.grade is not None:
        apart = abs(left.grade - right.grade)
        return "same" if apart == 0 else "near" if apart == 1 else "different"
    return None


def _overlap(mine: frozenset[str], theirs: frozenset[str]) -> str | None:
    return _same(bool(mine & theirs)) if mine and theirs else None


def _same(agree: bool) -> str:
    return "same" if agree else "different"


def _number(left: Traits, right: Traits) -> str | None:
    """A number that both have of one issuer: the same, one edit off (a misprint), or another."""
    levels = {level for level in _numbers(left, right) if level}
    return next((level for level in ("different", "edit", "same") if level in levels), None)


def _numbers(left: Traits, right: Traits) -> Iterator[str]:
    for mine, theirs in product(left.ids, right.ids):
        if mine.type in LINKING and (mine.type, mine.issuer) == (theirs.type, theirs.issuer):
            if mine.value == theirs.value:
                yield "same"
            elif mine.type in ONE_EACH:
                yield "edit" if OSA.distance(mine.value, theirs.value, score_cutoff=1) <= 1 else "different"


def _household(left: Traits, right: Traits) -> str | None:
    kinds = {kind for kind, _ in left.contacts} & {kind for kind, _ in right.contacts}
    return _same(bool(left.contacts & right.contacts) or _one_address(left, right)) if kinds else None


def _one_address(left: Traits, right: Traits) -> bool:
    """Whether two addresses are one, written nearly so: with the same numbers in them."""
    addresses = [[value for kind, value in person.contacts if kind == "address"] for person in (left, right)]
    return any(
        _numbered(a) == _numbered(b) and fuzz.token_sort_ratio(a, b) >= SAME_ADDRESS for a, b in product(*addresses)
    )


def _numbered(text: str) -> list[str]:
    return sorted(word for word in text.split() if word.isdigit())
