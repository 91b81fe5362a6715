"""Groups: persons of several rosters who are one learner already, by a number or a person's word. Pure.

A child whom the student information system and the learning platform both list is one candidate, not two that rival
each other, and not a twin of itself.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, product

from app.matching.apart import LINKING, PersonFacts, PersonRef, TypedId, contradiction
from app.matching.traits import Traits

Judged = Mapping[tuple[PersonRef, PersonRef], str]
"""What people have decided of two (the lesser first): `same` or `different`."""


def pair(left: PersonRef, right: PersonRef) -> tuple[PersonRef, PersonRef]:
    """Two persons as the ledger has them."""
    return (left, right) if left < right else (right, left)


def grouped(persons: Sequence[Traits], judged: Judged) -> list[list[Traits]]:
    """Persons, those together who are one learner. Nobody is with whom anything keeps them apart."""
    by_ref = {person.ref: person for person in sorted(persons, key=lambda p: p.ref)}
    groups = {ref: [person] for ref, person in by_ref.items()}
    for left, right in _ties(by_ref, judged):
        mine, theirs = groups[left], groups[right]
        if mine is theirs or any(_apart(a, b, judged) for a, b in product(mine, theirs)):
            continue
        mine += theirs
        groups.update((person.ref, mine) for person in theirs)
    return list({id(group): group for group in groups.values()}.values())


def _ties(by_ref: Mapping[PersonRef, Traits], judged: Judged) -> Iterator[tuple[PersonRef, PersonRef]]:
    """Who is tied with whom: by people first, then by numbers, the strongest first."""
    yield from sorted(ends for ends, word in judged.items() if word == "same" and by_ref.keys() >= set(ends))
    holders: dict[TypedId, list[PersonRef]] = defaultdict(list)
    for ref, person in by_ref.items():
        for typed in person.ids:
            if typed.type in LINKING:
                holders[typed].append(ref)
    for typed in sorted(holders, key=lambda t: (LINKING.index(t.type), t)):
        yield from combinations(holders[typed], 2)


def _apart(left: Traits, right: Traits, judged: Judged) -> bool:
    word = judged.get(pair(left.ref, right.ref))
    return word == "different" or (word is None and contradiction(facts(left), facts(right)) is not None)


def facts(person: Traits) -> PersonFacts:
    """What is compared, as rules over numbers weigh it."""
    return PersonFacts(
        person.ref,
        0,
        person.ids,
        first_names=frozenset(word for name in person.names for word in (*name.given, *name.middle)),
        births=frozenset({person.birth} if person.birth else ()),
        birth_years=frozenset({person.birth_year} if person.birth_year else ()),
        family_names=person.families(),
    )
