"""Takes frameworks in: a CASE package is kept as it came, served as CASE 1.1 has it, and found by every code."""

import dataclasses
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID, uuid5

import msgspec
import zstandard

from app.db import Tx
from app.db.frameworks import crosswalks, frameworks
from app.db.frameworks.frameworks import FrameworkRow, PastRow
from app.db.records import entries
from app.errors import ConfigError, NotFound
from app.frameworks.case import package as case
from app.frameworks.case.package import Finding, Package
from app.frameworks.case.shapes import DEFINITIONS, Json
from app.frameworks.codes import PLAIN, Writing, address, aliases
from app.frameworks.grades import all_codes
from app.frameworks.naming import naming

Sensitivity = Literal["general", "sel", "behavior", "health"]
"""What kind of thing a competency says of a child. All but `general` stay inside the tenant unless released."""
Strength = Literal["equivalent", "mostly", "partially", "minimally"]
"""How much of one competency another covers (Ed-Fi LearningStandardEquivalenceStrength)."""
MOST = 2**31 - 1
UNDATED = ".lastChangeDateTime is missing"
EXTENSION = "tessera"
"""Under `extensions`: where packages made here say what CASE has no field for (`sensitivity`, `strength`, `source`)."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a package: its framework, how much it has, and what was found in it."""

    id: UUID
    title: str
    state: Literal["new", "updated", "unchanged"]
    items: int
    associations: int
    findings: list[Finding]


async def import_package(
    tx: Tx,
    received: bytes,
    *,
    origin: str,
    base: str,
    at: datetime,
    sensitivity: Sensitivity = "general",
    lost: Sequence[Finding] | None = None,
) -> Imported:
    """Keep a CASE package; what was held under its id becomes its past. ConfigError where it is none.

    `origin` says where it is from, `base` is the provider's own URL, for what the package does not say. `lost`, for one
    that was made of a file of another format, is what that said and the package does not; when its parts changed it
    does not say.
    """
    package = case.read(received, base, at.isoformat())
    if lost is not None:
        package.findings[:] = [*(finding for finding in package.findings if not finding.what.endswith(UNDATED)), *lost]
    framework = UUID(package.document["identifier"])
    digest = hashlib.sha256(received).digest()
    known = await frameworks.by_id(tx, framework)
    imported = _imported(framework, package, "updated" if known else "new")
    if known and (known.sha256, known.sensitivity) == (digest, sensitivity):
        return dataclasses.replace(imported, title=known.title, state="unchanged")
    row = FrameworkRow(
        id=framework,
        title=package.document["title"],
        framework_type=package.document.get("frameworkType"),
        sensitivity=sensitivity,
        origin=origin,
        sha256=digest,
        document=case.whole_document(package, case.document_of(received), base),
        findings=[msgspec.to_builtins(finding) for finding in package.findings],
        imported_at=at,
        names=known.names if known else (),
        prefixes=known.prefixes if known else (),
    )
    meant = await crosswalks.meant(tx, framework)
    version = await frameworks.replace(tx, row, zstandard.compress(received), msgspec.json.encode(package.body))
    written = naming(framework, row.title, row.names, row.prefixes).writing
    await _store_objects(tx, framework, package, sensitivity, written)
    await crosswalks.mean_as_before(tx, framework, meant)
    await frameworks.forget_unchanged(tx, framework, version)
    await entries.note_sensitive(tx)
    return imported


def _imported(framework: UUID, package: Package, state: Literal["new", "updated"]) -> Imported:
    return Imported(
        framework,
        package.document["title"],
        state,
        items=len(package.items),
        associations=len(package.associations),
        findings=package.findings,
    )


async def listed(tx: Tx) -> list[FrameworkRow]:
    """All frameworks of the tenant, with what was found at their import."""
    return await frameworks.listed(tx)


def subjects(row: FrameworkRow) -> list[str]:
    """What a framework says it is about (CASE 1.1, CFDocument `subject`)."""
    listed_subjects = row.document.get("subject")
    return [str(subject) for subject in listed_subjects] if isinstance(listed_subjects, list) else []


async def versions(tx: Tx, framework: UUID) -> tuple[list[PastRow], FrameworkRow | None]:
    """The past versions of a framework, the oldest first, and the one held now (None: it was removed).

    NotFound where there never was one.
    """
    past, row = await frameworks.past(tx, framework), await frameworks.by_id(tx, framework)
    if not past and row is None:
        raise NotFound
    return past, row


async def received(tx: Tx, framework: UUID, version: int | None) -> bytes:
    """The package exactly as it was received, of a version or of the one held now. NotFound where there is none."""
    packed = await frameworks.received(tx, framework, version)
    if packed is None:
        raise NotFound
    return zstandard.decompress(packed)


async def set_names(tx: Tx, framework: UUID, names: Sequence[str], prefixes: Sequence[str]) -> FrameworkRow:
    """Note what people call a framework, and how it writes its codes. NotFound where there is none."""
    row = await frameworks.by_id(tx, framework)
    if row is None:
        raise NotFound
    await frameworks.name(tx, framework, names, prefixes)
    written = naming(framework, row.title, names, prefixes).writing
    items = [(n, codes_of(msgspec.json.decode(body), written)) for n, body in await frameworks.bodies(tx, framework)]
    await frameworks.call_items(tx, framework, items)
    return dataclasses.replace(row, names=names, prefixes=prefixes)


async def _store_objects(tx: Tx, framework: UUID, package: Package, sensitivity: Sensitivity, written: Writing) -> None:
    items = [_item_row(item, sensitivity, written) for item in package.items]
    await frameworks.add_items(tx, framework, items)
    await frameworks.add_links(tx, framework, [_link_row(association) for association in package.associations])
    definitions = {**{name: package.definitions.get(name, []) for name in DEFINITIONS}, "CFRubrics": package.rubrics}
    rows = [
        (kind, n, UUID(definition["identifier"]), definition.get("hierarchyCode", ""), msgspec.json.encode(definition))
        for kind, objects in definitions.items()
        for n, definition in enumerate(objects)
    ]
    await frameworks.add_definitions(tx, framework, rows)


def _item_row(item: Json, sensitivity: Sensitivity, written: Writing) -> tuple[Any, ...]:
    return (
        UUID(item["identifier"]),
        item.get("humanCodingScheme"),
        codes_of(item, written),
        item["fullStatement"],
        item.get("CFItemType"),
        _sensitivity(item, sensitivity),
        all_codes(item.get("educationLevel", [])),
        _words(item),
        msgspec.json.encode(item),
    )


def _link_row(association: Json) -> tuple[Any, ...]:
    return (
        UUID(association["identifier"]),
        association["associationType"],
        node(association["originNodeURI"]),
        node(association["destinationNodeURI"]),
        _sequence(association),
        strength(association),
        msgspec.json.encode(association),
    )


def codes_of(item: Json, written: Writing = PLAIN) -> list[str]:
    """Everything an item is found by: the forms of its codes, its address, and what it says it is the same as.

    The code of one that is a source's own is a name there alone: another source's of that name is another item.
    """
    same = item.get("extensions", {}).get("exactMatch", ())
    addresses = [address(str(uri)) for uri in (item["uri"], *(same if isinstance(same, list) else ()))]
    if "source" in _extension(item):
        return addresses
    return [*aliases([item.get("humanCodingScheme"), item.get("alternativeLabel")], written), *addresses]


def node(link: Json) -> UUID:
    """The id of an association's end; of one outside CASE, an id made of its URI, always the same."""
    identifier = str(link["identifier"])
    try:
        return UUID(identifier)
    except ValueError:
        return uuid5(UUID(int=0), str(link["uri"]))


def strength(association: Json) -> str | None:
    """How much one end covers of the other, where the association says so; an exact match is equivalent."""
    value = _extension(association).get("strength")
    if value in Strength.__args__:  # type: ignore[attr-defined]
        return str(value)
    return "equivalent" if association["associationType"] == "exactMatchOf" else None


def _sensitivity(item: Json, otherwise: Sensitivity) -> str:
    """What an item says of itself, else of its framework. ConfigError where it says what we do not know."""
    value = _extension(item).get("sensitivity")
    if value is None:
        return otherwise
    known: tuple[str, ...] = Sensitivity.__args__  # type: ignore[attr-defined]
    if str(value).casefold() not in known:
        name = item.get("humanCodingScheme", item["identifier"])
        raise ConfigError(f"the item '{name}' has the sensitivity {value!r:.80}, which is none of {', '.join(known)}")
    return str(value).casefold()


def _sequence(association: Json) -> int | None:
    """The place among siblings, as far as PostgreSQL's integer reaches."""
    number = association.get("sequenceNumber")
    return None if number is None else max(-MOST, min(MOST, number))


def _extension(item: Json) -> Json:
    extension = item.get("extensions", {}).get(EXTENSION, {})
    return extension if isinstance(extension, dict) else {}


def _words(item: Json) -> str:
    names = ("humanCodingScheme", "abbreviatedStatement", "fullStatement", "notes")
    return " ".join([*(str(item[name]) for name in names if name in item), *item.get("conceptKeywords", ())])
