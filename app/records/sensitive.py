"""Withholding: a learner's record without what tells of anything sensitive, for those who may not see that.

Judged is what the record shows: an entry is sensitive where any of what it is aligned to is. With it goes all else that
its raw record tells, for that is one piece. A place stays where an entry was, so that every JSON Pointer into the
record points at the same as in the whole one. What nobody knows the competency of is not sensitive yet.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any
from uuid import UUID

from app.db import Tx
from app.db.frameworks import alignments, frameworks
from app.db.sources import sources
from app.frameworks.alignment import match
from app.frameworks.target import Target, target
from app.records.provenance import statements_of
from schemas import Alignment

Json = dict[str, Any]
Raw = tuple[str, str, str]
"""A raw record: its source's slug, stream and key."""

SECTIONS = ("results", "credentials", "evidence")
"""Where a record tells what a learner has shown."""
KINDS = ("result", "credential", "evidence")
"""The kinds of statements that tell it."""
AIM = Alignment.__struct_fields__
"""What an alignment says; in a credential each name begins with `target`."""
WITHHELD = {"withheld": True, "from": []}
"""The place of an entry that is not shown."""


async def general(tx: Tx, record: Json) -> Json:
    """A record without what is sensitive, and `withheld`, how many entries that is; the very same where it is none."""
    if not await frameworks.has_sensitive(tx):
        return record
    slugs = {row.slug: row.id for row in await sources.listed(tx)}
    shown = [(raw_of(record, entry), entry) for section in SECTIONS for entry in record[section]]
    named = [(raw, one) for raw, entry in shown for one in _targets(entry, slugs.get(raw[0], 0))]
    secret = await _sensitive(tx, [one for _, one in named])
    hidden = {raw for raw, one in named if one.key in secret}
    return without(record, hidden) if hidden else record


async def unaligned(tx: Tx, credentials: Sequence[Json]) -> list[Json]:
    """Those credentials of others (Open Badges, CLR) that are aligned to nothing sensitive, nor is anything in them."""
    if not credentials or not await frameworks.has_sensitive(tx):
        return list(credentials)
    named = [[*_aims(one)] for one in credentials]
    secret = await _sensitive(tx, [aim for found in named for aim in found])
    return [one for one, found in zip(credentials, named, strict=True) if secret.isdisjoint(aim.key for aim in found)]


def without(record: Json, hidden: AbstractSet[Raw]) -> Json:
    """A record without the entries that these raw records tell."""
    cut = {
        section: [WITHHELD if raw_of(record, entry) in hidden else entry for entry in record[section]]
        for section in SECTIONS
    }
    seen = {name: held for name, held in {**record, **cut}.items() if name != "statements"}
    lost = [entry for entry, shown in _pairs(record, cut) if shown is WITHHELD]
    gone = {number for entry in lost for number in entry["from"]} - {*statements_of(seen, "")}
    told = {number: origin for number, origin in record["statements"].items() if number not in gone}
    return {**seen, "statements": told, "withheld": len(lost)}


def withheld_in(seen: Json) -> frozenset[str]:
    """Where in what is seen of a record an entry is not shown: JSON Pointers."""
    return frozenset(f"/{name}/{at}" for name in SECTIONS for at, one in enumerate(seen[name]) if one is WITHHELD)


def raw_of(record: Json, entry: Json) -> Raw:
    """The raw record of an entry's own statement, the first of those it is from."""
    told = record["statements"][entry["from"][0]]
    return told["source"], told["stream"], told["rawKey"]


def hidden_of(record: Json, seen: Json) -> frozenset[Raw]:
    """The raw records that the whole `record` has entries of, and what is `seen` of it has not."""
    return frozenset(raw_of(record, entry) for entry, shown in _pairs(record, seen) if shown is WITHHELD)


def _pairs(record: Json, seen: Json) -> Iterator[tuple[Json, Json]]:
    """Each entry with what is seen in its place."""
    return (pair for section in SECTIONS for pair in zip(record[section], seen[section], strict=True))


async def _sensitive(tx: Tx, named: Sequence[Target]) -> set[str]:
    """The keys of those targets that are sensitive competencies."""
    targets = {one.key: one for one in named}
    known = await alignments.known(tx, list(targets))
    meant: dict[str, UUID | None] = {key: competency for key, (_, competency) in known.items()}
    if new := [one for key, one in targets.items() if key not in known]:  # what was never reached, as missing work
        meant |= {key: found.competency for key, found in (await match(tx, new)).items()}
    secret = await frameworks.sensitive(tx, sorted({one for one in meant.values() if one is not None}))
    return {key for key, competency in meant.items() if competency in secret}


def _targets(entry: Json, source: int) -> Iterator[Target]:
    """All that an entry is aligned to."""
    told: Iterable[Mapping[str, Any]] = (
        *entry.get("alignments", ()),
        *(one["objective"] for one in entry.get("objectives", ())),
        *entry.get("achievement", {}).get("alignments", ()),
    )
    for one in told:
        aligned = Alignment(**{name: one[name] for name in AIM if name in one})
        if found := target(aligned, source):
            yield found


def _aims(value: Any) -> Iterator[Target]:
    """All that a credential, or a part of one, is aligned to."""
    if isinstance(value, list):
        for one in value:
            yield from _aims(one)
    elif isinstance(value, dict):
        told = {name: held for name in AIM if isinstance(held := value.get(f"target{name.title()}"), str)}
        if told and (found := target(Alignment(**told), 0)):
            yield found
        for one in value.values():
            yield from _aims(one)
