"""Reads a CASE package, 1.1 or 1.0: every object as CASE 1.1 serves it, and what is to be said about the package."""

import zlib
from codecs import BOM_UTF8
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import msgspec

from app.errors import ConfigError
from app.frameworks.case import graph
from app.frameworks.case.shapes import CF_PACKAGE, Json, Reading, conform
from app.frameworks.case.values import identifier

LARGEST = 256 * 1024 * 1024
"""The largest package read, in bytes after decompression: all of CCSS is 1 MB, a state's course codes some 40 MB."""
EXAMPLES = 5
ACYCLIC = {"isChildOf": "is its own ancestor", "precedes": "precedes itself"}


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something about a package that its owner should know: how often it is so, and where, by way of example."""

    what: str
    count: int
    where: list[str]


@dataclass(frozen=True, slots=True)
class Package:
    """A package as CASE 1.1 serves it, and what was found about the one received."""

    document: Json
    items: list[Json]
    associations: list[Json]
    definitions: dict[str, list[Json]]
    rubrics: list[Json]
    body: Json
    findings: list[Finding]


def read(received: bytes, base: str, default_time: str) -> Package:
    """The package in these bytes (JSON, gzip or not). `base` begins URIs that are missing, `default_time`
    stands where a time is missing.

    ConfigError where it is no CASE package at all.
    """
    raw = _decode(received)
    changed = raw["CFDocument"].get("lastChangeDateTime")
    reading = Reading(base, changed if isinstance(changed, str) and changed else default_time)
    body = cast(Json, conform(raw, CF_PACKAGE, reading))
    _rename(body, _renamed(raw))
    definitions = body.get("CFDefinitions", {})
    package = Package(
        document=body["CFDocument"],
        items=body.get("CFItems", []),
        associations=body.get("CFAssociations", []),
        definitions={name: objects for name, objects in definitions.items() if isinstance(objects, list)},
        rubrics=body.get("CFRubrics", []),
        body=body,
        findings=[],
    )
    package.findings.extend(_findings(package, reading))
    return package


def _renamed(raw: Json) -> dict[str, str]:
    """The identifiers a package's document and items have got, by what they were received with."""
    objects = (raw["CFDocument"], *(item for item in raw.get("CFItems") or () if isinstance(item, dict)))
    received = (received_object.get("identifier") for received_object in objects)
    return {
        name: conforming for name in received if (conforming := identifier(name)) is not None and conforming != name
    }


def _rename(body: Json, renamed: Mapping[str, str]) -> None:
    """Let associations lead to the document and its items by the identifiers these have got."""
    for association in body.get("CFAssociations", ()) if renamed else ():
        for end in ("originNodeURI", "destinationNodeURI"):
            link = association[end]
            link["identifier"] = renamed.get(link["identifier"], link["identifier"])


def whole_document(package: Package, received: Json, base: str) -> Json:
    """The CFDocument as it is served by itself, with the link to its package: the one it came with, or ours."""
    document = package.document
    link = received.get("CFPackageURI")
    if not (isinstance(link, dict) and {"title", "identifier", "uri"} <= link.keys()):
        uri = str(document["uri"])
        ours = f"{base}/CFPackages/{document['identifier']}"
        link = {
            "title": document["title"],
            "identifier": document["identifier"],
            "uri": uri.replace("/CFDocuments/", "/CFPackages/") if "/CFDocuments/" in uri else ours,
        }
    return {**document, "CFPackageURI": {name: link[name] for name in ("title", "identifier", "uri")}}


def document_of(received: bytes) -> Json:
    """The CFDocument as it was received."""
    return cast(Json, _decode(received)["CFDocument"])


def unpack(received: bytes) -> bytes:
    """The JSON text: gzip taken off, and a byte order mark. ConfigError where it is too long, or broken."""
    if received[:2] == b"\x1f\x8b":
        inflate = zlib.decompressobj(zlib.MAX_WBITS | 16)
        try:
            received = inflate.decompress(received, LARGEST + 1)
        except zlib.error as why:
            raise ConfigError(f"this gzip file is broken ({why}): fetch it again") from why
        if not inflate.eof and len(received) <= LARGEST:
            raise ConfigError("this gzip file ends too early: fetch it again")
    if len(received) > LARGEST:
        raise ConfigError(f"the package has more than {LARGEST} bytes, the most that is read")
    return received.removeprefix(BOM_UTF8)


def _decode(received: bytes) -> dict[str, Any]:
    text = unpack(received)
    if b"\\u0000" in text:
        raise ConfigError("the package holds a NUL character (\\u0000), which no text may: take it out")
    try:
        raw = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as why:
        begin = text[:60].decode("utf-8", "replace")
        raise ConfigError(f"this is no JSON ({why}); it begins: {begin!r}") from why
    if not isinstance(raw, dict) or not isinstance(raw.get("CFDocument"), dict):
        raise ConfigError("this is no CASE package: it has no CFDocument at its top (is it a list, or a single item?)")
    if not raw["CFDocument"].get("identifier"):
        raise ConfigError("the CFDocument has no identifier: nothing could refer to it")
    return raw


def _findings(package: Package, reading: Reading) -> list[Finding]:
    findings = [Finding(what, len(where), where[:EXAMPLES]) for what, where in sorted(reading.notes.items())]
    names = {item["identifier"]: _name(item) for item in package.items}
    seen: set[str] = set()
    twice = [_name(item) for item in package.items if item["identifier"] in seen or seen.add(item["identifier"])]  # type: ignore[func-returns-value]
    if twice:
        findings.append(Finding("two items have one identifier: the later one is served", len(twice), twice[:EXAMPLES]))
    for kind, words in ACYCLIC.items():
        pairs = ((_end(a, "originNodeURI"), _end(a, "destinationNodeURI")) for a in _typed(package, kind))
        ways = [" → ".join(names.get(node, node) for node in way) for way in graph.cycles(graph.edges(pairs))]
        if ways:
            findings.append(Finding(f"{kind} runs in a circle: an item {words}", len(ways), ways[:EXAMPLES]))
    inside = {*names, package.document["identifier"]}
    outside = [
        _end(a, end)
        for a in package.associations
        for end in ("originNodeURI", "destinationNodeURI")
        if _end(a, end) not in inside and a[end].get("targetType", "CASE") == "CASE"
    ]
    if outside:
        findings.append(Finding("associations lead to items outside the package", len(outside), outside[:EXAMPLES]))
    return findings


def _typed(package: Package, kind: str) -> list[Json]:
    return [a for a in package.associations if a["associationType"] == kind]


def _end(association: Json, end: str) -> str:
    return str(association[end]["identifier"])


def _name(item: Json) -> str:
    return str(item.get("humanCodingScheme") or item.get("abbreviatedStatement") or item["fullStatement"])[:80]
