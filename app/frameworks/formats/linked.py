"""CTDL-ASN (Credential Engine) and ASN (Achievement Standards Network), in JSON-LD or RDF/JSON. Pure.

CTDL-ASN: https://credreg.net/ctdlasn/terms; ASN: `http://purl.org/ASN/schema/core/`. Both say the same things by names
that differ a little; a name is known by its last part (`ceasn:codedNotation`, `http://purl.org/ASN/schema/core/listID`).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.errors import ConfigError
from app.frameworks.case.shapes import Json
from app.frameworks.formats.foreign import Competency, Foreign
from app.frameworks.grades import codes

FRAMEWORKS = frozenset({"CompetencyFramework", "StandardDocument"})
COMPETENCIES = frozenset({"Competency", "Statement"})

_EXACT = ("exactAlignment",)
_NEAR = (
    *("majorAlignment", "minorAlignment", "broadAlignment", "narrowAlignment", "alignFrom", "alignTo", "derivedFrom"),
    *("isVersionOf", "isPeerOf", "substantiveAlignment", "crossSubjectReference", "skillEmbodied", "knowledgeEmbodied"),
)
_READ_OF_ITEM = frozenset(
    {
        *(
            "id",
            "type",
            "ctid",
            "competencyText",
            "description",
            "codedNotation",
            "statementNotation",
            "competencyLabel",
        ),
        *(
            "altCodedNotation",
            "competencyCategory",
            "statementLabel",
            "comment",
            "educationLevelType",
            "educationLevel",
        ),
        *("conceptKeyword", "isChildOf", "hasChild", "isTopChildOf", "isPartOf", "prerequisiteAlignment", "listID"),
        *("inLanguage", "language", "authorityStatus", "indexingStatus", "subject", "name", "title"),
        *_EXACT,
        *_NEAR,
    }
)


def is_linked(document: Any) -> bool:
    """Whether a JSON document is a framework of one of these: one of its nodes says so by its type."""
    return any(_types(node) & FRAMEWORKS for node in _nodes(document))


def read(document: Any) -> list[Foreign]:
    """The frameworks of a document, each with its competencies. ConfigError where a framework has no name."""
    nodes = {_id(node): node for node in _nodes(document) if _id(node)}
    frameworks = {key: _framework(key, node) for key, node in nodes.items() if _types(node) & FRAMEWORKS}
    items = {key: node for key, node in nodes.items() if _types(node) & COMPETENCIES}
    above = _above(nodes)
    for key in _in_order(nodes, items):
        home = _home(key, items, frameworks, above)
        if home is not None:
            home.competencies.append(_competency(key, items[key], above.get(key, []), home))
    return list(frameworks.values())


def _framework(key: str, node: Json) -> Foreign:
    title = _text(node, "name", "title")
    if not title:
        raise ConfigError(f"the framework '{key}' has no name")
    creators = _all(node, "creator", "publisher", "jurisdiction")
    return Foreign(
        key=_text(node, "ctid") or key,
        title=title,
        creator=_last_part(creators[0]) if creators else "unknown",
        uri=key,
        description=_text(node, "description"),
        publisher=_last_part(_text(node, "publisher", "publisherName") or "") or None,
        language=_text(node, "inLanguage", "language"),
        subjects=[_last_part(subject) for subject in _all(node, "localSubject", "conceptKeyword", "subject")],
        changed=_time(_text(node, "dateModified", "modified", "dateCreated")),
    )


def _competency(key: str, node: Json, parents: Sequence[str], home: Foreign) -> Competency:
    home.lost.update(name for name in _names(node) if name not in _READ_OF_ITEM and not name.startswith("date"))
    home.lost.update(f"a text in '{language}'" for value in node.values() for language in _other_languages(value))
    label = _text(node, "competencyLabel", "name", "title")
    text = _text(node, "competencyText", "description")
    statement = text or label or _text(node, "codedNotation") or key
    grades = [_last_part(grade) for grade in _all(node, "educationLevelType", "educationLevel")]
    return Competency(
        key=key,
        statement=statement,
        code=_text(node, "codedNotation", "statementNotation", "altCodedNotation"),
        label=label if text else None,
        type=_last_part(_text(node, "competencyCategory", "statementLabel") or "") or None,
        notes=_text(node, "comment"),
        grades=[grade for grade in grades if codes(grade)],
        keywords=_all(node, "conceptKeyword"),
        parents=list(parents),
        after=_all(node, "prerequisiteAlignment"),
        same=_all(node, *_EXACT),
        related=_all(node, *_NEAR),
        uri=key,
        id=_text(node, "ctid"),
    )


def _above(nodes: Mapping[str, Json]) -> dict[str, list[str]]:
    """Of each node what it is below: by its own word, and by those above it."""
    above: dict[str, list[str]] = {}
    for key, node in nodes.items():
        above.setdefault(key, []).extend(_all(node, "isChildOf", "isTopChildOf"))
    for key, node in nodes.items():
        for child in _all(node, "hasChild", "hasTopChild"):
            if key not in above.setdefault(child, []):
                above[child].append(key)
    return above


def _home(
    key: str, items: Mapping[str, Json], frameworks: Mapping[str, Foreign], above: Mapping[str, Sequence[str]]
) -> Foreign | None:
    """The framework a competency is in: the one it is part of, the one above it, or the only one there is."""
    seen: set[str] = set()
    waiting = [*_all(items[key], "isPartOf"), *above.get(key, ())]
    while waiting:
        name = waiting.pop(0)
        if name in frameworks:
            return frameworks[name]
        if name not in seen:
            seen.add(name)
            waiting += above.get(name, ())
    return next(iter(frameworks.values())) if len(frameworks) == 1 else None


def _in_order(nodes: Mapping[str, Json], items: Mapping[str, Json]) -> list[str]:
    """The competencies as those above them list them, parents before their children; the others as they come."""
    order: dict[str, None] = {}

    def below(key: str) -> Iterator[str]:
        children = [child for child in _all(nodes.get(key, {}), "hasTopChild", "hasChild") if child in items]
        yield from sorted(children, key=lambda child: _number(_text(items[child], "listID")))

    stack = [key for key, node in nodes.items() if _types(node) & FRAMEWORKS][::-1]
    while stack:
        key = stack.pop()
        if key in items:
            if key in order:
                continue
            order[key] = None
        stack += list(below(key))[::-1]
    return list(order | dict.fromkeys(items))


def _number(text: str | None) -> float:
    shape = re.search(r"\d+(\.\d+)?", text or "")
    return float(shape[0]) if shape else 0.0


def _nodes(document: Any) -> Iterator[Json]:
    """The nodes of a document: of a graph, of a list, of RDF/JSON by their addresses, or the one it is."""
    if isinstance(document, list):
        for part in document:
            yield from _nodes(part)
    elif isinstance(document, dict):
        if isinstance(graph := document.get("@graph"), list):
            yield from _nodes(graph)
        elif "@id" in document or "@type" in document:
            yield document
        else:
            yield from ({"@id": key, **node} for key, node in document.items() if isinstance(node, dict) and ":" in key)


def _types(node: Json) -> set[str]:
    return {_last_part(kind) for kind in _all(node, "type")}


def _id(node: Json) -> str:
    return _text(node, "id") or ""


def _names(node: Json) -> Iterator[str]:
    return (_local(name) for name in node)


def _local(name: str) -> str:
    """The last part of a property's name: `ceasn:listID`, `http://purl.org/ASN/schema/core/listID`, `@id`."""
    return re.split(r"[#/:]", name.removeprefix("@"))[-1]


def _last_part(value: str) -> str:
    """A value's last part, where it is an address or a prefixed name."""
    if re.match(r"https?://|[a-z][\w-]*:\w", value):
        return re.split(r"[#/:]", value.rstrip("/"))[-1]
    return value


def _all(node: Json, *names: str) -> list[str]:
    """All texts of the properties of these names, each once, in the order of the names."""
    texts: dict[str, None] = {}
    for local in names:
        for name, value in node.items():
            if _local(name) == local:
                texts.update(dict.fromkeys(_texts(value)))
    return list(texts)


def _text(node: Json, *names: str) -> str | None:
    return next(iter(_all(node, *names)), None)


def _texts(value: Any) -> Iterator[str]:
    """The texts in a value: as they are, in lists, with a language, as an address, or in words of an alignment."""
    match value:
        case str():
            if value.strip():
                yield value.strip()
        case bool():
            return
        case int() | float():
            yield f"{value:g}"
        case list():
            for part in value:
                yield from _texts(part)
        case {"@value": inner} | {"value": inner} | {"@id": inner} | {"ceterms:targetNode": inner}:
            yield from _texts(inner)
        case {"ceterms:targetNodeName": inner}:
            yield from _texts(inner)
        case dict():
            yield from (text for text in _texts([value[key] for key in _spoken(value)[:1]]))


def _spoken(value: Json) -> list[str]:
    """The languages of a text, English first: the first is read."""
    return sorted(value, key=lambda key: not key.lower().startswith("en"))


def _other_languages(value: Any) -> list[str]:
    """The languages of a text besides the one that is read."""
    is_text = (
        isinstance(value, dict) and bool(value) and all(re.fullmatch(r"[A-Za-z]{2,3}(-\w+)*", key) for key in value)
    )
    return _spoken(value)[1:] if is_text else []


def _time(text: str | None) -> str | None:
    if text is None or not re.match(r"\d{4}-\d\d-\d\d", text):
        return None
    return text if "T" in text and re.search(r"(Z|[+-]\d\d:?\d\d)$", text) else f"{text[:10]}T00:00:00Z"
