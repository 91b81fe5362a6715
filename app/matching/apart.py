"""Apart: what keeps two persons from being one learner. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from app.matching.names import alike, shortened, tokens
from connectors.ids import stands_for_none
from schemas import Demographics, Person
from schemas.records import Record

LINKING = ("state", "district", "sourced", "program", "did")
"""Types of identifier that link two persons, the strongest first."""

ADDRESSING = ("email", "username", "account", "other")
"""Types of identifier that link nobody by themselves, but by which alone a program may tell of somebody."""

ANYWHERE = ("email", "username")
"""Those of them that are the same whichever source tells them."""

ONE_EACH = frozenset({"state", "district"})
"""Types of which a learner has one per issuer: two different ones keep persons apart."""

NAMES_APART = "their given names differ"


class PersonRef(NamedTuple):
    """A person as one source knows them."""

    source: int
    key: str


class TypedId(NamedTuple):
    """An identifier with its issuer resolved and its value normalized."""

    type: str
    issuer: str
    value: str


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What is known of a person that speaks for or against a link. `rank` is their source's (lower is preferred)."""

    ref: PersonRef
    rank: int
    ids: frozenset[TypedId] = frozenset()
    first_names: frozenset[str] = frozenset()
    births: frozenset[date] = frozenset()
    birth_years: frozenset[int] = frozenset()
    family_names: frozenset[str] = frozenset()


def person_facts(ref: PersonRef, rank: int, ids: Iterable[TypedId], records: Iterable[Record]) -> PersonFacts:
    """What a person's statements say that matters for identity."""
    firsts: set[str] = set()
    families: set[str] = set()
    births: set[date] = set()
    years: set[int] = set()
    for record in records:
        if isinstance(record, Person | Demographics) and record.birth_date:
            births.add(record.birth_date)
        if isinstance(record, Person):
            if record.birth_year:
                years.add(record.birth_year)
            for name in record.names:
                firsts |= tokens(name.given, name.middle) or tokens(name.full)
                families |= tokens(name.family) or tokens(name.full)
    return PersonFacts(
        ref,
        rank,
        frozenset(ids),
        first_names=frozenset(firsts),
        births=frozenset(births),
        birth_years=frozenset(years),
        family_names=frozenset(families),
    )


def contradiction(left: PersonFacts, right: PersonFacts) -> str | None:
    """What keeps two persons apart, in words; None where nothing does."""
    if why := _births_apart(left, right) or differing_number(left, right):
        return why
    return NAMES_APART if _names_apart(left, right) else None


def differing_number(left: PersonFacts, right: PersonFacts) -> str | None:
    """Which number of two persons differs, of which a learner has one; None where none does."""
    for kind in sorted(ONE_EACH):
        mine, theirs = _values(left, kind), _values(right, kind)
        for issuer in mine.keys() & theirs.keys():
            if not mine[issuer] & theirs[issuer]:
                return f"their {kind} ids differ"
    return None


def account_of_another(before: PersonFacts, now: PersonFacts) -> str | None:
    """Why what is told under a program's account is told of another child, in words; None where it may be one child's.

    People call themselves by many names there: given and family name differ both, or the birth date with the name.
    """
    if not _names_apart(before, now) or before.births & now.births:
        return None
    if _births_apart(before, now):
        return "name and birth date differ"
    whole = all(person.family_names - person.first_names for person in (before, now))
    return "the whole name differs" if whole and not before.family_names & now.family_names else None


def is_placeholder(value: str) -> bool:
    """Whether a number links nobody: it stands for none ("0", "N/A", "999999"), or looks as if it did ("1111")."""
    return stands_for_none(value) or (len(value) > 3 and not value.strip(value[0]))


def says_nothing(person: PersonFacts) -> bool:
    """Whether a person is told of by numbers alone."""
    return not (person.first_names or person.births or person.birth_years)


def same_name(left: PersonFacts, right: PersonFacts) -> bool:
    """Whether both are told of by a given and a family name, and these agree."""
    comparable = left.first_names and right.first_names and left.family_names & right.family_names
    return bool(comparable) and not _names_apart(left, right)


def nicknamed(left: PersonFacts, right: PersonFacts) -> bool:
    """Whether two of one family name are told by a short form of a given name, and more than the family ties them.

    Twins have a birth date in common too: names that parents give side by side are in no list of short forms.
    """
    users = [{typed_id.value for typed_id in p.ids if typed_id.type == "username"} for p in (left, right)]
    tied = left.births & right.births or users[0] & users[1]
    return bool(tied and left.family_names & right.family_names) and shortened(left.first_names, right.first_names)


def _births_apart(left: PersonFacts, right: PersonFacts) -> str | None:
    if left.births and right.births and not left.births & right.births:
        return "their birth dates differ"
    mine_years, their_years = (p.birth_years | {b.year for b in p.births} for p in (left, right))
    if mine_years and their_years and not mine_years & their_years:
        return "their birth years differ"
    return None


def _names_apart(left: PersonFacts, right: PersonFacts) -> bool:
    firsts = (left.first_names, right.first_names)
    return all(firsts) and not alike(*firsts) and not nicknamed(left, right)


def _values(person: PersonFacts, kind: str) -> dict[str, set[str]]:
    values: dict[str, set[str]] = defaultdict(set)
    for typed_id in person.ids:
        if typed_id.type == kind:
            values[typed_id.issuer].add(typed_id.value)
    return values
