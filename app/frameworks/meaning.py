"""Meaning: which competency is meant by a code, an address and a framework's name, as somebody else wrote them.

A code is a name inside its framework alone (CASE 1.1: humanCodingScheme is not unique). Where a framework is named,
only its competencies are meant, and none where no framework here is called so; where none is named, a code that
several frameworks have means nothing until a person says which.
"""

from collections.abc import Hashable, Mapping, Sequence
from typing import NamedTuple, TypeVar
from uuid import UUID

from app.db import Tx
from app.db.frameworks import alignments, frameworks
from app.frameworks.codes import address, forms, parted
from app.frameworks.naming import Namings, naming, published_at

K = TypeVar("K", bound=Hashable)
Called = Mapping[str, Sequence[tuple[UUID, UUID]]]
"""By form, the (competency, framework) that is called so."""


class NamedCompetency(NamedTuple):
    """What somebody wrote of a competency; `own` is what its source alone calls it."""

    code: str | None = None
    url: str | None = None
    framework: str | None = None
    own: str | None = None


class Meaning(NamedTuple):
    """The competency that is meant; None where it is none here, or one of several (`among`)."""

    competency: UUID | None
    among: frozenset[UUID] = frozenset()


UNKNOWN = Meaning(None)
Way = Mapping[str, frozenset[UUID] | None]
"""Forms that are as sure as each other, each with the frameworks it means something in; None: in any."""


async def namings(tx: Tx) -> Namings:
    """What the tenant's frameworks are called."""
    return Namings(naming(row.id, row.title, row.names, row.prefixes) for row in await frameworks.named(tx))


async def meanings(tx: Tx, targets: Mapping[K, NamedCompetency]) -> dict[K, Meaning]:
    """What each of these means; where that is nothing, or one of several, what its source alone calls it.

    So a framework that everybody knows goes before a source's copy of it.
    """
    if not targets:
        return {}
    known = await namings(tx)
    ways = {key: _ways(asked_one, known) for key, asked_one in targets.items()}
    called: dict[str, list[tuple[UUID, UUID]]] = {}
    owns = {key: {address(target.own): None} for key, target in targets.items() if target.own}
    every = sorted({form for ways_of in (*ways.values(), owns.values()) for way in ways_of for form in way})
    for form, competency, framework in await alignments.by_alias(tx, every):
        called.setdefault(form, []).append((competency, framework))
    chosen = {key: _chosen(ways_of, called) for key, ways_of in ways.items()}
    left = {key: _chosen([own], called) for key, own in owns.items() if chosen[key].competency is None}
    return chosen | {key: meaning for key, meaning in left.items() if meaning.competency is not None}


def _ways(target: NamedCompetency, known: Namings) -> list[Way]:
    """Everything that is asked for may be called by, the surest first: an address is the competency's own."""
    ways: list[Way] = [{address(target.url): None}] if target.url else []
    qualifier, code = parted(target.code or "")
    named = target.framework or qualifier
    titles = [named] if named else published_at(target.url) if target.url else []
    within = {framework for title in titles for framework in known.called(title)} if titles else None
    ranked: list[dict[str, frozenset[UUID] | None]] = []
    for written, of in known.by_writing.items():
        inside = frozenset(of if within is None else of & within)
        if not inside:
            continue
        for rank, form in enumerate(forms(code, written)):
            if rank == len(ranked):
                ranked.append({})
            ranked[rank][form] = inside | (ranked[rank].get(form) or frozenset())
    return [*ways, *ranked]


def _chosen(ways: Sequence[Way], called: Called) -> Meaning:
    """The one competency of the first way that leads to any."""
    for way in ways:
        competencies = frozenset(
            competency
            for form, inside in way.items()
            for competency, framework in called.get(form, ())
            if inside is None or framework in inside
        )
        if competencies:
            return Meaning(next(iter(competencies))) if len(competencies) == 1 else Meaning(None, competencies)
    return UNKNOWN
