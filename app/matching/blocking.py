"""Blocking: the keys by which those who may be one are found, without comparing everybody with everybody. Pure.

Two persons are compared where they share a key. Each key joins two things of which, of one person, seldom both are
wrong; each is rare, so that few share it. Together they find nearly all (measured in bench/).
"""

from collections.abc import Iterator

from app.matching.traits import Traits

MOST = 60
"""A key that more persons than this share finds nobody: it says too little."""


def keys(person: Traits) -> frozenset[str]:
    """The keys of a person."""
    return frozenset(_keys(person))


def _keys(person: Traits) -> Iterator[str]:
    givens = {word for name in person.names for word in (*name.given, *name.middle[:1]) if len(word) > 1}
    families = {word for name in person.names for word in name.family if len(word) > 1}
    names = givens | families
    for kind, value in person.contacts:
        yield f"{kind}:{value}"
    for typed in person.ids:
        yield f"{typed.type}:{typed.issuer}:{typed.value}"
    if birth := person.birth:
        day = birth.isoformat()
        for word in names:
            yield f"d{day}:{word[0]}"
            yield f"m{birth.month:02}{birth.day:02}:{word[:4]}"
            yield f"y{birth.year}{min(birth.month, birth.day):02}{max(birth.month, birth.day):02}:{word[:3]}"
    for first_name in givens:
        for family in families:
            first, second = sorted((first_name, family))
            yield f"n{first}:{second}"
            yield f"s{first_name[:2]}{family[:3]}:{person.grade if person.grade is not None else person.birth_year}"
            if person.birth_year:
                yield f"b{first_name[:3]}{family[0]}:{person.birth_year}"
                yield f"f{family[:4]}{first_name[0]}:{person.birth_year}"
