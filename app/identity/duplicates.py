"""Duplicates inside one source, for whoever keeps it: a report with its evidence. Nothing is merged for it.

By the same keys and the same model as sign-ups are matched by. Numbers that two have are found in every tenant; who
looks like one child is found where persons are scored (`identity.scored`), as only then their keys are kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from app.db import Tx
from app.db.identity import duplicates, matching, persons
from app.db.identity.persons import Ref
from app.db.sources import sources
from app.errors import NotFound
from app.identity.scoring import model_of, traits_of
from app.matching.apart import LINKING, PersonRef
from app.matching.duplicates import Kind, finding
from app.pipeline.known_sources import known_sources

FEW = 5
"""A key that more persons of one source than this share makes no pair."""
MOST = 500
"""So many pairs of one source are compared at most: mend some, and look again."""


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Two persons of one source, what is amiss, and why in words."""

    left: Ref
    right: Ref
    kind: Kind
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """What is amiss in a source. `whole`: there was no more to compare; `by_names`: names were compared, too."""

    duplicates: Sequence[Duplicate]
    whole: bool
    by_names: bool


async def report(tx: Tx, source: int) -> Report:
    """The persons a source may hold twice, and the numbers of it that two have. NotFound.

    Two whom somebody has decided to be different are not told again.
    """
    if await sources.by_id(tx, source) is None:
        raise NotFound(f"There is no source {source}.")
    pairs = await duplicates.alike(tx, source, LINKING, few=FEW, most=MOST)
    refs = {PersonRef(source, key) for row in pairs for key in (row.left_key, row.right_key)}
    known, model = await traits_of(tx, await known_sources(tx), refs), await model_of(tx)
    apart = {
        frozenset((row.left_key, row.right_key))
        for row in await persons.decisions_of(tx, refs)
        if (row.rule, row.judgement) == ("person", "different")
    }
    listed: list[Duplicate] = []
    for row in pairs:
        left, right = PersonRef(source, row.left_key), PersonRef(source, row.right_key)
        if left not in known or right not in known or {row.left_key, row.right_key} in apart:
            continue
        if amiss := finding(known[left], known[right], model, shared=row.shared, former=row.former):
            listed.append(Duplicate(left, right, *amiss))
    return Report(listed, whole=len(pairs) < MOST, by_names=await matching.any_keys(tx))
