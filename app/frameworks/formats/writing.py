"""Frameworks written for others: a CASE package as CTDL-ASN, and as the spreadsheet that `sheet` reads. Pure."""

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Literal

import msgspec

from app.frameworks.case.shapes import Json
from app.frameworks.frameworks import EXTENSION

Form = Literal["case", "ctdl-asn", "csv"]
CONTEXT = "https://credreg.net/ctdlasn/schema/context/json"
COLUMNS = ("code", "statement", "parent", "type", "grades", "notes", "sensitivity", "after", "alignedTo", "strength")
RUBRIC_COLUMNS = ("rubric", "criterion", "level", "score", "description", "competency")

_ALIGNED = {"exactMatchOf": "ceasn:exactAlignment", "isRelatedTo": "ceasn:minorAlignment"}


def ctdl_asn(package: Json) -> bytes:
    """The package in CTDL-ASN: a graph of a framework and its competencies. Rubrics have no place there."""
    document, tree = package["CFDocument"], _Tree(package)
    language = document.get("language") or "en"
    top = [tree.uris[key] for key in tree.order if not tree.parents[key]]
    framework = {
        "@id": document["uri"],
        "@type": "ceasn:CompetencyFramework",
        "ceterms:ctid": f"ce-{document['identifier']}",
        "ceasn:name": {language: document["title"]},
        "ceasn:inLanguage": [language],
        "ceasn:hasTopChild": top,
        "ceasn:creator": [document["creator"]],
        **_some(document, language, description="ceasn:description"),
        **_listed(document, publisher="ceasn:publisherName", subject="ceasn:localSubject"),
        "ceasn:dateModified": document["lastChangeDateTime"],
    }
    graph = [framework, *(_competency(tree, item, document, language) for item in tree.items.values())]
    return msgspec.json.format(msgspec.json.encode({"@context": CONTEXT, "@id": document["uri"], "@graph": graph}))


def _competency(tree: "_Tree", item: Json, document: Json, language: str) -> Json:
    key = item["identifier"]
    parents = [tree.uris[parent] for parent in tree.parents[key]]
    levels = [
        {"@type": "ceterms:CredentialAlignmentObject", "ceterms:targetNodeName": {language: grade}}
        for grade in item.get("educationLevel", [])
    ]
    node = {
        "@id": item["uri"],
        "@type": "ceasn:Competency",
        "ceterms:ctid": f"ce-{key}",
        "ceasn:competencyText": {language: item["fullStatement"]},
        "ceasn:isPartOf": [document["uri"]],
        "ceasn:isChildOf": parents,
        "ceasn:isTopChildOf": [] if parents else [document["uri"]],
        "ceasn:hasChild": [tree.uris[child] for child in tree.children[key]],
        "ceasn:codedNotation": item.get("humanCodingScheme"),
        "ceasn:listID": str(tree.order[key]),
        "ceasn:educationLevelType": levels,
        "ceasn:prerequisiteAlignment": tree.before[key],
        **_some(item, language, abbreviatedStatement="ceasn:competencyLabel", CFItemType="ceasn:competencyCategory"),
        **_some(item, language, notes="ceasn:comment"),
        **_listed(item, conceptKeywords="ceasn:conceptKeyword"),
    }
    for kind, name in _ALIGNED.items():
        node[name] = tree.aligned[kind, key]
    return {name: value for name, value in node.items() if value not in (None, [], "")}


def _some(item: Json, language: str, **names: str) -> Json:
    return {name: {language: item[own]} for own, name in names.items() if item.get(own)}


def _listed(item: Json, **names: str) -> Json:
    values = {name: item[own] for own, name in names.items() if item.get(own)}
    return {name: value if isinstance(value, list) else [value] for name, value in values.items()}


def spreadsheet(package: Json) -> str:
    """The package as a spreadsheet: its competencies, and below them its rubrics. Identifiers have no place there."""
    tree = _Tree(package)
    codes = _codes(tree.items)
    written = io.StringIO(newline="")
    sheet = csv.writer(written)
    sheet.writerow(COLUMNS)
    sheet.writerows(_row(tree, item, codes) for item in tree.items.values())
    levels = list(_levels(package, codes))
    if levels:
        sheet.writerow(RUBRIC_COLUMNS)
        sheet.writerows(levels)
    return written.getvalue()


def _row(tree: "_Tree", item: Json, codes: Mapping[str, str]) -> list[str]:
    key = item["identifier"]
    same, akin = tree.aligned["exactMatchOf", key], tree.aligned["isRelatedTo", key]
    parents = [codes[parent] for parent in tree.parents[key] if parent in codes]
    return [
        codes[key],
        item["fullStatement"],
        parents[0] if parents else "",
        item.get("CFItemType", ""),
        ",".join(item.get("educationLevel", [])),
        item.get("notes", ""),
        str(item.get("extensions", {}).get(EXTENSION, {}).get("sensitivity", "")),
        ";".join(codes[before] for before in tree.before_ids[key] if before in codes),
        ";".join(same or akin),
        "equivalent" if same else "partially" if akin else "",
    ]


def _levels(package: Json, codes: Mapping[str, str]) -> Iterator[list[str]]:
    for rubric in package.get("CFRubrics", []):
        for criterion in rubric.get("CFRubricCriteria", []):
            competency = codes.get(criterion.get("CFItemURI", {}).get("identifier", ""), "")
            for level in criterion.get("CFRubricCriterionLevels", []):
                score = level.get("score")
                yield [
                    rubric.get("title", ""),
                    criterion.get("category", ""),
                    level.get("quality", ""),
                    "" if score is None else f"{score:g}",
                    level.get("description", ""),
                    competency,
                ]


def _codes(items: Mapping[str, Json]) -> dict[str, str]:
    """A code for every item: its own, where it has one that no other has, else its identifier."""
    times = Counter(item.get("humanCodingScheme", "").strip() for item in items.values())
    own = {key: item.get("humanCodingScheme", "").strip() for key, item in items.items()}
    return {key: code if code and times[code] == 1 else key for key, code in own.items()}


class _Tree:
    """A package by its items: what is below what, what comes before what, what is the same as what."""

    def __init__(self, package: Json) -> None:
        self.items: dict[str, Json] = {item["identifier"]: item for item in package.get("CFItems", [])}
        self.uris = {key: item["uri"] for key, item in self.items.items()}
        self.parents: dict[str, list[str]] = defaultdict(list)
        self.children: dict[str, list[str]] = defaultdict(list)
        self.before: dict[str, list[str]] = defaultdict(list)
        self.before_ids: dict[str, list[str]] = defaultdict(list)
        self.aligned: dict[tuple[str, str], list[str]] = defaultdict(list)
        places: dict[str, int] = {}
        for link in package.get("CFAssociations", []):
            self._take(link, places)
        order = sorted(self.items, key=lambda key: places.get(key, 0))
        self.order = {key: n for n, key in enumerate(order, 1)}
        for below in self.children.values():
            below.sort(key=self.order.__getitem__)

    def _take(self, link: Json, places: dict[str, int]) -> None:
        kind, origin, far = link["associationType"], link["originNodeURI"], link["destinationNodeURI"]
        key, other = origin["identifier"], far["identifier"]
        if kind == "isChildOf" and key in self.items:
            places.setdefault(key, link.get("sequenceNumber") or 0)
            if other in self.items:
                self.parents[key].append(other)
                self.children[other].append(key)
        elif kind == "precedes" and other in self.items:
            self.before[other].append(self.uris.get(key, origin["uri"]))
            self.before_ids[other].append(key)
        elif kind in _ALIGNED and key in self.items:
            self.aligned[kind, key].append(self.uris.get(other, far["uri"]))
