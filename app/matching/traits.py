"""Traits: what is known of a person that speaks for or against their being another one, normalized. Pure.

Names of every script are compared in Latin letters (anyascii), without marks and case. A name is told in one of many
orders: the words of given and family names are kept apart where the source does so, and compared across as well.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

import msgspec
from anyascii import anyascii

from app.matching.apart import PersonRef, TypedId, is_placeholder
from schemas import Demographics, Name, Person
from schemas.records import Record

PARTICLES = frozenset(
    {
        "de",
        "del",
        "la",
        "las",
        "los",
        "da",
        "das",
        "do",
        "dos",
        "di",
        "van",
        "von",
        "der",
        "den",
        "ter",
        "bin",
        "binti",
        "ibn",
        "al",
        "el",
        "y",
        "e",
        "o",
        "mac",
        "san",
        "st",
    }
)
"""Small words of family names, which are written, joined or left out as one likes."""

SUFFIXES = {"sr": "1", "senior": "1", "jr": "2", "junior": "2", "ii": "2", "iii": "3", "iv": "4"}
"""What tells a child from a parent, or a cousin, of one name; it is no part of the name. Two of them are two people."""

NO_NAME = frozenset({"fnu", "lnu", "nfn", "nln", "nmn", "unknown", "noname"})
"""What forms have in place of a name: "first name unknown", "no middle name"."""

NUMERAL = re.compile(r"x{0,3}(ix|iv|v?i{0,3})")

GRADES = {"pk": -1, "tk": -1, "ps": -2, "k": 0, "kg": 0, "ot": None, "ug": None}
"""Grades that are no numbers, as years after kindergarten (CEDS entry grade level)."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """One name of a person: its given words (the first one first), its middle ones, and its family words.

    `suffix` is what tells them from somebody of that name; `labels` are words that are no names but tell one from
    another: with digits, numerals, single letters in place of a family name ("Student 17", "Student B").
    """

    given: tuple[str, ...] = ()
    middle: tuple[str, ...] = ()
    family: tuple[str, ...] = ()
    suffix: str = ""

    @property
    def labels(self) -> frozenset[str]:
        """Words by which two are told apart whatever else agrees."""
        letters = {word for word in self.family if len(word) == 1}
        return frozenset(letters | {word for word in (*self.given, *self.middle, *self.family) if _is_label(word)})

    def words(self) -> frozenset[str]:
        """All words but the middle ones, which many leave out."""
        return frozenset((*self.given, *self.family))


@dataclass(frozen=True, slots=True)
class Traits:
    """What is compared. `grade` counts years after kindergarten; `contacts` are a household's, each with its kind."""

    ref: PersonRef
    names: tuple[Spelling, ...] = ()
    birth: date | None = None
    birth_year: int | None = None
    grade: int | None = None
    schools: frozenset[str] = frozenset()
    sex: str | None = None
    ids: frozenset[TypedId] = frozenset()
    contacts: frozenset[tuple[str, str]] = field(default_factory=frozenset)

    def firsts(self) -> frozenset[str]:
        """The first given word of each name."""
        return frozenset(name.given[0] for name in self.names if name.given)

    def families(self) -> frozenset[str]:
        """All words of family names."""
        return frozenset(word for name in self.names for word in name.family)


def traits(
    ref: PersonRef,
    records: Iterable[Record],
    ids: Iterable[TypedId] = (),
    schools: Iterable[str] = (),
    contacts: Iterable[tuple[str, str]] = (),
) -> Traits:
    """What a person's statements say of who they are. `schools` and `contacts` are those of the records about them."""
    names: list[Spelling] = []
    birth: date | None = None
    year: int | None = None
    years: int | None = None
    sex: str | None = None
    reached = set(contacts)
    for record in records:
        if isinstance(record, Person | Demographics) and record.birth_date and birth is None:
            birth = record.birth_date
        if isinstance(record, Demographics) and record.sex and sex is None:
            sex = record.sex
        if isinstance(record, Person):
            names += [spelled for name in whole_names(record) if (spelled := spelling(name)) not in names]
            year = year or record.birth_year
            years = next((n for text in record.grades if (n := grade(text)) is not None), years)
            reached |= {("email", record.email)} if record.email else set()
            reached |= {("phone", record.phone)} if record.phone else set()
    return Traits(
        ref=ref,
        names=tuple(name for name in names if name.words()),
        birth=birth,
        birth_year=year or (birth.year if birth else None),
        grade=years,
        schools=frozenset(plain for school in schools if (plain := " ".join(words(school)))),
        sex=sex,
        ids=frozenset(ids),
        contacts=frozenset(reachable for kind, value in reached if (reachable := contact(kind, value))),
    )


def whole_names(person: Person) -> list[Name]:
    """A person's names; a chosen one that tells of a part alone has the other part of the name beside it."""
    first = next((name for name in person.names if not name.preferred), None)
    return [
        msgspec.structs.replace(name, given=name.given or first.given, family=name.family or first.family)
        if name.preferred and not name.full and first is not None
        else name
        for name in person.names
    ]


def shown_names(person: Person) -> list[Name]:
    """The names by which a person is shown to whoever compares: the chosen ones where they have any, none they had."""
    current = [name for name in whole_names(person) if name.ends is None]
    return [name for name in current if name.preferred] or current


def spelling(name: Name) -> Spelling:
    """A name's words by their place. A name told in one piece has its last word for the family's, as most write it."""
    if name.given or name.family:
        first, middle, family = words(name.given), words(name.middle), words(name.family)
    elif name.full and "," in name.full:
        before, _, after = name.full.partition(",")
        first, middle, family = words(after)[:1], words(after)[1:], words(before)
    else:
        whole = tuple(word for word in words(name.full) if word not in SUFFIXES)
        first, middle, family = whole[:1], whole[1:-1], whole[1:][-1:]
    suffix = next((SUFFIXES[word] for word in words(name.full) + first + middle + family if word in SUFFIXES), "")
    return Spelling(_named(first), _named(middle), _family(_named(family)), suffix)


def _named(spoken: tuple[str, ...]) -> tuple[str, ...]:
    """The words that are names. Who is called Junior, and nothing else, is called so."""
    names = tuple(word for word in spoken if word not in NO_NAME)
    return tuple(word for word in names if word not in SUFFIXES) or names


def _family(spoken: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for word in spoken if word not in PARTICLES) or spoken


def _is_label(word: str) -> bool:
    return any(char.isdigit() for char in word) or (len(word) > 2 and NUMERAL.fullmatch(word) is not None)


@lru_cache(maxsize=100_000)
def words(text: str | None) -> tuple[str, ...]:
    """The words of a name in Latin letters, without marks, case and apostrophes ("O'Neil" is one word), in order."""
    plain = anyascii(text or "").casefold().replace("'", "").replace("`", "")
    return tuple(re.findall(r"[a-z0-9]+", plain))


def grade(label: str) -> int | None:
    """A grade level as years after kindergarten; None where it is none (an adult's, "other")."""
    plain = label.strip().casefold().removeprefix("grade").strip().removesuffix(".0").rstrip("thndrs")
    if plain in GRADES:
        return GRADES[plain]
    return int(plain) if plain.isdecimal() and int(plain) <= 13 else None


def contact(kind: str, value: str) -> tuple[str, str] | None:
    """A way to reach a household, as it is compared; None for what stands for none."""
    if kind == "phone":
        digits = re.sub(r"\D", "", value)[-10:]
        return (kind, digits) if len(digits) >= 7 and not is_placeholder(digits) else None
    plain = value.strip().casefold() if kind == "email" else " ".join(words(value))
    return (kind, plain) if plain and not is_placeholder(plain) else None
